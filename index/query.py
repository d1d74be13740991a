"""The query language: ``parse`` turns a query into a tree, or says at which column it cannot be read.

    query   = either
    either  = both { "OR" both }
    both    = unit { [ "AND" ] unit }
    unit    = ( "NOT" | "-" ) unit | "(" query ")" | field ":" ( value | "(" query ")" ) | "phrase" | word [ "*" ]

Operators are written in capitals; `and`, `or` and `not` are words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from index.analysis import TOKEN, surfaces
from index.fields import FIELDS, QueryField
from index.lexer import Piece, complaint, pieces
from index.syntax import All, And, Field, Node, Not, Or, Phrase, Prefix, Word, both, either
from models.errors import UsageError

__all__ = ["All", "And", "Field", "Node", "Not", "Or", "Phrase", "Prefix", "Word", "parse"]

LONGEST, DEEPEST, MOST = 4_000, 12, 250
"""Characters, parentheses and negations inside each other (Elasticsearch takes 30 nested clauses), and terms of a query."""


def parse(text: str) -> Node:
    """The tree of a query. Raises UsageError with the column of what cannot be read and what to do."""
    if len(text) > LONGEST:
        raise UsageError(f"the query has {len(text)} characters, {LONGEST} are read", hint="shorten it")
    parser = _Parser(text)
    if not parser.pieces:
        raise UsageError("the query is empty", hint='write a word, "a phrase" or a field such as lang:fr')
    tree = parser.either()
    if parser.here is not None:
        raise parser.wrong("there is nothing to close with ')'", parser.here, "remove it or add a '(' before")
    return tree


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth, self.terms = text, 0, 0, 0
        self.field = ""  # inside `field:( … )` every word is a value
        self.pieces = list(pieces(text))

    @property
    def here(self) -> Piece | None:
        return self.pieces[self.at] if self.at < len(self.pieces) else None

    def take(self, *kinds: str) -> Piece | None:
        piece = self.here
        if piece is None or piece.kind not in kinds:
            return None
        self.at += 1
        return piece

    def wrong(self, what: str, piece: Piece, hint: str) -> UsageError:
        return complaint(self.text, piece.start, what, hint)

    def either(self) -> Node:
        found = [self.both()]
        while self.take("OR"):
            found.append(self.both())
        return either(found)

    def both(self) -> Node:
        found = [self.unit()]
        while self.here is not None and self.here.kind not in ("OR", ")"):
            self.take("AND")
            found.append(self.unit())
        return both(found)

    def unit(self) -> Node:
        piece = self.here
        if piece is None or piece.kind in ("AND", "OR", ")"):
            raise self._dangling(piece)
        self.at += 1
        if piece.kind in ("NOT", "-"):
            return self._deeper(piece, lambda: Not(self.unit()))
        if piece.kind == "(":
            return self._deeper(piece, lambda: self._closed(piece))
        return self._term(piece)

    def _dangling(self, piece: Piece | None) -> UsageError:
        before = self.pieces[self.at - 1] if self.at else None
        if before is None and piece is not None and piece.kind != ")":
            return self.wrong(f"{piece.kind} has nothing before it", piece, "write a word before it, or small letters to search the word")
        if before is None or (before.kind == "(" and piece is not None and piece.kind == ")"):
            return self.wrong("the parentheses are empty", before or self.pieces[0], "write a word between them or remove them")
        return self.wrong(f"{before.text!r} has nothing after it", before, "write a word after it, or small letters to search the word")

    def _deeper(self, piece: Piece, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.wrong(f"more than {DEEPEST} parentheses or negations inside each other", piece, "simplify the query")
        found = read()
        self.depth -= 1
        return found

    def _closed(self, opening: Piece) -> Node:
        found = self.either()
        if self.take(")") is None:
            raise self.wrong("this '(' is not closed", opening, "add a ')'")
        return found

    def _term(self, piece: Piece) -> Node:
        self.terms += 1
        if self.terms > MOST:
            raise self.wrong(f"more than {MOST} terms", piece, "split the query")
        if piece.kind == "field":
            return self._field(piece)
        if self.field:
            return self._value(self.field, piece)
        if piece.kind == "phrase":
            return self._phrase(piece)
        return self._word(piece)

    def _phrase(self, piece: Piece) -> Node:
        star = re.search(r"\w\*", piece.text)
        if star:
            raise complaint(self.text, piece.start + 1 + star.start() + 1, "'*' does not work inside quotes", "remove it, or the quotes")
        if not TOKEN.search(piece.text):
            raise self.wrong("there is no word between the quotes", piece, "write one or remove the quotes")
        return Phrase(" ".join(piece.text.split()))

    def _word(self, piece: Piece) -> Node:
        text = piece.text
        if text.startswith(("http://", "https://")):
            return self._checked("link", piece, text, prefix=False)
        if text[0] in "#@" and len(text) > 1:
            return self._value({"#": "hashtag", "@": "account"}[text[0]], piece)
        if "*" not in text:
            return Word(text)
        return Prefix(self._before_star(piece))

    def _before_star(self, piece: Piece) -> str:
        base = piece.text.rstrip("*")
        if "*" in base or not base:
            place = piece.start + piece.text.index("*")
            raise complaint(self.text, place, "'*' works only at the end of a word", 'write elect* to find words that begin with "elect"')
        if sum(map(len, surfaces(base, "xx"))) < 2:
            raise self.wrong("'*' needs at least two letters before it", piece, "write more of the word")
        return base

    def _field(self, piece: Piece) -> Node:
        name = piece.text
        if self.field:
            raise self.wrong(f"{name}: inside {self.field}:( … )", piece, f"write only values of {self.field} there")
        follows = self.here
        if follows is not None and follows.start == piece.end:
            if follows.kind == "(":
                return self._group(name)
            if follows.kind in ("word", "phrase"):
                self.at += 1
                return self._value(name, follows)
        raise self.wrong(f"{name}: has no value", piece, FIELDS[name].allowed)

    def _group(self, name: str) -> Node:
        opening = self.pieces[self.at]
        self.at += 1
        self.field = name
        found = self._deeper(opening, lambda: self._closed(opening))
        self.field = ""
        return found

    def _value(self, name: str, piece: Piece) -> Node:
        field, text = FIELDS[name], piece.text
        quoted = piece.kind == "phrase"
        prefix = not quoted and text.endswith("*") and field.prefix
        if not quoted and "*" in (text.rstrip("*") if prefix else text).removeprefix("*." if name == "domain" else ""):
            raise self.wrong(
                "'*' works only at the end of a value" if field.prefix else f"'*' does not work with {name}:", piece, field.allowed
            )
        return self._checked(name, piece, text.rstrip("*") if prefix else text, prefix=prefix)

    def _checked(self, name: str, piece: Piece, text: str, *, prefix: bool) -> Node:
        field: QueryField = FIELDS[name]
        value = unicodedata.normalize("NFC", " ".join(field.tidy(text).split()))
        if not value:
            raise self.wrong(f"{piece.text!r} is no value of {name}:", piece, field.allowed)
        return Field(name, value, prefix)
