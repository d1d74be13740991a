"""What a query matched in a text: the marks, and the stretch of text that shows most of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index import analysis
from index.plan import prefixes
from index.syntax import And, Node, Not, Or, Phrase, Prefix, Word

WIDTH = 240
"""Characters of a snippet."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What marks words in one language: runs of tokens, and beginnings of words."""

    runs: frozenset[tuple[str, ...]]
    starts: tuple[str, ...]

    @property
    def longest(self) -> int:
        """Tokens of the longest run."""
        return max(map(len, self.runs), default=0)


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

    def wanted(self, language: str) -> Wanted:
        """What marks words in a language of analysis.LANGUAGES."""
        if language not in self._by_language:
            runs: set[tuple[str, ...]] = set()
            starts: list[str] = []
            for term in self.terms:
                if isinstance(term, Prefix):
                    for *before, last in prefixes(term.text):
                        starts.append(last)
                        starts += before
                else:
                    runs.add(analysis.tokens(term.text, language))
                    runs.add((analysis.joined(term.text, language),))
            self._by_language[language] = Wanted(frozenset(runs - {(), ("",)}), tuple(starts))
        return self._by_language[language]

    def marks(self, text: str, language: str) -> list[Span]:
        """Start and end of what matched in a cleaned text, in order, not overlapping."""
        language = analysis.language_key(language)
        wanted = self.wanted(language)
        if not wanted.runs and not wanted.starts:
            return []
        words = list(analysis.spans(text, language))
        found: list[Span] = []
        at = 0
        while at < len(words):
            size = _match(words, at, wanted, language)
            if size:
                found.append((words[at][0], words[at + size - 1][1]))
            at += size or 1
        return found


def _match(words: Sequence[tuple[int, int, str, str]], at: int, wanted: Wanted, language: str) -> int:
    """Number of words from ``at`` on that are wanted; 0 for none."""
    for size in range(min(wanted.longest, len(words) - at), 1, -1):
        if tuple(token for _, _, token, _ in words[at : at + size]) in wanted.runs:
            return size
    _, _, token, surface = words[at]
    single = (token,) in wanted.runs or (wanted.starts and surface.startswith(wanted.starts))
    if not single and language == "de":
        single = any((part,) in wanted.runs for part in analysis.compound_parts(surface))
    return 1 if single else 0


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
