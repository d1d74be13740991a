"""What a text means, as numbers: which encoder's vectors an index holds, and the documents nearest to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from index.current import REBUILD
from models.errors import StopRun

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

FIELD = "vector"
MOST_DIMS = 4_096
"""Numbers of a vector that a server takes."""

LOOKED_AT, MOST = 100, 10_000
"""Documents of each shard that are compared, at least and at most."""


@dataclass(frozen=True, slots=True)
class Space:
    """The vectors of an encoder: its name, and how many numbers each has; "" and 0 if there are none."""

    encoder: str = ""
    dims: int = 0

    @classmethod
    def of(cls, meta: Mapping[str, str]) -> Self:
        """What the ``_meta`` of an index says."""
        encoder, _, dims = meta.get("encoder", "").partition("/")
        return cls(encoder, int(dims or 0))

    def meta(self) -> dict[str, str]:
        """What goes into the ``_meta`` of an index; nothing without an encoder."""
        return {"encoder": f"{self.encoder}/{self.dims}"} if self.encoder else {}

    def properties(self) -> dict[str, Any]:
        """The field in the mapping; none without an encoder. The same kind of graph on every version of the server."""
        options = {"type": "int8_hnsw"}
        field = {"type": "dense_vector", "dims": self.dims, "index": True, "similarity": "cosine", "index_options": options}
        return {FIELD: field} if self.encoder else {}


NONE = Space()


def difference(held: Space, wanted: Space) -> str:
    """How an index differs from what the settings say of the encoder; "" if it does not."""
    if held == wanted:
        return ""
    if not held.encoder:
        return "the index was made without the encoder that nlp.encoder names"
    if not wanted.encoder:
        return "the index was made with an encoder, and nlp.encoder names none"
    return "the index was made with another encoder than nlp.encoder names"


def demand(held: Space, wanted: Space, where: str) -> None:
    """Raises StopRun, asking for a rebuild, if the index holds other vectors than those that would be put in."""
    if said := difference(held, wanted):
        raise StopRun(said, where=where, hint=f"{REBUILD}, or set nlp.encoder back")


def nearest(client: Elasticsearch, alias: str, name: str, limit: int) -> Any:
    """The server's answer of the ``limit`` documents nearest to the one of that id; None if that has no vector, as one without words.

    Approximate (HNSW over bytes); the score is (1 + cosine) / 2.
    """
    this = {"term": {"id": {"value": name}}}
    found = client.search(index=alias, query=this, size=1, source=False, fields=[{"field": FIELD}])["hits"]["hits"]
    vector = found[0].get("fields", {}).get(FIELD) if found else None
    if not vector or not limit:
        return None
    size = min(limit, MOST)
    others = {"bool": {"must_not": this}}
    knn = {"field": FIELD, "query_vector": vector, "k": size, "num_candidates": min(MOST, max(LOOKED_AT, 2 * size)), "filter": others}
    return client.search(index=alias, knn=knn, size=size, source={"includes": ["shown"]})
