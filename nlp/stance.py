"""How a text stands to what it tells: does it speak for itself, report what others say, deny it, or check it?

Cues of the text's language (nlp/languages) decide, not meaning: what Tocsin says is "this text carries the marks of a denial", with the
words that say so. A text that bears no mark is taken to speak for itself. Negation alone says nothing of one text ("our soldiers may not
vote" can be the claim itself); beside others it does: see :func:`opposed`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from models.records import Annotation, Document
from nlp import languages
from nlp.clean import Clean
from nlp.story_features import folded

CHECKED, DENIED, REPORTED = "checked", "denied", "reported"
AGAINST = frozenset({CHECKED, DENIED})
"""Stances that are no spread of what is told."""

LOOKED_AT = 3000
"""Characters of a text that are read."""
LEAD = 400
"""Characters in which a text says what it is."""
QUOTED = 0.4
"""Least share of the lead between quotation marks that makes a report, beside a cue."""
MOST = 24
"""Marks kept of one text."""
REMEMBERED = 100_000
"""Words of which it is kept in memory whether a cue begins with them, for each language."""
CHECK, DENIAL, REPORT, ENDORSEMENT, NEGATION = (1 << k for k in range(5))
BEFORE = 28
"""Characters before a denial in which a negation takes it back (not a hoax), and beside a cue in which an own word does (our sources)."""

_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*")
_CLAUSE = re.compile(r"[^,;:()\u2013\u2014«»„“”\"]+")
_WORD = re.compile(r"\w+")
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Found:
    """One mark in a cleaned text: ``kind`` as in ``Mark``, characters ``start`` to ``end``."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cues:
    """A language's cues, ready to be searched."""

    check: Phrases
    denial: Phrases
    report: Phrases
    endorsement: Phrases
    concession: Phrases
    negation: Phrases
    own: Phrases
    quote: re.Pattern[str]
    memory: dict[str, int] = field(default_factory=dict)

    def begun(self, words: Iterable[str]) -> int:
        """Which kinds of phrases (bits of :data:`CHECK` and so on) may begin at one of these words of a lower-case text."""
        memory = self.memory
        if len(memory) > REMEMBERED:
            memory.clear()
        found = 0
        for word in ("", *words):
            known = memory.get(word)
            if known is None:
                known = memory[word] = self._begun(word)
            found |= known
        return found

    def _begun(self, word: str) -> int:
        kinds = (
            (CHECK, self.check),
            (DENIAL, self.denial),
            (REPORT, self.report),
            (ENDORSEMENT, self.endorsement),
            (NEGATION, self.negation),
        )
        return sum(bit for bit, phrases in kinds if phrases.may_begin(word))


@cache
def cues(code: str) -> Cues:
    """The cues of a language; of one without a file, none that match."""
    language = languages.load(code)
    quotation = language.quotation
    return Cues(
        check=phrases(language.checking),
        denial=phrases(language.denial),
        report=phrases(quotation.cues),
        endorsement=phrases(language.endorsement),
        concession=phrases(language.concession),
        negation=phrases(language.negation),
        own=phrases(quotation.own),
        quote=_quotes(quotation.marks),
    )


class Phrases:
    """Phrases looked for together, the longest first: tried only where a word stands that one of them begins with."""

    def __init__(self, words: Sequence[str]) -> None:
        parts = [_phrase(word) for word in sorted(words, key=lambda w: (-len(w), w))]
        self._pattern = re.compile("|".join(parts)) if parts else _NEVER
        first = [(_WORD.match(word), word) for word in words]
        self._begun = tuple({m.group() for m, word in first if m and word[m.end() : m.end() + 1] == "*"})
        self._whole = frozenset(m.group() for m, _ in first if m)
        self._anywhere = not all(m and word[0].isalnum() for m, word in first)

    def may_begin(self, word: str) -> bool:
        """Can one of them begin at this lower-case word of a text (at "": where no word is)?"""
        return self._anywhere or word in self._whole or bool(self._begun and word.startswith(self._begun))

    def finditer(self, text: str, start: int = 0) -> Iterator[re.Match[str]]:
        """Matches in a lower-case text from ``start`` on, which do not overlap."""
        if self._anywhere:
            yield from self._pattern.finditer(text, start)
            return
        for word in _WORD.finditer(text, start):
            key = word.group()
            if word.start() >= start and (key in self._whole or (self._begun and key.startswith(self._begun))):  # as may_begin, inlined
                match = self._pattern.match(text, word.start())
                if match:
                    start = match.end()
                    yield match

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        """The first match."""
        return next(self.finditer(text, start), None)


@cache
def phrases(words: tuple[str, ...]) -> Phrases:
    """One search for all; ``*`` is any ending, a space any gap, an apostrophe either kind."""
    return Phrases(words)


def _phrase(words: str) -> str:
    body = re.escape(words.strip()).replace(r"\*", r"\w*").replace(r"\ ", r"\s+").replace("’", "'").replace("'", "['’]")
    begin = r"(?<!\w)" if words[:1].isalnum() else ""
    return begin + body + (r"(?!\w)" if words.strip()[-1:].isalnum() else "")


def _quotes(pairs: Sequence[str]) -> re.Pattern[str]:
    parts = [
        rf"{re.escape(o)}[^{re.escape(o + c)}\n]{{8,600}}{re.escape(c)}" for o, c in (tuple(pair) for pair in pairs) if o.isprintable()
    ]
    return re.compile("|".join(parts)) if parts else _NEVER


def read(cleaned: str, code: str) -> tuple[str, tuple[Found, ...]]:
    """The stance of a cleaned text of language ``code`` (title, line end, body), and the marks that were found, in order."""
    if not languages.load(code).denial:
        return "", ()
    found = sorted(_found(cleaned[:LOOKED_AT].lower(), cues(code)), key=lambda m: (m.start, m.end, m.kind))
    return _stance(found, min(len(cleaned), LEAD)), tuple(found[:MOST])


