"""Bilingual dictionaries of FreeDict, read where the system has them (Debian: dict-freedict-*), never shipped.

Every language is led to English: by its own dictionary, by an English one read backwards, or through German or French. What comes out,
stem by stem, is kept in one file of arrays in the user's cache and made anew when a dictionary is added, changed or removed.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.errors import StopRun
from models.protocols import Progress, silent
from nlp.neardup import cedict
from nlp.neardup.words import hashed, stems_of, words

SYSTEM = Path("/usr/share/dictd")
FOLDER_VARIABLE = "TOCSIN_DICTIONARIES"
"""Environment variable naming another folder of dictd dictionaries."""

CODE = 2
"""Raised whenever the same dictionaries would give another lexicon."""

MOST = 6
"""English stems kept for one word."""

CODES = {"ara": "ar", "deu": "de", "eng": "en", "fra": "fr", "ita": "it", "jpn": "ja", "nld": "nl", "pol": "pl", "por": "pt", "ron": "ro",
         "rus": "ru", "spa": "es", "tur": "tr", "ukr": "uk"}  # fmt: skip
PIVOTS = ("de", "fr")
PIVOT = "en"

_DIGITS = {c: i for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}
_HEADLINE = re.compile(r"^[^\n]*?/[^\n]*|^[^\n]*")
_ASIDE = re.compile(r"<[^<>\n]*>|\[[^\[\]\n]*\]|\([^()\n]*\)|\{[^{}\n]*\}|Note: word usually written using kana alone")
_NUMBER = re.compile(r"^\d+\.\s*")
_NOTE = re.compile(r"^\s*(?:see:|Note:|Synonyms?:|Antonyms?:|\"|“)|^\s{3}")
_BEFORE = re.compile(r"^(?:to|a|an|the|sich|se|s'|l'|le|la|les|un|une|der|die|das|ein|eine|el|los|il|lo|o)\s+|^(?:s'|l')")
_HEAD_LIMIT, _GLOSS_LIMIT = 60, 1200

Pairs = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """From stems of one language to English ones: those of ``keys[i]`` (sorted hashes) are ``values[at[i]:at[i + 1]]``."""

    language: str
    keys: npt.NDArray[np.uint64]
    at: npt.NDArray[np.int32]
    values: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.keys)

    def table(self) -> dict[int, tuple[int, ...]]:
        """The same as a dictionary of hashes."""
        values, at = self.values.tolist(), self.at.tolist()
        return {key: tuple(values[at[i] : at[i + 1]]) for i, key in enumerate(self.keys.tolist())}


def folder() -> Path:
    """Where dictionaries are looked for."""
    return Path(os.environ.get(FOLDER_VARIABLE) or SYSTEM)


def installed(where: Path | None = None) -> dict[tuple[str, str], Path]:
    """The dictionaries of the system: (from, to) as language codes, to the path of the index. Empty if there are none."""
    found: dict[tuple[str, str], Path] = {}
    for path in sorted((where or folder()).glob("freedict-???-???.index")):
        _, source, target = path.stem.split("-")
        if source in CODES and target in CODES:
            found[CODES[source], CODES[target]] = path
    chinese = cedict.file(where or folder())
    return found | {("zh", PIVOT): chinese} if chinese else found


def advice(languages: Mapping[str, int] | list[str]) -> str:
    """What to install for these languages, as one command."""
    three = {two: long for long, two in CODES.items()}
    names = [f"dict-freedict-{three[code]}-eng" for code in languages if code in three and code != PIVOT]
    return "apt-get install " + " ".join(names) if names else ""


def load(progress: Progress = silent) -> dict[str, Lexicon]:
    """The lexicon of each language for which dictionaries are installed, from the cache or compiled now; {} without dictionaries.

    A cache that cannot be written is no error: the lexicons are then compiled each time.
    """
    found = installed()
    if not found:
        return {}
    path = cache_folder() / f"dictionaries-{_fingerprint(found)}.npz"
    cached = _read(path)
    if cached is None:
        progress("dictionaries", note=f"compiling {len(found)} dictionaries of {folder()}, once")
        cached = compiled(found)
        _write(path, cached)
    return cached


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/tocsin``, or ``~/.cache/tocsin``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "tocsin"


def _fingerprint(found: Mapping[tuple[str, str], Path]) -> str:
    state = hashlib.blake2b(str(CODE).encode(), digest_size=8)
    for pair, path in sorted(found.items()):
        about = path.stat()
        state.update(f"{pair} {path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return state.hexdigest()


def _read(path: Path) -> dict[str, Lexicon] | None:
    try:
        with np.load(path, allow_pickle=False) as data:
            codes = sorted({name.partition(".")[0] for name in data.files})
            return {code: Lexicon(code, data[f"{code}.keys"], data[f"{code}.at"], data[f"{code}.values"]) for code in codes}
    except (OSError, ValueError, KeyError, EOFError, zlib.error):
        return None


def _write(path: Path, lexicons: Mapping[str, Lexicon]) -> None:
    arrays = {f"{x.language}.{part}": getattr(x, part) for x in lexicons.values() for part in ("keys", "at", "values")}
    temporary = path.with_name(f"{path.stem}.{os.getpid()}.tmp.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(temporary, allow_pickle=False, **arrays)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)


def compiled(found: Mapping[tuple[str, str], Path]) -> dict[str, Lexicon]:
    """Lexicons from dictionaries (as :func:`installed` gives them); raises StopRun for a damaged dictionary."""
    hubs = {PIVOT, *PIVOTS}
    pairs = {pair: _pairs(path, pair) for pair, path in found.items() if hubs.intersection(pair) and pair[0] != "zh"}
    pairs |= {pair: cedict.pairs(path) for pair, path in found.items() if pair[0] == "zh"}
    english = {code: _both_ways(code, PIVOT, pairs) for code in sorted({c for pair in pairs for c in pair} - {PIVOT})}
    direct = {pivot: dict(english.get(pivot, {})) for pivot in PIVOTS}
    for code, words_of in english.items():
        for pivot in PIVOTS:
            if code != pivot:
                _compose(words_of, _both_ways(code, pivot, pairs), direct[pivot])
    return {code: _lexicon(code, words_of) for code, words_of in english.items() if words_of}


def _both_ways(code: str, target: str, pairs: Mapping[tuple[str, str], Pairs]) -> Pairs:
    """Words of ``code`` to words of ``target``: by that dictionary, and where it says little by the other one backwards."""
    found = {word: list(glosses) for word, glosses in pairs.get((code, target), {}).items()}
    backwards: Pairs = {}
    for word, glosses in pairs.get((target, code), {}).items():
        for gloss in glosses:
            backwards.setdefault(gloss, []).append(word)
    for word, glosses in backwards.items():
        if len(found.setdefault(word, [])) < 3:
            found[word] += [g for g in glosses if g not in found[word]]
    return found


def _compose(into: Pairs, first: Pairs, second: Pairs) -> None:
    """Add to ``into`` the words that are not in it and lead to English over another language."""
    for word, glosses in first.items():
        if word not in into:
            onwards = list(dict.fromkeys(g for gloss in glosses[:3] for g in second.get(gloss, ())[:3]))
            if onwards:
                into[word] = onwards


def _lexicon(code: str, words_of: Pairs) -> Lexicon:
    stems: dict[int, dict[int, None]] = {}
    for word, glosses in words_of.items():
        into = stems.setdefault(key_of(word, code), {})
        for gloss in glosses:
            into |= dict.fromkeys(_english(gloss))
    keys = np.array(sorted(key for key, values in stems.items() if values), np.uint64)
    rows = [list(stems[key])[:MOST] for key in keys.tolist()]
    at = np.zeros(len(rows) + 1, np.int32)
    np.cumsum([len(row) for row in rows], out=at[1:])
    return Lexicon(code, keys, at, np.array([value for row in rows for value in row], np.uint64))


def key_of(word: str, code: str) -> int:
    """The key of a lower-case word: its stem's hash; Japanese and Chinese words are keys as they stand."""
    return hashed(word) if code in {"ja", "zh"} else hashed(stems_of(word, code)[0])


