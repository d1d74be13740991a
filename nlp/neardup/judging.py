"""What a pair of one language is: a copy, a rewording, a shared fragment, two fillings of one template, or nothing.

A first logistic regression looks at the pair, a second one also at what its neighbours say (:mod:`nlp.neardup.support`). Both know single
texts only; :mod:`nlp.neardup.passages` then looks at what is shared word by word. Three words in a row that stand in many texts are a
template, and what is left without them must agree for two texts to say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nlp.neardup import candidates, model, passages, support
from nlp.neardup.collection import Collection
from nlp.neardup.distinct import absent

CONTAIN_MAX = 0.25
"""Least share of the larger text's weight that is shared; the cut with which the prototype did best."""

BLOCK = 500_000
"""Pairs whose features are in memory at once."""

BOUND = 0.5, 1.5
"""Most that the cosine of character grams is, by the share of the larger text's weight that is shared: what a pair without a chance is
told by before its grams are counted. Of 261,000 candidates among real posts one in a thousand lies above."""

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


@dataclass
class Graph:
    """Candidate pairs of one language seen so far, with the share of the first model: the neighbourhood of later nights' pairs."""

    left: Rows = field(default_factory=lambda: np.zeros(0, np.int32))
    right: Rows = field(default_factory=lambda: np.zeros(0, np.int32))
    shares: Floats = field(default_factory=lambda: np.zeros(0, np.float32))

    def grow(self, left: Rows, right: Rows, shares: Floats) -> None:
        """Add a night's pairs."""
        self.left, self.right = np.concatenate([self.left, left]), np.concatenate([self.right, right])
        self.shares = np.concatenate([self.shares, shares])


@dataclass(frozen=True, slots=True)
class Looked:
    """Pairs with what was measured on them: the seven features, the share, the columns of :data:`nlp.neardup.passages.COLUMNS`."""

    left: Rows
    right: Rows
    features: Floats
    shares: Floats
    measures: Floats

    def column(self, name: str) -> Floats:
        """One measure of all pairs."""
        return self.measures[:, passages.COLUMNS.index(name)]


def look(c: Collection, comparable: npt.NDArray[np.int32], graph: Graph, since: int, copies: npt.NDArray[np.int32]) -> Looked:
    """Measure the pairs of which one row is at least ``since``. ``comparable``: rows of different values (below 0: any) are no pair.

    ``copies``: how many equal texts each row stands for.
    """
    left, right = _wanted(*candidates.pairs(c, since), comparable)
    left, right, features, shares = _first(c, left, right)
    before = len(graph.left)
    graph.grow(left, right, shares)
    around = support.support(graph.left, graph.right, graph.shares, len(c))[before:]
    if len(left):
        shares = model.load("alike_support").shares(features, around)
    masked = passages.mask(c, copies)
    extra = _others(*_wanted(*passages.candidates(c, masked, since), comparable), left, right, len(c))
    left, right = np.concatenate([left, extra[0]]), np.concatenate([right, extra[1]])
    features = np.concatenate([features, np.zeros((len(extra[0]), features.shape[1]), np.float32)])
    shares = np.concatenate([shares, np.zeros(len(extra[0]), np.float32)])
    return Looked(left, right, features, shares, passages.measured(c, left, right, masked))


def _wanted(left: Rows, right: Rows, comparable: npt.NDArray[np.int32]) -> tuple[Rows, Rows]:
    a, b = comparable[left], comparable[right]
    good = (a == b) | (a < 0) | (b < 0)
    return left[good], right[good]


def _first(c: Collection, left: Rows, right: Rows) -> tuple[Rows, Rows, Floats, Floats]:
    """The pairs that the first model does not rule out, their features and shares."""
    alike = model.load("alike")
    rows, features, shares = [np.zeros(0, np.int64)], [np.zeros((0, len(alike.names)), np.float32)], [np.zeros(0, np.float32)]
    for low in range(0, len(left), BLOCK):
        part = c.features(left[low : low + BLOCK], right[low : low + BLOCK])
        part[:, 0] = np.minimum(BOUND[0] + BOUND[1] * part[:, 3], 1)
        hopeful = np.flatnonzero(alike.shares(part) >= support.LEAST)
        part = part[hopeful]
        part[:, 0] = c.cosines(left[hopeful + low], right[hopeful + low])
        share = alike.shares(part)
        good = np.flatnonzero(share >= support.LEAST)
        rows.append(hopeful[good] + low)
        features.append(part[good])
        shares.append(share[good])
    kept = np.concatenate(rows)
    return left[kept], right[kept], np.concatenate(features), np.concatenate(shares)


def _others(left: Rows, right: Rows, known_left: Rows, known_right: Rows, size: int) -> tuple[Rows, Rows]:
    """The pairs that are not among the known ones, these in order."""
    new = absent(left.astype(np.int64) * size + right, known_left.astype(np.int64) * size + known_right)
    return left[new], right[new]
