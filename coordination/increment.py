"""A night adds days without counting the past again; the result is that of a full count.

The weight of two accounts is a sum over objects, and an object's part depends on nothing but the acts on it. So what is kept of one night
are the acts that were counted and the sums: the weight of every pair that met, and for each object the pairs that met at it. The next
night the acts are compared. Where an account acts on an object as before, and so does the other, nothing has changed, whatever day it was:
windows across midnight, objects that come back, days that fell out of the range, posts that came late and texts that changed cluster
need no rule of their own. Only the *touched* parts, where one of the two acted otherwise, are counted, as they were and as they are:

    weight = weight before - touched parts as they were + touched parts as they are

What is not a sum over objects (activity by day, popularity, crowds, the number of tests) is worked out from all acts each night; it grows
with the acts and not with the meetings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coordination.acts import Acts, Codes, Flags, Ints, coded
from coordination.counting import Counts, count, in_threads, summed, tally
from coordination.sweep import LISTED, Reach, between, listed, reach

MOST = 50_000_000
"""Most pairs of accounts for which sums are kept; where there may be more, every night counts anew."""
DENSE = 20
"""Least meetings for each pair that is kept: with fewer, moving the sums costs as much as counting."""
DEAR = 0.6
"""Share of the work of a full count beyond which a full count is quicker, all in all."""
LOW = np.int64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Partial:
    """The acts of a night as counted, the weight of each pair that met (least weight 1), and the pairs that met at each object.

    ``pair``: the smaller code times 2^32 plus the larger, in order; codes are those of ``acts``.
    """

    acts: Acts
    pair: Ints
    weight: Ints
    met: Ints

    def counts(self, least: int) -> Counts:
        """The pairs of at least ``least`` distinct objects; slots by object."""
        some = self.weight >= least
        return Counts(self.pair[some] >> 32, self.pair[some] & LOW, self.weight[some], self.met)


@dataclass(frozen=True, slots=True)
class Step:
    """A new partial, and how many acts had to be counted for it."""

    partial: Partial
    counted: int


def worth(acts: Acts, window: float, least: int) -> bool:
    """Whether keeping sums can save more than it costs: more than ``least`` meetings, and not too many pairs of accounts."""
    meetings, accounts = reach(acts, window).meetings, len(np.unique(acts.account))
    return meetings > least and min(meetings, accounts * (accounts - 1) // 2) <= MOST


def dense(partial: Partial, window: float) -> bool:
    """Whether there are many meetings for each pair, so that going on from the sums is quicker than counting."""
    return len(partial.pair) * DENSE <= reach(partial.acts, window).meetings


def afresh(acts: Acts, window: float, listing: int = LISTED) -> Partial:
    """Count everything."""
    counts = count(acts, window, unit=acts.object, directed=False, least=1, stratum=acts.object, listing=listing)
    return Partial(acts, (counts.a << 32) + counts.b, counts.weight, counts.slots[: int(acts.object.max(initial=-1)) + 1])


def advance(before: Partial | None, acts: Acts, window: float, listing: int = LISTED) -> Step:
    """The partial of ``acts`` (with names of accounts and objects), from one of other acts in the same window if there is any.

    Equal to ``afresh(acts, window)``. When the touched parts are not much less to count than everything, everything is counted.
    """
    if before is None or len(acts) == 0:
        return Step(afresh(acts, window, listing), len(acts))
    old, now = _in_common(before, acts)
    changed = _changed(old.acts, now)
    was, is_now = old.acts.keep(changed[old.acts.object]), now.keep(changed[now.object])
    left, entered = _touched(was, is_now)
    work = Work(was, left, reach(was, window)), Work(is_now, entered, reach(is_now, window))
    if sum(side.steps for side in work) > DEAR * _steps(reach(acts, window)):
        return Step(afresh(acts, window, listing), len(acts))
    moved = _swept(*work) if sum(side.found.meetings for side in work) > listing else _listed(*work)
    return Step(_moved(old, moved, acts), int(left.sum() + entered.sum()))


@dataclass(frozen=True, slots=True)
class Work:
    """Acts on changed objects, which of them are touched, and who can meet whom."""

    acts: Acts
    touched: Flags
    found: Reach

    @property
    def steps(self) -> int:
        """Acts that must be looked at."""
        return int((self.found.end - self.found.start)[self.touched].sum(dtype=np.int64))


def _steps(found: Reach) -> int:
    return int((found.end - found.start).sum(dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Change:
    """Pairs in order, by how much their weight changes, and by how much the pairs that met at each object do."""

    pair: Ints
    weight: Ints
    met: Ints


def _listed(before: Work, after: Work) -> Change:
    """The difference of two counts of the touched pairs of acts."""
    keys, weights, met = [], [], np.zeros(len(after.acts.objects), np.int64)
    for side, sign in ((before, -1), (after, 1)):
        pairs = between(side.acts, listed(side.found))
        pairs = pairs.keep(side.touched[pairs.first] | side.touched[pairs.second])
        counts = tally(side.acts, pairs, unit=side.acts.object, directed=False, least=1, stratum=side.acts.object)
        keys.append((counts.a << 32) + counts.b)
        weights.append(sign * counts.weight)
        met[: len(counts.slots)] += (sign * counts.slots)[: len(met)]
    return Change(*summed(np.concatenate(keys), np.concatenate(weights)), met)


def _swept(before: Work, after: Work) -> Change:
    from coordination.kernel import changes

    sides, split = (before, after), len(before.acts)
    account, target, touched, start, end = (
        np.concatenate(parts)
        for parts in zip(*((s.acts.account, s.acts.object, s.touched, s.found.start, s.found.end) for s in sides), strict=True)
    )
    start[split:] += split
    end[split:] += split
    chosen = np.flatnonzero(touched)
    order = chosen[np.lexsort((chosen, target[chosen], account[chosen]))]
    accounts, objects = len(after.acts.accounts), len(after.acts.objects)
    offsets = np.concatenate(([0], np.cumsum(np.bincount(account[order], minlength=accounts))))
    parts = in_threads(
        lambda low, high: changes(low, high, offsets, order, split, target, account, start, end, touched, accounts, objects), offsets
    )
    a, b, weight = (np.concatenate([part[k] for part in parts]).astype(np.int64) for k in range(3))
    pair, weight = summed((np.minimum(a, b) << 32) + np.maximum(a, b), weight)
    return Change(pair, weight, np.sum([part[3] for part in parts], axis=0))


def _in_common(before: Partial, acts: Acts) -> tuple[Partial, Acts]:
    """Both with codes into the names of both; codes of accounts follow the string order in all three, so pairs stay in order."""
    accounts, account_names = coded(pa.concat_arrays([before.acts.accounts, acts.accounts]))
    objects, object_names = coded(pa.concat_arrays([before.acts.objects, acts.objects]))
    split = len(before.acts.accounts), len(before.acts.objects)

    def with_names(some: Acts, account: Codes, target: Codes) -> Acts:
        return Acts(account[some.account], target[some.object], some.time, some.row, account_names, object_names)

    account, target = accounts[: split[0]], objects[: split[1]]
    pair = (account[before.pair >> 32].astype(np.int64) << 32) + account[before.pair & LOW]
    met = np.zeros(len(object_names), np.int64)
    met[target[: len(before.met)]] = before.met
    old = replace(before, acts=with_names(before.acts, account, target), pair=pair, met=met)
    return old, with_names(acts, accounts[split[0] :], objects[split[1] :])


def _changed(old: Acts, now: Acts) -> Flags:
    """The objects whose acts are not the same, one by one, as before; acts of one object lie together."""
    number = len(now.objects)
    in_old, in_now = (np.bincount(some.object, minlength=number) for some in (old, now))
    changed: Flags = in_old != in_now
    begin_old, begin_now = _begins(old, number), _begins(now, number)
    alike = np.flatnonzero(~changed[now.object])
    target = now.object[alike]
    place = begin_old[target] + alike - begin_now[target]
    other = (old.time[place] != now.time[alike]) | (old.account[place] != now.account[alike])
    changed[target[other]] = True
    return changed


def _begins(acts: Acts, number: int) -> Ints:
    begin = np.zeros(number, np.int64)
    first = np.flatnonzero(np.concatenate(([True], np.diff(acts.object) != 0))) if len(acts) else np.empty(0, np.int64)
    begin[acts.object[first]] = first
    return begin


def _touched(was: Acts, is_now: Acts) -> tuple[Flags, Flags]:
    """The acts of accounts that act on an object at other times than before."""
    number = max(len(was.accounts), 1)
    cells = [some.object.astype(np.int64) * number + some.account for some in (was, is_now)]
    cell, time = np.concatenate(cells), np.concatenate((was.time, is_now.time))
    side = np.repeat(np.arange(2), [len(was), len(is_now)])
    order = np.lexsort((side, time, cell))
    cell, time, side = cell[order], time[order], side[order]
    same = (cell[1:] == cell[:-1]) & (time[1:] == time[:-1])
    fresh = np.concatenate(([True], ~(same & (side[1:] == side[:-1])))) if len(cell) else np.empty(0, bool)
    cell, time = cell[fresh], time[fresh]
    same = (cell[1:] == cell[:-1]) & (time[1:] == time[:-1])
    alone = np.ones(len(cell), bool)
    alone[1:] &= ~same
    alone[:-1] &= ~same
    other = np.unique(cell[alone])
    return np.isin(cells[0], other), np.isin(cells[1], other)


def _moved(old: Partial, moved: Change, acts: Acts) -> Partial:
    """The old sums with the change, in the codes of ``acts``."""
    pair, weight = _merged(old.pair, old.weight, moved.pair, moved.weight)
    met = old.met + moved.met
    account = np.full(len(old.acts.accounts), -1, np.int64)
    here = pc.index_in(acts.accounts, old.acts.accounts).to_numpy(zero_copy_only=False)
    account[here] = np.arange(len(acts.accounts))
    objects = pc.index_in(acts.objects, old.acts.objects).to_numpy(zero_copy_only=False)
    met = met[objects][: int(acts.object.max()) + 1]
    return Partial(acts, (account[pair >> 32] << 32) + account[pair & LOW], weight, met)


def _merged(pair: Ints, weight: Ints, keys: Ints, change: Ints) -> tuple[Ints, Ints]:
    """Sums in order of pair with the changes added; pairs that no longer met are gone."""
    place = np.searchsorted(pair, keys)
    known = np.zeros(len(keys), bool)
    inside = place < len(pair)
    known[inside] = pair[place[inside]] == keys[inside]
    weight = weight.copy()
    weight[place[known]] += change[known]
    pair = np.insert(pair, place[~known], keys[~known])
    weight = np.insert(weight, place[~known], change[~known])
    some = weight > 0
    return (pair, weight) if some.all() else (pair[some], weight[some])
