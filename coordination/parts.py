"""The same count when the acts do not fit into memory: objects in parts, accounts in ranges.

The parts lie wherever their owner keeps them (``nightly.shelf``: on the disk) and are taken into memory one for each core at a time. For a
range of accounts every part gives the partners of its accounts, which are then added up in an array as long as the list of accounts:
nothing is sorted, and each meeting is looked at once. A range is as long as the room given for its partners. Equal to ``looks.plainly``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from coordination.acts import Acts, Codes, Flags, Ints
from coordination.counting import Counts
from coordination.sweep import reach
from models.protocols import Progress, silent

ENTRY = 8
"""Bytes of a partner in memory: once as its part gives it, once among those of all parts."""
LEAST_ROOM = 1 << 20
"""Least bytes of room; a range is never shorter than one account."""


@dataclass(frozen=True, slots=True)
class Part:
    """The acts of some objects, ready for the sweep: arrays of one length, positions within the part.

    ``start``, ``end``: who is within reach (see ``sweep.Reach``). ``order``: positions by account, objects together.
    """

    account: Codes
    object: Codes
    start: Codes
    end: Codes
    order: Codes

    def place(self, code: int) -> int:
        """The first place in ``order`` of an account that is not below ``code``, by bisection: the accounts in order are no array."""
        low, high = 0, len(self.order)
        while low < high:
            middle = (low + high) // 2
            if self.account[self.order[middle]] < code:
                low = middle + 1
            else:
                high = middle
        return low


def prepared(acts: Acts, window: float) -> Part:
    """A part of acts that are sorted by object and time and hold all acts on their objects."""
    found = reach(acts, window)
    order = np.lexsort((acts.object, acts.account))
    return Part(*(array.astype(np.int32) for array in (acts.account, acts.object, found.start, found.end, order)))


@dataclass(frozen=True, slots=True)
class Loads:
    """For each account: ``partners``, at most so many there can be in all parts, and ``objects``, the distinct ones it acts on."""

    partners: Ints
    objects: Ints

    @staticmethod
    def none(accounts: int) -> Loads:
        """Of no part."""
        return Loads(np.zeros(accounts, np.int64), np.zeros(accounts, np.int64))

    def take(self, part: Part) -> None:
        """Add a part."""
        size = len(self.partners)
        near = (part.end - part.start - 1).astype(np.float64)
        self.partners[:] += np.bincount(part.account, weights=near, minlength=size).astype(np.int64)
        account, target = part.account[part.order], part.object[part.order]
        fresh = np.ones(len(account), bool)
        fresh[1:] = (account[1:] != account[:-1]) | (target[1:] != target[:-1])
        self.objects[:] += np.bincount(account[fresh], minlength=size)


def count(
    parts: Sequence[Callable[[], Part]],
    loads: Loads,
    objects: int,
    *,
    least: int,
    room: int,
    progress: Progress = silent,
) -> Counts:
    """Pairs of accounts of at least ``least`` distinct objects, in order, and the pairs that met at each of ``objects`` objects.

    ``parts``: functions that give a part each, called once for every range of accounts. ``room``: bytes for partners at one time; a
    single account may need more.
    """
    able = loads.objects >= least
    slots = np.zeros(objects, np.int64)
    work = _Work(able, slots)
    found: list[tuple[Codes, Codes, Codes]] = []
    low, share, accounts = 0, 1.0, len(able)
    sums = np.concatenate(([0], np.cumsum(loads.partners)))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        while low < accounts:
            most = max(room, LEAST_ROOM) / ENTRY / share
            high = max(int(np.searchsorted(sums, sums[low] + most, "right")) - 1, low + 1)
            heads, partners = _joined(list(pool.map(lambda part, low=low, high=high: work.partners_in(part(), low, high), parts)))
            found += _added(pool, heads, partners, accounts, least)
            share = min(1.0, max(1.25 * len(partners) / max(int(sums[high] - sums[low]), 1), 0.05))
            low = high
            progress("coordinate", accounts=low, of=accounts)
    return _counts(found, slots)


class _Work:
    """What all threads share; marks are each thread's own."""

    def __init__(self, able: Flags, slots: Ints) -> None:
        self._able, self._slots = able, slots
        self._own = threading.local()

    def partners_in(self, part: Part, low: int, high: int) -> tuple[Ints, Codes]:
        """Heads (account, how many) and partners of the accounts from ``low`` to ``high`` in a part; no object is in two parts."""
        from coordination.kernel import spread

        first, last = part.place(low), part.place(high)
        if first == last:
            return np.empty((0, 2), np.int64), np.empty(0, np.int32)
        if not hasattr(self._own, "mark"):
            self._own.mark, self._own.run = np.zeros(len(self._able), np.int64), 0
        chosen = part.order[first:last]
        most = int((part.end[chosen] - part.start[chosen]).sum(dtype=np.int64))
        partners, heads = np.empty(most, np.int32), np.empty((last - first, 2), np.int64)  # pages that are not written take no memory
        acts = (part.order, part.object, part.account, part.start, part.end)
        size, number, self._own.run = spread(first, last, *acts, self._able, self._own.mark, self._own.run, self._slots, partners, heads)
        return heads[:number].copy(), partners[:size].copy()


def _joined(found: list[tuple[Ints, Codes]]) -> tuple[Ints, Codes]:
    heads = np.concatenate([part[0] for part in found])
    partners = np.concatenate([part[1] for part in found])
    return heads, partners


def _added(pool: ThreadPoolExecutor, heads: Ints, partners: Codes, accounts: int, least: int) -> list[tuple[Codes, Codes, Codes]]:
    """The partners of each account added up, on all cores; accounts stay in order."""
    from coordination.kernel import added

    begin = np.cumsum(heads[:, 1]) - heads[:, 1]
    order = np.argsort(heads[:, 0], kind="stable")
    account, begin, number = heads[order, 0], begin[order], heads[order, 1]
    cores = os.cpu_count() or 1
    cuts = np.searchsorted(np.cumsum(number), np.linspace(0, number.sum(), cores + 1)[1:-1])
    cuts = np.concatenate(([0], np.searchsorted(account, account[cuts]) if len(account) else [], [len(account)])).astype(np.int64)

    def some(low: int, high: int) -> tuple[Codes, Codes, Codes]:
        a, b, weight = added(account[low:high], begin[low:high], number[low:high], partners, accounts, least)
        sort = np.lexsort((b, a))
        return a[sort], b[sort], weight[sort]

    return list(pool.map(some, cuts[:-1].tolist(), cuts[1:].tolist()))


def _counts(found: list[tuple[Codes, Codes, Codes]], slots: Ints) -> Counts:
    a, b, weight = (np.concatenate([part[k] for part in found] or [np.empty(0, np.int32)]).astype(np.int64) for k in range(3))
    return Counts(a, b, weight, slots)
