"""Near-duplicates, night after night: new texts are compared with each other and with all that were there before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from models.protocols import Progress, silent
from nlp.neardup import candidates, model, reasons
from nlp.neardup.collection import Collection, joined
from nlp.neardup.records import Pair
from nlp.neardup.words import Reading, read

LEAST_LETTERS = 12
"""Folded letters below which a text is compared with nothing (a Chinese or Japanese character counts for three)."""

CONTAIN_MAX = 0.25
"""Least share of the larger text's weight that is shared; the cut with which the prototype did best."""

COPY = 0.70
"""Levenshtein similarity of the folded letters above which a pair is a copy (VIGINUM's D3lta 0.693; fitted in the field notes)."""

WIDE = 0x3000
"""First code of the scripts whose characters count for three."""

ALL_PAIRS = 12
"""Of up to so many equal texts every pair is told; of more, each one's pair with the first."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to compare: its id, and its language if the source says so."""

    id: str
    text: str
    language: str = ""


@dataclass
class Finder:
    """Collects texts and tells the pairs that each batch adds. The same batches give the same pairs on every machine.

    Memory: about 3 KB for a short text, its text included.
    """

    progress: Progress = silent
    texts: list[Text] = field(default_factory=list)
    _readings: list[Reading] = field(default_factory=list)
    _rows: list[int] = field(default_factory=list)
    _languages: list[str] = field(default_factory=list)
    _first: dict[bytes, int] = field(default_factory=dict)
    _equal: dict[int, list[int]] = field(default_factory=dict)
    _vocabulary: npt.NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    _idf: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))

    def add(self, batch: Iterable[Text]) -> list[Pair]:
        """Take texts in; the pairs among them and with all earlier ones, sorted by the order of reading.

        A batch should be a night's texts: what is counted over the collection is counted anew each time.
        """
        start = len(self.texts)
        self.texts += batch
        new, equal = self._collapse(start)
        since = len(self._rows) - len(new)
        found = equal + (self._compare(since) if new else [])
        return [self._told(*pair) for pair in sorted(found)]

    def _collapse(self, start: int) -> tuple[list[int], list[tuple[int, int, str, float]]]:
        """Read the texts from ``start`` on; equal ones (folded) are kept once. Returns the new rows' texts and the equal pairs."""
        fresh = self.texts[start:]
        if not fresh:
            return [], []
        reading = read([t.text for t in fresh], [t.language for t in fresh])
        self._languages += reading.languages
        new: list[int] = []
        kept: list[int] = []
        equal: list[tuple[int, int, str, float]] = []
        for i in range(len(fresh)):
            letters = reading.letters[reading.letters_at[i] : reading.letters_at[i + 1]]
            letters = letters[letters != ord(" ")]
            if len(letters) + 2 * np.count_nonzero(letters >= WIDE) < LEAST_LETTERS:
                continue
            number = start + i
            row = self._first.setdefault(_digest(letters.tobytes()), number)
            if row == number:
                new.append(number)
                kept.append(i)
            else:
                peers = self._equal.setdefault(row, [])
                others = [row, *peers] if len(peers) < ALL_PAIRS else [row]
                equal += [(other, number, "copy", 1.0) for other in others]
                peers.append(number)
        if new:
            self._readings.append(reading.take(kept))
            self._rows += new
        return new, equal

    def _compare(self, since: int) -> list[tuple[int, int, str, float]]:
        reading = joined(self._readings)
        self._readings = [reading]
        collection = Collection(reading)
        left, right = candidates.pairs(collection, since)
        features = collection.features(left, right) if len(left) else np.zeros((0, 7), np.float32)
        self._vocabulary, self._idf = collection.vocabulary, collection.idf
        alike = model.load("alike")
        shares = alike.shares(features)
        good = (shares >= alike.threshold) & (features[:, 3] >= CONTAIN_MAX)
        found: list[tuple[int, int, str, float]] = []
        for i, j, share in zip(left[good].tolist(), right[good].tolist(), shares[good].tolist(), strict=True):
            kind = self._kind(collection, i, j)
            found += self._spread(self._rows[i], self._rows[j], kind, min(round(share, 3), 0.999))
        return found

    def _kind(self, c: Collection, i: int, j: int) -> str:
        codes = c.reading.languages
        if Levenshtein.normalized_similarity(c.folded(i), c.folded(j), score_cutoff=COPY) > COPY:
            return "copy" if not self._denied(self._rows[i], self._rows[j], codes[i]) else "rewording"
        return "rewording" if codes[i] == codes[j] or "und" in {codes[i], codes[j]} else "translation"

    def _denied(self, a: int, b: int, language: str) -> str:
        return reasons.negation_differs(self._tokens(a), self._tokens(b), language)

    def _tokens(self, number: int) -> reasons.Tokens:
        return reasons.tokens(self.texts[number].text, self._languages[number])

    def _spread(self, a: int, b: int, kind: str, score: float) -> list[tuple[int, int, str, float]]:
        """The pair, and the same for the texts equal to either while they are few."""
        mine, theirs = [a, *self._equal.get(a, ())], [b, *self._equal.get(b, ())]
        if len(mine) * len(theirs) > ALL_PAIRS * 2:
            mine, theirs = mine[:1], theirs[:1]
        return [(min(x, y), max(x, y), kind, score) for x in mine for y in theirs]

    def _told(self, a: int, b: int, kind: str, score: float) -> Pair:
        return Pair(self.texts[a].id, self.texts[b].id, kind, score, self._reason(a, b, kind, score))

    def _reason(self, a: int, b: int, kind: str, score: float) -> str:
        same = "the same text but for case, accents, marks, links and edge hashtags" if score == 1 and kind == "copy" else ""
        word = self._denied(a, b, self._languages[a])
        denied = f"negation differs ({word!r} in one only)" if word else ""
        return reasons.reason(self._tokens(a), self._tokens(b), self._weigh, same, denied)

    def _weigh(self, stem: int) -> float:
        """The idf of a stem's hash in the collection."""
        value = np.uint64(stem & 0xFFFFFFFFFFFFFFFF)
        at = int(np.searchsorted(self._vocabulary, value))
        return float(self._idf[at]) if at < len(self._vocabulary) and self._vocabulary[at] == value else 0.0


def find(texts: Sequence[Text]) -> list[Pair]:
    """All near-duplicates of one collection."""
    return Finder().add(texts)


def _digest(key: bytes) -> bytes:
    return blake2b(key, digest_size=12).digest()
