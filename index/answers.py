"""From what an engine finds to results: the same code for every backend, so that only the finding differs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol

import msgspec

from index import analysis
from index.base import FACETS, INTERVALS, SORTS, Bucket, Hit, IndexDocument, Results
from index.dates import Clock
from index.plan import Clause, Term, plan
from index.similar import Counts, like
from index.snippets import Marker, snippet
from index.syntax import All, Node
from models.codec import time_text, time_value
from models.errors import UsageError
from models.registry import nearest

MOST_VALUES, MOST_BUCKETS, DEEPEST = 20, 40_000, 100_000
"""Values of a facet; periods of a histogram; documents that can be paged through."""

SCHEMA = "1"
"""Changes when the fields change: an index of another schema must be rebuilt."""

EXACT = ("lang", "kind", "platform", "source", "account", "mention", "domain", "link", "hashtag", "entity", "narrative", "flagged")
"""Fields of whole values; all but ``link`` and ``mention`` can be counted."""

BODIES = tuple(f"body_{language}" for language in analysis.LANGUAGES)
PARTS = (*(f"parts_{language}" for language in analysis.LANGUAGES), "words")
"""Fields of tokens divided by blanks: with their positions, and as a mere set."""


class Engine(Counts, Protocol):
    """What :func:`answer` asks of a backend."""

    def find(self, clause: Clause, limit: int, offset: int, sort: str) -> tuple[int, list[tuple[float, Mapping[str, Any]]]]:
        """Number of documents in all; score and shown fields of those asked for."""

    def aggregate(self, clause: Clause, body: dict[str, Any]) -> dict[str, Any]:
        """Answer to aggregations in the shape that Elasticsearch gave them."""


def fields(document: IndexDocument) -> dict[str, Any]:
    """The searched fields of a document: exact values, seconds, order, tokens."""
    language = analysis.language_key(document.language)
    read = analysis.analyse(f"{document.title} {analysis.BREAK} {document.text}", language)
    found: dict[str, Any] = {name: list(values) for name, values in document.keys().items() if values}
    found |= {"id": document.id, "seconds": document.seconds, "order": document.order, "words": read.words}
    found[f"body_{language}"] = read.body
    if read.parts:
        found[f"parts_{language}"] = read.parts
    return found


_SHOWN = ("id", "title", "source", "platform", "kind", "language", "url", "account", "account_name", "narratives", "flagged", "text")


def shown(document: IndexDocument) -> dict[str, Any]:
    """The fields of a document that a result shows, as JSON types."""
    return {name: getattr(document, name) for name in _SHOWN} | {"published": time_text(document.published)}


def packed(data: Mapping[str, Any]) -> bytes:
    """JSON of fields or of what is shown, in UTF-8; halves of a character, which UTF-8 has no form for, become question marks."""
    try:
        return msgspec.json.encode(data)
    except UnicodeEncodeError:
        return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")


def _hit(score: float, data: Mapping[str, Any], marker: Marker) -> Hit:
    text = " ".join(data["text"].split())
    cut, marks = snippet(text, marker.marks(text, data["language"]))
    return Hit(
        **{name: data[name] for name in _SHOWN if name not in ("text", "narratives")},
        narratives=tuple(data["narratives"]),
        published=time_value(data["published"]),
        score=score,
        snippet=cut,
        marks=marks,
        title_marks=tuple(marker.marks(data["title"], data["language"])),
    )


def unmarked(found: Iterable[tuple[float, Mapping[str, Any]]]) -> tuple[Hit, ...]:
    """Hits of scores and shown fields, in which nothing matched word by word."""
    return tuple(_hit(score, data, Marker(All())) for score, data in found)


def similar(engine: Engine, name: str, limit: int) -> tuple[Hit, ...]:
    """The documents most like the one of id ``name``, by words, best first. Raises UsageError if it is not in the index."""
    _, found = engine.find(Term("id", name, scored=False), 1, 0, "date")
    if not found:
        raise UsageError(f"there is no document {name!r} in the index", hint="tocsin search … --json shows ids")
    clause = like(engine, found[0][1])
    if clause is None or not limit:
        return ()
    return unmarked(engine.find(clause, limit, 0, "relevance")[1])


def answer(engine: Engine, node: Node, clock: Clock, **asked: Any) -> Results:
    """Results of :meth:`index.base.Index.search`, whose parameters ``asked`` holds. Raises UsageError for what cannot be asked."""
    limit, offset, sort, facets, interval = (asked[name] for name in ("limit", "offset", "sort", "facets", "histogram"))
    _check(sort, facets, interval)
    if limit < 0 or offset < 0 or limit + offset > DEEPEST:
        raise UsageError(
            f"documents {offset} to {offset + limit} cannot be shown", hint=f"page up to {DEEPEST}, or narrow the query with since:"
        )
    clause = plan(node, clock)
    total, found = engine.find(clause, limit, offset, sort)
    marker = Marker(node)
    hits = tuple(_hit(score, data, marker) for score, data in found)
    counts = _facets(engine, clause, facets) if facets else {}
    return Results(total, hits, counts, _histogram(engine, clause, interval, clock) if interval else ())


def _check(sort: str, facets: Collection[str], interval: str) -> None:
    for what, value, known in (("sort", [sort], SORTS), ("facet", facets, FACETS), ("interval", [interval] if interval else [], INTERVALS)):
        for name in value:
            if name not in known:
                raise UsageError(f"unknown {what} {name!r}", hint=nearest(name, known))


def _facets(engine: Engine, clause: Clause, names: Collection[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    body = {name: {"terms": {"field": name, "size": 50 * MOST_VALUES}} for name in names}
    answers = engine.aggregate(clause, body)
    counts = {name: [(str(b["key"]), int(b["doc_count"])) for b in answers[name]["buckets"]] for name in names}
    return {name: tuple(sorted(found, key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES]) for name, found in counts.items()}


def _histogram(engine: Engine, clause: Clause, interval: str, clock: Clock) -> tuple[Bucket, ...]:
    """Periods with documents, of the calendar in the reader's zone: engines count ranges whose ends are reckoned here."""
    extent = engine.aggregate(clause, {"extent": {"stats": {"field": "seconds"}}})["extent"]
    if not extent["count"]:
        return ()
    starts = _starts(float(extent["min"]), float(extent["max"]), interval, clock)
    ends = [int(start.timestamp()) for start in starts]
    ranges = [{"from": a, "to": b} for a, b in pairwise(ends)]
    buckets = engine.aggregate(clause, {"periods": {"range": {"field": "seconds", "ranges": ranges}}})["periods"]["buckets"]
    counts = {int(b["from"]): int(b["doc_count"]) for b in buckets if "from" in b and "to" in b}
    return tuple(Bucket(start, counts[end]) for start, end in zip(starts, ends, strict=True) if counts.get(end))


def _starts(low: float, high: float, interval: str, clock: Clock) -> list[datetime]:
    """First moments of the periods from the one of ``low`` to the one after ``high``, in the reader's zone."""
    last = datetime.fromtimestamp(high, UTC)
    first = datetime.fromtimestamp(low, UTC).astimezone(clock.zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if interval == "week":
        first -= timedelta(days=first.weekday())
    first = first.replace(day=1) if interval == "month" else first
    starts = [first.replace(tzinfo=clock.zone)]
    while starts[-1] <= last:
        if len(starts) > MOST_BUCKETS:
            raise UsageError(
                f"more than {MOST_BUCKETS} {interval}s lie between first and last", hint="ask for months, or narrow with since:"
            )
        local = starts[-1].replace(tzinfo=None)
        after = (
            (local + timedelta(days=32)).replace(day=1) if interval == "month" else local + timedelta(days=7 if interval == "week" else 1)
        )
        starts.append(after.replace(tzinfo=clock.zone))
    return starts
