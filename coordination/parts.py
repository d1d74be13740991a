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
from functools import partial

import numpy as np

from coordination.acts import Acts, Codes, Ints
from coordination.counting import Counts
from coordination.sweep import reach
from models.protocols import Progress, silent

ENTRY = 8
"""Bytes of a partner in memory: once as its part gives it, once among those of all parts."""
LAST_BIT = 62
"""The bit that all further parts have in common."""
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
    """Of each account, over all parts: ``partners``, at most so many; ``objects``, the distinct ones it acts on; its parts as ``bits``."""

    partners: Ints
    objects: Ints
    bits: Ints

    @staticmethod
    def none(accounts: int) -> Loads:
        """Of no part."""
        return Loads(np.zeros(accounts, np.int64), np.zeros(accounts, np.int64), np.zeros(accounts, np.int64))

    def take(self, part: Part, number: int) -> None:
        """Add the part of that number."""
        self.bits[part.account] |= np.int64(1) << min(number, LAST_BIT)
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

    ``parts``: functions that give a part each, in the order of their numbers, called once for every range of accounts. ``room``: bytes
    for partners at one time; a single account may need more.
    """
    slots = np.zeros(objects, np.int64)
    work = Work(np.where(loads.objects >= least, loads.bits, 0), slots, least)
    found: list[tuple[Codes, Codes, Codes]] = []
    low, share, accounts = 0, 1.0, len(loads.bits)
    sums = np.concatenate(([0], np.cumsum(loads.partners)))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        while low < accounts:
            most = max(room, LEAST_ROOM) / ENTRY / share
            high = max(int(np.searchsorted(sums, sums[low] + most, "right")) - 1, low + 1)
            heads, partners = _joined(list(pool.map(partial(_one, work, low, high), range(len(parts)), parts)))
            found += _added(pool, heads, partners, accounts, least)
            share = min(1.0, max(1.25 * len(partners) / max(int(sums[high] - sums[low]), 1), 0.05))
            low = high
            progress("coordinate", accounts=low, of=accounts)
    return _counts(found, slots)


def _one(work: Work, low: int, high: int, number: int, part: Callable[[], Part]) -> tuple[Ints, Codes]:
    made = part()
    first, last = made.place(low), made.place(high)
    return work.partners(made, number, first, last)


class Work:
    """Partners out of parts, on any number of threads: marks are each thread's own, and no object is in two parts.

    ``bits``: the parts in which each account acts (see ``Loads``), 0 for one that cannot have an edge of weight ``least``. Meetings are
    added up in ``slots`` by object.
    """

    def __init__(self, bits: Ints, slots: Ints, least: int) -> None:
        self._bits, self._slots, self._least = bits, slots, least
        self._own = threading.local()

    def partners(self, part: Part, number: int, first: int, last: int) -> tuple[Ints, Codes]:
        """Heads (account, how many) and partners of the acts ``first`` to ``last`` in the order of a part, whole accounts."""
        from coordination.kernel import spread

        if first == last:
            return np.empty((0, 2), np.int64), np.empty(0, np.int32)
        own = self._own
        if not hasattr(own, "mark"):
            own.mark, own.times, own.run = np.zeros(len(self._bits), np.int64), np.zeros(len(self._bits), np.int32), 0
        chosen = part.order[first:last]
        most = int((part.end[chosen] - part.start[chosen]).sum(dtype=np.int64))
        partners, heads = np.empty(most, np.int32), np.empty((last - first, 2), np.int64)  # pages that are not written take no memory
        others = np.int64(-1) if number >= LAST_BIT else ~(np.int64(1) << number)
        acts = (part.order, part.object, part.account, part.start, part.end)
        kept = (self._bits, others, self._least, own.mark, own.times, own.run)
        size, heads_made, own.run = spread(first, last, *acts, *kept, self._slots, partners, heads)
        return heads[:heads_made].copy(), partners[:size].copy()


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
