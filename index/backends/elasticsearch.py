"""The served index: Elasticsearch 8.19 or 9.x, versioned indices behind an alias; for teams and for more than one disk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index import kinds, places
from index.answers import answer, fields, shown, similar, unmarked
from index.base import Finding, Hit, IndexDocument, Results
from index.bulk import Line, send
from index.connection import check_version, connect, one_line
from index.current import REBUILD, made_by
from index.dates import Clock
from index.dsl import mapping, query
from index.health import findings, open_again
from index.layout import ANCHOR, Generation, serving
from index.plan import Clause, plan
from index.rejected import Rejected, RejectedList
from index.syntax import All, Node
from index.vectors import FIELD, NONE, Space, demand, nearest
from models.codec import Record
from models.errors import StopRun
from models.settings import Settings

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

PAGE = 5_000
"""Documents of one page of deep paging; a server gives 10,000 at most."""

NEWEST = [{"order": "desc"}, {"id": "asc"}]
"""Sorting by time, the same in every backend."""


def open_index(settings: Settings, folder: Path, space: Space | None = None) -> ElasticIndex:
    """The index that a server keeps; connects when first used. ``folder`` holds the list of refused documents."""
    return ElasticIndex(connect(settings), settings, folder, space or NONE)


class ElasticIndex:
    """See :class:`index.base.Index`."""

    def __init__(self, client: Elasticsearch, settings: Settings, folder: Path, space: Space) -> None:
        self.client, self.settings, self.space = client, settings, space
        self.alias = f"{settings['index.prefix']}-documents"
        self.refused = RejectedList(folder)
        self._known = False

    def search(
        self, node: Node, *, limit: int = 20, offset: int = 0, sort: str = "date", facets: Collection[str] = (), histogram: str = ""
    ) -> Results:
        """See :meth:`index.base.Index.search`."""
        with one_line(self.client):
            self._serving()
            asked = {"limit": limit, "offset": offset, "sort": sort, "facets": facets, "histogram": histogram}
            return answer(self, node, self._clock(), **asked)

    def similar(self, name: str, limit: int = 10) -> tuple[Hit, ...]:
        """See :meth:`index.base.Index.similar`."""
        with one_line(self.client):
            held = Space.of(self._serving().mapping["_meta"])
            found = nearest(self.client, self.alias, name, limit) if held.encoder else None
            return similar(self, name, limit) if found is None else unmarked(_scored(_whole(found)["hits"]["hits"]))

    def _clock(self) -> Clock:
        return Clock.of(self.settings["display.timezone"])

    def find(self, clause: Clause, limit: int, offset: int, sort: str) -> tuple[int, list[tuple[float, Mapping[str, Any]]]]:
        """Number of documents in all; score and shown fields of those asked for. Pages of PAGE over one point in time."""
        order = [{"_score": "desc"}, *NEWEST] if sort == "relevance" else NEWEST
        found: list[tuple[float, Mapping[str, Any]]] = []
        total = 0
        for count, hits in self._pages(query(clause), order, offset + limit, shown=True):
            total = count
            found += _scored(hits)
        return total, found[offset : offset + limit]

    def _pages(self, body: dict[str, Any], order: list[dict[str, str]], wanted: int, *, shown: bool) -> Iterator[tuple[int, list[Any]]]:
        """Total and hits, page after page, until ``wanted`` hits or the end; all of one state of the index.

        A hit holds the values that sort it and, if ``shown``, the shown fields.
        """
        source = {"includes": ["shown"]} if shown else False
        kind = "dfs_query_then_fetch" if "_score" in order[0] else "query_then_fetch"  # how rare a word is, over all months and shards
        if wanted <= PAGE:
            only = self.client.search(
                index=self.alias, query=body, sort=order, size=wanted, source=source, track_total_hits=True, search_type=kind
            )
            yield only["hits"]["total"]["value"], _whole(only)["hits"]["hits"]
            return
        moment = self.client.open_point_in_time(index=self.alias, keep_alive="2m")["id"]
        after: list[Any] | None = None
        total = 0
        try:
            while True:
                size = min(PAGE, wanted)
                pit = {"id": moment, "keep_alive": "2m"}
                answered = _whole(
                    self.client.search(
                        query=body,
                        sort=order,
                        size=size,
                        source=source,
                        pit=pit,
                        search_after=after,
                        track_total_hits=after is None,
                        search_type=kind,
                    )
                )
                hits, moment = answered["hits"]["hits"], answered["pit_id"]
                total = answered["hits"]["total"]["value"] if after is None else total
                yield total, hits
                wanted -= len(hits)
                if len(hits) < size or wanted <= 0:
                    return
                after = hits[-1]["sort"]
        finally:
            self.client.close_point_in_time(id=moment)

    def aggregate(self, clause: Clause, body: dict[str, Any]) -> dict[str, Any]:
        """The server's answer to aggregations."""
        return dict(_whole(self.client.search(index=self.alias, query=query(clause), aggs=body, size=0))["aggregations"])

    def frequencies(self, field: str, tokens: list[str]) -> tuple[int, Mapping[str, int]]:
        """Number of documents in all, and of those with each token in ``field``: counted over all shards."""
        if not tokens:
            return self.count(), {}
        body = {"each": {"filters": {"filters": [{"term": {field: {"value": token}}} for token in tokens]}}}
        found = _whole(self.client.search(index=self.alias, aggs=body, size=0, track_total_hits=True))
        counts = [int(bucket["doc_count"]) for bucket in found["aggregations"]["each"]["buckets"]]
        return int(found["hits"]["total"]["value"]), dict(zip(tokens, counts, strict=True))

    def count(self) -> int:
        """Number of documents; 0 if there is no index yet."""
        with one_line(self.client):
            return int(self.client.count(index=self.alias)["count"]) if self._meta() is not None else 0

    def ids(self, node: Node | None = None) -> Iterator[str]:
        """Ids of a query's documents, newest first; of all documents without one."""
        with one_line(self.client):
            if node is None and self._meta() is None:
                return
            self._serving()
            for _, hits in self._pages(query(plan(node or All(), self._clock())), NEWEST, 10**12, shown=False):
                yield from (hit["sort"][1] for hit in hits)

    def held(self) -> Iterator[tuple[str, int]]:
        """See :meth:`index.base.Index.held`."""
        with one_line(self.client):
            if self._meta() is None:
                return
            self._serving()
            open_again(self.client, self.alias)
            for _, hits in self._pages({"match_all": {}}, NEWEST, 10**12, shown=False):
                yield from ((hit["sort"][1], hit["sort"][0] >> 29) for hit in hits)

    def add(self, documents: Iterable[IndexDocument]) -> int:
        """Put documents in, in place of those of the same id; refused ones are listed, the others are searchable when it returns."""
        with one_line(self.client):
            if self._meta() is None:
                return self.replace(documents, "")
            serving = self._serving()
            demand(Space.of(serving.mapping["_meta"]), self.space, self.alias)
            return self._bulk(serving, map(_line, documents))

    def delete(self, ids: Iterable[str]) -> None:
        """Take documents out."""
        with one_line(self.client):
            if self._meta() is not None:
                sent = send(self.client, self.alias, places.deletions(self.client, self.alias, ids))
                self.refused.update(sent.settled, sent.refused)
                self.client.indices.refresh(index=self.alias)

    def rejected(self) -> Sequence[Rejected]:
        """Documents that the server refused, with its reason."""
        return self.refused.read()

    def retry(self) -> int:
        """Send the refused documents again. Number of those that are in now."""
        with one_line(self.client):
            return self._bulk(
                self._serving(), [(int(item.source["seconds"]), Line.of(item.id, item.source)) for item in self.refused.read()]
            )

    def replace(self, documents: Iterable[IndexDocument], generation: str) -> int:
        """Build indices beside those that serve; the alias goes over to them when they are whole, in one step."""
        with one_line(self.client):
            check_version(self.client)
            new = Generation(self.client, self.alias, mapping(generation, self.space), self._sizes())
            try:
                new.make(ANCHOR)
                written = self._bulk(new, map(_line, documents))
                new.serve()
            except BaseException:
                if not new.served:
                    new.drop()
                raise
            return written

    def share(self, kind: str, records: Iterable[Record]) -> int:
        """See :meth:`index.base.Index.share`."""
        alias = f"{self.settings['index.prefix']}-{kind}"
        with one_line(self.client):
            return kinds.put(self.client, alias, kind, records, self._sizes())

    def clear(self) -> None:
        """An empty index in place of whatever there is."""
        self.replace((), "")

    @property
    def generation(self) -> str:
        """What the index was last said to hold; "" if nothing."""
        with one_line(self.client):
            return (self._meta() or {}).get("generation", "")

    def set_generation(self, generation: str) -> None:
        """Say what the index holds."""
        with one_line(self.client):
            if self._meta() is None:
                self.replace((), generation)
            else:
                meta = (self._meta() or {}) | {"made_by": made_by(), "generation": generation}
                self.client.indices.put_mapping(index=self._serving().name(ANCHOR), meta=meta)

    def check(self) -> Sequence[Finding]:
        """Connection, version, rights, index, its version, its health and free space."""
        return findings(self.client, self.alias, self.space)

    def close(self) -> None:
        """End the connections."""
        self.client.close()

    def _sizes(self) -> dict[str, Any]:
        return {"number_of_shards": self.settings["index.shards"], "number_of_replicas": self.settings["index.replicas"]}

    def _bulk(self, to: Generation, documents: Iterable[tuple[int, Line]]) -> int:
        sent = send(self.client, to.name(ANCHOR), places.routed(to, documents), to.ready)
        self.refused.update(sent.settled, sent.refused)
        if to.served:
            self.client.indices.refresh(index=self.alias)
        return sent.done

    def _meta(self) -> dict[str, str] | None:
        """What is known of the index that serves, or None if there is none."""
        found = self._found()
        return found[2] if found else None

    def _found(self) -> tuple[str, set[str], dict[str, str]] | None:
        """Tag, parts and what is known of the index that serves, of a server whose version was looked at once."""
        if not self._known:
            check_version(self.client)
            self._known = True
        return serving(self.client, self.alias)

    def _serving(self) -> Generation:
        """The indices that serve. Raises StopRun if there are none, or if another version of Tocsin made them."""
        found = self._found()
        if found is None:
            raise StopRun("there is no index yet", where=self.alias, hint="collect with: tocsin scan; or tocsin index rebuild")
        tag, parts, meta = found
        if meta.get("made_by") != made_by():
            raise StopRun("the index was made by another version of Tocsin", where=self.alias, hint=REBUILD)
        return Generation(self.client, self.alias, mapping("", Space.of(meta)), self._sizes(), tag, parts, served=True)


def _line(document: IndexDocument) -> tuple[int, Line]:
    """A document as it is sent, with the seconds that say where."""
    found = fields(document) | {"shown": shown(document)}
    return document.seconds, Line.of(document.id, found | ({FIELD: document.vector} if document.vector else {}))


def _scored(hits: Iterable[Any]) -> list[tuple[float, Mapping[str, Any]]]:
    return [(float(hit["_score"] or 0.0), hit["_source"]["shown"]) for hit in hits]


def _whole(answered: Any) -> Any:
    """An answer, if all shards gave it. Raises StopRun: half a result must not look like a whole one."""
    failed = answered["_shards"]["failed"]
    if failed or answered["timed_out"]:
        raise StopRun(f"{failed} parts of the index do not answer", where="Elasticsearch", hint="see its health; tocsin doctor")
    return answered
