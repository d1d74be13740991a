"""Narratives, flags, edges and accounts on a server, each kind an index of its own for a team's other programs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from index.bulk import Line, Sent, send
from index.current import made_by
from index.layout import create, drop, names
from models.codec import Record
from models.errors import StopRun
from models.records import Edge, Flag, Narrative, digest

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

TEXTS = frozenset({"label", "sentence", "said"})
"""Fields of sentences, searched by words; all other texts are compared as a whole."""

_SIMPLE = {bool: "boolean", int: "long", float: "double", datetime: "date"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Record):
    """Who posts: the platform's id and name, how many documents the archive has, from when to when."""

    id: str
    name: str
    platform: str
    documents: int
    first_seen: datetime
    last_seen: datetime


def _edge_id(edge: Edge) -> str:
    return digest(edge.a, edge.b, *edge.traces, str(edge.window))


KINDS: dict[str, tuple[type[Record], Callable[[Any], str]]] = {
    "narratives": (Narrative, lambda n: n.id),
    "flags": (Flag, lambda f: digest(f.narrative, f.night.isoformat())),
    "edges": (Edge, _edge_id),
    "accounts": (Account, lambda a: digest(a.platform, a.id)),
}
"""Kind to its record and to what its id on the server is made from."""


def mapping(record: type[Record]) -> dict[str, Any]:
    """The strict mapping of a record: texts are keywords, times dates, records inside it nested; free-form parts are not indexed."""
    properties = {name: _field(name, kind) for name, kind in get_type_hints(record).items()}
    return {"dynamic": "strict", "_meta": {"made_by": made_by()}, "properties": properties}


def _field(name: str, kind: Any) -> dict[str, Any]:
    if isinstance(kind, UnionType):  # datetime | None
        kind = next(k for k in get_args(kind) if k is not type(None))
    if get_origin(kind) is tuple:
        kind = get_args(kind)[0]
    if isinstance(kind, type) and issubclass(kind, Record):
        return {"type": "nested", "dynamic": "strict", "properties": mapping(kind)["properties"]}
    if kind in _SIMPLE:
        return {"type": _SIMPLE[kind]}
    if kind is str:
        return {"type": "text"} if name in TEXTS else {"type": "keyword", "ignore_above": 8_000}
    return {"type": "object", "enabled": False}


def put(client: Elasticsearch, alias: str, kind: str, records: Iterable[Record], sizes: Mapping[str, Any]) -> int:
    """Build the index of a kind beside the one that serves, then put it behind the alias in one step. Number of records.

    Raises StopRun if the server refuses any; the old index serves on.
    """
    record, named = KINDS[kind]
    name = f"{alias}-{secrets.token_hex(6)}"
    try:
        create(client, name, mapping(record), dict(sizes) | {"refresh_interval": "-1"})
        sent = send(client, name, (Line.of(named(one), one.to_dict()) for one in records))
        _demand_all(sent, alias)
        client.indices.put_settings(index=name, settings={"refresh_interval": None})
        client.indices.refresh(index=name)
        removed = [{"remove_index": {"index": other}} for other in names(client, alias) if other != name]
        client.indices.update_aliases(actions=[{"add": {"index": name, "alias": alias}}, *removed])
    except BaseException:
        drop(client, alias, name)
        raise
    return sent.done


def _demand_all(sent: Sent, alias: str) -> None:
    if sent.refused:
        first = sent.refused[0].reason[:200]
        raise StopRun(f"the server refuses {len(sent.refused):,} records: {first}", where=alias, hint="run with --debug and report it")
