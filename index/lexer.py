"""A query into pieces: quotes, parentheses, operators, field names and words, each with its columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from index.analysis import TOKEN
from index.fields import FIELDS
from models.errors import UsageError
from models.registry import nearest
from models.safe import printable


class Piece(NamedTuple):
    """``kind`` is one of ( ) AND OR NOT - field phrase word; ``start`` and ``end`` are offsets into the query."""

    kind: str
    text: str
    start: int
    end: int


# one character for one, so that columns stay what the reader sees
_SAME = str.maketrans({**dict.fromkeys("“”„‟«»″＂", '"'), **dict.fromkeys("’‘ʼ‛‚′＇", "'"), "：": ":", "（": "(", "）": ")"})
_URL = re.compile(r'https?://[^\s"]+', re.IGNORECASE)
_CHUNK = re.compile(r'[^\s()"]+')
_FIELD = re.compile(r"([A-Za-z_]+):")
_OPERATORS = frozenset({"AND", "OR", "NOT"})


def complaint(text: str, position: int, what: str, hint: str) -> UsageError:
    """What is wrong at an offset of the query, with the column and the text found there."""
    near = printable(text[position : position + 24])
    return UsageError(f"{what}, at {near!r}" if near else what, where=f"query, column {position + 1}", hint=hint)


def pieces(query: str) -> Iterator[Piece]:
    """The pieces of a query, in order; signs that are neither words nor operators are left out. Raises UsageError."""
    text = "".join(c if c.isprintable() else " " for c in query.translate(_SAME))
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] in "()":
            yield Piece(text[at], text[at], at, at + 1)
            at += 1
        elif text[at] == '"':
            yield (piece := _quoted(text, at))
            at = piece.end
        elif text[at] == "-" and _negates(text, at):
            yield Piece("-", "-", at, at + 1)
            at += 1
        else:
            found = list(_chunk(text, at))
            yield from (piece for piece in found if piece.kind != "nothing")
            at = found[-1].end


def _quoted(text: str, at: int) -> Piece:
    end = text.find('"', at + 1)
    if end < 0:
        raise complaint(text, at, "the quote is not closed", "close it, or remove it")
    return Piece("phrase", unicodedata.normalize("NFC", text[at + 1 : end]), at, end + 1)


def _negates(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return before in ("", "(", ")", '"') or before.isspace() if after and (after.isalnum() or after in '"(#@') else False


def _chunk(text: str, at: int) -> Iterator[Piece]:
    """The pieces of the run of characters at ``at``: an operator, a field and its value, or a word."""
    word = _run(text, at)
    if word.text in _OPERATORS:
        yield word._replace(kind=word.text)
        return
    name = _FIELD.match(word.text)
    if name is None or word.text[name.end() :].startswith("//"):
        yield word
        return
    rest, after = word.text[name.end() :], text[word.end : word.end + 1]
    if name[1].lower() in FIELDS:
        yield Piece("field", name[1].lower(), at, at + name.end())
        if rest:
            yield _run(text, at + name.end(), value=True)
    elif rest or after in ('"', "("):
        raise _unknown(text, at, name[1], rest)
    else:
        yield word


def _run(text: str, at: int, *, value: bool = False) -> Piece:
    url = _URL.match(text, at)
    found = url[0] if url else _CHUNK.match(text, at)[0]  # type: ignore[index]  # at is at such a character
    while url and found.endswith(")") and found.count(")") > found.count("("):
        found = found[:-1]
    wanted = value or "*" in found or TOKEN.search(found)
    return Piece("word" if wanted else "nothing", unicodedata.normalize("NFC", found), at, at + len(found))


def _unknown(text: str, at: int, name: str, rest: str) -> UsageError:
    instead = f'; to search the text itself write "{name}:{rest}"' if rest else ""
    return complaint(text, at, f"there is no field {name!r}", nearest(name.lower(), FIELDS) + instead)
