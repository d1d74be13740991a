"""The posts behind an edge: for each shared object the first two acts that met, and who came first how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from coordination.acts import Acts, Floats, Ints
from coordination.counting import by_account
from coordination.sweep import Reach

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> datetime:
    """The time as a datetime in UTC."""
    return EPOCH + timedelta(microseconds=int(microseconds))


@dataclass(frozen=True, slots=True)
class Evidence:
    """Positions of the acts of a and b that met, one pair per object, and the number of all pairs that met.

    ``lead``: share of objects in which a came first, a tie counting half.
    """

    mine: Ints
    other: Ints
    total: int
    lead: float
    first: int
    last: int


def evidence(acts: Acts, found: Reach, a: Ints, b: Ints) -> Iterator[Evidence]:
    """The evidence of each pair of accounts that met at least once."""
    order, offsets, _ = by_account(acts, np.arange(len(acts)))
    for one, two in zip(a, b, strict=True):
        mine = order[offsets[one] : offsets[one + 1]]
        theirs = order[offsets[two] : offsets[two + 1]]
        yield _of_pair(acts, mine, theirs, np.searchsorted(theirs, found.start[mine]), np.searchsorted(theirs, found.end[mine]))


def _of_pair(acts: Acts, mine: Ints, theirs: Ints, low: Ints, high: Ints) -> Evidence:
    met = high > low
    mine, low, number = mine[met], low[met], (high - low)[met]
    begin = np.repeat(np.cumsum(number) - number, number)
    left = np.repeat(mine, number)
    right = theirs[np.repeat(low, number) + np.arange(len(left)) - begin]
    ends = acts.time[left], acts.time[right]
    first, last = min(ends[0].min(), ends[1].min()), max(ends[0].max(), ends[1].max())
    earliest = np.unique(acts.object[left], return_index=True)[1]  # acts are in order of time within an object
    earliest = earliest[np.argsort(acts.time[left[earliest]], kind="stable")]
    left, right = left[earliest], right[earliest]
    return Evidence(left, right, int(number.sum()), _lead(acts.time[right] - acts.time[left]), int(first), int(last))


def _lead(ahead: Ints) -> float:
    score: Floats = np.where(ahead > 0, 1.0, np.where(ahead == 0, 0.5, 0.0))
    return float(score.mean())
