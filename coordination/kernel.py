"""The compiled sweeps. Each account is taken in turn; its partners are counted in arrays as long as the list of accounts.

Every function works on a range of accounts, lets go of the interpreter's lock, and can therefore run on as many threads as there are cores.
Nothing here grows with the number of meetings: only with the number of acts, of accounts, and of edges that are kept.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def _compiler() -> Callable[[Callable[..., Any]], Any]:
    """The njit of numba with its cache beside the code, or where NUMBA_CACHE_DIR says, or in the temporary folder of a read-only system."""
    import numba

    here, home = Path(__file__).parent, Path("~").expanduser()
    if not (os.environ.get("NUMBA_CACHE_DIR") or os.access(here, os.W_OK) or os.access(home, os.W_OK)):
        setattr(numba.config, "CACHE_DIR", str(Path(tempfile.gettempdir()) / f"tocsin-numba-{os.getuid()}"))  # noqa: B010  not in its types
    return numba.njit(nogil=True, cache=True)


compiled = _compiler()


@compiled
def grown(array, size):  # type: ignore[no-untyped-def]
    """The array with room for twice ``size`` entries."""
    new = np.empty(2 * size, array.dtype)
    new[:size] = array[:size]
    return new


@compiled
def distinct(low, high, offsets, order, unit, account, start, end, stratum, strata, accounts, widest, directed, loops, least):  # type: ignore[no-untyped-def]  # noqa: PLR0917  compiled
    """For accounts ``low`` to ``high``: how many distinct units of theirs met each other account.

    ``order``: positions of acts by account (``offsets``), units together. ``unit``: the object of an act (undirected) or its post
    (directed). ``widest``: most acts within reach of one. ``stratum``: where each act's meetings are added up. Returns a, b, weight
    (those of at least ``least``) and the meetings of distinct units per stratum (of the earlier act), of all pairs.
    """
    # One word per account keeps two things in one place of the cache: the run (account a, unit) that met it last, and the count.
    cell = np.zeros(accounts, np.int64)
    touched = np.empty(accounts, np.int32)
    slots = np.zeros(strata, np.int64)
    bag = np.empty(widest, np.int32)
    low_half = np.int64(0xFFFFFFFF)
    out_a, out_b, out_w = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024, np.int32)
    size, run = 0, 0
    for a in range(low, high):
        met = 0
        for k in range(offsets[a], offsets[a + 1]):
            i = order[k]
            if k == offsets[a] or unit[i] != unit[order[k - 1]]:
                run += 1
            full = 0
            for j in range(start[i], end[i]):  # chosen without a branch, which could not be predicted
                bag[full] = j
                b = account[j]
                full += (b > a) | (directed & (b < a)) | (loops & (b == a) & (i != j))
            for j in bag[:full]:
                b = account[j]
                if cell[b] >> 32 == run:
                    continue
                count = cell[b] & low_half
                if count == 0:
                    touched[met] = b
                    met += 1
                cell[b] = (np.int64(run) << 32) | (count + 1)
                slots[stratum[min(i, j)]] += 1
        kept = 0
        for b in touched[:met]:
            if cell[b] & low_half >= least:
                touched[kept] = b
                kept += 1
            else:
                cell[b] = 0
        for b in np.sort(touched[:kept]):
            if size == len(out_a):
                out_a, out_b, out_w = grown(out_a, size), grown(out_b, size), grown(out_w, size)
            out_a[size], out_b[size], out_w[size] = a, b, cell[b] & low_half
            size += 1
            cell[b] = 0
    return out_a[:size].copy(), out_b[:size].copy(), out_w[:size].copy(), slots


@compiled
def contents(low, high, offsets, order, unit, account, time, start, end, counted, accounts, loops):  # type: ignore[no-untyped-def]  # noqa: PLR0917  compiled
    """CooRTweet's numbers for accounts ``low`` to ``high``, each pair seen from both sides.

    ``counted``: whether an act belongs to an account that takes part often enough; a pair counts if one of its acts does. ``unit``:
    the content of an act, contents together in ``order``. Returns a, b, pairs, sum of time differences (µs), and how many
    distinct contents of a were the older one, the younger one, and took part at all.
    """
    pairs, delta = np.zeros(accounts, np.int64), np.zeros(accounts, np.int64)
    older, younger, own = np.zeros(accounts, np.int32), np.zeros(accounts, np.int32), np.zeros(accounts, np.int32)
    mark_older, mark_younger, mark = np.full(accounts, -1, np.int64), np.full(accounts, -1, np.int64), np.full(accounts, -1, np.int64)
    touched = np.empty(accounts, np.int32)
    size = 0
    out = np.empty((1024, 7), np.int64)
    for a in range(low, high):
        met = 0
        for k in range(offsets[a], offsets[a + 1]):
            i = order[k]
            for j in range(start[i], end[i]):
                b = account[j]
                if i == j or not (counted[i] or counted[j]) or (not loops and (b == a or unit[i] == unit[j])):
                    continue
                if own[b] == 0:
                    touched[met] = b
                    met += 1
                    mark_older[b] = mark_younger[b] = mark[b] = -1
                if mark[b] != unit[i]:
                    mark[b] = unit[i]
                    own[b] += 1
                if i < j and mark_older[b] != unit[i]:
                    mark_older[b] = unit[i]
                    older[b] += 1
                if i > j and mark_younger[b] != unit[i]:
                    mark_younger[b] = unit[i]
                    younger[b] += 1
                if b != a or i < j:
                    pairs[b] += 1
                    delta[b] += abs(time[i] - time[j])
        for b in np.sort(touched[:met]):
            if size == len(out):
                new = np.empty((2 * size, 7), np.int64)
                new[:size] = out
                out = new
            out[size, 0], out[size, 1], out[size, 2], out[size, 3] = a, b, pairs[b], delta[b]
            out[size, 4], out[size, 5], out[size, 6] = older[b], younger[b], own[b]
            size += 1
            pairs[b] = delta[b] = 0
            older[b] = younger[b] = own[b] = 0
    return out[:size].copy()


@compiled
def partners_of(a, account, begin, stop, touched, mark, run, bag, full):  # type: ignore[no-untyped-def]  # noqa: PLR0917  compiled
    """Put the accounts met between ``begin`` and ``stop`` into the bag, each once per run; returns how full it is."""
    for j in range(begin, stop):
        b = account[j]
        if mark[b] != run and b != a and (b > a or not touched[j]):
            mark[b] = run
            bag[full] = b
            full += 1
    return full


@compiled
def moved(bag, other, run, sign, change, known, partners, met):  # type: ignore[no-untyped-def]  # noqa: PLR0917  compiled
    """Add ``sign`` for those in the bag that are not marked on the other side; returns the partners known and how many moved."""
    number = 0
    for b in bag:
        if other[b] != run:
            number += 1
            change[b] += sign
            if not known[b]:
                known[b] = True
                partners[met] = b
                met += 1
    return met, number


@compiled
def changes(low, high, offsets, order, split, target, account, start, end, touched, accounts, objects):  # type: ignore[no-untyped-def]  # noqa: PLR0917  compiled
    """For accounts ``low`` to ``high``: at how many objects more (or fewer) each other account is met after than before.

    Acts before ``split`` are those of before, the rest those of after. ``order``: positions of the touched acts by account (``offsets``),
    objects together, before first. A pair that is touched on both sides is looked at from the smaller account. Returns a, b, change
    (not 0; a is not always the smaller) and the change of each object.
    """
    before, after = np.zeros(accounts, np.int32), np.zeros(accounts, np.int32)
    change, known = np.zeros(accounts, np.int32), np.zeros(accounts, np.bool_)
    partners, gone, come = np.empty(accounts, np.int32), np.empty(accounts, np.int32), np.empty(accounts, np.int32)
    slots = np.zeros(objects, np.int64)
    out_a, out_b, out_w = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024, np.int32)
    size, run = 0, 0
    for a in range(low, high):
        met, k = 0, offsets[a]
        while k < offsets[a + 1]:
            run += 1
            one, left, entered = target[order[k]], 0, 0
            while k < offsets[a + 1] and target[order[k]] == one:
                i = order[k]
                if i < split:
                    left = partners_of(a, account, start[i], end[i], touched, before, run, gone, left)
                else:
                    entered = partners_of(a, account, start[i], end[i], touched, after, run, come, entered)
                k += 1
            met, less = moved(gone[:left], after, run, -1, change, known, partners, met)
            met, more = moved(come[:entered], before, run, 1, change, known, partners, met)
            slots[one] += more - less
        for b in partners[:met]:
            known[b] = False
            if change[b] != 0:
                if size == len(out_a):
                    out_a, out_b, out_w = grown(out_a, size), grown(out_b, size), grown(out_w, size)
                out_a[size], out_b[size], out_w[size] = a, b, change[b]
                size += 1
                change[b] = 0
    return out_a[:size].copy(), out_b[:size].copy(), out_w[:size].copy(), slots


@compiled
def row_products(a, b, offsets, columns, values, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917  compiled
    """Inner products of rows ``a`` and ``b`` of a sparse matrix (columns sorted within rows), into ``out``."""
    for e in range(len(a)):
        i, i_end = offsets[a[e]], offsets[a[e] + 1]
        j, j_end = offsets[b[e]], offsets[b[e] + 1]
        total = 0.0
        while i < i_end and j < j_end:
            if columns[i] == columns[j]:
                total += values[i] * values[j]
                i += 1
                j += 1
            elif columns[i] < columns[j]:
                i += 1
            else:
                j += 1
        out[e] = total


@compiled
def spread(low, high, order, unit, account, start, end, bits, others, least, mark, times, run, slots, partners, heads):  # type: ignore[no-untyped-def]  # noqa: PLR0917  compiled
    """For the acts ``order[low:high]`` (accounts together, in these units together): the partners of each account, once per unit.

    ``bits``: the parts of the objects that each account acts in, 0 for one that cannot have an edge; ``others``: the parts that are not
    this one. Partners that are met less than ``least`` times here and act in no other part of the account's are left out; the meetings
    of all are added to ``slots`` by unit. ``mark``: for each account the run (account, unit) that met it last, the last of all being
    ``run``; ``times``: zeros. ``partners`` and ``heads`` (account, how many) have room for all. Returns how many partners, how many
    heads, and the last run.
    """
    size, number, first = 0, 0, 0
    for k in range(low, high):
        i = order[k]
        a = account[i]
        if k == low or account[order[k - 1]] != a:
            first = size
            run += 1
        elif unit[order[k - 1]] != unit[i]:
            run += 1
        for j in range(start[i], end[i]):
            b = account[j]
            if b > a and mark[b] != run:
                mark[b] = run
                slots[unit[i]] += 1
                if bits[a] != 0 and bits[b] != 0:
                    partners[size] = b
                    times[b] += 1
                    size += 1
        if k + 1 < high and account[order[k + 1]] == a:
            continue
        here, last = first, size
        while here < last:  # those that are left out go to the end
            b = partners[here]
            if times[b] >= least or bits[a] & bits[b] & others != 0:
                here += 1
            else:
                last -= 1
                partners[here], partners[last] = partners[last], b
        for b in partners[first:size]:
            times[b] = 0
        size = last
        if size > first:
            heads[number, 0], heads[number, 1] = a, size - first
            number += 1
    return size, number, run


@compiled
def added(account, begin, number, partners, accounts, least):  # type: ignore[no-untyped-def]  # noqa: PLR0917  compiled
    """Sums of partial counts: run k of ``partners`` (from ``begin[k]``, ``number[k]`` long) belongs to ``account[k]``, accounts together.

    A partner's weight is how often it occurs. Returns a, b, weight of those of at least ``least``, b unsorted.
    """
    count, touched = np.zeros(accounts, np.int32), np.empty(accounts, np.int32)
    out_a, out_b, out_w = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024, np.int32)
    size, met = 0, 0
    for k in range(len(account)):
        for b in partners[begin[k] : begin[k] + number[k]]:
            if count[b] == 0:
                touched[met] = b
                met += 1
            count[b] += 1
        if k + 1 < len(account) and account[k + 1] == account[k]:
            continue
        for b in touched[:met]:
            if count[b] >= least:
                if size == len(out_a):
                    out_a, out_b, out_w = grown(out_a, size), grown(out_b, size), grown(out_w, size)
                out_a[size], out_b[size], out_w[size] = account[k], b, count[b]
                size += 1
            count[b] = 0
        met = 0
    return out_a[:size].copy(), out_b[:size].copy(), out_w[:size].copy()
