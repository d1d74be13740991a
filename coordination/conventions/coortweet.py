"""CooRTweet 2.1.3 (Righetti, Balluff 2023), reproduced: pairs of contents, participation filter, loops, threshold by quantile.

Every function gives the rows that the R package gives, up to order, and says where it adds a number of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from coordination.acts import SECOND, Acts, Codes, Flags, Ints, arrange, coded
from coordination.counting import accounts_in, by_account, in_threads
from coordination.sweep import LISTED, Pairs, listed, reach


@dataclass(frozen=True, slots=True)
class Shares:
    """CooRTweet's input: acts with the content of each; ``content`` codes in the order of ``acts``."""

    acts: Acts
    content: Codes
    contents: pa.StringArray

    def keep(self, chosen: Flags) -> Shares:
        """The shares where ``chosen`` is true."""
        return Shares(self.acts.keep(chosen), self.content[chosen], self.contents)


def shares(object_id: pa.Array, account_id: pa.Array, content_id: pa.Array, time: Ints, min_participation: int = 2) -> Shares:
    """The shares of accounts with at least ``min_participation`` rows. ``time`` in µs; the columns as texts, one row a share.

    Rows are put together by account first, in the order of first appearance, as the package does: it decides who is "older" at equal times.
    """
    account, names = coded(account_id)
    content, contents = coded(content_id)
    enough = np.bincount(account, minlength=len(names)) >= min_participation
    appearance = np.full(len(names), len(account), np.int64)
    np.minimum.at(appearance, account, np.arange(len(account)))
    rows = np.argsort(appearance[account], kind="stable")
    rows = rows[enough[account[rows]]]
    acts = arrange(account[rows], object_id.take(pa.array(rows)).dictionary_encode(), time[rows], rows, names)
    return Shares(acts, content[acts.row], contents)


def pairs(shared: Shares, window: float, min_participation: int = 2, remove_loops: bool = True) -> Pairs:
    """``detect_groups``: pairs of shares of one object at most ``window`` seconds apart (inclusive), the older one first."""
    acts, content = shared.acts, shared.content
    found = listed(reach(acts, window))
    if remove_loops:
        found = _without_loops(shared, found)
    counted = _participating(acts.account, content, found, min_participation)
    return found.keep(counted[found.first] | counted[found.second])


def _without_loops(shared: Shares, found: Pairs) -> Pairs:
    acts, content = shared.acts, shared.content
    original = originals(shared)
    found = found.keep(~(original[found.first] | original[found.second]))
    found = found.keep(content[found.first] != content[found.second])
    return found.keep(acts.account[found.first] != acts.account[found.second])


def originals(shared: Shares) -> Flags:
    """Whether a share is the shared object itself (its content id is the object id)."""
    from pyarrow import compute as pc

    as_content = pc.index_in(shared.acts.objects.cast(pa.string()), shared.contents).fill_null(-1).to_numpy(zero_copy_only=False)
    return np.asarray(as_content[shared.acts.object] == shared.content)


def _participating(account: Codes, content: Codes, found: Pairs, least: int) -> Flags:
    """Shares whose content belongs to an account with at least ``least`` shares of contents that are in a pair."""
    paired = np.zeros(int(content.max(initial=-1)) + 1, bool)
    paired[content[found.first]] = paired[content[found.second]] = True
    return participating(account, content, paired, least)


def participating(account: Codes, content: Codes, paired: Flags, least: int) -> Flags:
    """As the package's filter: one of the two shares of a pair is enough for the pair to stay."""
    if least < 1:
        return np.ones(len(account), bool)
    coordinated = paired[content]
    enough = np.bincount(account[coordinated], minlength=int(account.max(initial=-1)) + 1) >= least
    kept = np.zeros(len(paired), bool)
    kept[content[coordinated & enough[account]]] = True
    return kept[content]


def pair_table(shared: Shares, found: Pairs) -> pa.Table:
    """The columns of ``detect_groups``: object_id, content_id, content_id_y, time_delta (seconds), account_id, account_id_y."""
    acts = shared.acts
    delta = (acts.time[found.second] - acts.time[found.first]) / SECOND
    names = {
        "object_id": acts.objects.take(pa.array(acts.object[found.first])),
        "content_id": shared.contents.take(pa.array(shared.content[found.first])),
        "content_id_y": shared.contents.take(pa.array(shared.content[found.second])),
        "time_delta": pa.array(delta),
        "account_id": acts.accounts.take(pa.array(acts.account[found.first])),
        "account_id_y": acts.accounts.take(pa.array(acts.account[found.second])),
    }
    return pa.table(names)


@dataclass(frozen=True, slots=True)
class Network:
    """Edges of a and b (codes, a <= b): pairs, sum of time differences (µs), distinct older and contents, of a, of b."""

    a: Ints
    b: Ints
    weight: Ints
    delta: Ints
    older: Ints
    younger: Ints
    of_a: Ints
    of_b: Ints

    def threshold(self, quantile: float) -> float:
        """R's ``quantile(weight, edge_weight)`` (type 7, numpy's default); an edge counts as coordinated above it."""
        return float(np.quantile(self.weight, quantile)) if len(self.weight) else 0.0


