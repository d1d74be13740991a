"""Average-link clustering over a candidate graph: sparse, exact for the pairs it looks at, the same for every order of input.

Method: candidates by an inverted index (sparse products of shortened rows), then agglomerative clustering with average
linkage. The mean similarity of two clusters is the product of the sums of their rows, so no matrix of all pairs is made.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from nlp.story_features import Blocks

SAME, ACROSS = 0.35, 1.0
"""Weight of the marks beside the words within one language, and alone between two languages."""
NEIGHBOURS = 25
SHORTENED = 48
"""Heaviest columns of a row that look for candidates."""
CHUNK = 1024

Row = dict[int, float]


@dataclass(slots=True)
class Cluster:
    """Rows summed: words over all, marks by language. ``first`` and ``last`` in days."""

    members: list[int]
    first: float
    last: float
    words: Row
    marks: dict[str, Row]
    near: set[int] = field(default_factory=set)


class Space:
    """Similarity of clusters of rows; 1 for equal texts, 0 for texts that share nothing."""

    def __init__(self, blocks: Blocks, languages: Sequence[str], days: Sequence[float], half_life: float) -> None:
        strength = np.asarray(blocks.marks.multiply(blocks.marks).sum(axis=1)).ravel()
        self.words = sparse.csr_matrix(sparse.diags(np.sqrt(1 - SAME * strength)) @ blocks.words)
        self.marks = blocks.marks
        self.languages, self.days, self.half_life = languages, days, half_life

    def cluster(self, row: int) -> Cluster:
        """The cluster of one row."""
        day = self.days[row]
        return Cluster([row], day, day, _row(self.words, row), {self.languages[row]: _row(self.marks, row)})

    def similarity(self, a: Cluster, b: Cluster) -> float:
        """Mean similarity over all pairs, halved for every ``half_life`` days that lie between the two."""
        same = across = 0.0
        for language, row in a.marks.items():
            for other, column in b.marks.items():
                value = _dot(row, column)
                same, across = (same + value, across) if language == other else (same, across + value)
        mean = (_dot(a.words, b.words) + SAME * same + ACROSS * across) / (len(a.members) * len(b.members))
        gap = max(0.0, b.first - a.last, a.first - b.last)
        return float(mean * 0.5 ** (gap / self.half_life))


def merged(a: Cluster, b: Cluster) -> Cluster:
    """The smaller poured into the larger (which is changed)."""
    if len(a.words) < len(b.words):
        a, b = b, a
    _add(a.words, b.words)
    for language, row in b.marks.items():
        _add(a.marks.setdefault(language, {}), row)
    a.members += b.members
    a.first, a.last = min(a.first, b.first), max(a.last, b.last)
    return a


def cluster(space: Space, threshold: float) -> list[list[int]]:
    """Groups of rows, each in ascending order, ordered by their first row; rows without words stay alone."""
    pairs = candidates(space)
    clusters = {row: space.cluster(row) for row in range(space.words.shape[0])}
    heap: list[tuple[float, int, int]] = []
    for a, b in pairs:
        clusters[a].near.add(b)
        clusters[b].near.add(a)
        score = space.similarity(clusters[a], clusters[b])
        if score >= threshold:
            heap.append((-score, a, b))
    heapq.heapify(heap)
    _agglomerate(heap, space, clusters, threshold)
    return sorted(sorted(c.members) for c in clusters.values())


def _agglomerate(heap: list[tuple[float, int, int]], space: Space, clusters: dict[int, Cluster], threshold: float) -> None:
    fresh = space.words.shape[0]
    while heap:
        _, a, b = heapq.heappop(heap)
        if a not in clusters or b not in clusters:
            continue
        first, second = clusters.pop(a), clusters.pop(b)
        near = (first.near | second.near) - {a, b}
        joined = merged(first, second)
        joined.near = near
        clusters[fresh] = joined
        for other in sorted(near):
            clusters[other].near -= {a, b}
            clusters[other].near.add(fresh)
            score = space.similarity(joined, clusters[other])
            if score >= threshold:
                heapq.heappush(heap, (-score, other, fresh))
        fresh += 1


def candidates(space: Space) -> list[tuple[int, int]]:
    """Pairs of rows that an inverted index finds alike: the best of each row by words and by marks."""
    found = set(_nearest(space.words)) | set(_nearest(space.marks))
    return sorted(found)


def _nearest(block: sparse.csr_matrix) -> Iterator[tuple[int, int]]:
    short = _shortened(block)
    index = sparse.csr_matrix(short.T)
    for start in range(0, short.shape[0], CHUNK):
        product = sparse.csr_matrix(short[start : start + CHUNK] @ index)
        for row in range(product.shape[0]):
            span = slice(product.indptr[row], product.indptr[row + 1])
            for column in _best(product.indices[span], product.data[span], start + row):
                yield min(start + row, column), max(start + row, column)


def _best(columns: np.ndarray[Any, Any], values: np.ndarray[Any, Any], row: int) -> list[int]:
    """The NEIGHBOURS largest, ties by column, never the row itself."""
    keep = (columns != row) & (values > 0.02)
    columns, values = columns[keep], values[keep]
    if len(columns) > NEIGHBOURS:
        least = np.partition(values, -NEIGHBOURS)[-NEIGHBOURS]
        columns, values = columns[values >= least], values[values >= least]
    order = np.lexsort((columns, -values))[:NEIGHBOURS]
    return [int(c) for c in columns[order]]


def _shortened(block: sparse.csr_matrix) -> sparse.csr_matrix:
    """Each row with its SHORTENED heaviest columns only."""
    keep = np.ones(block.nnz, dtype=bool)
    for start, end in zip(block.indptr[:-1], block.indptr[1:], strict=True):
        if end - start > SHORTENED:
            order = np.lexsort((block.indices[start:end], -block.data[start:end]))
            keep[start + order[SHORTENED:]] = False
    rows = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))[keep]
    return sparse.csr_matrix((block.data[keep], (rows, block.indices[keep])), shape=block.shape)


def _row(block: sparse.csr_matrix, row: int) -> Row:
    span = slice(block.indptr[row], block.indptr[row + 1])
    return dict(zip(block.indices[span].tolist(), block.data[span].tolist(), strict=True))


def _dot(a: Row, b: Row) -> float:
    if len(a) > len(b):
        a, b = b, a
    get = b.get
    return sum(value * get(key, 0.0) for key, value in a.items())


def _add(total: Row, row: Row) -> None:
    for key, value in row.items():
        total[key] = total.get(key, 0.0) + value
