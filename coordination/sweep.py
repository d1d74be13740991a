"""Which acts meet: the same object, at most a window apart (inclusive). Exact, with or without the list of pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coordination.acts import SECOND, Acts, Codes, Flags, Ints
from models.errors import UsageError

LISTED = 4_000_000
"""Up to so many meetings the pairs are listed with numpy; beyond, the compiled kernel counts without listing."""


@dataclass(frozen=True, slots=True)
class Reach:
    """For each act i, the acts [start, end) of the same object at most a window away, itself included."""

    start: Codes | Ints
    end: Codes | Ints

    @property
    def meetings(self) -> int:
        """Number of unordered pairs of acts that meet, of any accounts."""
        return int(self.end.sum(dtype=np.int64)) - len(self.end) * (len(self.end) + 1) // 2


def microseconds(window: float) -> int:
    """The window in µs. Raises UsageError when it is negative or not a number."""
    if not 0 <= window < 10**10:
        raise UsageError(f"a window of {window:g} seconds is not possible", hint="give seconds, 0 or more")
    return round(window * SECOND)


def reach(acts: Acts, window: float) -> Reach:
    """Who can meet whom within ``window`` seconds.

    Gaps longer than the window are cut to just above it and the objects laid end to end, so that one sorted line of integers serves
    one binary search for all acts.
    """
    width = microseconds(window)
    if len(acts) == 0:
        nothing = np.empty(0, np.int64)
        return Reach(nothing, nothing)
    gap = np.minimum(np.diff(acts.time), width + 1)
    gap[np.diff(acts.object) != 0] = width + 1
    line = np.concatenate(([0], np.cumsum(gap)))
    start: Ints = np.searchsorted(line, line - width, "left")
    end: Ints = np.searchsorted(line, line + width, "right")
    return Reach(start.astype(np.int32), end.astype(np.int32)) if len(line) < 2**31 else Reach(start, end)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of acts that meet, as positions; ``first`` is the earlier one (the earlier in the input at equal times)."""

    first: Ints
    second: Ints

    def keep(self, chosen: Flags) -> Pairs:
        """The pairs where ``chosen`` is true."""
        return Pairs(self.first[chosen], self.second[chosen])


def listed(found: Reach) -> Pairs:
    """All pairs of acts that meet, of any accounts, in order of object and time."""
    here = np.arange(len(found.end))
    later = found.end.astype(np.int64) - here - 1
    first = np.repeat(here, later)
    begin = np.repeat(np.cumsum(later) - later, later)
    return Pairs(first, first + 1 + np.arange(len(first)) - begin)


def between(acts: Acts, pairs: Pairs) -> Pairs:
    """The pairs of two different accounts."""
    return pairs.keep(acts.account[pairs.first] != acts.account[pairs.second])


def accounts_in_order(account: Codes, pairs: Pairs) -> tuple[Ints, Ints]:
    """The two accounts of each pair, the smaller code (the first in string order) first."""
    one, two = account[pairs.first].astype(np.int64), account[pairs.second].astype(np.int64)
    return np.minimum(one, two), np.maximum(one, two)
