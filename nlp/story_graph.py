"""Average-link clustering over a candidate graph: sparse, exact for the pairs it looks at, the same for every order of input.

Method: candidates by an inverted index (sparse products of shortened rows); one pass in order of time that puts what is clearly
alike together; then agglomerative clustering with average linkage. The mean similarity of two clusters is the product of the sums
of their rows, so no matrix of all pairs is made.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from nlp.story_features import Blocks

SAME, ACROSS = 0.5, 2.75
"""Weight of the marks beside the words within one language, and beside the meanings between two languages."""
MEANT = 0.5
"""Weight of the meanings between two languages; within one they say nothing that the words do not say better."""
NEIGHBOURS = 25
SHORTENED = 48
"""Heaviest columns of a row that look for candidates."""
CHUNK = 1024

CLEARLY = 1.4
"""The pass in order of time joins at this many times the threshold; what is closer to it is weighed by the second."""

LARGE = 4
"""A row so many times longer than the other is searched instead of walked."""
HOPELESS = 0.5
"""Clusters below this share of the threshold are not compared again: a mean seldom doubles."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(slots=True)
class Cluster:
    """The sum of its members' rows as ascending ``columns`` and ``values``; ``first`` and ``last`` in days."""

    members: list[int]
    first: float
    last: float
    columns: Ints
    values: Floats
    near: set[int] = field(default_factory=set)


class Space:
    """Rows whose product is the similarity of two texts: 1 or more for equal ones, 0 for texts that share nothing.

    Marks count SAME within a language and ACROSS between two, which is one product over three blocks of columns: words, marks, and
    marks by language, the last with a negative sign: ``w + ACROSS * m + (SAME - ACROSS) * m_language``.
    """

    def __init__(self, blocks: Blocks, languages: Sequence[str], days: Sequence[float], half_life: float) -> None:
        strength = np.asarray(blocks.marks.multiply(blocks.marks).sum(axis=1)).ravel()
        self.words = sparse.csr_matrix(sparse.diags(np.sqrt(1 - SAME * strength)) @ blocks.words)
        self.marks = blocks.marks
        self.days, self.half_life = days, half_life
        own = _by_language(blocks.marks, languages)
        self.meanings = blocks.meanings
        apart = _by_language(blocks.meanings, languages)
        parts = [self.words, blocks.marks * ACROSS**0.5, blocks.meanings * MEANT**0.5, own * (ACROSS - SAME) ** 0.5, apart * MEANT**0.5]
        self.rows = sparse.hstack(parts, format="csr")
        self.rows.sort_indices()
        self.sign = np.ones(self.rows.shape[1])
        self.sign[self.rows.shape[1] - own.shape[1] - apart.shape[1] :] = -1

    def scaled(self, factors: Floats) -> Space:
        """The same texts with each row times its factor."""
        other = copy(self)
        other.rows = sparse.csr_matrix(sparse.diags(factors) @ self.rows)
        other.rows.sort_indices()
        return other

    def cluster(self, row: int) -> Cluster:
        """The cluster of one row."""
        span = slice(self.rows.indptr[row], self.rows.indptr[row + 1])
        day = self.days[row]
        return Cluster([row], day, day, self.rows.indices[span].astype(np.int64), self.rows.data[span].astype(np.float64))

    def similarities(self, one: Cluster, others: Sequence[Cluster]) -> Floats:
        """Mean similarity over all pairs of members, halved for every ``half_life`` days that lie between two clusters."""
        totals = np.zeros(len(others))
        signed = one.values * self.sign[one.columns]
        large = [i for i, c in enumerate(others) if len(c.columns) > LARGE * len(one.columns)]
        small = sorted(set(range(len(others))) - set(large))
        for i in large:
            totals[i] = _looked_up(one.columns, signed, others[i])
        if small:
            self._scratch[one.columns] = signed
            totals[small] = _gathered(self._scratch, [others[i] for i in small])
            self._scratch[one.columns] = 0
        sizes = np.array([len(c.members) for c in others])
        gaps = np.array([max(0.0, c.first - one.last, one.first - c.last) for c in others])
        return np.asarray(totals / (len(one.members) * sizes) * 0.5 ** (gaps / self.half_life))

    @cached_property
    def _scratch(self) -> Floats:
        return np.zeros(self.rows.shape[1])


def _looked_up(columns: Ints, signed: Floats, other: Cluster) -> float:
    """The product of a short row with a long one, by binary search."""
    place = np.searchsorted(other.columns, columns)
    place[place == len(other.columns)] = 0
    return float(signed[other.columns[place] == columns] @ other.values[place[other.columns[place] == columns]])


