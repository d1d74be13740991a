"""CooRTweet's fast network and its statistics (2.1.3): ``flag_speed_share``, ``fast_net``, ``account_stats``, ``group_stats``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coordination.acts import Acts, Codes, Flags, Floats, Ints
from coordination.conventions.coortweet import Shares, corrected_columns, network, numbers, participating
from coordination.counting import accounts_in
from coordination.sweep import Pairs, microseconds

LEVELS = ("full", "fast", "none")
"""``account_stats(weight_threshold = …)``: edges above the threshold of all pairs, of the fast ones, or all edges."""


def flagged(shared: Shares, found: Pairs, window: float, min_participation: int = 2) -> Flags:
    """``flag_speed_share``: the pairs whose two contents also make a pair within the narrower ``window``, participation asked again."""
    acts, content = shared.acts, shared.content
    near = found.keep(acts.time[found.second] - acts.time[found.first] <= microseconds(window))
    paired = np.zeros(int(content.max(initial=-1)) + 1, bool)
    paired[content[near.first]] = paired[content[near.second]] = True
    counted = participating(acts.account, content, paired, min_participation)
    near = near.keep(counted[near.first] | counted[near.second])
    return np.isin(_contents(shared, found), _contents(shared, near))


def _contents(shared: Shares, found: Pairs) -> Ints:
    """One number for the older and the younger content of each pair."""
    return shared.content[found.first].astype(np.int64) * len(shared.contents) + shared.content[found.second]


def fast_table(shared: Shares, found: Pairs, fast: Flags, quantile: float = 0.5, corrected: bool = False) -> pa.Table:
    """The edges with ``fast_net = TRUE``: every number twice, _full and _fast; the fast ones null where an edge has no fast pair."""
    full, quick = network(shared, found), network(shared, found.keep(fast))
    size = accounts_in(shared.acts)
    place = np.searchsorted(full.a * size + full.b, quick.a * size + quick.b)
    one, two = numbers(full), {name: _spread(values, place, len(full.a)) for name, values in numbers(quick).items()}
    columns = {"account_id": shared.acts.accounts.take(pa.array(full.a)), "account_id_y": shared.acts.accounts.take(pa.array(full.b))}
    for name in one:
        columns |= {f"{name}_full": pa.array(one[name]), f"{name}_fast": two[name]}
    columns["weight_threshold_full"] = pa.array((full.weight > full.threshold(quantile)).astype(np.int64))
    columns["weight_threshold_fast"] = _spread((quick.weight > quick.threshold(quantile)).astype(np.int64), place, len(full.a))
    return pa.table(columns | (corrected_columns(full) if corrected else {}))


def _spread(values: Any, place: Ints, length: int) -> pa.Array:
    """``values`` at ``place`` in an array of ``length``, null elsewhere."""
    index = np.full(length, -1, np.int64)
    index[place] = np.arange(len(place))
    return pa.array(values).take(pa.array(index, mask=index < 0))


def account_table(shared: Shares, found: Pairs, edges: pa.Table, level: str = "full", fast: Flags | None = None) -> pa.Table:
    """``account_stats``, rows by account: averages over its edges, and how many of its contents are in a pair.

    As in the package, edges with the same delay and symmetry count once in the averages of an account, and the contents are those of
    all pairs (of the fast ones at level ``fast``), whatever the weight of their edge.
    """
    kinds = ("",) if fast is None else ("_full", "_fast")
    threshold = {"full": f"weight_threshold{kinds[0]}", "fast": f"weight_threshold{kinds[-1]}"}.get(level)
    if threshold and not (level == "fast" and fast is None):  # without fast shares the package takes all edges
        edges = edges.filter(pc.equal(edges[threshold], 1))
    ends, values = _edge_rows(shared.acts, edges, [f"{name}{kind}" for name in ("avg_time_delta", "edge_symmetry_score") for kind in kinds])
    shares = _distinct(
        shared.acts.account, shared.content, found if fast is None or level != "fast" else found.keep(fast), accounts_in(shared.acts)
    )
    accounts = np.intersect1d(np.flatnonzero(shares), ends)
    columns: dict[str, Any] = {"account_id": shared.acts.accounts.take(pa.array(accounts))}
    names = [f"{name}{kind}" for name in ("avg_time_delta", "avg_edge_symmetry_score") for kind in kinds]
    for name, column in zip(names, values.T, strict=True):
        columns[name] = _means(ends, column, accounts, len(shares))
    return pa.table(columns | {"unique_shares_count": pa.array(shares[accounts])})


def _edge_rows(acts: Acts, edges: pa.Table, names: list[str]) -> tuple[Ints, Floats]:
    """Account code and numbers (-1 for none) of both ends of each edge, each distinct row once."""
    numbers = [edges[name].cast(pa.float64()).fill_null(-1.0).to_numpy() for name in names]
    ends = [pc.index_in(edges[end].combine_chunks(), acts.accounts).to_numpy() for end in ("account_id", "account_id_y")]
    rows = np.unique(np.concatenate([np.column_stack((end, *numbers)) for end in ends]), axis=0)
    return rows[:, 0].astype(np.int64), rows[:, 1:]


def _means(account: Ints, values: Floats, wanted: Ints, accounts: int) -> pa.Array:
    known = values >= 0
    total = np.bincount(account[known], values[known], minlength=accounts)[wanted]
    number = np.bincount(account[known], minlength=accounts)[wanted]
    return pa.array(total / np.maximum(number, 1), mask=number == 0)


def _distinct(group: Codes, value: Codes, found: Pairs, groups: int) -> Ints:
    """Distinct values of the acts of the pairs, for each group."""
    both = np.concatenate((found.first, found.second))
    width = int(value.max(initial=0)) + 1
    return np.bincount(np.unique(group[both].astype(np.int64) * width + value[both]) // width, minlength=groups)


def object_table(shared: Shares, found: Pairs) -> pa.Table:
    """Objects with the number of accounts that shared them in a pair (both ends, unlike ``group_stats``), most first, then by object."""
    number = _distinct(shared.acts.object, shared.acts.account, found, len(shared.acts.objects))
    names = shared.acts.objects.cast(pa.string())
    made = pa.table({"object_id": names, "num_accounts": pa.array(number)}).filter(pa.array(number > 0))
    return made.sort_by([("num_accounts", "descending"), ("object_id", "ascending")])
