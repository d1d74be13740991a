"""The served index: Elasticsearch 8.19 or 9.x, versioned indices behind an alias; for teams and for more than one disk."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.answers import BODIES, EXACT, PARTS, answer, fields, shown
from index.base import IndexDocument, Results
from index.current import REBUILD, made_by
from index.dates import Clock
from index.plan import Begins, Best, Between, Clause, Every, Everything, Nothing, Run, Some, Term, plan
from index.syntax import All, Node
from models.errors import StopRun, UsageError
from models.settings import Settings

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

PAGE = 5_000
"""Documents of one page of deep paging; a server gives 10,000 at most."""


def open_index(settings: Settings, folder: Path) -> ElasticIndex:  # noqa: ARG001  every backend is given the workspace's folder
    """The index that a server keeps; connects when first used. Raises UsageError if the client is not installed."""
    try:
        from elasticsearch import Elasticsearch
    except ImportError:
        hint = 'install it with: pip install "tocsin[elastic]"'
        raise UsageError("the Elasticsearch client is not installed", where="index.backend", hint=hint) from None
    client = Elasticsearch(settings["index.urls"], request_timeout=30, retry_on_timeout=True, max_retries=2)
    return ElasticIndex(client, settings["index.prefix"], settings["display.timezone"])


def mapping(generation: str) -> dict[str, Any]:
    """A strict mapping: the tokens come divided by blanks, as our own analysis made them, and are not kept in the source."""
    keyword, tokens = {"type": "keyword", "ignore_above": 8_000}, {"type": "text", "analyzer": "whitespace"}
    properties: dict[str, Any] = dict.fromkeys(("id", *EXACT), keyword) | dict.fromkeys(BODIES, tokens)
    properties |= dict.fromkeys(PARTS, tokens | {"index_options": "docs"})
    properties |= {"seconds": {"type": "long"}, "order": {"type": "long"}, "shown": {"type": "object", "enabled": False}}
    return {
        "dynamic": "strict",
        "_source": {"excludes": [*BODIES, *PARTS]},
        "_meta": {"made_by": made_by(), "generation": generation},
        "properties": properties,
    }


def query(clause: Clause) -> dict[str, Any]:
    """The Elasticsearch query of a clause. No text of the user reaches a parser of the server's."""

    def filtered(found: dict[str, Any], scored: bool) -> dict[str, Any]:
        return found if scored else {"constant_score": {"filter": found, "boost": 0.0}}

    match clause:
        case Everything():
            return filtered({"match_all": {}}, scored=False)
        case Nothing() | Some(clauses=()) | Best(clauses=()):
            return {"match_none": {}}
        case Term(field=field, token=token, scored=scored):
            return filtered({"term": {field: {"value": token}}}, scored)
        case Begins(field=field, start=start, scored=scored):
            return filtered({"prefix": {field: {"value": start}}}, scored)
        case Run(field=field, tokens=tokens):
            return {"match_phrase": {field: {"query": " ".join(tokens), "analyzer": "whitespace"}}}
        case Between(low=low, high=high):
            ends = {name: value for name, value in (("gte", low), ("lt", high)) if value is not None}
            return filtered({"range": {"seconds": ends}}, scored=False)
        case Best(clauses=clauses):
            return {"dis_max": {"queries": [query(part) for part in clauses]}}
        case Some(clauses=clauses):
            return {"bool": {"should": [query(part) for part in clauses], "minimum_should_match": 1}}
        case Every(wanted=wanted, refused=refused):
            must = [query(part) for part in wanted or (Everything(),)]
            return {"bool": {"must": must, "must_not": [query(part) for part in refused]}}


