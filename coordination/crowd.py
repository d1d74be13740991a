"""The second question to an edge: would two people who merely follow the same things meet as often?

The first null model knows how active two accounts are on each day. It does not know that both are fans of one party or readers of one
paper. The second one does, in two parts:

- an object many accounts act on explains itself: two accounts that both acted on it meet with the share of its pairs of accounts that met;
- the other objects are put into crowds, by who acts on them and not when (Louvain on the bipartite graph). Two accounts meet there as
  often as two of the crowd do that are as active in it (``interest``).

An edge needs both models to be surprised: its p is the larger one (intersection-union test, Berger 1982), so each may be wrong where the
other is right. A coordinated group must not become its own excuse: what popularity or a crowd may explain is capped at a multiple of
the median share of meeting pairs over all popular objects. ``docs/method.md`` has the reasons and the limits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import gammainc

from coordination.acts import Acts, Codes, Floats, Ints
from coordination.counting import accounts_in
from coordination.interest import interest, tempo
from coordination.null import Judged, false_discovery
from coordination.runs import Runs

POPULAR = 30
"""Least accounts of an object that explains itself."""
CROWD = 50
"""Least accounts of a crowd; smaller ones belong to the rest, whose members are only as alike as everybody."""
NOTED = 1e-3
"""p up to which a pair matters for the tests of accounts."""
CHUNK = 100_000
TYPICAL, MOST = 4.0, 0.5
"""An object or crowd explains at most ``TYPICAL`` times the median share of meeting pairs, and never more than ``MOST``."""


@dataclass(frozen=True, slots=True)
class Labels:
    """``audience`` (distinct accounts) and ``crowd`` (0: none) of each object; popular objects are in no crowd but stand for themselves."""

    audience: Ints
    crowd: Ints

    def of_acts(self, acts: Acts) -> Ints:
        """The popular object of each act, or -1 - crowd."""
        label = np.where(self.audience >= POPULAR, np.arange(len(self.audience)), -1 - self.crowd)
        return np.asarray(label[acts.object], np.int64)


def labels(acts: Acts) -> Labels:
    """Who is popular, and which crowds there are."""
    audience = audiences(acts)
    return Labels(audience, crowds(acts, audience))


def audiences(acts: Acts) -> Ints:
    """Distinct accounts of each object."""
    objects = int(acts.object.max(initial=-1)) + 1
    return np.bincount(_account_objects(acts)[1], minlength=objects)


def _account_objects(acts: Acts) -> tuple[Ints, Ints]:
    """Each account and object that met, once: the edges of the bipartite graph."""
    objects = int(acts.object.max(initial=-1)) + 1
    both = np.unique(acts.account.astype(np.int64) * max(objects, 1) + acts.object)
    return both // max(objects, 1), both % max(objects, 1)


def crowds(acts: Acts, audience: Ints) -> Ints:
    """The crowd of each object, 0 for the rest. Times are not looked at, so that acting together does not make a crowd."""
    crowd = np.zeros(len(audience), np.int64)
    account, target = _account_objects(acts)
    shared = (audience[target] >= 2) & (audience[target] < POPULAR)
    account, target = account[shared], target[shared]
    if len(account) == 0 or accounts_in(acts) < CROWD:
        return crowd
    rows, row = np.unique(account, return_inverse=True)
    columns, col = np.unique(target, return_inverse=True)
    label = _communities(row, col, len(rows), len(columns))
    own = np.unique(label[col] * len(rows) + row) // len(rows)  # each account once per community
    size = np.bincount(own, minlength=int(label.max()) + 1)
    number = np.where(size >= CROWD, 1 + np.arange(len(size)), 0)
    crowd[columns] = number[label]
    return crowd


def _communities(row: Ints, col: Ints, rows: int, columns: int) -> Ints:
    from scipy.sparse import csr_matrix
    from sknetwork.clustering import Louvain

    biadjacency = csr_matrix((np.ones(len(row)), (row, col)), shape=(rows, columns))
    found = Louvain(random_state=0, shuffle_nodes=False).fit(biadjacency, force_bipartite=True)
    return np.asarray(found.labels_col_, np.int64)


@dataclass(frozen=True, slots=True)
class Second:
    """The second question, ready to be asked: accounts by popular objects, crowds of the acts, and the caps."""

    labels: Labels
    share: Shares
    ones: Any
    roots: Any
    noted: float


def second(acts: Acts, known: Labels, met: Ints) -> Second:
    """``met``: pairs of accounts that met at each object."""
    share = meeting_shares(known, met)
    noted = min(NOTED, 2.0 / max(len(np.unique(acts.account)), 1))  # larger ones cannot make ten partners remarkable
    return Second(known, share, *_popular(acts, known, share), noted)


def temper(judged: Judged, found: Runs, day: Codes, asking: Second, level: float) -> Judged:
    """Ask the second question to the pairs that pass the first at ``level`` or with p <= ``NOTED``; the others keep their numbers.

    The mean of the less surprised model becomes ``expected``. ``day`` of each act.
    """
    asked = np.flatnonzero((judged.q <= level) | (judged.p <= asking.noted))
    if len(asked) == 0:
        return judged
    crowd = np.maximum(-1 - asking.labels.of_acts(found.acts), -1)
    followed = interest(found, day, crowd, tempo(found, day, crowd, asking.share.factor))
    p, mean = judged.p.copy(), judged.expected.copy()
    for part in np.array_split(asked, len(asked) // CHUNK + 1):
        a, b, weight = judged.counts.a[part], judged.counts.b[part], judged.counts.weight[part]
        both, met, elsewhere = _row_sums(asking.ones, a, b), _row_sums(asking.roots, a, b), followed.expected(a, b)
        harder = mixed_tail(weight, np.rint(both).astype(np.int64), met / np.maximum(both, 1), elsewhere)
        larger = harder > p[part]
        p[part[larger]] = harder[larger]
        mean[part[larger]] = (met + elsewhere)[larger]
    return replace(judged, expected=mean, p=p, q=false_discovery(p, judged.tests))


@dataclass(frozen=True, slots=True)
class Shares:
    """Share of the pairs of an object's accounts that met, and for each crowd the factor that brings its meetings under the cap."""

    of_object: Floats
    factor: Floats


