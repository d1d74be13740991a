"""What chance would give: expected co-actions of two accounts that only share the day, and how surprising more than that is.

Degree-corrected Poisson by day. With ``slots_d`` the meetings of day d, ``n_ad`` the acts of account a on it and ``n_d`` those of all,

    lambda_ab = sum_d 2 * slots_d * (n_ad / n_d) * (n_bd / n_d),        p = P(X >= weight),  X ~ Poisson(lambda_ab)

Acts and meetings are those of runs (``runs``): repeats within the window count once. ``docs/method.md`` derives it. False discovery
rate: Benjamini and Hochberg 1995.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc

from coordination.acts import DAY, Acts, Codes, Floats, Ints
from coordination.counting import Counts, accounts_in
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
    total: Floats

    def rates(self, slots: Ints | Floats) -> Floats:
        """Values whose inner products of two rows are the expected co-actions of two accounts."""
        scale = np.sqrt(2.0 * slots) / np.maximum(self.total, 1)
        return np.asarray(self.acts * scale[self.columns])


def activity(found: Runs, stratum: Codes) -> Activity:
    """How many runs each account has in each stratum; ``stratum`` of each act."""
    acts = found.acts
    strata = int(stratum.max(initial=-1)) + 1
    cells, number = np.unique(acts.account.astype(np.int64) * strata + stratum[found.place], return_counts=True)
    columns = (cells % max(strata, 1)).astype(np.int32)
    offsets = np.searchsorted(cells // max(strata, 1), np.arange(accounts_in(acts) + 1))
    total = np.bincount(columns, weights=number.astype(np.float64), minlength=strata).astype(np.float64)
    return Activity(offsets, columns, number.astype(np.float64), total)


def expected(active: Activity, slots: Ints, a: Ints, b: Ints) -> Floats:
    """The mean of each pair of accounts (codes ``a``, ``b``)."""
    rates = active.rates(slots)
    if len(a) <= 200_000:
        return _products(active, rates, a, b)
    from coordination.kernel import row_products

    out = np.empty(len(a))
    row_products(a, b, active.offsets, active.columns, rates, out)
    return out


def _products(active: Activity, rates: Floats, a: Ints, b: Ints) -> Floats:
    from scipy.sparse import csr_array

    shape = (len(active.offsets) - 1, len(active.total))
    matrix = csr_array((rates, active.columns, active.offsets), shape=shape)
    return np.asarray(matrix[a].multiply(matrix[b]).sum(axis=1), np.float64).ravel()


def tail(weight: Ints, mean: Floats) -> Floats:
    """P(X >= weight) of a Poisson with that mean; 1 for a weight of 0."""
    return np.where(weight > 0, gammainc(np.maximum(weight, 1), mean), 1.0)


def tests(active: Activity, slots: Ints) -> int:
    """Pairs of accounts that could have met: both active in one stratum with at least one meeting.

    Counted exactly from the distinct patterns of active strata when these are few; otherwise an upper bound, which makes q larger.
    """
    useful = slots[active.columns] > 0
    account = np.repeat(np.arange(len(active.offsets) - 1), np.diff(active.offsets))[useful]
    columns = active.columns[useful]
    in_stratum = np.bincount(columns, minlength=len(slots)).astype(np.int64)
    everyone = len(np.unique(account))
    bound = min(everyone * (everyone - 1) // 2, int((in_stratum * (in_stratum - 1) // 2).sum()))
    if np.count_nonzero(in_stratum) <= 1:
        return bound
    patterns, number = _patterns(account, columns)
    return bound if len(patterns) > EXACT_PATTERNS else _meeting(patterns, number)


def _patterns(account: Ints, columns: Codes) -> tuple[np.ndarray, Ints]:
    """Distinct sets of active strata as rows of bytes, and how many accounts have each."""
    row = np.unique(account, return_inverse=True)[1]
    column = np.unique(columns, return_inverse=True)[1]
    bits = np.zeros((row.max() + 1, column.max() // 8 + 1), np.uint8)
    np.bitwise_or.at(bits, (row, column // 8), np.left_shift(1, column % 8).astype(np.uint8))
    patterns, number = np.unique(bits, axis=0, return_counts=True)
    return patterns, number.astype(np.int64)


def _meeting(patterns: np.ndarray, number: Ints) -> int:
    """Unordered pairs of accounts whose patterns share a stratum."""
    ordered = sum(int(number[k]) * int(number[(patterns & patterns[k]).any(axis=1)].sum()) for k in range(len(patterns)))
    return (ordered - int(number.sum())) // 2


def false_discovery(p: Floats, tests: int) -> Floats:
    """Benjamini-Hochberg q of each p among ``tests`` tests; the untested ones count as p = 1."""
    order = np.argsort(p, kind="stable")
    ranked = p[order] * tests / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return q


@dataclass(frozen=True, slots=True)
class Judged:
    """Counts with what chance would give, p and q; ``tests`` is the number of pairs that could have met.

    ``slots``: meetings of runs by day; ``active``: runs of each account by day.
    """

    counts: Counts
    slots: Ints
    active: Activity
    expected: Floats
    p: Floats
    q: Floats
    tests: int


def judge(counts: Counts, slots: Ints, active: Activity) -> Judged:
    """Test each counted pair against the null model."""
    mean = expected(active, slots, counts.a, counts.b)
    p = tail(counts.weight, mean)
    number = max(tests(active, slots), len(p))
    return Judged(counts, slots, active, mean, p, false_discovery(p, number), number)
