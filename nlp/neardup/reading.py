"""Texts read into arrays: which words they have, in order, their stems and folded characters, their language.

Each different word is looked at once; what a text has of it is copied by compiled loops. A stem is kept as 64 bits of its hash, so that
texts can be read in any process and on any night.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp.neardup import kernels
from nlp.neardup.crew import Crew, Fields, sliced
from nlp.neardup.distinct import numbered
from nlp.neardup.tongues import guesses
from nlp.neardup.words import plain, spelled, stemmed, surfaces
from nlp.textkey import folded_word

LEAST_PIECE, MOST_PIECE = 25_000, 32_768
"""Texts up to which no other process is started, as that costs about as much as reading them; most that one reads at a time."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reading:
    """Some texts read. What text i has lies at ``..._at[i]`` to ``..._at[i + 1]``.

    ``tokens``: its words as numbers in ``surfaces``; ``stems``: their stems' hashes; ``letters``: UTF-16 units of the folded words with a
    blank between. ``languages``, ``shares``: the language of each text and how sure it is, 0 to 1.
    """

    tokens: npt.NDArray[np.int32]
    tokens_at: Ints
    surfaces: tuple[str, ...]
    stems: npt.NDArray[np.uint64]
    stems_at: Ints
    letters: npt.NDArray[np.uint16]
    letters_at: Ints
    languages: tuple[str, ...]
    shares: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.languages)

    def take(self, rows: Sequence[int]) -> Reading:
        """Some of the texts, in this order."""
        if len(rows) == len(self):
            return self
        picked = np.array(rows, np.int64)
        tokens, tokens_at = taken(self.tokens, self.tokens_at, picked)
        stems, stems_at = taken(self.stems, self.stems_at, picked)
        letters, letters_at = taken(self.letters, self.letters_at, picked)
        languages = tuple(self.languages[i] for i in rows)
        return Reading(tokens, tokens_at, self.surfaces, stems, stems_at, letters, letters_at, languages, self.shares[picked])


def taken(values: Any, at: Ints, rows: Ints) -> tuple[Any, Ints]:
    """Some rows of a compressed array, and where they begin."""
    sizes = at[rows + 1] - at[rows]
    new = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(sizes, out=new[1:])
    return values[np.repeat(at[rows] - new[:-1], sizes) + np.arange(new[-1])], new


class _Numbers(dict[str, int]):
    """A number for each word, in the order of their first meeting."""

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self)
        return number


def read(texts: Sequence[str], declared: Sequence[str] = (), crew: Crew | None = None) -> Reading:
    """Read texts. ``declared``: a language code or "" for each; it wins over the guess. ``crew``: who helps; the result is the same."""
    codes = list(declared) or [""] * len(texts)
    crew = crew or Crew()
    pieces = [(texts[part], codes[part]) for part in sliced(len(texts), crew.workers, LEAST_PIECE, MOST_PIECE)]
    return joined([_unpacked(fields) for fields in crew.each("nlp.neardup.reading:reader", pieces)] or [_read([], [])])


def reader() -> Callable[[Fields], Fields]:
    """The task that reads: from texts and their declared languages to the fields of a reading."""
    return lambda fields: _packed(_read(*fields))


def _packed(r: Reading) -> Fields:
    offsets = r.tokens_at, r.stems_at, r.letters_at
    return [r.tokens, r.stems, r.letters, r.shares, *offsets, list(r.surfaces), list(r.languages)]


def _unpacked(fields: Fields) -> Reading:
    tokens, stems, letters, shares, tokens_at, stems_at, letters_at, surfaces_, languages = fields
    return Reading(tokens, tokens_at, tuple(surfaces_), stems, stems_at, letters, letters_at, tuple(languages), shares)


