"""How crowded the place of a text is, counted in stories and not in texts, so that a story that many tell is no crowd.

Local scaling (Zelnik-Manor and Perona 2004: a similarity is divided by how near the neighbours of both texts are; here to a power of EVEN)
over the stories that a first clustering found: all texts of one story are one neighbour, the text's own story is one too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nlp.story_graph import SAME, Space

NEAREST = 3
"""Stories whose nearness is the crowd of a text."""
LEAST, MOST = 0.1, 0.3
"""Each of them counts as at least and at most so near: who has no neighbours is no more alike to far ones, nor copies a crowd."""
USUAL = 0.16
"""The crowd at which a similarity stays as it is."""
EVEN = 0.75
"""Power of the scaling: 0 would leave similarities as they are."""
OFTEN = 5
"""From so many texts of one language on, a story that the first clustering found is not scaled down."""
FEW = 20
"""A text of fewer different words is never more alike than it is: little is near it because little is said."""
CHUNK = 50_000

Floats = npt.NDArray[np.float64]


def scales(space: Space, pairs: Sequence[tuple[int, int]], groups: Sequence[Sequence[int]], languages: Sequence[str]) -> Floats:
    """A factor for each row, by which its similarities are multiplied: below 1 where many stories are near, above 1 where none is.

    ``pairs``: candidates as :func:`nlp.story_graph.candidates` finds them; ``groups``: the stories of a first clustering.
    """
    story = np.empty(len(languages), np.int64)
    for number, group in enumerate(groups):
        story[list(group)] = number
    a, b, alike = _within(space, pairs, languages)
    rows = np.concatenate([a, b])
    homes = story[np.concatenate([b, a])]
    nearest = np.full((len(languages), NEAREST), USUAL)
    order = np.lexsort((homes, -np.concatenate([alike, alike]), rows))
    _fill(nearest, rows[order], homes[order], np.concatenate([alike, alike])[order])
    found = np.asarray((USUAL / np.clip(nearest, LEAST, MOST).mean(axis=1)) ** EVEN)
    found = np.where(np.diff(space.words.indptr) < FEW, np.minimum(found, 1.0), found)
    return np.where(_told_often(story, languages), np.maximum(found, 1.0), found)


def _told_often(story: npt.NDArray[np.int64], languages: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Whether OFTEN texts of one language are in a text's story."""
    both = np.stack([story, np.unique(np.asarray(languages), return_inverse=True)[1]])
    _, place, count = np.unique(both, axis=1, return_inverse=True, return_counts=True)
    return np.asarray(count[place.ravel()] >= OFTEN)


def _fill(nearest: Floats, rows: npt.NDArray[np.int64], homes: npt.NDArray[np.int64], alike: Floats) -> None:
    """The best of each story for each row; entries come sorted by row, the most alike first."""
    _, first = np.unique(np.stack([rows, homes]), axis=1, return_index=True)
    first.sort()
    rows, alike = rows[first], alike[first]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    kept = rank < NEAREST
    nearest[rows[kept], rank[kept]] = alike[kept]


def _within(space: Space, pairs: Sequence[tuple[int, int]], languages: Sequence[str]) -> tuple[npt.NDArray[np.int64], ...]:
    """The pairs of one language, and how alike they are."""
    codes = np.unique(np.asarray(languages), return_inverse=True)[1]
    a, b = (np.asarray([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    own = codes[a] == codes[b]
    a, b = a[own], b[own]
    parts = [_products(space, a[i : i + CHUNK], b[i : i + CHUNK]) for i in range(0, len(a), CHUNK)]
    days = np.asarray(space.days)
    alike = np.concatenate([*parts, np.zeros(0)]) * 0.5 ** (np.abs(days[a] - days[b]) / space.half_life)
    return a, b, np.round(alike, 9)


def _products(space: Space, a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> Floats:
    words = space.words[a].multiply(space.words[b]).sum(axis=1)
    marks = space.marks[a].multiply(space.marks[b]).sum(axis=1)
    return np.asarray(words + SAME * marks, dtype=np.float64).ravel()
