"""Acts as chance sees them: an account that repeats itself within the window acted once.

Every meeting of two accounts at an object is a meeting of two of their runs, so that the expected number of these bounds the expected
weight, and a bot that posts one link a thousand times a minute adds one to what chance is thought to do, not a million.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coordination.acts import Acts, Codes, Flags, Floats, Ints
from coordination.counting import accounts_in
from coordination.sweep import between, listed, microseconds, reach

MOST = 10_000_000
"""Most meetings of known accounts that are listed to be taken out; with more, chance keeps them and calls less."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The first act of each run (sorted as acts are), its position among all acts, and the runs of other accounts it met afterwards.

    ``free``: the runs that tell how chance is; all, unless some are known to be no chance (see :func:`without`).
    """

    acts: Acts
    place: Ints
    met: Ints
    free: Flags

    def slots(self, stratum: Codes) -> Ints:
        """Meetings of runs of two accounts in each stratum (of the earlier run); ``stratum`` of each act."""
        return np.bincount(stratum[self.place], weights=self.met, minlength=_strata(stratum)).astype(np.int64)

    def totals(self, stratum: Codes) -> Floats:
        """Free runs in each stratum; ``stratum`` of each act."""
        return np.bincount(stratum[self.place], weights=self.free, minlength=_strata(stratum)).astype(np.float64)


def runs(acts: Acts, window: float) -> Runs:
    """Cut each account's acts on one object into runs no longer than the window, and count which runs met."""
    width = microseconds(window)
    if len(acts) == 0:
        return Runs(acts, np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, bool))
    key = acts.object.astype(np.int64) * accounts_in(acts) + acts.account
    order = np.argsort(key, kind="stable")  # by object and account, then time
    key, time = key[order], acts.time[order]
    fresh = np.concatenate(([True], np.diff(key) != 0))
    base = time[np.flatnonzero(fresh)][np.cumsum(fresh) - 1]
    fresh[1:] |= np.diff((time - base) // (width + 1)) != 0
    begin = np.flatnonzero(fresh)
    last = time[np.concatenate((begin[1:], [len(time)])) - 1]
    own = _met_by_itself(key[begin], time[begin], last, width)
    place = order[begin]
    sort = np.argsort(place)
    place = place[sort]
    first = acts.keep(_mask(place, len(acts)))
    return Runs(first, place, _later(first, last[sort], width) - own[sort], np.ones(len(place), bool))


def without(found: Runs, window: float, a: Ints, b: Ints) -> Runs:
    """The runs without the meetings of the pairs of accounts ``a`` and ``b`` (codes): what is no chance does not tell how chance is."""
    accounts = accounts_in(found.acts)
    inside = np.zeros(accounts, bool)
    inside[a], inside[b] = True, True
    mine = np.flatnonzero(inside[found.acts.account])
    some = found.acts.keep(inside[found.acts.account])
    near = reach(some, window)
    if near.meetings > MOST:
        return found
    pairs = between(some, listed(near))
    one, two = some.account[pairs.first].astype(np.int64), some.account[pairs.second].astype(np.int64)
    pairs = pairs.keep(np.isin(np.minimum(one, two) * accounts + np.maximum(one, two), a * accounts + b))
    met, free = found.met.copy(), found.free.copy()
    np.subtract.at(met, mine[pairs.first], 1)
    free[mine[pairs.first]], free[mine[pairs.second]] = False, False
    return replace(found, met=np.maximum(met, 0), free=free)


def _strata(stratum: Codes) -> int:
    return int(stratum.max(initial=-1)) + 1


def _mask(place: Ints, length: int) -> np.ndarray:
    mask = np.zeros(length, bool)
    mask[place] = True
    return mask


def _later(first: Acts, last: Ints, width: int) -> Ints:
    """Runs on the same object that begin later, but no later than the window after this one's last act."""
    gap = np.minimum(np.diff(first.time), 2 * width + 1)
    gap[np.diff(first.object) != 0] = 2 * width + 1
    line = np.concatenate(([0], np.cumsum(gap)))
    end = np.searchsorted(line, line + (last - first.time) + width, "right")
    return np.asarray(end - np.arange(1, len(line) + 1), np.int64)


def _met_by_itself(key: Ints, first: Ints, last: Ints, width: int) -> Ints:
    """How many of those are the same account's: at most the next two."""
    own = np.zeros(len(key), np.int64)
    for lag in (1, 2):
        near = (key[lag:] == key[:-lag]) & (first[lag:] <= last[:-lag] + width)
        own[: len(key) - lag] += near
    return own
