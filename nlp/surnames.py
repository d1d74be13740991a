"""Surnames alone (Merz, Le Pen, Макрона) and party names without their article (Grünen): ambiguous, so they need context.

A surname written with a capital is its person's if the whole name stands in the same text, or a role stands before it (Kanzler Merz);
an uncommon one (in German: one that is no noun) also if another entity of the election or a word of politics stands in the text. It is
nobody's behind another given name (Thomas Merz), before another name (Merz Aesthetics), and when two people of the election share it
and neither is named in full.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from models.records import Entity, Mention
from nlp import languages
from nlp.clean import URL, Clean
from nlp.entities import ARTICLES, Pattern, Word, fits, pattern_of
from nlp.stance import phrases

_WORD = re.compile(r"\w+")
_PARTICLES = frozenset(
    ["le", "la", "du", "de", "des", "d", "van", "von", "der", "den", "ter", "zu", "zum", "zur", "di", "da", "al", "el", "ibn"]
)
_NEAR = 3
_SHORTEST = 3


class Surnames:
    """The short names of an election's people and parties."""

    def __init__(self, entities: Sequence[Entity]) -> None:
        self._by_first: dict[str, list[Pattern]] = {}
        given: set[str] = set()
        self._own: dict[str, set[str]] = {}
        found: dict[Pattern, None] = {}
        self._parties = {entity.id for entity in entities if entity.kind == "party"}
        for entity in entities:
            for name in dict.fromkeys((entity.name, *(alias for some in entity.aliases.values() for alias in some))):
                first, short = _short(entity.kind, name)
                given.add(first)
                self._own.setdefault(entity.id, set()).update(_WORD.findall(name.lower()))
                made = pattern_of(entity.id, short) if len(short) >= _SHORTEST else None
                if made:
                    found[made] = None
        for made in found:
            for form in made.words[0]:
                self._by_first.setdefault(form, []).append(made)
        for patterns in self._by_first.values():
            patterns.sort(key=lambda p: (-len(p.words), p.id))
        self._given = frozenset(given - {""})
        self._given_in: dict[str, frozenset[str]] = {}
        self._firsts = self._by_first.keys()

    def find(self, cleaned: Clean, raw: str, known: Sequence[Mention], code: str, ordinary: Callable[[str], bool]) -> list[Mention]:
        """Mentions beside those ``known``, none of which they overlap; ``ordinary``: whether a lower-case word is one of the language."""
        text = cleaned.text
        if self._firsts.isdisjoint(_WORD.findall(text.lower())):
            return []
        if "/" in text or "www." in text:
            text = URL.sub(lambda match: " " * len(match.group()), text)
        words = [Word(match.group().lower(), match.start(), match.end()) for match in _WORD.finditer(text)]
        taken = [(mention.start, mention.end) for mention in known]
        named = {mention.id for mention in known}
        known_names = (self._given_names(code), self._parties, self._own)
        return list(_Text(text, words, cleaned, raw, taken, named, code, ordinary, *known_names).mentions(self._by_first))

    def _given_names(self, code: str) -> frozenset[str]:
        if code not in self._given_in:
            self._given_in[code] = self._given | frozenset(languages.load(code).given_names)
        return self._given_in[code]


def _short(kind: str, name: str) -> tuple[str, str]:
    """Given name (lower case) and surname of a person; of a party "" and its name without the article; else two empty texts."""
    words = name.split()
    if kind == "person" and len(words) > 1:
        begin = next((i for i, word in enumerate(words[1:], 1) if word.lower().rstrip("'’") in _PARTICLES), len(words) - 1)
        return words[0].lower(), " ".join(words[begin:])
    if kind == "party" and len(words) == 2 and words[0].lower() in ARTICLES:
        return "", words[1].capitalize() if words[1].isupper() else words[1]
    return "", ""