@lru_cache(maxsize=500_000)
def _english(gloss: str) -> tuple[int, ...]:
    found = words(gloss)
    content = [word for word in found if word not in _EMPTY] or found
    return tuple(hashed(stem) for word in content[:3] for stem in stems_of(word, PIVOT))


_EMPTY = frozenset(
    {"to", "a", "an", "the", "of", "in", "on", "at", "for", "with", "by", "and", "or", "sb", "sth", "s", "be", "one", "oneself", "somebody",
     "something", "someone"}
)  # fmt: skip


def _pairs(index: Path, pair: tuple[str, str]) -> Pairs:
    """Headwords of one word in lower case, and their translations in lower case."""
    found: Pairs = {}
    for head, entry in _entries(index):
        word = _BEFORE.sub("", _plain(head))
        if word and (" " not in word or pair[0] == PIVOT) and len(word) < _HEAD_LIMIT:
            into = found.setdefault(word, [])
            if len(into) < 2 * MOST:
                into += [gloss for gloss in _glosses(entry) if gloss not in into]
    return found


def _plain(text: str) -> str:
    """Lower case, without the stress marks of Russian dictionaries."""
    text = text.strip().lower()
    return text if text.isascii() else unicodedata.normalize("NFC", text.replace("\u0301", "")).replace("\u2010", "-")


def _glosses(entry: str) -> Iterator[str]:
    """The translations of an entry: its first line after the headline, and the numbered ones; no notes, examples and definitions."""
    for number, line in enumerate(x for x in entry.split("\n")[1:] if x.strip()):
        if _NOTE.match(line) and "kana alone" not in line:
            continue
        if number and not _NUMBER.match(line) and not line.startswith("("):
            if number > 2:
                break
            continue
        text = _ASIDE.sub(" ", _NUMBER.sub("", line.strip()))
        for part in re.split("[,;/|]", text):
            gloss = _BEFORE.sub("", " ".join(_plain(part).strip(" .!?\"'").split()))
            if gloss and len(gloss) < _HEAD_LIMIT and gloss.count(" ") < 4:
                yield gloss


def _entries(index: Path) -> Iterator[tuple[str, str]]:
    """Headword and text of each entry. Raises StopRun for a dictionary that is no dictzip file or shorter than its index says."""
    path = index.with_suffix(".dict.dz") if index.with_suffix(".dict.dz").exists() else index.with_suffix(".dict")
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".dz" else path.read_bytes()
        lines = index.read_text("utf-8", "replace").splitlines()
    except (OSError, EOFError, zlib.error) as error:
        raise StopRun(f"the dictionary cannot be read: {error}", where=str(path), hint="install its package again") from None
    for line in lines:
        head, _, rest = line.rpartition("\t")[0].rpartition("\t")[0], "", line.split("\t")[-2:]
        if not head or head.startswith("00-database") or len(rest) < 2:
            continue
        begin, size = _number(rest[0]), _number(rest[1])
        yield head, data[begin : begin + min(size, _GLOSS_LIMIT)].decode("utf-8", "replace")


def _number(text: str) -> int:
    """Numbers of dictd: base 64, the most significant digit first."""
    value = 0
    for character in text:
        value = 64 * value + _DIGITS.get(character, 0)
    return value
