"""The second question to an edge: would two people who merely follow the same things meet as often?

The first null model knows how active two accounts are on each day. It does not know that both are fans of one party or readers of one
paper. The second one does, in two parts:

- an object many accounts act on explains itself: two accounts that both acted on it meet with the share of its pairs of accounts that met;
- the other objects are put into crowds, by who acts on them and not when (Louvain on the bipartite graph). Within one crowd and
  stretch of time the first model's formula holds with the activity of the crowd alone.

An edge needs both models to be surprised: its p is the larger one (intersection-union test, Berger 1982), so each may be wrong where the
other is right. A coordinated group must not become its own excuse: what popularity or a crowd may explain is capped at a multiple of
the median share of meeting pairs over all popular objects. ``docs/method.md`` has the reasons and the limits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import gammainc
from scipy.stats import binom

from coordination.acts import DAY, SECOND, Acts, Codes, Floats, Ints
from coordination.counting import accounts_in
from coordination.null import Judged, activity, false_discovery
from coordination.runs import Runs

POPULAR = 30
"""Least accounts of an object that explains itself."""
CROWD = 50
"""Least accounts of a crowd; smaller ones belong to the rest, whose members are only as alike as everybody."""
STRETCH = 4 * 3600 * SECOND
"""Stretch of time (µs) within which a crowd's activity is taken as even, for windows up to an hour; a day for longer ones."""
STEADY = 50.0
"""Acts at which a stratum's own rate of meetings counts as much as its crowd's at all times."""
NOTED = 1e-3
"""p up to which a pair matters for the tests of accounts."""
CHUNK = 100_000
TYPICAL, MOST = 4.0, 0.5
"""An object or crowd explains at most ``TYPICAL`` times the median share of meeting pairs, and never more than ``MOST``."""


@dataclass(frozen=True, slots=True)
class Fine:
    """Strata finer than days. ``stratum`` of each act; ``label`` (popular object, or -1 - crowd), ``stretch`` and ``day`` of each stratum.

    ``audience`` and ``crowd`` of each object.
    """

    stratum: Codes
    label: Ints
    stretch: Ints
    day: Codes
    audience: Ints
    crowd: Ints

    @property
    def of_act(self) -> Ints:
        """The label of each act."""
        return self.label[self.stratum]


def fine(acts: Acts, window: float) -> Fine:
    """Split the acts by stretch of time and by popular object or crowd."""
    audience = audiences(acts)
    crowd = crowds(acts, audience)
    label = np.where(audience >= POPULAR, np.arange(len(audience)), -1 - crowd)[acts.object]
    width = STRETCH if window <= 3600 else DAY
    stretch = acts.time // width
    if len(acts) == 0:
        return Fine(np.empty(0, np.int32), label, label, np.empty(0, np.int32), audience, crowd)
    stretch -= stretch.min()
    low = int(label.min())
    cell = stretch * (int(label.max()) - low + 1) + label - low
    _, place, stratum = np.unique(cell, return_index=True, return_inverse=True)
    day = acts.time // DAY
    return Fine(stratum.astype(np.int32), label[place], stretch[place], (day - day.min())[place].astype(np.int32), audience, crowd)


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


