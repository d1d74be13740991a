"""Accounts, not only edges: has one more partners, or closer ones, than chance gives to anybody?

An edge must stand out among all pairs of accounts. A diffuse operation has no such edge, but each of its accounts has several partners
that are each a little too close. For account a with m accounts it could meet, let p_(k) be the k-th smallest p of its pairs. By chance
the number of pairs with p <= t is at most Poisson with mean m * t, so

    P(a has k partners that close) <= P(Poisson(m * p_(k)) >= k),

the smallest over k in ``RANKS`` times their number is the account's p (Bonferroni), looks are combined as in ``fusion``, and q is
Benjamini-Hochberg over all accounts. Only pairs that share two objects or more take part: one viral object can give a hundred partners.

Beside p, which says whether chance explains an account, there is a score that says how much it stands out, for those who look at the first
hundred whatever the test says: the objects shared beyond what chance gives (weight - expected) with the closest, the third and the fifth
partner, their mean as a square root, summed over looks. ``benchmarks/accounts.py`` measures it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc

from coordination.acts import Floats, Ints
from coordination.fusion import harmonic
from coordination.null import Judged, false_discovery

RANKS = (1, 2, 3, 5, 10)
LEAST = 1e-300
PARTNERS = (1, 3, 5)
"""Which partners, the closest first, the score looks at; one who is not there counts as nothing shared."""


@dataclass(frozen=True, slots=True)
class AccountTest:
    """p, q and score of every account (by code), and the rank that told."""

    p: Floats
    q: Floats
    rank: Ints
    score: Floats


def strongest(judged: Judged, accounts: int, possible: int) -> tuple[Floats, Ints]:
    """P of each account in one look, and the rank k that gave it (0: no partner). ``possible``: accounts that could be met."""
    source = np.concatenate((judged.counts.a, judged.counts.b))
    p = np.concatenate((judged.p, judged.p))
    order = np.lexsort((p, source))
    source, p = source[order], p[order]
    begin = np.searchsorted(source, np.arange(accounts))
    number = np.searchsorted(source, np.arange(accounts), "right") - begin
    best, rank = np.ones(accounts), np.zeros(accounts, np.int64)
    for k in RANKS:
        has = np.flatnonzero(number >= k)
        chance = len(RANKS) * gammainc(k, possible * p[begin[has] + k - 1])
        better = chance < best[has]
        best[has[better]], rank[has[better]] = chance[better], k
    return np.maximum(best, LEAST), rank


def beyond(judged: Judged, accounts: int) -> Floats:
    """The score of each account in one look: root of the mean excess over chance with the partners ``PARTNERS``."""
    source = np.concatenate((judged.counts.a, judged.counts.b))
    excess = np.maximum(judged.counts.weight - judged.expected, 0.0)
    excess = np.concatenate((excess, excess))
    order = np.lexsort((-excess, source))
    source, excess = source[order], excess[order]
    begin = np.searchsorted(source, np.arange(accounts))
    number = np.searchsorted(source, np.arange(accounts), "right") - begin
    total = np.zeros(accounts)
    for k in PARTNERS:
        has = np.flatnonzero(number >= k)
        total[has] += excess[begin[has] + k - 1]
    return np.sqrt(total / len(PARTNERS))


def examine(looks: Sequence[Judged], accounts: int, possible: Sequence[int]) -> AccountTest:
    """Test every account over all looks. ``possible``: accounts active in each look."""
    reciprocals = np.full(accounts, float(len(looks)))
    told, strongest_p, score = np.zeros(accounts, np.int64), np.ones(accounts), np.zeros(accounts)
    for judged, others in zip(looks, possible, strict=True):
        p, rank = strongest(judged, accounts, others)
        reciprocals += 1.0 / p - 1.0
        score += beyond(judged, accounts)
        better = p < strongest_p
        told[better], strongest_p[better] = rank[better], p[better]
    p = harmonic(reciprocals, max(len(looks), 1)) if looks else np.ones(accounts)
    return AccountTest(p, false_discovery(p, accounts), told, score)