class ElasticIndex:
    """See :class:`index.base.Index`."""

    def __init__(self, client: Elasticsearch, prefix: str, zone: str) -> None:
        self.client, self.zone = client, zone
        self.alias = f"{prefix}-documents"

    def search(
        self, node: Node, *, limit: int = 20, offset: int = 0, sort: str = "date", facets: Collection[str] = (), histogram: str = ""
    ) -> Results:
        """See :meth:`index.base.Index.search`."""
        with self._errors():
            self._serving()
            asked = {"limit": limit, "offset": offset, "sort": sort, "facets": facets, "histogram": histogram}
            return answer(self, node, Clock.of(self.zone), **asked)

    def find(self, clause: Clause, limit: int, offset: int, sort: str) -> tuple[int, list[tuple[float, Mapping[str, Any]]]]:
        """Number of documents in all; score and shown fields of those asked for. Pages of PAGE over one point in time."""
        order: list[dict[str, str]] = [{"order": "desc"}, {"id": "asc"}]
        if sort == "relevance":
            order.insert(0, {"_score": "desc"})
        found: list[tuple[float, Mapping[str, Any]]] = []
        total = 0
        for count, hits in self._pages(query(clause), order, offset + limit, "shown"):
            total = count
            found += [(float(hit["_score"] or 0.0), hit["_source"]["shown"]) for hit in hits]
        return total, found[offset : offset + limit]

    def _pages(self, body: dict[str, Any], order: list[dict[str, str]], wanted: int, kept: str) -> Iterator[tuple[int, list[Any]]]:
        """Total and hits, page after page, until ``wanted`` hits or the end; all of one state of the index."""
        moment = self.client.open_point_in_time(index=self.alias, keep_alive="2m")["id"]
        after: list[Any] | None = None
        total = 0
        try:
            while True:
                size = min(PAGE, wanted)
                pit = {"id": moment, "keep_alive": "2m"}
                answered = self.client.search(
                    query=body,
                    sort=order,
                    size=size,
                    source={"includes": [kept]},
                    pit=pit,
                    search_after=after,
                    track_total_hits=after is None,
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
        return dict(self.client.search(index=self.alias, query=query(clause), aggs=body, size=0)["aggregations"])

    def count(self) -> int:
        """Number of documents; 0 if there is no index yet."""
        with self._errors():
            return int(self.client.count(index=self.alias)["count"]) if self._meta() is not None else 0

    def ids(self, node: Node | None = None) -> Iterator[str]:
        """Ids of a query's documents, newest first; of all documents without one."""
        with self._errors():
            if node is None and self._meta() is None:
                return
            self._serving()
            clause = plan(node or All(), Clock.of(self.zone))
            for _, hits in self._pages(query(clause), [{"order": "desc"}, {"id": "asc"}], 10**12, "id"):
                yield from (hit["_source"]["id"] for hit in hits)

    def add(self, documents: Iterable[IndexDocument]) -> int:
        """Put documents in, in place of those of the same id; searchable when it returns."""
        with self._errors():
            if self._meta() is None:
                return self.replace(documents, "")
            self._serving()
            return self._bulk(self.alias, map(_action, documents))

    def delete(self, ids: Iterable[str]) -> None:
        """Take documents out."""
        with self._errors():
            if self._meta() is not None:
                self._bulk(self.alias, ({"_op_type": "delete", "_id": name} for name in ids))

    def replace(self, documents: Iterable[IndexDocument], generation: str) -> int:
        """Build an index beside the one that serves; the alias goes over to it when it is whole, in one step."""
        with self._errors():
            name = f"{self.alias}-{secrets.token_hex(6)}"
            settings = {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"}
            self.client.indices.create(index=name, mappings=mapping(generation), settings=settings)
            try:
                written = self._bulk(name, map(_action, documents))
            except BaseException:
                self.client.indices.delete(index=name, ignore_unavailable=True)
                raise
            self.client.indices.put_settings(index=name, settings={"refresh_interval": None})
            old = list(self.client.indices.get(index=f"{self.alias}-*"))
            self.client.indices.update_aliases(
                actions=[{"add": {"index": name, "alias": self.alias}}]
                + [{"remove_index": {"index": other}} for other in old if other != name]
            )
            return written

    def clear(self) -> None:
        """An empty index in place of whatever there is."""
        self.replace((), "")

    @property
    def generation(self) -> str:
        """What the index was last said to hold; "" if nothing."""
        with self._errors():
            return (self._meta() or {}).get("generation", "")

    def set_generation(self, generation: str) -> None:
        """Say what the index holds."""
        with self._errors():
            if self._meta() is None:
                self.replace((), generation)
            else:
                self.client.indices.put_mapping(index=self.alias, meta={"made_by": made_by(), "generation": generation})

    def close(self) -> None:
        """End the connections."""
        self.client.close()

    def _bulk(self, name: str, actions: Iterable[dict[str, Any]]) -> int:
        from elasticsearch import helpers

        done = 0
        sizes: dict[str, Any] = {
            "max_chunk_bytes": 8_000_000,
            "chunk_size": 1_000,
            "max_retries": 8,
            "initial_backoff": 1,
            "max_backoff": 60,
        }
        for ok, item in helpers.streaming_bulk(self.client, actions, index=name, raise_on_error=False, **sizes):
            (verb, result), *_ = item.items()
            if not ok and not (verb == "delete" and result["status"] == 404):
                raise StopRun(f"the server refused document {result['_id']}: {json.dumps(result['error'])[:300]}", hint=REBUILD)
            done += ok
        self.client.indices.refresh(index=name)
        return done

    def _meta(self) -> dict[str, str] | None:
        """What is kept beside the mapping of the serving index, or None if there is no index."""
        from elasticsearch import NotFoundError

        try:
            found = self.client.indices.get_mapping(index=self.alias)
        except NotFoundError:
            return None
        return dict(next(iter(found.values()))["mappings"].get("_meta", {}))

    def _serving(self) -> None:
        meta = self._meta()
        if meta is None:
            raise StopRun("there is no index yet", where=self.alias, hint="collect with: tocsin scan; or tocsin index rebuild")
        if meta.get("made_by") != made_by():
            raise StopRun("the index was made by another version of Tocsin", where=self.alias, hint=REBUILD)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        from elasticsearch import ApiError, TransportError

        try:
            yield
        except TransportError as error:
            hint = "start it, or set index.urls; then: tocsin index sync"
            raise StopRun(f"no answer from Elasticsearch: {error.message}", where=_addresses(self.client), hint=hint) from None
        except ApiError as error:
            raise StopRun(f"Elasticsearch refused: {error}"[:400], where=_addresses(self.client), hint="tocsin doctor says more") from None


def _action(document: IndexDocument) -> dict[str, Any]:
    return {"_id": document.id, "_source": fields(document) | {"shown": shown(document)}}


def _addresses(client: Elasticsearch) -> str:
    return ", ".join(f"{node.config.scheme}://{node.config.host}:{node.config.port}" for node in client.transport.node_pool.all())
