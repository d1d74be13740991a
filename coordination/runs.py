"""Acts as chance sees them: an account that repeats itself within the window acted once.

Every meeting of two accounts at an object is a meeting of two of their runs, so that the expected number of these bounds the expected
weight, and a bot that posts one link a thousand times a minute adds one to what chance is thought to do, not a million.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coordination.acts import Acts, Codes, Ints
from coordination.counting import accounts_in
from coordination.sweep import microseconds


@dataclass(frozen=True, slots=True)
class Runs:
    """The first act of each run (sorted as acts are), its position among all acts, and the runs of other accounts it met afterwards."""

    acts: Acts
    place: Ints
    met: Ints

    def slots(self, stratum: Codes) -> Ints:
        """Meetings of runs of two accounts in each stratum (of the earlier run); ``stratum`` of each act."""
        number = int(stratum.max(initial=-1)) + 1
        return np.bincount(stratum[self.place], weights=self.met, minlength=number).astype(np.int64)


def runs(acts: Acts, window: float) -> Runs:
    """Cut each account's acts on one object into runs no longer than the window, and count which runs met."""
    width = microseconds(window)
    if len(acts) == 0:
        return Runs(acts, np.empty(0, np.int64), np.empty(0, np.int64))
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
    return Runs(first, place, _later(first, last[sort], width) - own[sort])


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
