"""A query's tree into clauses over fields and tokens: the one place where the language is given its meaning for both engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index import analysis, dates
from index.dates import Clock
from index.fields import key
from index.syntax import All, And, Field, Node, Not, Or, Phrase, Prefix, Word


@dataclass(frozen=True, slots=True)
class Everything:
    """All documents."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No document."""


@dataclass(frozen=True, slots=True)
class Term:
    """Documents with ``token`` in ``field``; it adds to the score unless it filters."""

    field: str
    token: str
    scored: bool = True


@dataclass(frozen=True, slots=True)
class Begins:
    """Documents with a token in ``field`` that begins with ``start``."""

    field: str
    start: str
    scored: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """Documents with these tokens one after the other in ``field``."""

    field: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """Documents of ``low`` <= seconds < ``high`` since 1970; None is open; one of them is given."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Best:
    """Any of the clauses; the best one gives the score."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """All of ``wanted`` and none of ``refused``; at least one clause in all."""

    wanted: tuple[Clause, ...]
    refused: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """Any of the clauses; the scores add up."""

    clauses: tuple[Clause, ...]


Clause = Everything | Nothing | Term | Begins | Run | Between | Best | Every | Some


def plan(node: Node, clock: Clock, languages: Sequence[str] = analysis.LANGUAGES) -> Clause:
    """The clauses of a tree. ``languages``: the analysers a word is looked up with."""
    match node:
        case All():
            return Everything()
        case Word(text=text):
            return _word(text, languages)
        case Phrase(text=text):
            return _best([_tokens(text, language) for language in languages])
        case Prefix(text=text):
            return _prefix(text)
        case Field():
            return _field(node, clock)
        case Not(child=child):
            return Every((), (plan(child, clock, languages),))
        case Or(children=children):
            return Some(tuple(plan(child, clock, languages) for child in children))
        case And(children=children):
            return _and(children, clock, languages)


def _and(children: tuple[Node, ...], clock: Clock, languages: Sequence[str]) -> Clause:
    """Only the analyser of a language that is asked for need be tried."""
    for child in children:
        if isinstance(child, Field) and child.name == "lang":
            languages = (analysis.language_key(child.value),)
    refused = tuple(plan(child.child, clock, languages) for child in children if isinstance(child, Not))
    return Every(tuple(plan(child, clock, languages) for child in children if not isinstance(child, Not)), refused)


def _best(clauses: list[Clause]) -> Clause:
    found = tuple(dict.fromkeys(c for c in clauses if not isinstance(c, Nothing)))
    return Best(found) if len(found) > 1 else found[0] if found else Nothing()


def _word(text: str, languages: Sequence[str]) -> Clause:
    clauses: list[Clause] = []
    for language in languages:
        whole = _tokens(text, language)
        clauses.append(whole)
        if isinstance(whole, Term):
            clauses.append(Term(f"parts_{language}", whole.token))
        joined = analysis.joined(text, language)
        if joined:
            clauses += [Term(f"body_{language}", joined), Term(f"parts_{language}", joined)]
    return _best(clauses)


def _tokens(text: str, language: str) -> Clause:
    tokens = analysis.tokens(text, language)
    if not tokens:
        return Nothing()
    return Term(f"body_{language}", tokens[0]) if len(tokens) == 1 else Run(f"body_{language}", tokens)


def prefixes(text: str) -> tuple[tuple[str, ...], ...]:
    """The folded words of a prefix query, folded as German and as any other language; the last one is the beginning."""
    return tuple(dict.fromkeys(found for language in ("xx", "de") if (found := analysis.surfaces(text, language))))


def _prefix(text: str) -> Clause:
    ways: list[Clause] = []
    for *before, last in prefixes(text):
        clauses: tuple[Clause, ...] = (*(Term("words", word) for word in before), Begins("words", last))
        ways.append(clauses[0] if len(clauses) == 1 else Every(clauses))
    return _best(ways)


def _field(node: Field, clock: Clock) -> Clause:
    if node.name == "since":
        return Between(int(dates.span(node.value, clock)[0].timestamp()), None)
    if node.name == "until":
        return Between(None, _whole(dates.span(node.value, clock)[1].timestamp()))
    value = key(node.value) if node.name != "link" else node.value
    exact = Begins(node.name, value, scored=False) if node.prefix else Term(node.name, value, scored=False)
    return Some((exact, _own_site(node, value))) if node.name == "source" else exact


def _own_site(node: Field, value: str) -> Clause:
    """Articles of a site (their account is its host): people write ``source:lemonde.fr`` for the source that is called Le Monde."""
    host = value.removeprefix("www.")
    site = Begins("account", host, scored=False) if node.prefix else Term("account", host, scored=False)
    return Every((Term("kind", "article", scored=False), site))


def _whole(seconds: float) -> int:
    """The next whole second: documents are kept by the second, and ``until:1h`` includes the one an hour ago."""
    return int(seconds) + (seconds % 1 > 0)
