"""Accounts that share the same links within a minute of each other, again and again, against how often people who share a link do so.

The first null model of the coordination stage spreads each day's meetings over the accounts by how much they post. Where a group makes
most of a small night's meetings it becomes its own excuse, and no pair of it is called. This test asks another question, which the
size of the group does not touch: of two accounts that share a link at all, how often do they share it within the window? The rate is
counted over all pairs of accounts that are not both in the set under test, and its upper confidence bound (Clopper and Pearson 1934) is
used; a pair that met ``m`` times at the ``c`` links it has in common has p = P(Binomial(c, rate) >= m). Which links a pair has in common
says nothing about when it shares them, so the tests are counted before the times are looked at: all pairs with LEAST links in common.
False discovery rate: Benjamini and Hochberg 1995.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from models.records import TRUSTED_DATES, Document
from models.urls import canonical

LEAST = 3
"""Least links at which two accounts must meet, and least accounts of a gathering."""
MOST = 500
"""Accounts of a link beyond which it is left out: what everybody shares, everybody shares at once."""
SURE = 0.975
"""The confidence of the upper bound of the rate."""

Pair = tuple[str, str]


def account(document: Document) -> str:
    """An account of a platform."""
    return f"{document.platform}:{document.account}"


@dataclass(frozen=True, slots=True)
class Gathering:
    """Accounts tied by called pairs. ``links``: each link at which they met, with the documents that did so, in order of time.

    ``rate``: the bound used; ``met`` and ``common``: links of the called ``pairs``, each pair's counted; ``q``: the largest of the pairs;
    ``window`` in seconds.
    """

    accounts: frozenset[str]
    links: Mapping[str, tuple[Document, ...]]
    pairs: int
    met: int
    common: int
    rate: float
    q: float
    window: float

    @property
    def expected(self) -> float:
        """Meetings of the called pairs at the rate."""
        return self.rate * self.common


def gatherings(documents: Iterable[Document], window: float, level: float) -> tuple[Gathering, ...]:
    """The sets of LEAST accounts or more, the largest first. ``window`` in seconds; ``level``: the false discovery rate.

    Articles, reposts, dates that are not trusted and links of one account only do not take part.
    """
    return _Shares(_by_link(documents), window).called(level)


def meeting(documents: Sequence[Document], members: Collection[str], window: float) -> list[Document]:
    """Those of ``members``' documents that have one of another member within ``window`` seconds; ``documents`` in order of time.

    ``members``: accounts as documents name them. Documents whose dates are not trusted meet nobody.
    """
    own = [d for d in documents if d.account in members and d.date_source in TRUSTED_DATES]
    near = [(a, b) for a, b in itertools.pairwise(own) if a.account != b.account and _seconds(a, b) <= window]
    return list({d.id: d for pair in near for d in pair}.values())


def _seconds(a: Document, b: Document) -> float:
    return (b.time - a.time).total_seconds()


def _by_link(documents: Iterable[Document]) -> dict[str, list[Document]]:
    """The first post of each account with each link that 2 to MOST accounts share, in order of time.

    Only the first one counts: who posts a link again and again meets everybody sooner or later.
    """
    found: dict[str, dict[str, Document]] = defaultdict(dict)
    posts = (d for d in documents if d.kind != "article" and d.account and d.links and not d.repost_of and d.date_source in TRUSTED_DATES)
    for document in sorted(posts, key=lambda d: (d.time, d.id)):
        for link in filter(None, map(canonical, document.links)):
            found[link].setdefault(account(document), document)
    return {link: list(first.values()) for link, first in found.items() if 2 <= len(first) <= MOST}


class _Shares:
    """Who shares which link, who met whom where, and what of it is called."""

    def __init__(self, posts: Mapping[str, Sequence[Document]], window: float) -> None:
        self.posts, self.window = posts, window
        self.sharers = {link: frozenset(map(account, found)) for link, found in posts.items()}

    @cached_property
    def met(self) -> dict[Pair, list[str]]:
        """The links at which two accounts posted within the window."""
        found: dict[Pair, list[str]] = defaultdict(list)
        for link, posts in self.posts.items():
            start, pairs = 0, set()
            for end, post in enumerate(posts):
                while _seconds(posts[start], post) > self.window:
                    start += 1
                pairs |= {_pair(account(d), account(post)) for d in posts[start:end] if d.account != post.account}
            for pair in pairs:
                found[pair].append(link)
        return found

    @cached_property
    def often(self) -> list[Pair]:
        """Pairs that met LEAST times."""
        return sorted(pair for pair, links in self.met.items() if len(links) >= LEAST)

    @cached_property
    def common(self) -> tuple[dict[Pair, int], int]:
        """Links in common of the pairs that met often, and how many pairs of accounts have LEAST or more in common."""
        from scipy.sparse import csr_array

        names = sorted(set().union(*self.sharers.values()))
        row = {name: i for i, name in enumerate(names)}
        cells = [(row[name], column) for column, sharers in enumerate(self.sharers.values()) for name in sharers]
        places = np.array(cells, np.int64).T
        table: Any = csr_array((np.ones(len(cells)), (places[0], places[1])), shape=(len(names), len(self.sharers)))
        table = table[np.flatnonzero(table.sum(axis=1) >= LEAST)]
        tests = (int(((table @ table.T).data >= LEAST).sum()) - table.shape[0]) // 2
        links: dict[str, set[str]] = {name: set() for name in itertools.chain(*self.often)}
        for link, sharers in self.sharers.items():
            for name in sharers & links.keys():
                links[name].add(link)
        return {(a, b): len(links[a] & links[b]) for a, b in self.often}, tests

    def rate(self, one: frozenset[str]) -> float:
        """How often two accounts that share a link do so within the window, pairs within ``one`` aside: an upper bound."""
        from scipy.stats import beta

        pairs = sum(_pairs(len(sharers)) - _pairs(len(sharers & one)) for sharers in self.sharers.values())
        together = sum(len(links) for pair, links in self.met.items() if not one.issuperset(pair))
        return float(beta.ppf(SURE, together + 1, pairs - together)) if together < pairs else 1.0

    def called(self, level: float) -> tuple[Gathering, ...]:
        """What the pairs with q up to ``level`` tie together."""
        from scipy.stats import binom

        rates = {name: (one, rate) for one in _tied(self.often) if len(one) >= LEAST for rate in [self.rate(one)] for name in one}
        asked = [pair for pair in self.often if pair[0] in rates]
        if not asked:
            return ()
        common, tests = self.common
        p = np.array([binom.sf(len(self.met[pair]) - 1, common[pair], rates[pair[0]][1]) for pair in asked])
        q = {pair: value for pair, value in zip(asked, _false_discovery(p, tests), strict=True) if value <= level}
        found = [self._gathering(part, q, rates[min(part)][1]) for part in _tied(q) if len(part) >= LEAST]
        return tuple(sorted(found, key=lambda g: (-len(g.accounts), min(g.accounts))))

    def _gathering(self, part: frozenset[str], q: Mapping[Pair, float], rate: float) -> Gathering:
        pairs = [pair for pair in q if pair[0] in part]
        links = {}
        for link in sorted({link for pair in pairs for link in self.met[pair]}):
            own = [d for d in self.posts[link] if account(d) in part]
            links[link] = tuple(meeting(own, {d.account for d in own}, self.window))
        met, common = sum(len(self.met[p]) for p in pairs), sum(self.common[0][p] for p in pairs)
        return Gathering(part, links, len(pairs), met, common, rate, max(q[p] for p in pairs), self.window)


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


def _pairs(number: int) -> int:
    return number * (number - 1) // 2


def _false_discovery(p: np.ndarray[Any, Any], tests: int) -> list[float]:
    """Benjamini and Hochberg's q of each p among ``tests`` tests; those that are not given count as 1."""
    order = np.argsort(p, kind="stable")
    ranked = p[order] * max(tests, len(p)) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return [float(value) for value in q]


def _tied(pairs: Iterable[Pair]) -> list[frozenset[str]]:
    """The sets of accounts that the pairs tie together."""
    root: dict[str, str] = {}

    def top(name: str) -> str:
        while root.setdefault(name, name) != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for a, b in pairs:
        root[top(a)] = top(b)
    sets: dict[str, set[str]] = defaultdict(set)
    for name in list(root):
        sets[top(name)].add(name)
    return [frozenset(found) for found in sets.values()]
