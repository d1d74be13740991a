"""Which index of a generation a document goes to, and where an earlier one of the same id lies that must give way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from index.bulk import Line
from index.layout import Generation

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

CHUNK = 1_000


def routed(to: Generation, documents: Iterable[tuple[int, Line]]) -> Iterator[Line]:
    """Documents and their seconds, sent to the index of their month; before one whose id lies in another month, the deletion of that."""
    stream, sent = iter(documents), dict[str, str]()
    while chunk := list(islice(stream, CHUNK)):
        old = _where(to.client, to.alias, [line.id for _, line in chunk if line.id not in sent]) if to.served else {}
        for seconds, line in chunk:
            name, index = line.id, to.index(seconds)
            before = {sent[name]} if name in sent else old.get(name, set())
            yield from (Line(name, where=other) for other in sorted(before - {index}))
            sent[name] = index
            yield Line(name, line.source, index)


def deletions(client: Elasticsearch, alias: str, ids: Iterable[str]) -> Iterator[Line]:
    """Deletions of ids wherever they lie."""
    stream = iter(ids)
    while chunk := list(islice(stream, CHUNK)):
        for name, indices in _where(client, alias, chunk).items():
            yield from (Line(name, where=index) for index in sorted(indices))


def _where(client: Elasticsearch, alias: str, ids: list[str]) -> dict[str, set[str]]:
    """Id to the indices that have it."""
    found: dict[str, set[str]] = {}
    if ids:
        body = {"terms": {"id": ids}}
        answered = client.search(index=alias, query=body, size=10_000, source=False, allow_partial_search_results=False)
        for hit in answered["hits"]["hits"]:
            found.setdefault(hit["_id"], set()).add(hit["_index"])
    return found