def meeting_shares(known: Labels, met: Ints) -> Shares:
    """Meetings per possible pair of accounts, capped (see TYPICAL, MOST). ``met``: pairs of accounts that met at each object."""
    possible = known.audience * (known.audience - 1) / 2.0
    popular = known.audience >= POPULAR
    share = np.where(popular, met, 0) / np.maximum(possible, 1)
    cap = min(MOST, TYPICAL * float(np.median(share[popular]))) if popular.sum() >= 5 else MOST
    number = int(known.crowd.max(initial=0)) + 1
    in_crowd = np.bincount(known.crowd[~popular], weights=met[~popular], minlength=number)
    could = np.bincount(known.crowd[~popular], weights=possible[~popular], minlength=number)
    rate = in_crowd / np.maximum(could, 1)
    factor = np.minimum(1.0, cap / np.maximum(rate, 1e-12))
    factor[0] = 1.0
    return Shares(np.minimum(share, cap), factor)


def _popular(acts: Acts, known: Labels, share: Shares) -> tuple[Any, Any]:
    """Accounts by popular objects: ones, and square roots of the meeting shares (whose row products sum the shares)."""
    from scipy.sparse import csr_array

    account, target = _account_objects(acts)
    kept = known.audience[target] >= POPULAR
    shape = (accounts_in(acts), len(known.audience))
    ones = csr_array((np.ones(int(kept.sum())), (account[kept], target[kept])), shape=shape)
    roots = csr_array((np.sqrt(share.of_object[target[kept]]), (account[kept], target[kept])), shape=shape)
    return ones, roots


def _row_sums(matrix: Any, a: Ints, b: Ints) -> Floats:
    return np.asarray(matrix[a].multiply(matrix[b]).sum(axis=1), np.float64).ravel()


def mixed_tail(weight: Ints, tries: Ints, chance: Floats, mean: Floats) -> Floats:
    """P(Binomial(tries, chance) + Poisson(mean) >= weight), entry by entry.

    The binomial with the mean chance bounds the sum of unequal chances from above in the tail (Hoeffding 1956).
    """
    from scipy.stats import binom  # half a second to load, and wanted only where there is an edge to ask about

    total = binom.sf(weight - 1, tries, chance)  # the binomial alone reaches the weight
    for k in range(int(np.minimum(tries, weight - 1).max(initial=-1)) + 1):
        some = np.flatnonzero((tries >= k) & (weight > k))
        total[some] += binom.pmf(k, tries[some], chance[some]) * gammainc(weight[some] - k, mean[some])
    return np.asarray(np.minimum(total, 1.0), np.float64)