def _stance(found: Sequence[Found], lead: int) -> str:
    early = [mark for mark in found if mark.start < lead]
    kinds = {mark.kind for mark in early}
    if "endorsement" in kinds:
        return ""
    if "check" in kinds:
        return CHECKED
    if "denial" in kinds:
        return DENIED
    quoted = sum(min(mark.end, lead) - mark.start for mark in early if mark.kind == "quote")
    return REPORTED if "report" in kinds and (lead < LEAD or quoted >= QUOTED * lead) else ""


def _found(text: str, known: Cues) -> Iterator[Found]:
    quotes = [match.span() for match in known.quote.finditer(text)]
    yield from (Found("quote", start, end) for start, end in quotes)
    sentences = [(sentence, known.begun(_WORD.findall(sentence.group()))) for sentence in _SENTENCE.finditer(text)]
    if any(begun & CHECK for _, begun in sentences):
        yield from (Found("check", *match.span()) for match in known.check.finditer(text))
    for sentence, begun in sentences:
        if begun & DENIAL:
            yield from _denials(sentence, known)
        if begun & REPORT:
            yield from _reports(sentence, known, quotes)
        if begun & (NEGATION | ENDORSEMENT):
            yield from _negations(sentence, known, quotes, begun)


def _denials(sentence: re.Match[str], known: Cues) -> Iterator[Found]:
    words, shift = sentence.group(), sentence.start()
    for match in known.denial.finditer(words):
        before = words[max(0, match.start() - BEFORE) : match.start()]
        if not known.negation.search(_last_clause(before)) and not known.concession.search(words, match.end()):
            yield Found("denial", shift + match.start(), shift + match.end())


def _reports(sentence: re.Match[str], known: Cues, quotes: Sequence[tuple[int, int]]) -> Iterator[Found]:
    words, shift = sentence.group(), sentence.start()
    for match in known.report.finditer(words):
        place = shift + match.start()
        beside = words[max(0, match.start() - BEFORE) : match.end() + BEFORE // 2]
        if not any(start < place < end for start, end in quotes) and not known.own.search(beside):
            yield Found("report", place, shift + match.end())


def _negations(sentence: re.Match[str], known: Cues, quotes: Sequence[tuple[int, int]], begun: int) -> Iterator[Found]:
    """Clauses that negate, and endorsements in clauses that do not; what is quoted is neither. ``begun``: what may be in the sentence."""
    for clause in _CLAUSE.finditer(sentence.group()):
        start, end = sentence.start() + clause.start(), sentence.start() + clause.end()
        if any(first <= start < last for first, last in quotes):
            continue
        if begun & NEGATION and known.negation.search(clause.group()):
            if len(_WORD.findall(clause.group())) > 2:
                yield Found("negation", start, end)
        elif begun & ENDORSEMENT and (match := known.endorsement.search(clause.group())):
            yield Found("endorsement", start + match.start(), start + match.end())


def _last_clause(words: str) -> str:
    return re.split(r"[,;:()\u2013\u2014]", words)[-1]


def marks(found: Iterable[Found], cleaned: Clean, raw: str) -> Iterator[dict[str, Any]]:
    """The marks as JSON types, with their characters in ``raw``."""
    for mark in found:
        start, end = cleaned.raw_span(mark.start, mark.end)
        yield {"kind": mark.kind, "surface": raw[start:end].strip()[:200], "start": start, "end": end}


Item = tuple[Document, Annotation]


def stances(items: Sequence[Item]) -> dict[str, str]:
    """Document id to stance, for the documents of one narrative: the text's own, or denied where it negates what others say."""
    sides = {document.id: _sides(document, annotation) for document, annotation in items}
    totals: dict[str, tuple[Counter[str], Counter[str]]] = {}
    for document, annotation in items:
        affirmed, negated = totals.setdefault(annotation.language, (Counter(), Counter()))
        affirmed.update(sides[document.id][0])
        negated.update(sides[document.id][1])
    return {d.id: _beside(a.stance, sides[d.id], totals[a.language]) for d, a in items}


def _beside(own: str, sides: tuple[set[str], set[str]], totals: tuple[Counter[str], Counter[str]]) -> str:
    return DENIED if own not in AGAINST and opposed(sides, *totals) else own


def opposed(own: tuple[set[str], set[str]], affirmed: Mapping[str, int], negated: Mapping[str, int]) -> bool:
    """Does a text (stems it affirms, stems it negates) negate what others affirm, more than it affirms it itself?

    ``affirmed``, ``negated``: in how many texts of the narrative, this one among them, a stem stands in a clause without and with a
    negation. Stems that the text negates and more texts affirm than negate count against what it affirms with others.
    """
    says, denies = own
    against = {stem for stem in denies - says if affirmed.get(stem, 0) >= max(1, negated.get(stem, 0))}
    along = {stem for stem in says if affirmed.get(stem, 0) > 1}
    return len(against) > len(along)


def _sides(document: Document, annotation: Annotation) -> tuple[set[str], set[str]]:
    """Stems in clauses without and with a negation, of the beginning of a text."""
    text = f"{document.title}\n{document.text}"[:LEAD]
    spans = [(mark.start, mark.end) for mark in annotation.marks if mark.kind == "negation"]
    says: set[str] = set()
    denies: set[str] = set()
    for match in _WORD.finditer(text):
        word = match.group()
        if len(word) > 3 and not word.isdigit():
            (denies if any(start <= match.start() < end for start, end in spans) else says).add(folded(word)[:5])
    return says, denies