class _Text:
    """One text in which short names are looked for."""

    def __init__(  # noqa: PLR0917  what is known of one text, gathered once
        self,
        text: str,
        words: Sequence[Word],
        cleaned: Clean,
        raw: str,
        taken: Sequence[tuple[int, int]],
        named: set[str],
        code: str,
        ordinary: Callable[[str], bool],
        given: frozenset[str],
        parties: set[str],
        own: dict[str, set[str]],
    ) -> None:
        self.text, self.words, self.cleaned, self.raw = text, words, cleaned, raw
        self.taken, self.named, self.ordinary = taken, named, ordinary
        language = languages.load(code)
        self.capital_nouns, self.parties, self.own = language.capital_nouns, parties, own
        self.given = given
        self.roles = phrases(language.roles)
        self.politics = language.politics

    @cached_property
    def political(self) -> bool:
        """Does another entity of the election or a word of politics stand in the text?"""
        return bool(self.named) or bool(phrases(self.politics).search(self.text.lower()))

    def mentions(self, by_first: dict[str, list[Pattern]]) -> Iterator[Mention]:
        free = 0
        for at, word in enumerate(self.words):
            if at < free:
                continue
            fitting = [p for p in by_first.get(word.key, ()) if fits(p, self.text, self.words[at : at + len(p.words)])]
            longest = [p for p in fitting if len(p.words) == len(fitting[0].words)]
            if not longest:
                continue
            last = at + len(longest[0].words) - 1
            start, end = self.cleaned.raw_span(word.start, self.words[last].end)
            whose = self._whose({p.id for p in longest}, at, last)
            if whose and not any(start < b and a < end for a, b in self.taken):
                free = last + 1
                yield Mention(id=whose, surface=self.raw[start:end], start=start, end=end)

    def _whose(self, ids: set[str], at: int, last: int) -> str:
        """Whose name the words ``at`` to ``last`` are, or "" if nothing says so."""
        if not all(self._capital(i) for i in (at, last)) or self._of_another(ids, at, last):
            return ""
        full = ids & self.named
        if len(full or ids) > 1:
            return ""
        whose = next(iter(full or ids))
        if full or self._role(at):
            return whose
        key = self.words[last].key
        common = at == last and (self.ordinary(key) or key in self.given)
        telling = self._inside(at) and (whose in self.parties or not self.capital_nouns)
        return whose if self.political and (telling or not common) else ""

    def _inside(self, at: int) -> bool:
        """Does it stand inside a sentence, where a capital makes a name (in German a noun)?"""
        before = self.text[: self.words[at].start].rstrip(' «„“"(')
        return bool(before) and before[-1] not in ".!?:…\n"

    def _capital(self, i: int) -> bool:
        return self.text[self.words[i].start].isupper()

    def _of_another(self, ids: set[str], at: int, last: int) -> bool:
        """Is it part of another name: a given name or another word with a capital that is no ordinary one directly before or behind?"""
        before = at > 0 and self._gap(at - 1) in {" ", " #"} and self._capital(at - 1) and not self._role(at)
        if before and not any(self.words[at - 1].key in self.own[one] for one in ids):
            before = self.words[at - 1].key in self.given or (self._gap(at - 1) == " " and self._strange(at - 1))
        else:
            before = False
        return before or (last + 1 < len(self.words) and self._gap(last) in {" ", "-"} and self._strange(last + 1))

    def _gap(self, left: int) -> str:
        """What stands between a word and the next."""
        return self.text[self.words[left].end : self.words[left + 1].start]

    def _strange(self, i: int) -> bool:
        word = self.words[i]
        held = any(start <= self.cleaned.raw_span(word.start, word.end)[0] < end for start, end in self.taken)
        known = self.ordinary(word.key) or self.roles.search(word.key)
        return self._capital(i) and not held and not known and len(word.key) > 1

    def _role(self, at: int) -> bool:
        """Does a role stand at most three words before, in the same breath?"""
        if at == 0:
            return False
        before = self.text[self.words[max(0, at - _NEAR)].start : self.words[at].start].lower()
        return bool(self.roles.search(re.split(r"[.!?:;…\n]", before)[-1]))
