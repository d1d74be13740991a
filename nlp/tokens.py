"""Text into words and lemmas by spaCy 3.8: its rules for a language alone, or a statistical pipeline that the user named.

spaCy's rules look at one whitespace-separated piece of a text at a time, so a piece gives the same words wherever it stands. Each
is tokenised once and remembered, which on news is many times faster than making a spaCy document of every text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.errors import UsageError
from nlp.clean import HASHTAG, MENTION, URL
from nlp.lemmas import Lemmatiser

REMEMBERED = 150_000
"""Pieces kept in memory for a language; beyond, everything is forgotten and spaCy's vocabulary made anew (memory stays flat)."""

_BEFORE, _BEHIND = frozenset('„“«"('), frozenset(',;!?:“”»"')

LONGEST = 100
"""Longer pieces are cut: spaCy's rules take quadratic time on them."""

_MARKED = re.compile(f"(?:{HASHTAG.pattern})|({MENTION.pattern})")

Entry = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(slots=True)
class Words:
    """The words of a text as they stand, and beside each its lemma ("" for stop words, numbers, links, mentions, punctuation)."""

    surfaces: list[str] = field(default_factory=list)
    lemmas: list[str] = field(default_factory=list)


class Reader(Protocol):
    """Something that finds words."""

    profile: str
    lemmatiser: Lemmatiser

    def read(self, text: str) -> Words:
        """The words of a cleaned text, hashtags split, in order."""


class BlankReader:
    """spaCy's tokeniser for one language with lookup lemmas. ``code`` without rules of its own is read by the rules for any language."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.lemmatiser = Lemmatiser(code)
        self.profile = f"blank+{self.lemmatiser.name}" if self.lemmatiser.table else "blank, no lemmas"
        self._forget()

    def _forget(self) -> None:
        self._memory: dict[str, Entry] = {}
        self._tokenizer = _blank(self.code)

    def read(self, text: str) -> Words:
        """See :class:`Reader`."""
        pieces = text.split()
        memory = self._memory
        missing = [piece for piece in dict.fromkeys(pieces) if piece not in memory]
        if missing:
            self._learn(missing)
        words = Words()
        surfaces, lemmas = words.surfaces, words.lemmas
        for piece in pieces:
            entry = memory[piece]
            surfaces += entry[0]
            lemmas += entry[1]
        if len(memory) > REMEMBERED:
            self._forget()
        return words

    def _learn(self, pieces: Sequence[str]) -> None:
        plain: list[str] = []
        for piece in pieces:
            if "#" in piece or "@" in piece or "/" in piece or "www." in piece or len(piece) > LONGEST:
                self._memory[piece] = self._marked(piece)
            else:
                plain.append(self._core(piece))
        self._tokenise([piece for piece in dict.fromkeys(plain) if piece not in self._memory])
        for piece in pieces:
            if piece not in self._memory:
                self._join(piece)

    def _core(self, piece: str) -> str:
        """``piece`` without one mark before and one behind, where spaCy's rules would cut them off whatever the word is."""
        begin = 1 if piece[0] in _BEFORE and piece[1:2].isalnum() else 0
        core = piece[begin:]
        if core[-1] in _BEHIND and core[-2:-1].isalnum():
            return core[:-1]
        ordinary = core[-1] == "." and len(core) > 3 and core[:-1].isalpha() and core[-3:-1].islower()
        return core[:-1] if ordinary and core not in self._tokenizer.rules else core

    def _join(self, piece: str) -> None:
        core = self._core(piece)
        begin = piece.index(core)
        before, behind = piece[:begin], piece[begin + len(core) :]
        surfaces, lemmas = self._memory[core]
        self._memory[piece] = ((*before, *surfaces, *behind), ("",) * len(before) + lemmas + ("",) * len(behind))

    def _tokenise(self, plain: Sequence[str]) -> None:
        surfaces: list[str] = []
        at, end = 0, len(plain[0]) if plain else 0
        for token in self._tokenizer(" ".join(plain)):
            if token.idx >= end:
                self._keep(plain[at], surfaces)
                surfaces = []
                at += 1
                end += 1 + len(plain[at])
            surfaces.append(token.text)
        if plain:
            self._keep(plain[at], surfaces)

    def _keep(self, piece: str, surfaces: list[str]) -> None:
        self._memory[piece] = (tuple(surfaces), tuple(map(self.lemmatiser.lemma, surfaces)))

    def _marked(self, piece: str) -> Entry:
        """A piece with a hashtag, mention or link in it, or one that is too long."""
        surfaces: list[str] = []
        lemmas: list[str] = []
        for part, kind in marked_parts(URL.sub(" ", piece)):
            if kind == "#":
                words, own = self.lemmatiser.hashtag(part)
                surfaces += ["#", *words]
                lemmas += ["", *own]
                continue
            if kind == "@":
                found = [part]
            else:
                cut = (part[i : i + LONGEST] for i in range(0, len(part), LONGEST))
                found = [token.text for text in cut for token in self._tokenizer(text.strip()) if text.strip()]
            surfaces += found
            lemmas += [""] if kind == "@" else map(self.lemmatiser.lemma, found)
        return tuple(surfaces), tuple(lemmas)


