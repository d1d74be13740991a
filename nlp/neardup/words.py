"""A text as its comparable parts: stems in order, folded characters, language.

Stems are Snowball's (PyStemmer) without accents; Chinese, Japanese and other scripts without blanks give pairs of neighbouring characters.
A stem is kept as 64 bits of its hash, so that texts can be read in any process and on any night.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp.clean import clean
from nlp.neardup.tongues import CODES, guesses
from nlp.textkey import bare, folded_word

SNOWBALL = {
    "ar": "arabic", "de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian", "nl": "dutch", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "tr": "turkish",
}  # fmt: skip
UNBROKEN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts that put no blanks between words."""

WORD = re.compile(f"[{UNBROKEN}]+|[^\\W_{UNBROKEN}]+")
_UNBROKEN = re.compile(f"[{UNBROKEN}]")
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u064b-\u065f\u0670]+")
_MIXED = re.compile("[A-Za-z][\u0370-\u04ff]|[\u0370-\u04ff][A-Za-z]")
_LATIN, _OTHER = re.compile("[A-Za-z]"), re.compile("[\u0370-\u04ff]")
_TO_LATIN = str.maketrans("аеорсухіјѕԁԛԝһАВЕКМНОРСТУХІЈЅαονικρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijsdqwhABEKMHOPCTYXIJSaoviKptuxABEZHIKMNOPTYX")
_TO_CYRILLIC = str.maketrans("aeopcyxkmtABEKMHOPCTYX", "аеорсухкмтАВЕКМНОРСТУХ")
REMEMBERED = 400_000
"""Words kept for each language; beyond, they are forgotten (memory stays flat)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Some texts read: ``stems`` and ``letters`` (UTF-16 units of the folded words, a blank between); text i begins at ``…_at[i]``."""

    stems: npt.NDArray[np.uint64]
    stems_at: npt.NDArray[np.int64]
    letters: npt.NDArray[np.uint16]
    letters_at: npt.NDArray[np.int64]
    languages: tuple[str, ...]
    shares: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.languages)

    def take(self, rows: Sequence[int]) -> Reading:
        """Some of the texts, in this order."""
        if len(rows) == len(self):
            return self
        picked = np.array(rows, np.int64)
        stems, stems_at = _taken(self.stems, self.stems_at, picked)
        letters, letters_at = _taken(self.letters, self.letters_at, picked)
        return Reading(stems, stems_at, letters, letters_at, tuple(self.languages[i] for i in rows), self.shares[picked])


def _taken(values: Any, at: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> tuple[Any, npt.NDArray[np.int64]]:
    sizes = at[rows + 1] - at[rows]
    new = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(sizes, out=new[1:])
    return values[np.repeat(at[rows] - new[:-1], sizes) + np.arange(new[-1])], new


def read(texts: Sequence[str], declared: Sequence[str] = ()) -> Reading:
    """Read texts. ``declared``: a language code or "" for each; it wins over the guess."""
    plains = [repaired(bare(clean(text).text)) for text in texts]
    languages, shares = guesses(plains)
    for i, code in enumerate(declared):
        if code:
            languages[i], shares[i] = code.replace("_", "-").partition("-")[0].strip().lower(), 1
    stems: list[int] = []
    folded: list[bytes] = []
    stems_at, letters_at = np.zeros(len(texts) + 1, np.int64), np.zeros(len(texts) + 1, np.int64)
    for i, (plain, language) in enumerate(zip(plains, languages, strict=True)):
        memory = _memory(language)
        letters = []
        for word in words(plain):
            entry = memory.get(word) or _learn(word, language, memory)
            stems += entry[0]
            letters.append(entry[1])
        piece = " ".join(letters).encode("utf-16-le", "surrogatepass")
        folded.append(piece)
        stems_at[i + 1], letters_at[i + 1] = len(stems), letters_at[i] + len(piece) // 2
    return Reading(np.array(stems, np.uint64), stems_at, np.frombuffer(b"".join(folded), np.uint16), letters_at, tuple(languages), shares)


def words(plain: str) -> list[str]:
    """The words of a bare text, in lower case."""
    plain = lowered(plain)
    return WORD.findall(plain if plain.isascii() else _MARKS.sub("", plain))


def lowered(text: str) -> str:
    """Lower case of the same length (the Turkish capital İ has two characters otherwise)."""
    return text.replace("İ", "i").lower()


def repaired(text: str) -> str:
    """``text`` with letters of another script that look like its own put right: Cyrillic а in Latin words and the other way round."""
    if text.isascii() or not _MIXED.search(text):
        return text
    latin = len(_LATIN.findall(text)) >= len(_OTHER.findall(text))
    return WORD.sub(lambda m: _repaired(m.group(), latin=latin), text)


def _repaired(word: str, *, latin: bool) -> str:
    if word.isascii():
        return word
    as_latin = word.translate(_TO_LATIN)
    if latin:
        return as_latin if as_latin.isascii() or _LATIN.search(word) else word
    return word.translate(_TO_CYRILLIC) if _OTHER.search(word) else word


def hashed(text: str) -> int:
    """64 bits of BLAKE2b, never 0."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") or 1


@cache
def _memory(language: str) -> dict[str, tuple[tuple[int, ...], str]]:  # noqa: ARG001  the key of the cache
    return {}


def _learn(word: str, language: str, memory: dict[str, tuple[tuple[int, ...], str]]) -> tuple[tuple[int, ...], str]:
    if len(memory) > REMEMBERED:
        memory.clear()
    memory[word] = entry = (tuple(hashed(stem) for stem in stems_of(word, language)), folded_word(word))
    return entry


def stems_of(word: str, language: str) -> list[str]:
    """The stem of a lower-case word, or the pairs of neighbouring characters of a word in a script without blanks."""
    if _UNBROKEN.match(word):
        return [word] if len(word) == 1 else [word[i : i + 2] for i in range(len(word) - 1)]
    name = SNOWBALL.get(language)
    stem = _stemmer(name).stemWord(word) if name and len(word) < 60 else word[:7] if language == "uk" else word
    if stem.isascii():
        return [stem]
    return ["".join(c for c in unicodedata.normalize("NFKD", stem) if not unicodedata.combining(c)).replace("ß", "ss")]


@cache
def _stemmer(name: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer(name)


def known(language: str) -> bool:
    """Whether the language can be told from a text."""
    return language in CODES or language in {"ja", "zh"}
