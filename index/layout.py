"""Which indices a server keeps of one kind of things: one for each month, all of one generation, behind one alias."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from index.connection import disk_full
from index.current import made_by
from models.errors import StopRun

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

ANCHOR = "older"
"""The part that is always there: documents before 2000, and what is known of the whole in its ``_meta``."""

PATIENCE = 20
"""Seconds in which a new index must have its place on a node."""

_CHUNK = 50
"""Names in one address: a server reads 4,096 characters of it."""


def part(seconds: int) -> str:
    """The part that a moment, in seconds since 1970, belongs to: its month (UTC), its year before 2020, ANCHOR before 2000.

    >>> part(1_804_000_000), part(1_500_000_000), part(0)
    ('2027-03', '2017', 'older')
    """
    return _of_day(max(0, seconds) // 86_400)


@lru_cache(maxsize=10_000)
def _of_day(day: int) -> str:
    moment = datetime.fromtimestamp(day * 86_400, UTC)
    return ANCHOR if moment.year < 2000 else f"{moment:%Y}" if moment.year < 2020 else f"{moment:%Y-%m}"


@dataclass
class Generation:
    """The indices ``<alias>-<tag>-<part>`` that belong together; ``parts`` are those known to be there. ``served``: behind the alias."""

    client: Elasticsearch
    alias: str
    mapping: Mapping[str, Any]
    sizes: Mapping[str, Any]
    tag: str = field(default_factory=lambda: secrets.token_hex(6))
    parts: set[str] = field(default_factory=set)
    served: bool = False
    _making: Lock = field(default_factory=Lock, repr=False)

    def index(self, seconds: int) -> str:
        """The name of the index for a moment; see :meth:`ready`."""
        return self.name(part(seconds))

    def ready(self, wanted: Iterable[str]) -> None:
        """Make those indices of the names ``wanted`` that are not there; threads may ask at the same time."""
        with self._making:
            for name in sorted(wanted):
                part_name = name.removeprefix(self.name(""))
                if part_name not in self.parts:
                    self.make(part_name)

    def name(self, part_name: str) -> str:
        """The name of the index of a part."""
        return sys.intern(f"{self.alias}-{self.tag}-{part_name}")

    def make(self, part_name: str) -> None:
        """Make the index of a part; somebody else's is as good.

        Of a generation that serves it goes behind the alias once it can be searched: a search must not meet a part that is not there yet.
        """
        create(
            self.client, self.name(part_name), self.mapping, dict(self.sizes) if self.served else {**self.sizes, "refresh_interval": "-1"}
        )
        if self.served:
            self.client.indices.update_aliases(actions=[{"add": {"index": self.name(part_name), "alias": self.alias}}])
        self.parts.add(part_name)

    def serve(self) -> None:
        """Put all indices behind the alias in place of whatever was there, in one step; the old ones are gone with it."""
        mine = [self.name(p) for p in sorted(self.parts)]
        for start in range(0, len(mine), _CHUNK):
            self.client.indices.put_settings(index=mine[start : start + _CHUNK], settings={"refresh_interval": None})
        self.client.indices.refresh(index=f"{self.alias}-{self.tag}-*")
        old = [name for name in names(self.client, self.alias) if name not in set(mine)]
        removed = [{"remove_index": {"index": name}} for name in old]
        self.client.indices.update_aliases(actions=[{"add": {"indices": mine, "alias": self.alias}}, *removed])
        self.served = True

    def drop(self) -> None:
        """Take away all indices of a generation that was not finished, also one whose making was interrupted before the server answered."""
        drop(self.client, self.alias, self.name(""))


def create(client: Elasticsearch, name: str, mapping: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Make an index; one that is there is as good (a request that was asked again made it). Raises StopRun if it gets no place (red)."""
    from elasticsearch import BadRequestError

    asking = client.options(request_timeout=2 * PATIENCE)
    try:
        made = asking.indices.create(index=name, mappings=mapping, settings=settings, timeout=f"{PATIENCE}s")
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise
        return
    if not made["shards_acknowledged"]:
        hint = "see its health, free space and allocation settings (tocsin doctor index), then: tocsin index sync"
        raise disk_full(client) or StopRun(f"the server has found no place for a new index for {PATIENCE} s (red)", where=name, hint=hint)


def names(client: Elasticsearch, alias: str) -> list[str]:
    """The names of all indices of an alias's kind, whether or not they serve."""
    found = client.indices.get_settings(index=f"{alias}-*", expand_wildcards="all", filter_path="*.settings.index.uuid")
    return sorted(found)


def drop(client: Elasticsearch, alias: str, beginning: str) -> None:
    """Remove the indices of an alias whose names begin so, once the server has done what it was asked: it may still be making one."""
    client.options(ignore_status=408, request_timeout=2 * PATIENCE).cluster.health(wait_for_events="languid", timeout=f"{PATIENCE}s")
    doomed = [name for name in names(client, alias) if name.startswith(beginning)]
    for start in range(0, len(doomed), _CHUNK):
        client.options(ignore_status=404).indices.delete(index=doomed[start : start + _CHUNK], ignore_unavailable=True)


def serving(client: Elasticsearch, alias: str) -> tuple[str, set[str], dict[str, str]] | None:
    """Tag, parts and what is known of the generation behind the alias; None if there is no index.

    An index that is laid out otherwise, as by an older Tocsin, is said to be made by "another".
    """
    from elasticsearch import NotFoundError

    try:
        found = client.indices.get_mapping(index=alias, filter_path="*.mappings._meta")
    except NotFoundError:
        return None
    anchors = [name for name in found if name.endswith(f"-{ANCHOR}")]
    if len(anchors) != 1:
        return "", set(), {"made_by": "another"}
    start = anchors[0].removesuffix(ANCHOR)
    meta = dict(found[anchors[0]]["mappings"].get("_meta", {}))
    known = {name.removeprefix(start) for name in found if name.startswith(start)}
    odd = len(known) != len(found.body) or any(f["mappings"].get("_meta", {}).get("made_by") != made_by() for f in found.body.values())
    return start.removeprefix(f"{alias}-").rstrip("-"), known, meta | ({"made_by": "another"} if odd else {})
