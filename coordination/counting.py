"""Counts for all pairs of accounts: listed with numpy when there is little, swept by the compiled kernel when there is much."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

import numpy as np

from coordination.acts import Acts, Codes, Ints
from coordination.sweep import LISTED, Pairs, Reach, accounts_in_order, between, listed, reach

MOST_AT_ONCE, MOST_RANGES = 20_000_000, 512
"""Meetings of a range of accounts, so that what it gives is not too much at a time; and how many ranges at most."""


class Sieving(Protocol):
    """What :class:`coordination.sieve.Sieve` is."""

    @property
    def passed(self) -> int:
        """Pairs that were not kept."""

    def add(self, part: Any) -> Any:
        """What is kept of a, b and weight."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Pairs of accounts (codes, a before b unless directed) with their weight, sorted by a and b; ``slots``: meetings per stratum.

    ``passed``: pairs that were counted too and are not here, as chance explains them and there are too many (see ``sieve``).
    """

    a: Ints
    b: Ints
    weight: Ints
    slots: Ints
    passed: int = 0

    def __len__(self) -> int:
        return len(self.a)


def count(
    acts: Acts,
    window: float,
    *,
    unit: Ints | Codes,
    directed: bool,
    loops: bool = False,
    least: int = 1,
    stratum: Codes | None = None,
    listing: int = LISTED,
    sieve: Sieving | None = None,
) -> Counts:
    """How many distinct units of one account met each other account within ``window`` seconds.

    ``unit``: one number for each act; with objects and ``directed`` false these are objects shared by two accounts, with posts and
    ``directed`` true the own posts of a that met b (and with ``loops`` also other posts of a). ``stratum``: a number for each act; a
    meeting is added to the stratum of its earlier act. Pairs of less than ``least`` are counted in ``slots`` but not returned.
    ``sieve`` is shown what each range of accounts gave and keeps what it wants of it.
    """
    found = reach(acts, window)
    place = np.zeros(len(acts), np.int32) if stratum is None else stratum
    if found.meetings <= listing or len(acts) == 0:
        pairs = listed(found)
        return tally(acts, pairs if loops else between(acts, pairs), unit=unit, directed=directed, least=least, stratum=place)
    return _swept(acts, found, unit=unit, directed=directed, loops=loops, least=least, stratum=place, sieve=sieve)


def tally(acts: Acts, pairs: Pairs, *, unit: Ints | Codes, directed: bool, least: int, stratum: Codes) -> Counts:
    """The same counts from pairs of acts that are listed, whatever made them meet."""
    a, b, mine, other = _sides(acts, pairs, directed)
    key = a * accounts_in(acts) + b
    order = np.lexsort((other, mine, unit[mine], key))
    key, mine, other = key[order], mine[order], other[order]
    one = unit[mine]
    fresh = np.ones(len(key), bool)
    fresh[1:] = (key[1:] != key[:-1]) | (one[1:] != one[:-1])
    slots = np.bincount(stratum[np.minimum(mine, other)[fresh]], minlength=_strata(stratum)).astype(np.int64)
    _, begin, weight = np.unique(key[fresh], return_index=True, return_counts=True)
    place = order[fresh][begin][weight >= least]
    return Counts(a[place], b[place], weight[weight >= least].astype(np.int64), slots)


def _sides(acts: Acts, pairs: Pairs, directed: bool) -> tuple[Ints, Ints, Ints, Ints]:
    """Accounts a and b, and the acts of each: every pair once, or when directed from both sides."""
    if directed:
        mine, other = np.concatenate((pairs.first, pairs.second)), np.concatenate((pairs.second, pairs.first))
        return acts.account[mine].astype(np.int64), acts.account[other].astype(np.int64), mine, other
    a, b = accounts_in_order(acts.account, pairs)
    flip = acts.account[pairs.first] != a
    return a, b, np.where(flip, pairs.second, pairs.first), np.where(flip, pairs.first, pairs.second)


def _swept(
    acts: Acts, found: Reach, *, unit: Any, directed: bool, loops: bool, least: int, stratum: Codes, sieve: Sieving | None
) -> Counts:
    from coordination.kernel import distinct

    order, offsets, accounts = by_account(acts, unit)
    strata, widest = _strata(stratum), int((found.end - found.start).max())
    slots, lock = np.zeros(strata, np.int64), Lock()

    def sweep(low: int, high: int) -> Any:
        meeting = (acts.account, found.start, found.end, stratum, strata, accounts, widest)
        *part, met = distinct(low, high, offsets, order, unit, *meeting, directed, loops, least)
        with lock:  # each as long as there are strata: not one kept for every range
            np.add(slots, met, out=slots)
        return sieve.add(part) if sieve else part

    parts = in_threads(sweep, offsets, found.meetings // MOST_AT_ONCE)
    a, b, weight = (np.concatenate([part[k] for part in parts]).astype(np.int64) for k in range(3))
    return Counts(a, b, weight, slots, sieve.passed if sieve else 0)


def summed(keys: Ints, numbers: Ints) -> tuple[Ints, Ints]:
    """Each key once, in order, with the sum of its numbers."""
    if len(keys) == 0:
        return keys, numbers
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    begin = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    return keys[begin], np.add.reduceat(numbers[order], begin)


def by_account(acts: Acts, unit: Any) -> tuple[Ints, Ints, int]:
    """Positions of the acts by account and unit, where each account begins, and the number of accounts."""
    accounts = accounts_in(acts)
    order = _small(np.lexsort((unit, acts.account)), len(acts))
    offsets = np.concatenate(([0], np.cumsum(np.bincount(acts.account, minlength=accounts))))
    return order, offsets, accounts


def _small(positions: Any, length: int) -> Any:
    """Positions in 32 bits where they fit: half the memory to read."""
    return positions.astype(np.int32) if length < 2**31 else positions


def accounts_in(acts: Acts) -> int:
    """How many account codes there are, whether or not they have names."""
    return max(len(acts.accounts), int(acts.account.max(initial=-1)) + 1)


def in_threads(sweep: Callable[[int, int], Any], offsets: Ints, least: int = 0) -> list[Any]:
    """``sweep(low, high)`` over ranges of accounts with about as many acts each (at least so many), on all cores, results in order."""
    cores = os.cpu_count() or 1
    ranges = list(_ranges(offsets, max(16 * cores, min(least, MOST_RANGES))))
    first = [sweep(*ranges[0])]  # compiled once, before the threads begin
    with ThreadPoolExecutor(cores) as pool:
        return first + list(pool.map(lambda r: sweep(*r), ranges[1:]))


def _ranges(offsets: Ints, parts: int) -> Iterator[tuple[int, int]]:
    cuts = np.searchsorted(offsets, np.linspace(0, offsets[-1], parts + 1)[1:-1])
    edges = np.unique(np.concatenate(([0], cuts, [len(offsets) - 1])))
    yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)


def _strata(stratum: Codes) -> int:
    return int(stratum.max(initial=0)) + 1
