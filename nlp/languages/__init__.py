"""What is known of each language, as data: one file ``<code>.toml`` is one language, found by its name.

Every field but ``name`` may be missing. ``complete`` says that the language has all of them and is read as well as we can.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from models.codec import Record, build
from models.errors import UsageError

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation(Record):
    """How the language quotes: ``marks`` as pairs of opening and closing, ``cues`` that somebody else's words follow.

    ``own``: words beside a cue that make the words the writer's own (our sources say).
    """

    marks: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Language(Record):
    """One language. All words are in lower case.

    ``stop_words`` come on top of spaCy's; ``elisions`` are the beginnings cut off before an apostrophe; ``common`` are words of every
    news day, worth less as key terms. ``negation``: words that negate; ``denial``: words by which a claim is called untrue; ``checking``:
    words by which a fact-check says that it is one; ``endorsement``: words by which a writer makes a claim his own; ``concession``: words
    that take a denial back (in these and in quotation cues ``*`` is any ending). ``roles``, ``politics``: words before and beside which a
    surname is a politician's; ``given_names``: those behind which it is somebody else's. ``months``: for each month its names, January
    first; ``endings``: what inflection puts at the end of a name, by the end of the name itself ("" for any); ``capital_nouns``: whether
    a capital makes a noun (Betrug is not the past of betragen); ``no_parts``: nouns at which no hashtag in lower case is cut, since they
    are mostly the end of a name or of another word (hoffenheim, dramatisch); ``lookups``: whether spaCy's lemma table is used;
    ``lemmas``: repairs of it, word to lemma.
    """

    code: str
    name: str
    complete: bool = False
    stop_words: tuple[str, ...] = ()
    elisions: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    negation: tuple[str, ...] = ()
    denial: tuple[str, ...] = ()
    checking: tuple[str, ...] = ()
    endorsement: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    given_names: tuple[str, ...] = ()
    politics: tuple[str, ...] = ()
    concession: tuple[str, ...] = ()
    quotation: Quotation = field(default_factory=Quotation)
    months: tuple[tuple[str, ...], ...] = ()
    endings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    capital_nouns: bool = False
    no_parts: tuple[str, ...] = ()
    lookups: bool = True
    lemmas: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """Codes of all languages: the names of the files."""
    return frozenset(path.stem for path in FOLDER.glob("*.toml"))


@cache
def load(code: str) -> Language:
    """The language ``code``; an empty one for a code without a file. Raises UsageError for a file that cannot be read."""
    if code not in names():
        return Language(code=code, name=code)
    path = FOLDER / f"{code}.toml"
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        return build(Language, {"code": code, **data})
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"does not describe a language: {error}", where=str(path), hint="compare with fr.toml") from None


def fingerprint() -> str:
    """All files as one text, in order of their names: changes when any of them does."""
    return "\n".join(f"{code}\n{(FOLDER / f'{code}.toml').read_text('utf-8')}" for code in sorted(names()))
