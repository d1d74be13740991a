"""Near-duplicates, night after night: new texts are compared with each other and with all that were there before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from models.protocols import Progress, silent
from nlp.neardup import judging, kinds, reasons
from nlp.neardup.collection import Collection
from nlp.neardup.crew import Crew
from nlp.neardup.crossing import Crossing
from nlp.neardup.encoded import Encoded, Near
from nlp.neardup.reading import Reading, joined, read
from nlp.neardup.records import Pair

LEAST_LETTERS = 12
"""Folded letters below which a text is compared with nothing (a Chinese or Japanese character counts for three)."""

WIDE = 0x3000
"""First code of the scripts whose characters count for three."""

SURE = 0.9
"""Share of the guess from which on a text's language is sure; a text in no sure language is compared with all."""

SAME = frozenset({"copy", "rewording"})
"""Kinds that make a cluster."""

MEANT = 8
"""Pairs of words that are named as the reason of a translation."""

UNSURE = 0.15
"""How unsure a translation may be; less for clusters of n and m texts, by the root of n m, as a wrong one is wrong so many times."""

ALL_PAIRS = 12
"""Of up to so many equal texts every pair is told; of more, each one's pair with the first."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to compare: its id, and its language if the source says so."""

    id: str
    text: str
    language: str = ""


class _Weights(dict[int, float]):
    """The idf of stems' hashes in the collection, to four digits; 0 for unknown ones."""

    def __init__(self, vocabulary: npt.NDArray[np.uint64], idf: npt.NDArray[np.float32]) -> None:
        super().__init__()
        self._vocabulary, self._idf = vocabulary, idf

    def __missing__(self, stem: int) -> float:
        value = np.uint64(stem)
        at = int(np.searchsorted(self._vocabulary, value))
        known = at < len(self._vocabulary) and self._vocabulary[at] == value
        self[stem] = weight = round(float(self._idf[at]), 4) if known else 0.0
        return weight


