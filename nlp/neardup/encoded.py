"""What a sentence encoder of the user's own says is alike and no shared word leads to: one more source of pairs, only if one is named.

Of texts that are each other's nearest, those whose cosine stands out against what else lies near (ratio margin: Artetxe and Schwenk 2019,
"Margin-based Parallel Corpus Mining with Multilingual Sentence Embeddings"; ranks 3 to 10 as background, so that a second version of a text
does not count against the first). Nothing is approximated: all cosines are counted, in blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.errors import StopRun

COSINE, MARGIN = 0.75, 1.5
"""Least cosine, and least cosine over that of the background. Not fitted: few such pairs can be had with a known answer."""
RANKS = 10
PRIOR = 0.5, 2
"""A background imagined beside the real one, and of how many texts it is; else two lone texts would have none."""
BATCH = 64
ROOM = 32_000_000
"""Cosines in memory at once."""

Floats = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True, slots=True)
class Near:
    """Two positions (a < b), their cosine, and how many times that of the background it is."""

    a: int
    b: int
    cosine: float
    margin: float


@dataclass
class Encoded:
    """Remembers the vectors of the texts seen so far, under their rows. ``encode``: texts to vectors of length 1."""

    encode: Encode
    vectors: dict[int, Floats] = field(default_factory=dict)

    def find(self, rows: Sequence[int], texts: Callable[[int], str], since: int) -> list[Near]:
        """Positions in ``rows`` that are near, one of them at least ``since``. Raises StopRun where the encoder gives no numbers."""
        self._learn(rows, texts)
        if len(rows) < 2:
            return []
        best, cosine, ground = _nearest(np.stack([self.vectors[row] for row in rows]))
        a = np.arange(len(rows))
        margin = 2 * cosine / (ground + ground[best])
        good = (a < best) & (best[best] == a) & (best >= since) & (cosine >= COSINE) & (margin >= MARGIN)
        return [Near(int(i), int(best[i]), float(cosine[i]), float(margin[i])) for i in np.flatnonzero(good)]

    def _learn(self, rows: Sequence[int], texts: Callable[[int], str]) -> None:
        fresh = sorted((row for row in rows if row not in self.vectors), key=lambda row: (len(texts(row)), row))
        for low in range(0, len(fresh), BATCH):
            part = fresh[low : low + BATCH]
            made = self.encode([texts(row) for row in part])
            if not np.isfinite(made).all():
                raise StopRun("the encoder gives vectors that are no numbers", hint="name another one, or none")
            self.vectors.update(zip(part, made, strict=True))


def _nearest(vectors: Floats) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """For each row its nearest other one, their cosine, and the mean cosine of ranks 3 to 10."""
    size = len(vectors)
    best, cosine, ground = np.zeros(size, np.int64), np.zeros(size, np.float32), np.zeros(size, np.float32)
    step = max(1, ROOM // size)
    for low in range(0, size, step):
        block = vectors[low : low + step] @ vectors.T
        own = np.arange(len(block))
        block[own, own + low] = -2
        best[low : low + step] = block.argmax(axis=1)
        cosine[low : low + step] = block.max(axis=1)
        ranks = min(RANKS, size - 1)
        near = np.sort(np.partition(block, size - ranks, axis=1)[:, size - ranks :], axis=1)[:, ::-1][:, 2:]
        ground[low : low + step] = (near.sum(axis=1) + PRIOR[0] * PRIOR[1]) / (near.shape[1] + PRIOR[1])
    return best, cosine, ground
