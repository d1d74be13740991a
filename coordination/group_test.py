"""Groups against chance, and what they are like.

A group was picked because it is tied, so it is tested against all groups it could have been: with W the joins seen in it and L what
chance gives, p = C(n, s) * P(Poisson(L) >= W) over all groups of s among n accounts (union bound, as of a scan statistic). A join is a
member that meets a group already at an object: ten accounts at one object are nine joins, not 45 pairs, so that one coincidence is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc, gammaln

from coordination.acts import Acts, Ints
from coordination.looks import Look
from coordination.null import expected, false_discovery
from coordination.sweep import reach
from models.records import Edge, Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A group in numbers; ``joins`` and ``expected`` are those of the look that is least likely.

    ``tempo``: median seconds between two posts of the evidence. ``density``: edges over possible pairs. ``objects``: what most share.
    """

    id: str
    size: int
    density: float
    trace: str
    window: float
    joins: int
    expected: float
    p: float
    q: float
    tempo: float
    objects: tuple[str, ...]


def facts(found: Sequence[Group], seen: Sequence[Look], edges: Sequence[Edge]) -> tuple[Facts, ...]:
    """Test and describe every group."""
    if not found:
        return ()
    code = {name: k for k, name in enumerate(seen[0].acts.accounts.to_pylist())}
    members = [np.array(sorted(code[m] for m in group.members), np.int64) for group in found]
    tested = [[_of_look(look, one, len(seen)) for one in members] for look in seen]
    best = [min((row[k] for row in tested), key=lambda cell: cell[0]) for k in range(len(found))]
    q = false_discovery(np.array([cell[0] for cell in best]), len(found))
    by_pair = _by_group(found, edges)
    return tuple(
        Facts(
            id=group.id,
            size=len(group.members),
            density=len({(e.a, e.b) for e in by_pair[group.id]}) * 2 / (len(group.members) * (len(group.members) - 1)),
            trace=cell[3],
            window=cell[4],
            joins=cell[1],
            expected=cell[2],
            p=cell[0],
            q=float(value),
            tempo=_tempo(by_pair[group.id]),
            objects=_objects(by_pair[group.id]),
        )
        for group, cell, value in zip(found, best, q, strict=True)
    )


def _of_look(look: Look, members: Ints, looks: int) -> tuple[float, int, float, str, float]:
    acts, accounts = look.acts, look.accounts
    inside = acts.keep(np.isin(acts.account, members))
    seen = joins(inside, look.window)
    a, b = np.triu_indices(len(members), 1)
    mean = float(expected(look.judged.active, look.judged.rate, members[a], members[b]).sum())
    size = len(members)
    ways = gammaln(accounts + 1) - gammaln(size + 1) - gammaln(max(accounts - size, 0) + 1)
    tail = float(gammainc(seen, mean)) if seen else 1.0
    chance = float(np.exp(min(ways + np.log(max(tail, 1e-300)) + np.log(looks), 0.0)))
    return max(chance, 1e-300), seen, mean, look.trace, look.window


def joins(acts: Acts, window: float) -> int:
    """How many accounts met an earlier one at an object, each account once per object."""
    if len(acts) == 0:
        return 0
    start = reach(acts, window).start
    change = np.concatenate(([0], np.cumsum(np.diff(acts.account) != 0)))
    here = np.arange(len(acts))
    met = change[here] != change[start]  # somebody else within the window before
    pairs = np.unique(acts.object[met].astype(np.int64) * (int(acts.account.max()) + 1) + acts.account[met])
    return len(pairs)


def _by_group(found: Sequence[Group], edges: Sequence[Edge]) -> Mapping[str, list[Edge]]:
    owner = {member: group.id for group in found for member in group.members}
    made: dict[str, list[Edge]] = {group.id: [] for group in found}
    for edge in edges:
        if owner.get(edge.a) is not None and owner[edge.a] == owner.get(edge.b):
            made[owner[edge.a]].append(edge)
    return made


def _tempo(edges: Sequence[Edge]) -> float:
    gaps = [abs((pair.time_b - pair.time_a).total_seconds()) for edge in edges for pair in edge.pairs]
    return float(np.median(gaps)) if gaps else 0.0


def _objects(edges: Sequence[Edge], most: int = 5) -> tuple[str, ...]:
    count: dict[str, set[str]] = {}
    for edge in edges:
        for pair in edge.pairs:
            count.setdefault(pair.object, set()).update((edge.a, edge.b))
    return tuple(sorted(count, key=lambda name: (-len(count[name]), name))[:most])
