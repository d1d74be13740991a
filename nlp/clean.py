"""Text as a reader sees it: NFKC, entities opened, invisible characters gone; with the way back to the original's characters."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache

LIMIT = 100_000
"""Characters of a document that are read; what lies behind is archived and searched, but not annotated."""

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)
"""Soft hyphens, zero-width and direction characters, variation selectors, tags."""

URL = re.compile(r"(?:\bhttps?:/|\bwww\.)\S+|(?<![\w@.])(?:[\w-]{1,63}\.){1,4}[a-z]{2,12}/\S*", re.IGNORECASE)
MENTION = re.compile(r"(?<![\w@])[@＠]\w[\w.-]*(?:@[\w.-]+\w)?")
HASHTAG = re.compile(r"(?<![\w&])[#＃](\w+)")

_TOUCHED = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+|[\x20-\x7e]?[^\x00-\x7f]+"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]+")
_APOSTROPHES = str.maketrans({"\u00b4": "'", "\u02bc": "'", "\uff40": "'"})
_MARKS = 8
_WORDS = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True, slots=True)
class Clean:
    """A cleaned text. ``starts``, ``ends``: its changed places; ``raw_starts``, ``raw_ends``: the same places in the original."""

    text: str
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    raw_starts: tuple[int, ...] = ()
    raw_ends: tuple[int, ...] = ()

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """The original's characters behind ``text[start:end]`` (0 <= start < end); a character that was merged is taken whole."""
        return self._raw_start(start), self._raw_end(end)

    def _raw_start(self, position: int) -> int:
        k = bisect_right(self.starts, position) - 1
        if k < 0:
            return position
        return self.raw_starts[k] if position < self.ends[k] else position + self.raw_ends[k] - self.ends[k]

    def _raw_end(self, position: int) -> int:
        k = bisect_left(self.starts, position) - 1
        if k < 0:
            return position
        return self.raw_ends[k] if position < self.ends[k] else position + self.raw_ends[k] - self.ends[k]


def clean(raw: str) -> Clean:
    """NFKC of the first :data:`LIMIT` characters of ``raw``, HTML entities opened, invisible characters and controls gone.

    Lone surrogates become U+FFFD; of a run of combining marks eight are kept (canonical ordering is quadratic in their number).
    """
    raw = raw[:LIMIT]
    parts: list[str] = []
    edits: list[tuple[int, int, int, int]] = []
    at = length = 0
    for match in _TOUCHED.finditer(raw):
        piece = match.group()
        new = _mended(piece)
        if new == piece:
            continue
        start = match.start()
        parts.append(raw[at:start])
        length += start - at
        at = match.end()
        for old, fresh in _aligned(piece, new):
            if old != fresh and len(old) != len(fresh):
                edits.append((length, length + len(fresh), start, start + len(old)))
            parts.append(fresh)
            length += len(fresh)
            start += len(old)
    parts.append(raw[at:])
    text = "".join(parts)[:LIMIT]
    return Clean(text, *zip(*edits, strict=True)) if edits else Clean(text)


def _mended(piece: str) -> str:
    return _mended_short(piece) if len(piece) <= 40 else _mended_any(piece)


def _mended_any(piece: str) -> str:
    if piece[0] == "&" and piece[-1] == ";":
        piece = html.unescape(piece)
    if piece.isascii():
        return _CONTROLS.sub(" ", piece)
    piece = INVISIBLE.sub("", piece).translate(_APOSTROPHES)
    if len(piece) > 2 * _MARKS:
        piece = _few_marks(piece)
    piece = unicodedata.normalize("NFKC", _SURROGATES.sub("\ufffd", piece))
    return _CONTROLS.sub(" ", piece)


_mended_short = lru_cache(maxsize=65_536)(_mended_any)
"""The same few pieces come again and again: a letter and its accented neighbour, a quotation mark."""


def _few_marks(piece: str) -> str:
    kept: list[str] = []
    run = 0
    for character in piece:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MARKS:
            kept.append(character)
    return "".join(kept)


def _aligned(old: str, new: str) -> list[tuple[str, str]]:
    """The pair cut into one pair for each character with its marks, where that gives the same text."""
    if len(old) == len(new):
        return [(old, new)]
    clusters: list[str] = []
    for character in old:
        if clusters and unicodedata.combining(character):
            clusters[-1] += character
        else:
            clusters.append(character)
    pairs = [(cluster, _mended(cluster)) for cluster in clusters]
    return pairs if old[0] != "&" and "".join(fresh for _, fresh in pairs) == new else [(old, new)]


def plain_words(text: str) -> str:
    """``text`` without URLs, mentions, hashtags and e-mail addresses: what language identification may look at."""
    if "/" in text or "www." in text:
        text = URL.sub(" ", text)
    if "@" in text or "＠" in text:
        text = MENTION.sub(" ", text)
    if "#" in text or "＃" in text:
        text = HASHTAG.sub(" ", text)
    return text


def split_hashtag(tag: str) -> list[str]:
    """The words of a hashtag (without its ``#``) by capitals, digits and underscores: ``BulletinsTruqués`` is two, ``wahlbetrug`` one."""
    words: list[str] = []
    for part in _WORDS.findall(tag):
        begin = 0
        for i in range(1, len(part)):
            lower_to_upper = part[i].isupper() and not part[i - 1].isupper()
            last_of_acronym = part[i].isupper() and part[i - 1].isupper() and i + 1 < len(part) and part[i + 1].islower()
            if lower_to_upper or last_of_acronym:
                words.append(part[begin:i])
                begin = i
        words.append(part[begin:])
    return words
