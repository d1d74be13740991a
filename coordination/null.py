"""What chance would give: expected co-actions of two accounts that only share the day, and how surprising more than that is.

Degree-corrected Poisson by day. With ``rate_d`` twice the chance of two acts of day d to meet (``rates``: about 2 * slots_d / n_d^2, with
``slots_d`` its meetings and ``n_d`` its acts) and ``n_ad`` the acts of account a on it,

    lambda_ab = sum_d rate_d * n_ad * n_bd,        p = P(X >= weight),  X ~ Poisson(lambda_ab)

Acts and meetings are those of runs (``runs``): repeats within the window count once. ``docs/method.md`` derives it. False discovery
rate: Benjamini and Hochberg 1995, over the pairs that could have reached the least weight (Tarone 1990, Gilbert 2005).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammainc

from coordination.acts import DAY, Acts, Codes, Floats, Ints
from coordination.counting import Counts, accounts_in
from coordination.rates import of_days
from coordination.runs import Runs

EXACT_PATTERNS = 20_000
"""Up to so many distinct patterns of active days the number of tests is counted exactly, beyond from above."""


def days(acts: Acts) -> Codes:
    """The day (UTC) of each act, numbered from the first."""
    if len(acts) == 0:
        return np.empty(0, np.int32)
    day = acts.time // DAY
    return np.asarray(day - day.min(), np.int32)


@dataclass(frozen=True, slots=True)
class Activity:
    """Acts of each account in each stratum, as sparse rows: ``columns`` and ``acts`` of account a lie in offsets[a]:offsets[a+1]."""

    offsets: Ints
    columns: Codes
    acts: Floats

    def scaled(self, rate: Floats) -> Floats:
        """Values whose inner products of two rows are the expected co-actions of two accounts; ``rate`` of each stratum."""
        return np.asarray(self.acts * np.sqrt(rate)[self.columns])


def activity(found: Runs, stratum: Codes) -> Activity:
    """How many runs each account has in each stratum; ``stratum`` of each act."""
    acts = found.acts
    strata = int(stratum.max(initial=-1)) + 1
    cells, number = np.unique(acts.account.astype(np.int64) * strata + stratum[found.place], return_counts=True)
    columns = (cells % max(strata, 1)).astype(np.int32)
    offsets = np.searchsorted(cells // max(strata, 1), np.arange(accounts_in(acts) + 1))
    return Activity(offsets, columns, number.astype(np.float64))


def expected(active: Activity, rate: Floats, a: Ints, b: Ints) -> Floats:
    """The mean of each pair of accounts (codes ``a``, ``b``); ``rate`` of each stratum."""
    values = active.scaled(rate)
    if len(a) <= 200_000:
        return _products(active, values, a, b)
    from coordination.kernel import row_products

    out = np.empty(len(a))
    row_products(a, b, active.offsets, active.columns, values, out)
    return out


def _products(active: Activity, values: Floats, a: Ints, b: Ints) -> Floats:
    from scipy.sparse import csr_array

    shape = (len(active.offsets) - 1, int(active.columns.max(initial=0)) + 1)
    matrix = csr_array((values, active.columns, active.offsets), shape=shape)
    return np.asarray(matrix[a].multiply(matrix[b]).sum(axis=1), np.float64).ravel()


def tail(weight: Ints, mean: Floats) -> Floats:
    """P(X >= weight) of a Poisson with that mean; 1 for a weight of 0."""
    return np.where(weight > 0, gammainc(np.maximum(weight, 1), mean), 1.0)


def tests(active: Activity, slots: Ints, least: int) -> int:
    """Pairs of accounts that could have met ``least`` times: on days with a meeting, the fewer acts of the two come to so many.

    Others have no p below 1, whatever happens, and are no tests (Tarone 1990). Counted exactly from the distinct patterns of activity when
    these are few; otherwise an upper bound, which makes q larger.
    """
    account, column = _levels(active, slots, max(least, 1))
    in_column = np.bincount(column).astype(np.int64)
    everyone = len(np.unique(account))
    bound = min(everyone * (everyone - 1) // 2, int((in_column * (in_column - 1) // 2).sum()) // max(least, 1))
    if bound == 0:
        return 0
    patterns, number = _patterns(account, column)
    return bound if len(patterns) > EXACT_PATTERNS else _meeting(patterns, number, max(least, 1))


def _levels(active: Activity, slots: Ints, least: int) -> tuple[Ints, Ints]:
    """Accounts, and columns that say: at least k acts on day d. Two accounts share as many columns as they could have met."""
    row = np.repeat(np.arange(len(active.offsets) - 1), np.diff(active.offsets))
    times = np.where(slots[active.columns] > 0, np.minimum(active.acts, least), 0).astype(np.int64)
    level = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    return np.repeat(row, times), np.repeat(active.columns.astype(np.int64), times) + level * len(slots)


def _patterns(account: Ints, columns: Ints) -> tuple[np.ndarray, Ints]:
    """Distinct sets of columns as rows of bits in words, and how many accounts have each."""
    row = np.unique(account, return_inverse=True)[1]
    column = np.unique(columns, return_inverse=True)[1]
    bits = np.zeros((row.max() + 1, column.max() // 64 + 1), np.uint64)
    np.bitwise_or.at(bits, (row, column // 64), np.left_shift(np.uint64(1), (column % 64).astype(np.uint64)))
    patterns, number = np.unique(bits, axis=0, return_counts=True)
    return patterns, number.astype(np.int64)


def _meeting(patterns: np.ndarray, number: Ints, least: int) -> int:
    """Unordered pairs of accounts whose patterns share ``least`` columns."""
    ordered = own = 0
    for k in range(len(patterns)):
        shared = np.bitwise_count(patterns & patterns[k]).sum(axis=1, dtype=np.int64) >= least
        ordered += int(number[k]) * int(number[shared].sum())
        own += int(number[k]) if shared[k] else 0
    return (ordered - own) // 2


def false_discovery(p: Floats, tests: int) -> Floats:
    """Benjamini-Hochberg q of each p among ``tests`` tests; the untested ones count as p = 1."""
    order = np.argsort(p, kind="stable")
    ranked = p[order] * tests / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return q


@dataclass(frozen=True, slots=True)
class Judged:
    """Counts with what chance would give, p and q; ``tests`` is the number of pairs that could have met often enough.

    ``slots``: meetings of runs by day; ``active``: runs of each account by day; ``rate`` of each day.
    """

    counts: Counts
    slots: Ints
    active: Activity
    rate: Floats
    expected: Floats
    p: Floats
    q: Floats
    tests: int


def judge(counts: Counts, found: Runs, day: Codes, least: int) -> Judged:
    """Test each counted pair against the null model. ``least``: weight below which pairs were not counted, ``day`` of each act."""
    active, slots = activity(found, day), found.slots(day)
    number = max(tests(active, slots, least), len(counts) + counts.passed)
    return again(Judged(counts, slots, active, *(np.empty(0),) * 4, number), found, day)


def again(judged: Judged, found: Runs, day: Codes) -> Judged:
    """The same with the rates of these runs."""
    rate = of_days(found, day)
    mean = expected(judged.active, rate, judged.counts.a, judged.counts.b)
    p = tail(judged.counts.weight, mean)
    return replace(judged, rate=rate, expected=mean, p=p, q=false_discovery(p, judged.tests))
