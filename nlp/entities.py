"""The election's people, parties and institutions in a text, by name, in any language and script.

A gazetteer over words instead of spaCy's EntityRuler: measured, the ruler takes seconds to load a few thousand names for each language,
and it cannot see a name inside a compound or a hashtag (AfD-Politiker, #EmmanuelMacron). Longest match wins, then the leftmost.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise

from models.records import Entity, Mention
from nlp import languages
from nlp.clean import URL, Clean, split_hashtag

_WORD = re.compile(r"\w+")
_GAP = re.compile(r"[\s'’/&\u2010-\u2015-]{0,3}")
_HANDLE = re.compile(r"@?(\w+)")
_LONGEST_ACRONYM = 5
_SHORTEST_TAG = 3
ARTICLES = frozenset({"le", "la", "les", "die", "der", "das", "the"})
"""First words of two with which the second is a name only with a capital."""
_LONGEST_TAG = 100


@dataclass(frozen=True, slots=True)
class Pattern:
    """A name as sets of word forms (lower case), the gaps between them as written, and the exact words if case counts.

    ``capital``: its last word must begin with one, as in "die Grünen", which are no green meadows.
    """

    id: str
    words: tuple[frozenset[str], ...]
    gaps: tuple[str, ...]
    exact: tuple[str, ...] | None = None
    capital: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: characters ``start`` to ``end``; ``key`` is what patterns compare."""

    key: str
    start: int
    end: int


class Gazetteer:
    """Names of entities, ready to be found."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._by_first: dict[str, list[Pattern]] = {}
        for pattern in dict.fromkeys(p for entity in entities for p in _patterns(entity)):
            for form in pattern.words[0]:
                self._by_first.setdefault(form, []).append(pattern)
        for patterns in self._by_first.values():
            patterns.sort(key=lambda p: (-len(p.words), p.exact is None, p.id))
        self._firsts = self._by_first.keys()
        self._longest = max((len(p.words) for patterns in self._by_first.values() for p in patterns), default=0)

    def find(self, cleaned: Clean, raw: str) -> list[Mention]:
        """Mentions in a cleaned text, with their characters in ``raw``, in order and not overlapping."""
        text = cleaned.text
        if not self._by_first:
            return []
        if "#" not in text and "@" not in text and self._firsts.isdisjoint(_WORD.findall(text.lower())):
            return []
        if "/" in text or "www." in text:
            text = URL.sub(lambda match: " " * len(match.group()), text)
        return list(self._mentions(text, cleaned, raw))

    def _mentions(self, text: str, cleaned: Clean, raw: str) -> Iterator[Mention]:
        free = 0
        for match in _WORD.finditer(text):
            start = match.start()
            sign = text[start - 1] if start and text[start - 1] in "#@" else ""
            keys = _keys(match.group(), sign)
            if start < free or self._firsts.isdisjoint(keys):
                continue
            words = list(islice(_words(text, start), len(keys) + self._longest))
            for at in range(len(keys)):
                pattern = self._match(text, words, at)
                if pattern is None or words[at].start < free:
                    continue
                free = words[at + len(pattern.words) - 1].end
                first, end = cleaned.raw_span(words[at].start, free)
                yield Mention(id=pattern.id, surface=raw[first:end], start=first, end=end)

    def _match(self, text: str, words: Sequence[Word], at: int) -> Pattern | None:
        for pattern in self._by_first.get(words[at].key, ()) if at < len(words) else ():
            if fits(pattern, text, words[at : at + len(pattern.words)]):
                return pattern
        return None


def fits(pattern: Pattern, text: str, words: Sequence[Word]) -> bool:
    """Are the first of ``words`` the pattern's, with gaps that a name may have?"""
    if len(words) < len(pattern.words) or not all(word.key in forms for word, forms in zip(words, pattern.words, strict=True)):
        return False
    if pattern.capital and not text[words[len(pattern.words) - 1].start].isupper():
        return False
    if pattern.exact and tuple(text[word.start : word.end] for word in words) != pattern.exact:
        return False
    for left, right, own in zip(words, words[1:], pattern.gaps, strict=False):
        gap = text[left.end : right.start]
        if gap != own and not _GAP.fullmatch(gap):
            return False
    return True


