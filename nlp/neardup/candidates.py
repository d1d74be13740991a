"""Which pairs are looked at: for each text those with the largest stem cosine, by an inverted index over the rarer stems."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nlp.neardup import kernels
from nlp.neardup.collection import Collection
from nlp.neardup.compiled import spread
from nlp.neardup.distinct import different

CAP = 1000
"""Stems of more texts than this are passed over when candidates are looked for (not when they are compared)."""

LEAST = 0.03
"""Least cosine of a candidate."""

Rows = npt.NDArray[np.int32]


def kept(size: int) -> int:
    """How many candidates a text has: 25 in small collections, 15 in large ones."""
    return 25 if size <= 20_000 else 15


def pairs(collection: Collection, since: int = 0) -> tuple[Rows, Rows]:
    """Pairs of rows (left < right, sorted) of which one is at least ``since``."""
    found = [_by_stems(collection, since)]
    return unique(found, len(collection), since)


def unique(found: list[tuple[Rows, Rows]], size: int, since: int) -> tuple[Rows, Rows]:
    """The different pairs of several lists, left < right, sorted, those with both rows below ``since`` left out."""
    key = different([np.minimum(a, b).astype(np.int64) * size + np.maximum(a, b) for a, b in found])
    left, right = (key // max(size, 1)).astype(np.int32), (key % max(size, 1)).astype(np.int32)
    good = (right >= since) & (left != right)
    return left[good], right[good]


def _by_stems(c: Collection, since: int) -> tuple[Rows, Rows]:
    queries = np.arange(since, len(c), dtype=np.int32)
    begin, rows, entries = kernels.postings(c.terms, c.at, len(c.vocabulary))
    weights = c.weights[entries]
    keep = kept(len(c))
    parts = spread(
        lambda low, high: kernels.best(low, high, queries, c.at, c.terms, c.weights, begin, rows, weights, CAP, keep, LEAST)[0],
        len(queries),
    )
    partners = np.concatenate(parts)
    there = partners >= 0
    return np.repeat(queries, there.sum(axis=1)), partners[there]
