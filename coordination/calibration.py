"""The data shuffled so that no two accounts act together on purpose, and how many edges are called all the same.

Each shuffle keeps what an innocent world would keep: which object was acted on when, and more and more of who.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from coordination.acts import Acts, Codes, Ints
from coordination.crowd import labels
from coordination.engine import examine
from coordination.null import days

Random = np.random.Generator


def everywhere(acts: Acts, window: float, random: Random) -> Codes:
    """Each act gets another act's account: activity is kept, days and interests are not."""
    del window
    return random.permutation(acts.account)


def within_days(acts: Acts, window: float, random: Random) -> Codes:
    """The same within each day: every account keeps its number of acts of each day."""
    del window
    return _within(acts.account, days(acts), random)


def within_crowds(acts: Acts, window: float, random: Random) -> Codes:
    """The same within each day and crowd or popular object: fans stay fans and readers readers, but act on their own."""
    del window
    label = np.unique(labels(acts).of_acts(acts), return_inverse=True)[1]
    return _within(acts.account, days(acts) * (int(label.max(initial=0)) + 1) + label, random)


SHUFFLES: dict[str, Callable[[Acts, float, Random], Codes]] = {
    "everywhere": everywhere,
    "within days": within_days,
    "within days and crowds": within_crowds,
}


def _within(account: Codes, cell: Codes | Ints, random: Random) -> Codes:
    """The accounts permuted inside each cell."""
    place = np.argsort(cell, kind="stable")
    drawn = np.lexsort((random.random(len(cell)), cell))
    shuffled = np.empty_like(account)
    shuffled[place] = account[drawn]
    return shuffled


@dataclass(frozen=True, slots=True)
class Realised:
    """One shuffle: pairs that could have met, pairs counted, edges called at q in the shuffled data and in the data itself."""

    shuffle: str
    round: int
    tests: int
    counted: int
    called: int
    real: int


def realised(acts: Acts, window: float, least: int, q: float, *, rounds: int = 3, seed: int = 0) -> Iterator[Realised]:
    """Edges called at ``q`` in ``rounds`` of each shuffle of the acts: all of them are false."""
    real = int((examine(acts, window, least, q).q <= q).sum())
    for name, shuffle in SHUFFLES.items():
        for k in range(rounds):
            random = np.random.default_rng([seed, k])
            judged = examine(acts.as_if(shuffle(acts, window, random)), window, least, q)
            yield Realised(name, k + 1, judged.tests, len(judged.counts), int((judged.q <= q).sum()), real)
