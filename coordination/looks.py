"""One trace in one window: counted, tested, and ready to be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from coordination import evidence as proof
from coordination.acts import Acts, Flags, Ints
from coordination.counting import Counts, accounts_in, count
from coordination.crowd import labels, second, temper
from coordination.null import Judged, again, days, false_discovery, judge
from coordination.runs import runs, without
from coordination.sieve import Sieve, sifted, telling
from coordination.sweep import reach
from models.records import Edge, Pair

ROUNDS = 6
"""How often what was called is taken out and the rest asked again, at most."""
Pairs = tuple[Ints, Ints]
"""Accounts a and b (codes) of some pairs."""
NOBODY: Pairs = (np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Look:
    """A trace in a window with its acts and what was found."""

    trace: str
    window: float
    acts: Acts
    judged: Judged

    @property
    def accounts(self) -> int:
        """Accounts that acted."""
        return len(np.unique(self.acts.account))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A look in numbers: acts, accounts, meetings, pairs that could have met, pairs of the least weight, edges called."""

    trace: str
    window: float
    acts: int
    accounts: int
    slots: int
    tests: int
    counted: int
    called: int


def plainly(trace: str, acts: Acts, window: float, least: int) -> Counts:
    """All pairs of at least ``least`` distinct objects counted now, on this machine; slots by object. Too many are sieved."""
    del trace
    sieve = Sieve(lambda: telling(runs(acts, window), days(acts)))
    return count(acts, window, unit=acts.object, directed=False, least=least, stratum=acts.object, sieve=sieve)


Counting = Callable[[str, Acts, float, int], Counts]
"""Who counts: trace, acts, window (s) and least weight in, pairs out. The result must be that of :func:`plainly`, to the last pair."""


def examine(
    acts: Acts, window: float, least: int, q: float, *, trace: str = "", counting: Counting = plainly, known: Pairs = NOBODY
) -> Judged:
    """Count and test all pairs of at least ``least`` distinct objects; those below ``q`` by both null models (by the first alone if 0).

    What is called is no chance, so it is taken out of what chance is thought to do, and the rest is asked again, by itself, until nothing
    more is called (at most ``ROUNDS`` times). ``known``: pairs taken out from the beginning, those called in shorter windows.
    """
    whole, day = runs(acts, window), days(acts)
    counts = sifted(counting(trace, acts, window, least), lambda: telling(whole, day))
    first = judged = judge(counts, whole, day, least)
    if not q:
        return judged
    asking = second(acts, labels(acts), counts.slots)
    done = np.zeros(len(counts), bool)
    for _ in range(ROUNDS):
        found = without(whole, window, *known) if len(known[0]) else whole
        fresh = temper(first if found is whole else again(first, found, day), found, day, asking, q)
        judged = _rest(judged, fresh, done)
        new = (judged.q <= q) & ~done
        if not new.any():
            break
        done |= new
        known = _both(known, (counts.a[new], counts.b[new]), accounts_in(acts))
    return judged


def _rest(before: Judged, fresh: Judged, done: Flags) -> Judged:
    """``fresh`` for the pairs that are not ``done``, which are tests by themselves: what was called does not make it easier for others."""
    if not done.any():
        return fresh
    q = before.q.copy()
    q[~done] = false_discovery(fresh.p[~done], fresh.tests - int(done.sum()))
    return replace(fresh, expected=np.where(done, before.expected, fresh.expected), p=np.where(done, before.p, fresh.p), q=q)


def _both(one: Pairs, two: Pairs, accounts: int) -> Pairs:
    key = np.union1d(one[0] * accounts + one[1], two[0] * accounts + two[1])
    return key // max(accounts, 1), key % max(accounts, 1)


def climb(
    acts: Acts, windows: Sequence[float], least: int, q: float, *, trace: str = "", counting: Counting = plainly
) -> dict[float, Judged]:
    """Each window examined, the shortest first: what is called in it does not count as chance in the longer ones."""
    made: dict[float, Judged] = {}
    known = NOBODY
    for window in sorted(set(windows)):
        judged = examine(acts, window, least, q, trace=trace, counting=counting, known=known)
        called = np.flatnonzero(judged.q <= q)
        known = _both(known, (judged.counts.a[called], judged.counts.b[called]), accounts_in(acts))
        made[window] = judged
    return made


def summary(look: Look, called: int) -> Summary:
    """The look in numbers."""
    return Summary(
        trace=look.trace,
        window=look.window,
        acts=len(look.acts),
        accounts=look.accounts,
        slots=int(look.judged.slots.sum()),
        tests=look.judged.tests,
        counted=len(look.judged.counts) + look.judged.counts.passed,
        called=called,
    )


def called(look: Look, q: float, participation: int) -> Ints:
    """Positions of the pairs called at ``q`` among accounts with enough acts, the least likely first."""
    judged, acts = look.judged, look.acts
    enough = np.bincount(acts.account, minlength=len(acts.accounts)) >= participation
    found = np.flatnonzero((judged.q <= q) & enough[judged.counts.a] & enough[judged.counts.b])
    return found[np.lexsort((-judged.counts.weight[found], judged.p[found]))]


def edges(ids: pa.Array, look: Look, places: Ints, cap: int) -> Iterator[Edge]:
    """The pairs at ``places`` as edges with at most ``cap`` pairs of posts as evidence."""
    judged, acts = look.judged, look.acts
    counts = judged.counts
    found = proof.evidence(acts, reach(acts, look.window), counts.a[places], counts.b[places])
    for k, seen in zip(places, found, strict=True):
        shown = zip(seen.mine[:cap], seen.other[:cap], strict=True)
        yield Edge(
            a=acts.accounts[counts.a[k]].as_py(),
            b=acts.accounts[counts.b[k]].as_py(),
            traces=(look.trace,),
            window=look.window,
            weight=int(counts.weight[k]),
            expected=float(judged.expected[k]),
            p=float(judged.p[k]),
            q=float(judged.q[k]),
            lead=seen.lead,
            first_seen=proof.moment(seen.first),
            last_seen=proof.moment(seen.last),
            pairs=tuple(_pair(ids, acts, look.trace, i, j) for i, j in shown),
            pairs_total=seen.total,
        )


def _pair(ids: pa.Array, acts: Acts, trace: str, i: int, j: int) -> Pair:
    return Pair(
        trace=trace,
        object=acts.objects[acts.object[i]].as_py(),
        a=ids[acts.row[i]].as_py(),
        b=ids[acts.row[j]].as_py(),
        time_a=proof.moment(acts.time[i]),
        time_b=proof.moment(acts.time[j]),
    )


def merged(parts: Sequence[Edge], p: float, q: float, cap: int) -> Edge:
    """One edge out of what several traces saw of two accounts: sums, all traces, evidence of each in turn, the fused p and q."""
    weight = sum(edge.weight for edge in parts)
    pairs = [pair for rank in range(cap) for edge in parts for pair in edge.pairs[rank : rank + 1]]
    return Edge(
        a=parts[0].a,
        b=parts[0].b,
        traces=tuple(edge.traces[0] for edge in parts),
        window=max(edge.window for edge in parts),
        weight=weight,
        expected=sum(edge.expected for edge in parts),
        p=p,
        q=q,
        lead=sum(edge.lead * edge.weight for edge in parts) / weight,
        first_seen=min(edge.first_seen for edge in parts),
        last_seen=max(edge.last_seen for edge in parts),
        pairs=tuple(pairs[:cap]),
        pairs_total=sum(edge.pairs_total for edge in parts),
    )