def marked_parts(piece: str) -> list[tuple[str, str]]:
    """``piece`` cut into hashtags (kind ``#``, without the sign), mentions (``@``) and the rest ("")."""
    parts: list[tuple[str, str]] = []
    at = 0
    for match in _MARKED.finditer(piece):
        parts.append((piece[at : match.start()], ""))
        parts.append((match.group(1), "#") if match.group(1) else (match.group(), "@"))
        at = match.end()
    parts.append((piece[at:], ""))
    return [(text, kind) for text, kind in parts if text.strip()]


class PipelineReader:
    """A statistical pipeline the user named, run without its entity recogniser and parser: its lemmas, our stop words."""

    def __init__(self, code: str, name: str) -> None:
        import spacy

        self.lemmatiser = Lemmatiser(code)
        try:
            self._nlp = spacy.load(name, exclude=["ner", "entity_ruler"], disable=["parser", "senter"])
        except (OSError, ValueError, ImportError) as error:
            hint = f"check it with: python -m spacy validate; or take {code}={name} out of nlp.pipelines"
            raise UsageError(f"the spaCy pipeline {name!r} cannot be loaded: {error}", where="nlp.pipelines", hint=hint) from None
        self.profile = f"{self._nlp.meta['lang']}_{self._nlp.meta['name']}-{self._nlp.meta['version']}"

    def read(self, text: str) -> Words:
        """See :class:`Reader`."""
        words = Words()
        for text_or_tag, kind in marked_parts(URL.sub(" ", text)):
            if kind == "#":
                split, lemmas = self.lemmatiser.hashtag(text_or_tag)
                words.surfaces += ["#", *split]
                words.lemmas += ["", *lemmas]
            elif kind == "@":
                words.surfaces.append(text_or_tag)
                words.lemmas.append("")
            else:
                for token in self._nlp(text_or_tag):
                    words.surfaces.append(token.text)
                    words.lemmas.append(self._lemma(token))
        return words

    def _lemma(self, token: Any) -> str:
        kept = self.lemmatiser.lemma(token.text)
        return token.lemma_.lower() or kept if kept else ""


def _blank(code: str) -> Any:
    import spacy

    nlp: Any
    try:
        nlp = spacy.blank(code)
    except ImportError:  # no rules for this language, or none was found
        nlp = spacy.blank("xx")
    nlp.vocab.lex_attr_getters = {}  # shapes, prefixes and likenesses of every new word, which nobody asks for here
    # Spanish joins "EE. UU." over a blank; pieces between blanks are read one by one here
    nlp.tokenizer.rules = {word: cut for word, cut in nlp.tokenizer.rules.items() if " " not in word}
    return nlp.tokenizer