def temper(found: Runs, strata: Fine, judged: Judged, level: float) -> Judged:
    """Ask the second question to the pairs that pass the first at ``level`` or with p <= ``NOTED``; the others keep their numbers.

    ``judged.counts.slots`` holds the pairs of accounts that met at each object. The mean of the less surprised model becomes ``expected``.
    """
    acts = found.acts
    noted = min(NOTED, 2.0 / max(len(np.unique(acts.account)), 1))  # larger ones cannot make ten partners remarkable
    asked = np.flatnonzero((judged.q <= level) | (judged.p <= noted))
    if len(asked) == 0:
        return judged
    share = meeting_shares(strata, judged.counts.slots)
    ones, roots = _popular(acts, strata, share)
    rest = _rest(found, strata, share)
    p, mean = judged.p.copy(), judged.expected.copy()
    for part in np.array_split(asked, len(asked) // CHUNK + 1):
        a, b, weight = judged.counts.a[part], judged.counts.b[part], judged.counts.weight[part]
        both, met, elsewhere = _row_sums(ones, a, b), _row_sums(roots, a, b), _row_sums(rest, a, b)
        second = mixed_tail(weight, np.rint(both).astype(np.int64), met / np.maximum(both, 1), elsewhere)
        larger = second > p[part]
        p[part[larger]] = second[larger]
        mean[part[larger]] = (met + elsewhere)[larger]
    return replace(judged, expected=mean, p=p, q=false_discovery(p, judged.tests))


@dataclass(frozen=True, slots=True)
class Shares:
    """Share of the pairs of an object's accounts that met, and for each crowd the factor that brings its meetings under the cap."""

    of_object: Floats
    factor: Floats


def meeting_shares(strata: Fine, met: Ints) -> Shares:
    """Meetings per possible pair of accounts, capped (see TYPICAL, MOST). ``met``: pairs of accounts that met at each object."""
    possible = strata.audience * (strata.audience - 1) / 2.0
    popular = strata.audience >= POPULAR
    share = np.where(popular, met, 0) / np.maximum(possible, 1)
    cap = min(MOST, TYPICAL * float(np.median(share[popular]))) if popular.sum() >= 5 else MOST
    number = int(strata.crowd.max(initial=0)) + 1
    in_crowd = np.bincount(strata.crowd[~popular], weights=met[~popular], minlength=number)
    could = np.bincount(strata.crowd[~popular], weights=possible[~popular], minlength=number)
    rate = in_crowd / np.maximum(could, 1)
    factor = np.minimum(1.0, cap / np.maximum(rate, 1e-12))
    factor[0] = 1.0
    return Shares(np.minimum(share, cap), factor)


def _popular(acts: Acts, strata: Fine, share: Shares) -> tuple[Any, Any]:
    """Accounts by popular objects: ones, and square roots of the meeting shares (whose row products sum the shares)."""
    from scipy.sparse import csr_array

    account, target = _account_objects(acts)
    kept = strata.audience[target] >= POPULAR
    shape = (accounts_in(acts), len(strata.audience))
    ones = csr_array((np.ones(int(kept.sum())), (account[kept], target[kept])), shape=shape)
    roots = csr_array((np.sqrt(share.of_object[target[kept]]), (account[kept], target[kept])), shape=shape)
    return ones, roots


def _row_sums(matrix: Any, a: Ints, b: Ints) -> Floats:
    return np.asarray(matrix[a].multiply(matrix[b]).sum(axis=1), np.float64).ravel()


def _rest(found: Runs, strata: Fine, share: Shares) -> Any:
    """Sparse rows whose products are the expected meetings on objects that are not popular: the first model within crowd and stretch.

    Acts on objects of no crowd are measured against everybody's in that stretch, or a small group would be a world of its own.
    """
    from scipy.sparse import csr_array

    active, slots = activity(found, strata.stratum), found.slots(strata.stratum)
    number = int(strata.stretch.max()) + 1
    everything = np.bincount(strata.stretch, weights=slots, minlength=number)[strata.stretch]
    everybody = np.bincount(strata.stretch, weights=active.total, minlength=number)[strata.stretch]
    nowhere = strata.label == -1
    met = np.where(nowhere, everything, slots * share.factor[np.maximum(-1 - strata.label, 0)])
    met, total = _steadied(met, np.where(nowhere, everybody, active.total), np.maximum(-1 - strata.label, 0))
    met[strata.label >= 0] = 0.0
    active = replace(active, total=total)
    return csr_array((active.rates(met), active.columns, active.offsets), shape=(accounts_in(found.acts), len(slots)))


def _steadied(met: Floats, total: Floats, crowd: Ints) -> tuple[Floats, Floats]:
    """Meetings and acts of strata with each rate drawn towards that of its crowd at all times, the more the fewer acts it has.

    Three accounts that meet in a quiet night are most of its acts and all of its meetings: such a stratum knows no rate but theirs.
    """
    usual = np.bincount(crowd, weights=met) / np.maximum(np.bincount(crowd, weights=total**2), 1)
    return met + STEADY**2 * usual[crowd], np.sqrt(total**2 + STEADY**2)


def mixed_tail(weight: Ints, tries: Ints, chance: Floats, mean: Floats) -> Floats:
    """P(Binomial(tries, chance) + Poisson(mean) >= weight), entry by entry.

    The binomial with the mean chance bounds the sum of unequal chances from above in the tail (Hoeffding 1956).
    """
    total = binom.sf(weight - 1, tries, chance)  # the binomial alone reaches the weight
    for k in range(int(np.minimum(tries, weight - 1).max(initial=-1)) + 1):
        some = np.flatnonzero((tries >= k) & (weight > k))
        total[some] += binom.pmf(k, tries[some], chance[some]) * gammainc(weight[some] - k, mean[some])
    return np.asarray(np.minimum(total, 1.0), np.float64)
