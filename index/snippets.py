"""What a query matched in a text: the marks, and the stretch of text that shows most of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index import analysis
from index.plan import prefixes
from index.syntax import And, Node, Not, Or, Phrase, Prefix, Word

WIDTH = 240
"""Characters of a snippet."""

Span = tuple[int, int]


class Wanted:
    """What marks words in one language: runs of tokens, and beginnings of words."""

    def __init__(self, terms: Sequence[Word | Phrase | Prefix], language: str) -> None:
        self.language = language
        texts = [term.text for term in terms if not isinstance(term, Prefix)]
        runs = {analysis.tokens(text, language) for text in texts} | {(analysis.joined(text, language),) for text in texts}
        self.runs = runs - {(), ("",)}
        self.starts = tuple(start for term in terms if isinstance(term, Prefix) for way in prefixes(term.text) for start in way)
        self.longest = max(map(len, self.runs), default=0)
        self.opening = _Opening(self)

    def single(self, raw: str) -> bool:
        """Whether a word, or in German a part of it, is wanted by itself."""
        token, surface, _ = analysis.word(raw, self.language)
        if (token,) in self.runs or (self.starts and surface.startswith(self.starts)):
            return True
        return self.language == "de" and any((part,) in self.runs for part in analysis.compound_parts(surface))


class _Opening(dict[str, bool]):
    """Whether a word as written can begin a mark, kept: few can, and a text has many words."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__()
        self.wanted, self.firsts = wanted, {run[0] for run in wanted.runs}

    def __missing__(self, raw: str) -> bool:
        found = self[raw] = analysis.word(raw, self.wanted.language)[0] in self.firsts or self.wanted.single(raw)
        return found


def _positive(node: Node) -> Iterator[Word | Phrase | Prefix]:
    match node:
        case And(children=children) | Or(children=children):
            for child in children:
                yield from _positive(child)
        case Word() | Phrase() | Prefix():
            yield node
        case Not() | _:
            return


class Marker:
    """Finds what a query matched; what the query refuses marks nothing."""

    def __init__(self, node: Node) -> None:
        self.terms = list(_positive(node))
        self._by_language: dict[str, Wanted] = {}

    def marks(self, text: str, language: str) -> list[Span]:
        """Start and end of what matched in a cleaned text, in order, not overlapping."""
        language = analysis.language_key(language)
        if language not in self._by_language:
            self._by_language[language] = Wanted(self.terms, language)
        wanted = self._by_language[language]
        words = list(analysis.pattern(text).finditer(text)) if wanted.runs or wanted.starts else []
        found: list[Span] = []
        after = 0
        for at, opening in enumerate(words):
            if at >= after and wanted.opening[opening[0]] and (size := _match(words, at, wanted)):
                lead = analysis.word(opening[0], language)[2]
                found.append((opening.start() + lead, words[at + size - 1].end()))
                after = at + size
        return found


def _match(words: Sequence[re.Match[str]], at: int, wanted: Wanted) -> int:
    """Number of words from ``at`` on that are wanted; 0 for none."""
    tokens = [analysis.word(found[0], wanted.language)[0] for found in words[at : at + wanted.longest]]
    for size in range(len(tokens), 1, -1):
        if tuple(tokens[:size]) in wanted.runs:
            return size
    return int(wanted.single(words[at][0]))


def snippet(text: str, marks: Sequence[Span], width: int = WIDTH) -> tuple[str, tuple[Span, ...]]:
    """The ``width`` characters of ``text`` that hold most different marked words (the first of equal ones), and the marks in them."""
    if len(text) <= width:
        return text, tuple(marks)
    start = _best_start(text, marks, width)
    end = _word_end(text, min(len(text), start + width), start)
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    shift = len(before) - start
    inside = tuple((a + shift, b + shift) for a, b in marks if a >= start and b <= end)
    return f"{before}{text[start:end]}{after}", inside


def _best_start(text: str, marks: Sequence[Span], width: int) -> int:
    best, most = 0, 0
    for number, (start, _) in enumerate(marks):
        inside = [text[a:b].casefold() for a, b in marks[number : number + 50] if b <= start + width - 40]
        value = 100 * len(set(inside)) + len(inside)
        if value > most:
            best, most = start, value
    start = max(0, min(best - 40, len(text) - width))
    while 0 < start < best and not text[start - 1].isspace():
        start += 1
    return start


def _word_end(text: str, end: int, start: int) -> int:
    if end == len(text) or text[end].isspace():
        return end
    blank = text.rfind(" ", start + 1, end)
    return blank if blank > end - 40 else end
