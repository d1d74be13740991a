"""py3langid 0.4's probabilities, bit for bit, for the languages asked for; without the time it spends on ranking all the others.

A few texts are walked by py3langid itself. After many the walk is a compiled one (:mod:`nlp.neardup.automaton`): loading it costs as
much as :data:`WALKED` bytes do, so a run never pays more than twice what would have been best.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Collection
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

WALKED = 1_000_000
"""Bytes after which the compiled walk is loaded: about .4 s of processor time, as measured."""

Walk = Callable[[bytes], tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]


class Ranks:
    """The model, and of its classes those of ``codes``."""

    def __init__(self, codes: Collection[str], walked: int = WALKED) -> None:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        self._model: Any = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        classes = list(self._model.nb_classes)
        self._codes = [code for code in dict.fromkeys(classes) if code in codes]
        self._columns = [[i for i, label in enumerate(classes) if label == code] for code in self._codes]
        self._left = walked
        self._spare: list[npt.NDArray[np.int32]] = []

    def of(self, text: str) -> list[tuple[str, float]]:
        """The languages asked for and their probabilities among all that py3langid knows, the best first, for a text in lower case."""
        data = unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")
        often, weights = self._compiled(data) if self._left < 0 else self._plain(data)
        self._left -= len(data)
        scores = np.log1p(often) @ weights + self._model.nb_pc if len(often) else np.zeros(len(self._model.nb_pc), np.float32)
        scores *= 1.0 / math.sqrt(len(data) or 1)
        np.exp(scores - scores.max(), out=scores)
        scores /= scores.sum()
        shares = scores.tolist()
        ours = [(code, self._share(scores, shares, at)) for code, at in zip(self._codes, self._columns, strict=True)]
        return sorted(ours, key=lambda one: one[1], reverse=True)

    @staticmethod
    def _share(scores: npt.NDArray[np.float32], shares: list[float], at: list[int]) -> float:
        return shares[at[0]] if len(at) == 1 else float(sum(scores[at[1:]], scores[at[0]]))

    def _plain(self, data: bytes) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        from py3langid.langid import visit_counts

        counts = visit_counts(self._model.tk_nextmove, self._begins, self._model.tk_output, data) or {}
        met = np.fromiter(counts.keys(), np.intp, len(counts))
        often = np.fromiter(counts.values(), np.float32, len(counts))
        return often, self._wide.take(self._halves.take(met, axis=0))

    @cached_property
    def _begins(self) -> list[int]:
        return [row << 8 for row in self._model.tk_row]

    @cached_property
    def _halves(self) -> npt.NDArray[np.uint16]:
        return np.ascontiguousarray(self._model.nb_ptc).view(np.uint16)

    @cached_property
    def _wide(self) -> npt.NDArray[np.float32]:
        """Every float of 16 bits as one of 32: looking one up is faster than turning one into the other."""
        return np.arange(65_536, dtype=np.uint32).astype(np.uint16).view(np.float16).astype(np.float32)

    @cached_property
    def _arrays(self) -> tuple[Any, ...]:
        from nlp.neardup.automaton import walked

        return walked(self._model)

    def _compiled(self, data: bytes) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        from nlp.neardup.automaton import met_weights

        try:
            count = self._spare.pop()  # one for each thread that is here at once
        except IndexError:
            count = np.zeros(len(self._halves), np.int32)
        often, weights = met_weights(np.frombuffer(data, np.uint8), *self._arrays, count, self._halves)
        self._spare.append(count)
        return often, weights
