"""Same text and near-same text: a key that survives disguises, and a MinHash signature of the same folded words.

MinHash: Broder 1997, "On the resemblance and containment of documents"; kept as the low bits of each minimum (Li and König 2010,
"b-Bit minwise hashing"). Nothing here depends on Python's own hash, on the process or on the machine.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from models.records import digest
from nlp.clean import MENTION, URL, clean

LEAST_WORDS, LEAST_LETTERS = 4, 20
"""A text with fewer words or letters, links and edge hashtags aside, has no key: equal by chance too often."""

HASHES = 64
SHINGLE = 2

_RETWEET = re.compile(r"^\W*(?:RT\b\W*|MT\b\W*)+(?=[@＠])", re.IGNORECASE)
_VIA = re.compile(r"[\W_]*\bvia[\W_]*$", re.IGNORECASE)
_LEADING = re.compile(r"^(?:[^\w#＃]*[#＃]\w+)+")
_TRAILING = re.compile(r"(?:[#＃]\w+[^\w#＃]*)+$")
_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_END = 40
_TAIL = 1000  # characters searched for hashtags at a time: the search is quadratic in them

# What looks alike is one letter. After case folding, so the look of both cases counts: Cyrillic В and в are b, Н and н are h.
_PAIRS = (
    "а=a в=b е=e і=l к=k м=m н=h о=o р=p с=c т=t у=y х=x ѕ=s ј=j һ=h ԁ=d ԛ=q ԝ=w ӏ=l ү=y "  # Cyrillic
    "α=a β=b γ=y ε=e ζ=z η=h ι=l κ=k μ=m ν=n ο=o ρ=p τ=t υ=y χ=x ω=w ϲ=c ϳ=j "  # Greek
    "ł=l ø=o đ=d ð=d ħ=h ı=l ȷ=j ɑ=a ɡ=g ɩ=l ʟ=l ɴ=n ʀ=r ᴀ=a ᴄ=c ᴅ=d ᴇ=e ᴋ=k ᴍ=m ᴏ=o ᴘ=p ᴛ=t ᴜ=u ᴠ=v ᴡ=w ᴢ=z "
    "æ=ae œ=oe þ=p i=l 1=l 0=o"
)
_ALIKE = {ord(pair[0]): pair[2:] for pair in _PAIRS.split()}


def folded_words(text: str) -> list[str]:
    """The words of ``text`` without case, accents, marks, look-alikes, links, mentions, emoji, edge hashtags and repost prefixes."""
    return folded_clean(clean(text).text)


def folded_clean(text: str) -> list[str]:
    """:func:`folded_words` of a text that is clean already (:func:`nlp.clean.clean`)."""
    text = bare(text)
    if not text.isascii():
        text = _MARKS.sub("", text)
    return [folded_word(word) for word in _WORD.findall(text)]


def bare(text: str) -> str:
    """A clean text without links, mentions, repost prefixes, a closing "via" and edge hashtags; what is left stays in its place."""
    if "/" in text or "www." in text:
        text = URL.sub(_blanks, text)
    if "@" in text or "＠" in text:
        text = MENTION.sub(_blanks, _RETWEET.sub(_blanks, text))
    text = text.rstrip()
    text = text[:-_END] + _VIA.sub("", text[-_END:])
    if "#" in text or "＃" in text:
        text = _LEADING.sub(_blanks, text)
        while (tail := _TRAILING.search(text[-_TAIL:])) is not None:
            text = text[: max(len(text) - _TAIL, 0) + tail.start()].rstrip()
    return text


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match.group())


@lru_cache(maxsize=262_144)
def folded_word(word: str) -> str:
    """A word without case, accents and look-alikes."""
    word = word.casefold()
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return word.translate(_ALIKE)


def _enough(words: list[str]) -> bool:
    return len(words) >= LEAST_WORDS and sum(map(len, words)) >= LEAST_LETTERS


def text_key(text: str) -> str:
    """32 hexadecimal characters, equal for the same text in disguise; "" if the text is too short to mean anything."""
    return key_of(folded_words(text))


def key_of(words: list[str]) -> str:
    """:func:`text_key` of words that are folded already."""
    return digest("text", "".join(words)) if _enough(words) else ""


def signature(text: str) -> str:
    """MinHash of the pairs of neighbouring words: 64 values of 16 bits, 256 hexadecimal characters; "" as for :func:`text_key`."""
    return signature_of(folded_words(text))


def signature_of(words: list[str]) -> str:
    """:func:`signature` of words that are folded already."""
    if not _enough(words):
        return ""
    codes = np.array([zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words], np.uint64)
    shingles = codes[: len(codes) - SHINGLE + 1].copy()
    for k in range(1, SHINGLE):
        shingles = _mixed(shingles) + codes[k : len(codes) - SHINGLE + 1 + k]
    shingles = _mixed(shingles)
    factors, masks = _permutations()
    least = np.full(HASHES, np.iinfo(np.uint64).max, np.uint64)
    for begin in range(0, len(shingles), 4096):
        block = shingles[begin : begin + 4096, None]
        np.minimum(least, ((block ^ masks) * factors).min(axis=0), out=least)
    return _mixed(least).astype(">u2").tobytes().hex()


def similarity(a: str, b: str) -> float:
    """Estimated Jaccard similarity, 0 to 1, of the word pairs behind two signatures (standard error at most .063); 0 if one is "".

    Raises ValueError for signatures of different kinds.
    """
    if not a or not b:
        return 0.0
    if len(a) != len(b):
        raise ValueError(f"signatures of {len(a)} and {len(b)} characters cannot be compared")
    left, right = (np.frombuffer(bytes.fromhex(s), ">u2") for s in (a, b))
    return float(np.mean(left == right))


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """SplitMix64's finaliser (Steele, Lea and Flood 2014): every bit of the result depends on every bit of the value."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


@lru_cache(maxsize=1)
def _permutations() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    seeds = _mixed(np.arange(2 * HASHES, dtype=np.uint64))
    return seeds[:HASHES] | np.uint64(1), seeds[HASHES:]