def network(shared: Shares, found: Pairs) -> Network:
    """``generate_coordinated_network`` from listed pairs."""
    acts, content = shared.acts, shared.content
    one, two = acts.account[found.first].astype(np.int64), acts.account[found.second].astype(np.int64)
    a, b = np.minimum(one, two), np.maximum(one, two)
    key, edge = np.unique(a * accounts_in(acts) + b, return_inverse=True)
    delta = np.zeros(len(key), np.int64)
    np.add.at(delta, edge, acts.time[found.second] - acts.time[found.first])
    mine, other = np.where(one == a, found.first, found.second), np.where(one == a, found.second, found.first)
    loop = a == b  # both contents of a pair within one account are its own
    sides = ((mine, other[loop]), (other, mine[loop]))
    return Network(
        key // accounts_in(acts),
        key % accounts_in(acts),
        np.bincount(edge, minlength=len(key)),
        delta,
        *(_distinct(edge, content[side], len(key)) for side in (found.first, found.second)),
        *(_distinct(np.concatenate((edge, edge[loop])), content[np.concatenate((mine, other))], len(key)) for mine, other in sides),
    )


def _distinct(edge: Ints, content: Codes, edges: int) -> Ints:
    """Number of distinct contents of each edge."""
    contents = int(content.max(initial=0)) + 1
    both = np.sort(edge * contents + content)  # one number for both sorts several times as fast as two; fits 63 bits while edges x acts do
    fresh = np.ones(len(both), bool)
    fresh[1:] = both[1:] != both[:-1]
    return np.bincount(both[fresh] // contents, minlength=edges).astype(np.int64)


def edge_table(acts: Acts, net: Network, quantile: float = 0.5, corrected: bool = False) -> pa.Table:
    """The columns of the package's edges; avg_time_delta in seconds, weight_threshold 1 above the ``quantile`` of weights, else 0.

    The two counts and the score follow the package, which counts older and younger contents, not those of the one and of the other
    account. ``corrected`` adds contents_a, contents_b and symmetry, which do what its documentation says.
    """
    columns = {"account_id": acts.accounts.take(pa.array(net.a)), "account_id_y": acts.accounts.take(pa.array(net.b)), **numbers(net)}
    columns["weight_threshold"] = pa.array((net.weight > net.threshold(quantile)).astype(np.int64))
    return pa.table(columns | (corrected_columns(net) if corrected else {}))


def numbers(net: Network) -> dict[str, Any]:
    """What the package says of each edge, threshold aside, by column."""
    return {
        "weight": net.weight,
        "avg_time_delta": net.delta / SECOND / np.maximum(net.weight, 1),
        "n_content_id": net.older,
        "n_content_id_y": net.younger,
        "edge_symmetry_score": _symmetry(net.older, net.younger),
    }


def corrected_columns(net: Network) -> dict[str, Any]:
    """contents_a, contents_b and symmetry: by account, as the package's documentation has it."""
    return {"contents_a": net.of_a, "contents_b": net.of_b, "symmetry": _symmetry(net.of_a, net.of_b)}


def _symmetry(one: Ints, two: Ints) -> Any:
    return np.minimum(one, two) / np.maximum(np.maximum(one, two), 1)


def counted_network(shared: Shares, window: float, min_participation: int = 2, remove_loops: bool = True, listing: int = LISTED) -> Network:
    """``detect_groups`` and ``generate_coordinated_network`` in one; without the list of pairs when it would be longer than ``listing``."""
    found = reach(shared.acts, window)
    if found.meetings <= listing or len(shared.acts) == 0 or not _own_contents(shared):
        return network(shared, pairs(shared, window, min_participation, remove_loops))
    if remove_loops:  # the object's own post falls away after the accounts are counted, before pairs are formed
        return _swept(shared.keep(~originals(shared)), shared, window, min_participation, loops=False)
    return _swept(shared, shared, window, min_participation, loops=True)


def _own_contents(shared: Shares) -> bool:
    """Whether each content belongs to one account, as the sweep needs."""
    owner = np.full(len(shared.contents), -1, np.int64)
    owner[shared.content] = shared.acts.account
    return bool((owner[shared.content] == shared.acts.account).all())


def _swept(shared: Shares, whole: Shares, window: float, min_participation: int, loops: bool) -> Network:
    from coordination.kernel import contents

    acts, content = shared.acts, shared.content
    found = reach(acts, window)
    change = np.concatenate(([0], np.cumsum(np.diff(acts.account) != 0)))
    met = (found.end - found.start > 1) if loops else (change[found.end - 1] != change[found.start])
    paired = np.zeros(len(shared.contents), bool)
    paired[content[met]] = True
    taking = np.zeros(len(shared.contents), bool)
    taking[whole.content] = participating(whole.acts.account, whole.content, paired, min_participation)
    order, offsets, accounts = by_account(acts, content)

    def sweep(low: int, high: int) -> Any:
        args = (order, content, acts.account, acts.time, found.start, found.end, taking[content])
        return contents(low, high, offsets, *args, accounts, loops)

    return _both_sides(np.concatenate(in_threads(sweep, offsets)), accounts)


def _both_sides(rows: Any, accounts: int) -> Network:
    """Join what a saw of b with what b saw of a. Columns: a, b, pairs, delta, older, younger, own contents of a."""
    low, high = np.minimum(rows[:, 0], rows[:, 1]), np.maximum(rows[:, 0], rows[:, 1])
    key, edge = np.unique(low * accounts + high, return_inverse=True)
    mine = rows[:, 0] == low
    weight, delta, older, younger, of_a, of_b = (np.zeros(len(key), np.int64) for _ in range(6))
    weight[edge[mine]], delta[edge[mine]], of_a[edge[mine]] = rows[mine, 2], rows[mine, 3], rows[mine, 6]
    theirs = rows[:, 1] == low
    of_b[edge[theirs]] = rows[theirs, 6]
    np.add.at(older, edge, rows[:, 4])
    np.add.at(younger, edge, rows[:, 5])
    return Network(key // accounts, key % accounts, weight, delta, older, younger, of_a, of_b)
