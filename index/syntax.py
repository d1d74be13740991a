"""The syntax tree of a query: frozen, comparable, and printed back as a query that gives the same tree."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLAIN = re.compile(r"[\w.@#/+][\w.@#/+:-]*")


@dataclass(frozen=True, slots=True)
class All:
    """Every document; what an empty query means where one is allowed."""

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, in any of its forms."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words that begin so."""

    text: str

    def __str__(self) -> str:
        return self.text + "*"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other."""

    text: str

    def __str__(self) -> str:
        return f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a field, or the beginning of one."""

    name: str
    value: str
    prefix: bool = False

    def __str__(self) -> str:
        if self.prefix:
            return f"{self.name}:{self.value}*"
        return f"{self.name}:{self.value}" if _PLAIN.fullmatch(self.value) else f'{self.name}:"{self.value}"'


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but."""

    child: Node

    def __str__(self) -> str:
        return f"NOT {_inner(self.child)}"


@dataclass(frozen=True, slots=True)
class And:
    """All of at least two."""

    children: tuple[Node, ...]

    def __str__(self) -> str:
        return " AND ".join(_inner(child) for child in self.children)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of at least two."""

    children: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(_inner(child) for child in self.children)


Node = All | Word | Prefix | Phrase | Field | Not | And | Or


def _inner(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)


def both(children: list[Node]) -> Node:
    """All of ``children``; one stands for itself, ANDs inside are opened."""
    flat = [inner for child in children for inner in (child.children if isinstance(child, And) else (child,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def either(children: list[Node]) -> Node:
    """Any of ``children``; one stands for itself, ORs inside are opened."""
    flat = [inner for child in children for inner in (child.children if isinstance(child, Or) else (child,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))
