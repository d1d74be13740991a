"""More like this: the words that tell a document from the others, looked for as a query of its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

from index import analysis
from index.plan import Clause, Every, Some, Term

MOST, LEAST_LENGTH, COMMON = 25, 3, 0.25
"""Words looked for; letters of a word that tells something; share of documents from which on a word is common."""


class Counts(Protocol):
    """What a backend knows of words."""

    def frequencies(self, field: str, tokens: list[str]) -> tuple[int, Mapping[str, int]]:
        """Number of documents in all, and of those with each token in ``field``."""


def like(engine: Counts, data: Mapping[str, Any]) -> Clause | None:
    """A clause for documents like the one of shown fields ``data``: its MOST words of highest tf-idf; None if it has none.

    As Lucene's MoreLikeThis (Apache Lucene 9), with frequencies from the index and the words chosen here, so that backends agree.
    """
    language = analysis.language_key(data["language"])
    field = f"body_{language}"
    counts = Counter(t for t in analysis.tokens(f"{data['title']} {data['text']}", language) if len(t) >= LEAST_LENGTH)
    total, found = engine.frequencies(field, sorted(counts))
    weights = {t: n * math.log((1 + total) / (1 + found.get(t, 0))) for t, n in counts.items() if found.get(t, 0) <= max(2, COMMON * total)}
    best = sorted(weights, key=lambda token: (-weights[token], token))[:MOST]
    if not best:
        return None
    return Every((Some(tuple(Term(field, token) for token in best)),), (Term("id", data["id"], scored=False),))
