"""Narratives, flags, edges and accounts beside the documents of an index that a team shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from models.records import Edge, Flag

if TYPE_CHECKING:
    from archive.state import State
    from archive.store import Archive
    from index.base import Index
    from index.kinds import Account


def share(index: Index, archive: Archive, state: State, flags: Sequence[Flag]) -> dict[str, int]:
    """Put them in place of those that were there: all narratives and accounts, the flags and edges of the newest night. Number by kind.

    An index that only Tocsin reads keeps none of them; nothing is read for it then.
    """
    kinds: dict[str, Iterator[Any]] = {
        "narratives": (narrative for narrative in state.narratives()),
        "flags": iter(flags),
        "edges": _edges(archive),
        "accounts": accounts(archive),
    }
    counts = {kind: index.share(kind, records) for kind, records in kinds.items()}
    return {f"{kind}_shared": number for kind, number in counts.items() if number}


def _edges(archive: Archive) -> Iterator[Edge]:
    nights = archive.nights("edges")
    if nights:
        yield from archive.read("edges", Edge, nights[-1], nights[-1])


def accounts(archive: Archive) -> Iterator[Account]:
    """Who posted, with the newest name, how often, from when to when."""
    import pyarrow.compute as pc

    from index.kinds import Account

    table = archive.posts(names=["account", "account_name", "platform", "published", "fetched"])
    table = table.append_column("time", pc.coalesce(table["published"], table["fetched"])).filter(pc.not_equal(table["account"], ""))
    counted = [("time", "count"), ("time", "min"), ("time", "max"), ("account_name", "last")]
    found = table.sort_by("time").group_by(["platform", "account"], use_threads=False).aggregate(counted)
    for row in found.to_pylist():
        yield Account(
            id=row["account"],
            name=row["account_name_last"] or "",
            platform=row["platform"],
            documents=row["time_count"],
            first_seen=row["time_min"],
            last_seen=row["time_max"],
        )
