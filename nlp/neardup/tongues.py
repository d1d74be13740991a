"""Which language a short text is most likely in: scripts first, then py3langid 0.4 over thirteen languages, its automaton compiled.

:mod:`nlp.language` decides carefully and says ``und`` when in doubt; here a best guess with its share is wanted, for many texts a second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp.neardup.automaton import visit, walked
from nlp.neardup.compiled import compiled, spread

CODES = ("ar", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "ro", "ru", "tr", "uk")
LEAST_LETTERS = 12
SAMPLE = 400
"""Characters that are looked at."""

_KANA = re.compile("[\u3040-\u30fa\u30fd-\u30ff]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_RARE = re.compile(
    "[\u0370-\u03ff\u0590-\u05ff\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)
_SCRIPTS = (("ko", re.compile("[\uac00-\ud7af]")), ("th", re.compile("[\u0e00-\u0e7f]")), ("el", re.compile("[\u0370-\u03ff]")),
            ("he", re.compile("[\u0590-\u05ff]")), ("hi", re.compile("[\u0900-\u097f]")))  # fmt: skip


def guesses(texts: Sequence[str]) -> tuple[list[str], npt.NDArray[np.float32]]:
    """For each text its likeliest language (``und`` under 12 letters) and that language's share of the probability, 0 to 1."""
    found, shares = [""] * len(texts), np.ones(len(texts), np.float32)
    rows: list[int] = []
    pieces: list[bytes] = []
    for i, text in enumerate(texts):
        sample = text[:SAMPLE]
        found[i] = "" if sample.isascii() else _by_script(sample)
        if not found[i]:
            if _letters(sample[:40]) < LEAST_LETTERS and _letters(sample) < LEAST_LETTERS:
                found[i], shares[i] = "und", 0
                continue
            rows.append(i)
            pieces.append(sample.lower().encode("utf-8", "replace"))
    if rows:
        best, share = _classified(pieces)
        for i, code, part in zip(rows, best.tolist(), share, strict=True):
            found[i], shares[i] = CODES[code], part
    return found, shares


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _by_script(text: str) -> str:
    if not _RARE.search(text):
        return ""
    letters = _letters(text)
    kana, han = len(_KANA.findall(text)), len(_HAN.findall(text))
    if kana + han > 0.3 * letters:
        return "ja" if kana > 0.08 * (kana + han) else "zh"
    for code, script in _SCRIPTS:
        if len(script.findall(text)) > 0.5 * letters:
            return code
    return ""


def _classified(pieces: Sequence[bytes]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    moves, rows, outputs, table, prior = _automaton()
    data = np.frombuffer(b"".join(pieces), np.uint8)
    offsets = np.zeros(len(pieces) + 1, np.int64)
    np.cumsum([len(p) for p in pieces], out=offsets[1:])
    parts = spread(lambda low, high: _walk(low, high, data, offsets, moves, rows, outputs, table, prior), len(pieces), 4096)
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


@lru_cache(maxsize=1)
def _automaton() -> tuple[Any, ...]:
    """py3langid's transitions, row of each state, feature of each state, weights of our languages."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE)
    found.set_languages(CODES)
    order = [list(found.nb_classes).index(code) for code in CODES]
    return *walked(found), np.ascontiguousarray(found.nb_ptc[:, order], np.float32), np.array(found.nb_pc, np.float32)[order]


@compiled
def _walk(low, high, data, offsets, moves, rows, outputs, table, prior):  # type: ignore[no-untyped-def]  # noqa: PLR0917  compiled
    """Best class and its share for texts ``low`` to ``high``: naive Bayes over the features met, temperature as in py3langid."""
    count = np.zeros(table.shape[0], np.int32)
    met = np.empty(4096, np.int32)
    classes = table.shape[1]
    best, share = np.empty(high - low, np.int64), np.empty(high - low, np.float32)
    scores = np.empty(classes, np.float64)
    for i in range(low, high):
        size = visit(data, offsets[i], offsets[i + 1], moves, rows, outputs, count, met)
        for c in range(classes):
            scores[c] = prior[c]
        for m in range(size):
            weight = np.log1p(count[met[m]])
            count[met[m]] = 0
            for c in range(classes):
                scores[c] += weight * table[met[m], c]
        scores /= np.sqrt(max(offsets[i + 1] - offsets[i], 1))
        at = int(np.argmax(scores))
        best[i - low] = at
        share[i - low] = 1 / np.sum(np.exp(scores - scores[at]))
    return best, share