@dataclass
class Finder:
    """Collects texts and tells the pairs that each batch adds. The same batches give the same pairs on every machine.

    Memory: about 3 KB for a short text, its text included.
    """

    progress: Progress = silent
    workers: int = 0
    """Processes that read and look words up, 0: one for each core; the pairs do not depend on it."""
    texts: list[Text] = field(default_factory=list)
    crossing: Crossing = field(default_factory=Crossing)
    encoded: Encoded | None = None
    """What a sentence encoder says is alike; None without one."""
    _readings: list[Reading] = field(default_factory=list)
    _rows: list[int] = field(default_factory=list)
    _languages: list[str] = field(default_factory=list)
    _first: dict[bytes, int] = field(default_factory=dict)
    _equal: dict[int, list[int]] = field(default_factory=dict)
    _weights: _Weights = field(default_factory=lambda: _Weights(np.zeros(0, np.uint64), np.zeros(0, np.float32)))
    _graph: judging.Graph = field(default_factory=judging.Graph)
    _heads: list[int] = field(default_factory=list)
    _near: dict[tuple[int, int], Near] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.crossing.progress = self.progress

    def add(self, batch: Iterable[Text]) -> list[Pair]:
        """Take texts in; the pairs among them and with all earlier ones, sorted by the order of reading.

        A batch should be a night's texts: what is counted over the collection is counted anew each time. Raises StopRun when a helper
        process ends before its time.
        """
        start = len(self.texts)
        self.texts += batch
        with Crew(self.workers) as crew:
            new, equal = self._collapse(start, crew)
            since = len(self._rows) - len(new)
            self.crossing.crew = crew
            found = equal + (self._compare(since) if new else [])
        return [self._told(*pair) for pair in sorted(found)]

    @property
    def lost(self) -> str:
        """What was not looked for and why, in one sentence; "" if nothing."""
        return self.crossing.lost()

    def _collapse(self, start: int, crew: Crew) -> tuple[list[int], list[tuple[int, int, str, float]]]:
        """Read the texts from ``start`` on; equal ones (folded) are kept once. Returns the new rows' texts and the equal pairs."""
        fresh = self.texts[start:]
        if not fresh:
            return [], []
        reading = read([t.text for t in fresh], [t.language for t in fresh], crew)
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
        self._weights = _Weights(collection.vocabulary, collection.idf)
        copies = np.array([1 + len(self._equal.get(number, ())) for number in self._rows], np.int32)
        looked = judging.look(collection, _comparable(reading), self._graph, since, copies)
        found = kinds.decided(collection, looked, self._denies)
        del collection, looked  # what translations take needs the room
        self._heads += range(since, len(reading))
        for i, j, kind, _ in found:
            if kind in SAME:
                self._join(i, j)
        found += self._translations(reading, since, {(i, j) for i, j, _, _ in found})
        told = [pair for i, j, kind, score in found for pair in self._spread(self._rows[i], self._rows[j], kind, score)]
        return told + (self._encoded(since, {(i, j) for i, j, _, _ in found}) if self.encoded else [])

    def _join(self, i: int, j: int) -> None:
        """Put two rows into one cluster, named by its first row."""
        a, b = sorted((self._head(i), self._head(j)))
        self._heads[b] = a

    def _head(self, row: int) -> int:
        while self._heads[row] != row:
            self._heads[row] = row = self._heads[self._heads[row]]
        return row

    def _clusters(self) -> tuple[list[int], list[list[int]]]:
        """The first row of each cluster, and all its rows."""
        clusters: dict[int, list[int]] = {}
        for row in range(len(self._rows)):
            clusters.setdefault(self._head(row), []).append(row)
        return list(clusters), list(clusters.values())

    def _encoded(self, since: int, known: set[tuple[int, int]]) -> list[tuple[int, int, str, float]]:
        """Pairs of clusters that only the encoder leads to: where many words are shared, the words have decided."""
        heads, members = self._clusters()
        first = min((k for k, rows in enumerate(members) if rows[-1] >= since), default=len(heads))
        compared = known | set(zip(self._graph.left.tolist(), self._graph.right.tolist(), strict=True))
        told: list[tuple[int, int, str, float]] = []
        for near in self.encoded.find(heads, lambda row: self.texts[self._rows[row]].text, first) if self.encoded else ():
            i, j = heads[near.a], heads[near.b]
            if (i, j) in compared or any((min(x, y), max(x, y)) in known for x in members[near.a] for y in members[near.b]):
                continue
            a, b = self._rows[i], self._rows[j]
            kind = "rewording" if self._languages[a] == self._languages[b] else "translation"
            pairs = self._spread(a, b, kind, round(min(near.cosine, 0.999), 3))
            self._near.update({pair[:2]: near for pair in pairs})
            told += pairs
        return told

    def _translations(self, reading: Reading, since: int, known: set[tuple[int, int]]) -> list[tuple[int, int, str, float]]:
        """Pairs of clusters in different languages, told of all their members while these are few."""
        heads, members = self._clusters()
        first = min((k for k, rows in enumerate(members) if rows[-1] >= since), default=len(heads))
        found = []
        for a, b, score, kind in self.crossing.find(lambda k: self.texts[self._rows[heads[k]]].text, reading.take(heads), first):
            mine, theirs = members[a], members[b]
            if score < 1 - UNSURE / (len(mine) * len(theirs)) ** 0.5:
                continue
            if len(mine) * len(theirs) > ALL_PAIRS * 2:
                mine, theirs = mine[:1], theirs[:1]
            pairs = ((min(i, j), max(i, j)) for i in mine for j in theirs)
            found += [(i, j, kind, min(round(score, 3), 0.999)) for i, j in pairs if j >= since and (i, j) not in known]
        return found

    def _denies(self, i: int, j: int) -> str:
        return self._denied(self._rows[i], self._rows[j], self._languages[self._rows[i]])

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
        if near := self._near.get((a, b)):
            return f"encoder cosine {near.cosine:.2f}, {near.margin:.1f} times that of what else is near"
        same = "the same text but for case, accents, marks, links and edge hashtags" if score == 1 and kind == "copy" else ""
        if kind == "translation":
            words = self.crossing.words.aligned(self.texts[a].text, self._languages[a], self.texts[b].text, self._languages[b])[0]
            return "; ".join(part for part in ("means the same: " + ", ".join(f"{x} = {y}" for x, y in words[:MEANT]),) if words)
        word = self._denied(a, b, self._languages[a])
        denied = f"negation differs ({word!r} in one only)" if word else ""
        return reasons.reason(self._tokens(a), self._tokens(b), self._weights, same, denied)


def find(texts: Sequence[Text]) -> list[Pair]:
    """All near-duplicates of one collection."""
    return Finder().add(texts)


def _comparable(reading: Reading) -> npt.NDArray[np.int32]:
    """A number for each text's language, -1 where it is not sure."""
    numbers = np.unique(np.array(reading.languages), return_inverse=True)[1].astype(np.int32)
    unsure = (reading.shares < SURE) | (np.array(reading.languages) == "und")
    return np.where(unsure, np.int32(-1), numbers)


def _digest(key: bytes) -> bytes:
    return blake2b(key, digest_size=12).digest()
