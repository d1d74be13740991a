"""How alike a text's words are to those of listed outlets: a linear model as plain arrays, and what it says."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp.resemblance.words import words

DECIDED = 0.85
"""Probability from which on a text is said to resemble; below 1 - DECIDED it is said not to; between, the model abstains."""
LEAST_WORDS = 60
LEAST_KNOWN = 0.5
"""Shorter texts, and texts of whose words fewer are known to the model, are abstained from."""
SHRINK = 5.0
"""Texts of a site that count as much as the prior of no style at all."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """``p``: calibrated probability that a text comes from an outlet of the learnt kind; None with ``why`` where the model abstains.

    ``readable``: the text is long enough and in words that the model knows, so that ``score`` may be used beside others.
    """

    p: float | None
    score: float
    why: str = ""
    phrases: tuple[str, ...] = ()
    readable: bool = True


@dataclass(frozen=True)
class Style:
    """One language's model. ``idf`` and ``weights`` are as long as ``vocabulary``; calibration is p = 1 / (1 + exp(-(a s + b)))."""

    language: str
    vocabulary: tuple[str, ...]
    idf: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    bias: float
    alone: tuple[float, float]
    site: tuple[float, float]
    publishers: Mapping[str, tuple[bool, int]] = field(default_factory=dict)

    @cached_property
    def place(self) -> dict[str, int]:
        """Where each word of the vocabulary is."""
        return {word: i for i, word in enumerate(self.vocabulary)}

    def row(self, found: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Columns and weights of a text's words: (1 + ln tf) idf, of unit length (Salton and Buckley 1988)."""
        counts = Counter(self.place[w] for w in found if w in self.place)
        columns = np.array(sorted(counts), np.int64)
        values = np.array([1 + math.log(counts[c]) for c in columns.tolist()]) * self.idf[columns] if len(columns) else np.zeros(0)
        norm = float(np.sqrt((values**2).sum()))
        return columns, values / norm if norm else values

    def score(self, text: str) -> float:
        """The uncalibrated score of one text, whatever its length."""
        columns, values = self.row(words(text))
        return float((values * self.weights[columns]).sum() + self.bias)

    def opinion(self, text: str) -> Opinion:
        """What the words of one text alone say."""
        found = words(text)
        known = sum(w in self.place for w in found)
        if len(found) < LEAST_WORDS:
            return Opinion(None, 0.0, f"fewer than {LEAST_WORDS} words", readable=False)
        if known < LEAST_KNOWN * len(found):
            return Opinion(None, 0.0, "most of its words are unknown to the model", readable=False)
        columns, values = self.row(found)
        shares = values * self.weights[columns]
        score = float(shares.sum() + self.bias)
        p = probability(score, self.alone)
        sign = 1 if p >= 0.5 else -1
        best = np.argsort(-sign * shares, kind="stable")[:8]
        phrases = tuple(self.vocabulary[columns[i]] for i in best.tolist() if sign * shares[i] > 0)
        why = "" if decided(p) else f"between {1 - DECIDED:.2f} and {DECIDED:.2f}"
        return Opinion(p if decided(p) else None, score, why, phrases)

    def of_site(self, scores: Sequence[float]) -> float:
        """Probability for a site whose texts have these scores: their mean, pulled to 0 while they are few."""
        return probability(pooled(scores), self.site)


def pooled(scores: Sequence[float]) -> float:
    """The mean of the scores as if SHRINK texts of no style stood beside them."""
    return sum(scores) / (len(scores) + SHRINK)


def probability(score: float, calibration: tuple[float, float]) -> float:
    """Platt's (1999) logistic calibration of a score."""
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, calibration[0] * score + calibration[1]))))


def decided(p: float) -> bool:
    """Is ``p`` far enough from one half to be said?"""
    return p >= DECIDED or p <= 1 - DECIDED


@dataclass(frozen=True, slots=True)
class Model:
    """The styles of a file by language, and its manifest: features, version, data fingerprint, scores, card."""

    styles: Mapping[str, Style]
    manifest: Mapping[str, Any]