def _keys(word: str, sign: str) -> list[str]:
    """What a word may begin to match; ``sign`` is the ``#`` or ``@`` before it."""
    if sign == "#":
        return ["#", *(part.lower() for part in split_hashtag(word[:_LONGEST_TAG]))]
    return [sign + word.lower()]


def _words(text: str, begin: int) -> Iterator[Word]:
    """The words of ``text`` from ``begin``; a hashtag gives ``#`` and its parts, a mention one word with its ``@``."""
    for match in _WORD.finditer(text, begin):
        start, end = match.span()
        before = text[start - 1] if start else " "
        if before == "#":
            yield Word("#", start - 1, start)
            at = start
            for part in split_hashtag(match.group()):
                at = text.index(part, at)
                yield Word(part.lower(), at, at + len(part))
                at += len(part)
        elif before == "@":
            yield Word("@" + match.group().lower(), start - 1, end)
        else:
            yield Word(match.group().lower(), start, end)


def _patterns(entity: Entity) -> Iterator[Pattern]:
    for name in dict.fromkeys((entity.name, *(name for aliases in entity.aliases.values() for name in aliases))):
        pattern = pattern_of(entity.id, unicodedata.normalize("NFKC", name))
        if pattern:
            yield pattern
            joined = "".join(_WORD.findall(unicodedata.normalize("NFKC", name)))
            yield from _tags(entity.id, joined) if len(joined) >= _SHORTEST_TAG else ()
    for tag in entity.hashtags:
        yield from _tags(entity.id, unicodedata.normalize("NFKC", tag).lstrip("#"))
    for account in entity.accounts:
        handle = _HANDLE.fullmatch(account.rpartition(":")[2])
        if handle:
            yield Pattern(entity.id, (frozenset((f"@{handle.group(1).lower()}",)),), ())


def _tags(entity: str, bare: str) -> Iterator[Pattern]:
    """A hashtag by its parts (#AfD is af, d; #EmmanuelMacron two) and in one piece, in lower case."""
    for parts in sorted({tuple(part.lower() for part in split_hashtag(bare)), (bare.lower(),)}):
        if parts and all(parts):
            yield Pattern(entity, (frozenset("#"), *(frozenset((part,)) for part in parts)), ("",) * len(parts))


def pattern_of(entity: str, name: str) -> Pattern | None:
    """The pattern that finds ``name`` for an entity's id; None for a name without two letters."""
    matches = list(_WORD.finditer(name))
    words = [match.group() for match in matches]
    if not words or (len(words) == 1 and len(words[0]) < 2):
        return None
    gaps = tuple(name[a.end() : b.start()] for a, b in pairwise(matches))
    if is_acronym(name):
        return Pattern(entity, tuple(frozenset((word.lower(),)) for word in words), gaps, tuple(words))
    capital = len(words) == 2 and words[0].lower() in ARTICLES
    return Pattern(entity, tuple(frozenset(forms(word.lower())) for word in words), gaps, capital=capital)


def is_acronym(name: str) -> bool:
    """Whether case counts: one short word all in capitals (RN, SPD), which in lower case may be another word."""
    letters = [c for c in name if c.isalpha()]
    return " " not in name and 0 < len(letters) <= _LONGEST_ACRONYM and all(c.isupper() for c in letters)


def forms(word: str) -> set[str]:
    """``word`` and what inflection makes of it, in every language, since a French name takes a German genitive (Macrons).

    A ``-`` before an ending takes one letter away. The scripts keep the languages apart well enough.
    """
    found = {word}
    for ends, additions in _endings():
        if word.endswith(ends):
            for addition in additions:
                ending = addition.lstrip("-")
                found.add(word[: len(word) - (len(addition) - len(ending))] + ending)
    return found


@lru_cache(maxsize=1)
def _endings() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    every = (languages.load(code).endings for code in sorted(languages.names()))
    return tuple((tuple(ends.split() or [""]), additions) for endings in every for ends, additions in endings.items())
