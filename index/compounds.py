"""German compounds taken apart with a list of nouns: the fewest parts win, then the longest head."""

from __future__ import annotations

from functools import lru_cache

from index import german
from index.stems import german_light

_LINKS = ("s", "n", "es", "en", "er", "e")
_LEAST, _MOST = 3, 40
SHORT_HEADS = frozenset({"tag", "rat", "amt", "weg", "zug", "hof", "not", "rad", "bad", "gas", "bau", "uhr"})


class Splitter:
    """Splits folded words by a set of nouns and a set of other beginnings."""

    def __init__(self, nouns: frozenset[str], beginnings: frozenset[str]) -> None:
        self.first = nouns | beginnings
        self.bare = frozenset(n[:-1] for n in nouns if n.endswith("e") and len(n) > 5)
        self.heads = frozenset(german_light(n) for n in nouns)
        self.nouns = nouns

    def split(self, word: str) -> tuple[str, ...]:
        """The parts of ``word`` as written, joints left on the part before them; empty if it is no compound."""
        if len(word) < 2 * _LEAST + 1 or len(word) > _MOST:
            return ()
        return self._best(word, 3)

    def _best(self, word: str, depth: int) -> tuple[str, ...]:
        best: tuple[str, ...] = ()
        for cut in range(_LEAST, len(word) - _LEAST + 1):
            if not self._begins(word[:cut]):
                continue
            rest = word[cut:]
            tail = (rest,) if self._ends(rest) else self._best(rest, depth - 1) if depth else ()
            if tail and (not best or len(tail) + 1 < len(best)):
                best = (word[:cut], *tail)
        return best

    def _begins(self, part: str) -> bool:
        if part in self.first or part in self.bare:
            return True
        return any(part.endswith(link) and part[: -len(link)] in self.nouns for link in _LINKS)

    def _ends(self, part: str) -> bool:
        if len(part) < 4:
            return part in SHORT_HEADS
        stem = german_light(part)
        return part in self.nouns or (len(stem) > 3 and stem in self.heads)


def simple(words: list[str], beginnings: frozenset[str]) -> set[str]:
    """Those of ``words`` (commonest first) that are not compounds of commoner ones."""
    whole = Splitter(frozenset(words), beginnings)
    rank = {word: number for number, word in enumerate(words)}
    return {word for word in words if not _made_of_commoner(word, whole, rank)}


def _made_of_commoner(word: str, splitter: Splitter, rank: dict[str, int]) -> bool:
    parts = splitter.split(word)
    return bool(parts) and len(parts[-1]) > 3 and all(len(part) > 2 for part in parts) and rank.get(parts[-1], len(rank)) < rank[word]


@lru_cache(maxsize=1)
def _splitter() -> Splitter:
    known = german.known()
    return Splitter(known.nouns | known.persons, known.beginnings)


@lru_cache(maxsize=200_000)
def runs(word: str) -> tuple[str, ...]:
    """The parts of a folded German compound and their runs, without the whole; joints are taken off at the end of a run.

    >>> runs("wahlbetrugsvorwurf")
    ('wahl', 'wahlbetrug', 'betrug', 'betrugsvorwurf', 'vorwurf')
    """
    splitter = _splitter()
    parts = splitter.split(word)
    size = len(parts)
    spans = [(start, end) for start in range(size) for end in range(start + 1, size + 1) if end - start < size]
    return tuple(dict.fromkeys("".join(parts[start : end - 1]) + _end(parts[end - 1], splitter) for start, end in spans))


def _end(part: str, splitter: Splitter) -> str:
    """The last part of a run as a word: without its joint, with the `e` a joint took (`stimm` -> `stimme`)."""
    if part in splitter.first:
        return part
    for link in _LINKS:
        if part.endswith(link) and part[: -len(link)] in splitter.nouns:
            return part[: -len(link)]
    return part + "e" if part in splitter.bare else part