def _gathered(dense: Floats, others: Sequence[Cluster]) -> Floats:
    """The products of a dense row with many short ones, in one pass."""
    running = np.cumsum(dense[np.concatenate([c.columns for c in others])] * np.concatenate([c.values for c in others]))
    ends = np.cumsum([len(c.columns) for c in others])
    return np.diff(np.concatenate([[0.0], running])[np.concatenate([[0], ends])])


def _by_language(block: sparse.csr_matrix, languages: Sequence[str]) -> sparse.csr_matrix:
    """The columns once for each language; a row stands in those of its own."""
    codes = {code: i for i, code in enumerate(sorted(set(languages)))}
    shift = np.repeat([codes[code] * block.shape[1] for code in languages], np.diff(block.indptr))
    width = block.shape[1] * max(1, len(codes))
    return sparse.csr_matrix((block.data, block.indices.astype(np.int64) + shift, block.indptr), shape=(block.shape[0], width))


def merged(a: Cluster, b: Cluster) -> Cluster:
    """Both in one."""
    columns, place = np.unique(np.concatenate([a.columns, b.columns]), return_inverse=True)
    values = np.bincount(place, weights=np.concatenate([a.values, b.values]), minlength=len(columns)).astype(np.float64)
    return Cluster(a.members + b.members, min(a.first, b.first), max(a.last, b.last), columns, values)


def cluster(space: Space, threshold: float, pairs: Sequence[tuple[int, int]] | None = None) -> list[list[int]]:
    """Groups of rows, each in ascending order, ordered by their first row. Rows must be in order of time.

    ``pairs``: those that may be alike; else all such are looked for.
    """
    pairs = candidates(space) if pairs is None else pairs
    clusters, home = _in_order(space, pairs, threshold * CLEARLY)
    for a, b in pairs:
        if home[a] != home[b]:
            clusters[home[a]].near.add(home[b])
            clusters[home[b]].near.add(home[a])
    _agglomerate(space, clusters, threshold)
    return sorted(sorted(c.members) for c in clusters.values())


def _in_order(space: Space, pairs: Sequence[tuple[int, int]], threshold: float) -> tuple[dict[int, Cluster], list[int]]:
    """Each row joins the most similar cluster that an earlier neighbour is in, or begins one: clusters, and the cluster of each row."""
    earlier: dict[int, list[int]] = {}
    for a, b in pairs:
        earlier.setdefault(b, []).append(a)
    clusters: dict[int, Cluster] = {}
    home: list[int] = []
    for row in range(space.rows.shape[0]):
        single = space.cluster(row)
        near = sorted({home[other] for other in earlier.get(row, ())})
        scores = space.similarities(single, [clusters[c] for c in near]) if near else np.zeros(1)
        best = int(np.argmax(np.round(scores, 9)))
        home.append(near[best] if near and scores[best] >= threshold else row)
        clusters[home[row]] = merged(clusters[home[row]], single) if home[row] in clusters else single
    return clusters, home


def _agglomerate(space: Space, clusters: dict[int, Cluster], threshold: float) -> None:
    """Join the most similar two until none reach ``threshold``; changes ``clusters``."""
    heap: list[tuple[float, int, int]] = []
    for name in sorted(clusters):
        others = sorted(other for other in clusters[name].near if other < name)
        heap += _links(space, clusters, name, others, threshold)
    heapq.heapify(heap)
    fresh = space.rows.shape[0]
    while heap:
        _, a, b = heapq.heappop(heap)
        if a in clusters and b in clusters:
            first, second = clusters.pop(a), clusters.pop(b)
            clusters[fresh] = merged(first, second)
            clusters[fresh].near = (first.near | second.near) - {a, b}
            for other in clusters[fresh].near:
                clusters[other].near -= {a, b}
                clusters[other].near.add(fresh)
            for link in _links(space, clusters, fresh, sorted(clusters[fresh].near), threshold):
                heapq.heappush(heap, link)
            fresh += 1


def _links(space: Space, clusters: dict[int, Cluster], name: int, others: list[int], threshold: float) -> list[tuple[float, int, int]]:
    """(-similarity, other, name) for the others that reach ``threshold``; those below HOPELESS of it stop being neighbours."""
    if not others:
        return []
    scores = np.round(space.similarities(clusters[name], [clusters[other] for other in others]), 9).tolist()
    for score, other in zip(scores, others, strict=True):
        if score < threshold * HOPELESS:
            clusters[name].near.discard(other)
            clusters[other].near.discard(name)
    return [(-score, other, name) for score, other in zip(scores, others, strict=True) if score >= threshold]


def candidates(space: Space) -> list[tuple[int, int]]:
    """Pairs of rows that an inverted index finds alike: the best of each row by words and by marks, the smaller row first."""
    return sorted(set(_nearest(space.words)) | set(_nearest(space.marks)) | set(_nearest(space.meanings)))


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
