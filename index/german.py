"""German words that the analyser must know: nouns and beginnings of compounds, and nouns in -er that are no plural."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).parent / "german.txt"


class Words(NamedTuple):
    """Folded words: nouns, what else begins a compound, and nouns in -er."""

    nouns: frozenset[str]
    beginnings: frozenset[str]
    persons: frozenset[str]


@cache
def known() -> Words:
    """The words of the shipped list, read once."""
    groups: dict[str, set[str]] = {"n": set(), "m": set(), "p": set()}
    for line in LIST.read_text("utf-8").splitlines():
        kind, _, words = line.partition(" ")
        if kind in groups:
            groups[kind].update(words.split())
    return Words(*(frozenset(group) for group in groups.values()))


@lru_cache(maxsize=100_000)
def own_word(word: str) -> bool:
    """Whether a folded word in -er is a noun of its own (`wahler`, `politiker`), alone or at the end of a compound."""
    persons = known().persons
    return word in persons or any(word[start:] in persons for start in range(3, len(word) - 5))