def _read(texts: Sequence[str], declared: Sequence[str]) -> Reading:
    plains = [plain(text) for text in texts]
    languages, shares = guesses(plains)
    for i, code in enumerate(declared):
        if code:
            languages[i], shares[i] = code.replace("_", "-").partition("-")[0].strip().lower(), 1
    numbers, tokens = _Numbers(), array("i")
    at = np.zeros(len(texts) + 1, np.int64)
    for i, text in enumerate(plains):
        tokens.extend(map(numbers.__getitem__, surfaces(text)))
        at[i + 1] = len(tokens)
    codes, types, kinds = typed(np.array(tokens, np.int32), at, languages)
    words = named(kinds, codes, list(numbers))
    keys, sizes = array("Q"), array("i")
    for word, code in words:
        parts = stemmed(word, code)
        keys.extend([key for _, key in parts])
        sizes.append(len(parts))
    stems, stems_at = laid(types, at, np.array(keys, np.uint64), sizes)
    folded = [folded_word(spelled(word)).encode("utf-16-le", "surrogatepass") for word, _ in words]
    letters, letters_at = laid(types, at, units(folded), [len(piece) // 2 for piece in folded], blanks=True)
    return Reading(np.array(tokens, np.int32), at, tuple(numbers), stems, stems_at, letters, letters_at, tuple(languages), shares)


def typed(tokens: npt.NDArray[np.int32], at: Ints, languages: Sequence[str]) -> tuple[list[str], npt.NDArray[np.int32], Ints]:
    """The languages, the number of each token's kind (language and word), and each kind as word * number of languages + language."""
    codes, numbers = np.unique(np.array(languages, dtype=object) if languages else np.zeros(0, object), return_inverse=True)
    keys = tokens.astype(np.int64) * max(len(codes), 1) + np.repeat(numbers.astype(np.int64), np.diff(at))
    kinds, types = numbered(keys, (int(tokens.max(initial=-1)) + 1) * max(len(codes), 1))
    return codes.tolist(), types, kinds


def named(kinds: Ints, codes: Sequence[str], words: Sequence[str]) -> list[tuple[str, str]]:
    """Word and language of each kind (as :func:`typed` gives them)."""
    return [(words[kind // len(codes)], codes[kind % len(codes)]) for kind in kinds.tolist()]


def laid(types: npt.NDArray[np.int32], at: Ints, values: Any, sizes: Any, *, blanks: bool = False) -> tuple[Any, Ints]:
    """For texts of these types (``types[at[i]:at[i + 1]]``) what the types have in ``values``, one after the other, ``blanks`` between.

    ``sizes``: how many values each type has.
    """
    begin = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(np.array(sizes, np.int64), out=begin[1:])
    return kernels.laid(types, at, begin, values, blanks)  # type: ignore[no-any-return]


def units(pieces: Sequence[bytes]) -> npt.NDArray[np.uint16]:
    """UTF-16 units one after the other."""
    return np.frombuffer(b"".join(pieces), np.uint16)


def joined(parts: Sequence[Reading]) -> Reading:
    """Several readings as one."""
    if len(parts) == 1:
        return parts[0]
    numbers = _Numbers()
    places = [np.array([numbers[word] for word in part.surfaces], np.int32) for part in parts]

    def together(values: Callable[[Reading], Any]) -> Any:
        return np.concatenate([values(part) for part in parts])

    return Reading(
        np.concatenate([place[part.tokens] for place, part in zip(places, parts, strict=True)]),
        _chained([part.tokens_at for part in parts]),
        tuple(numbers),
        together(lambda part: part.stems),
        _chained([part.stems_at for part in parts]),
        together(lambda part: part.letters),
        _chained([part.letters_at for part in parts]),
        tuple(code for part in parts for code in part.languages),
        together(lambda part: part.shares),
    )


def _chained(offsets: Sequence[Ints]) -> Ints:
    ends = np.cumsum([0, *(int(o[-1]) for o in offsets)])
    return np.concatenate([np.zeros(1, np.int64), *(o[1:] + end for o, end in zip(offsets, ends, strict=False))])
