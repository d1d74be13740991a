"""What ties the texts of one story: the strongest links that hold all of them together, each with what fired for it.

The links are a maximum spanning tree over the similarities that the clustering itself used (Prim's tree as scipy computes it), so every
text has the link that speaks most for its being there; where a story has several languages, the best link between each two of them is kept
whether the tree needs it or not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from models.records import Annotation, Document
from nlp.meanings import meaning
from nlp.story_features import Blocks, folded, words
from nlp.story_graph import Space

HUBS = 48
"""Texts of one language that the others of a story are compared with, the most central ones."""
MOST = 6
"""Most values of one kind that a link keeps, the heaviest first."""
COPY = "copy"

_NAME = re.compile(r"\w[\w’'-]*")

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tie:
    """Documents ``a`` and ``b`` (the earlier first), their languages, mean similarity and what they share, by kind."""

    a: str
    b: str
    languages: tuple[str, str]
    similarity: float
    shared: dict[str, tuple[str, ...]]


class Evidence:
    """Says what two rows of a space share; ``heads`` are the rows' documents, ``languages`` theirs."""

    def __init__(self, made: Blocks, space: Space, heads: Sequence[tuple[Document, Annotation]], languages: Sequence[str]) -> None:
        self._made, self._space, self._heads, self._languages = made, space, heads, languages

    def ties(self, group: Sequence[int], central: Sequence[int]) -> tuple[Tie, ...]:
        """The links of a story whose rows are ``group``; ``central``: the same rows, the most typical first. None for one text."""
        if len(group) < 2:
            return ()
        hubs = sorted(self._hubs(central))
        alike = self._similarities(group, hubs)
        place = {row: i for i, row in enumerate(group)}
        own = alike[[place[hub] for hub in hubs]]
        pairs = {(hubs[i], hubs[j]): own[i, j] for i, j in _tree(own)}
        pairs |= {(hubs[i], hubs[j]): own[i, j] for i, j in self._bridges(hubs, own)}
        for row in sorted(set(group) - set(hubs)):
            best = int(np.argmax(np.round(alike[place[row]], 9)))
            pairs[min(row, hubs[best]), max(row, hubs[best])] = alike[place[row], best]
        return tuple(self._tie(a, b, float(score)) for (a, b), score in sorted(pairs.items()))

    def _hubs(self, central: Sequence[int]) -> Iterator[int]:
        taken: Counter[str] = Counter()
        for row in central:
            taken[self._languages[row]] += 1
            if taken[self._languages[row]] <= HUBS:
                yield row

    def _similarities(self, group: Sequence[int], hubs: Sequence[int]) -> Matrix:
        rows = self._space.rows
        signed = sparse.csr_matrix(rows[list(hubs)].multiply(self._space.sign[None, :]))
        return np.asarray((rows[list(group)] @ signed.T).todense(), dtype=np.float64)

    def _bridges(self, hubs: Sequence[int], own: Matrix) -> Iterator[tuple[int, int]]:
        """The most similar two of each pair of languages."""
        codes = np.array([self._languages[row] for row in hubs])
        for one, two in combinations(sorted(set(codes.tolist())), 2):
            left, right = np.flatnonzero(codes == one), np.flatnonzero(codes == two)
            best = int(np.argmax(np.round(own[np.ix_(left, right)], 9)))
            i, j = int(left[best // len(right)]), int(right[best % len(right)])
            yield min(i, j), max(i, j)

    def _tie(self, a: int, b: int, score: float) -> Tie:
        first, second = self._heads[a][0], self._heads[b][0]
        spoken = (self._languages[a], self._languages[b])
        found = self._marks(a, b) | (self._words(a, b) if spoken[0] == spoken[1] else self._meanings(a, b))
        return Tie(first.id, second.id, spoken, round(score, 4), {kind: tuple(values) for kind, values in found.items() if values})

    def _marks(self, a: int, b: int) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for column in _common(self._made.marks, a, b):
            kind, value = self._made.signs[column]
            mine = found.setdefault(kind, [])
            if len(mine) < MOST:
                mine.append(self._shown(kind, value, a, b))
        return {kind: list(dict.fromkeys(values)) for kind, values in found.items()}

    def _shown(self, kind: str, value: str, a: int, b: int) -> str:
        """A name as both texts write it, a hashtag with its sign."""
        if kind == "hashtag":
            return f"#{value}"
        if kind != "name":
            return value
        return " = ".join(dict.fromkeys(_surface(self._heads[row][0], value) for row in (a, b)))

    def _words(self, a: int, b: int) -> dict[str, list[str]]:
        columns = _common(self._made.words, a, b)[:MOST]
        return {"word": [self._made.vocabulary[column] for column in columns]}

    def _meanings(self, a: int, b: int) -> dict[str, list[str]]:
        sides = [self._by_stem(row) for row in (a, b)]
        found: dict[str, None] = {}
        for column in _common(self._made.meanings, a, b):
            stem = self._made.stems[column]
            found.setdefault(f"{sides[0][stem]} = {sides[1][stem]}")
        return {"meaning": list(found)[:MOST]}

    def _by_stem(self, row: int) -> dict[int, str]:
        """English stem to the word of the text that means it; of several the one that comes first."""
        found: dict[int, str] = {}
        for word in words(*self._heads[row]):
            for stem in meaning(word, self._languages[row]):
                found.setdefault(stem, word)
        return found


def _tree(own: Matrix) -> list[tuple[int, int]]:
    """The pairs of a maximum spanning tree over a full matrix of similarities."""
    from scipy.sparse.csgraph import minimum_spanning_tree

    tree = minimum_spanning_tree(np.round(own.max() - own, 9) + 1.0).tocoo()
    return sorted((min(int(i), int(j)), max(int(i), int(j))) for i, j in zip(tree.row, tree.col, strict=True))


def _common(block: sparse.csr_matrix, a: int, b: int) -> list[int]:
    """Columns that both rows hold, the heaviest product first."""
    one, two = (slice(block.indptr[row], block.indptr[row + 1]) for row in (a, b))
    columns, left, right = np.intersect1d(block.indices[one], block.indices[two], assume_unique=True, return_indices=True)
    product = block.data[one][left] * block.data[two][right]
    order = np.lexsort((columns, -np.round(product, 9)))
    return [int(column) for column in columns[order[product[order] > 0]]]


def _surface(document: Document, start: str) -> str:
    """The first word of a text whose first letters are ``start``, as written."""
    found = (match.group() for match in _NAME.finditer(f"{document.title}\n{document.text}"))
    return next((word for word in found if word[:1].isupper() and folded(word)[:5] == start), start)
