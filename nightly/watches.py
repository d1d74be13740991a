"""Saved searches: which documents match now and did not when somebody last looked, on every index backend alike.

What was read is kept as 8-byte hashes of ids, not as a moment: a document may match only later, when it joins a narrative or is flagged.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from models.errors import UsageError
from models.records import WatchReport
from models.registry import nearest
from models.workspace import Workspace

if TYPE_CHECKING:
    from archive.state import State, Watch
    from index.base import Index

KEPT = 50
"""Ids of new documents that a report names."""

_SIZE = 8


def add(workspace: Workspace, state: State, name: str, query: str, now: datetime) -> int:
    """Save a search; what matches now counts as read. Number of documents that match.

    Raises UsageError for a name that is taken or a query that cannot be read.
    """
    from archive.state import Watch
    from index import open_index

    if any(watch.name == name for watch in state.watches()):
        raise UsageError(f"there is a watch {name!r} already", hint=f"tocsin watch remove {name}, or choose another name")
    index = open_index(workspace.settings, workspace.index)
    try:
        found = _found(index, query) if index.count() else []
    finally:
        index.close()
    _keep(state, Watch(name=name, query=query, created=now), found, now)
    return len(found)


def remove(state: State, name: str) -> None:
    """Forget a saved search and what was read of it. Raises UsageError if there is none of that name."""
    chosen(state, name)
    state.remove_watch(name)
    state.set_meta(_key(name), "")


def chosen(state: State, name: str = "") -> list[Watch]:
    """The watch of that name, or all. Raises UsageError naming the nearest if there is none of that name."""
    known = state.watches()
    found = [watch for watch in known if not name or watch.name == name]
    if name and not found:
        hint = nearest(name, [w.name for w in known]) if known else "add one with: tocsin watch add NAME 'query'"
        raise UsageError(f"there is no watch {name!r}", hint=hint)
    return found


def check(
    workspace: Workspace, state: State, now: datetime, name: str = "", *, kept: int = KEPT, read: bool = False
) -> tuple[WatchReport, ...]:
    """What is new in each watch since it was last read, or in the one of that name; with ``read`` it counts as read from now on.

    A saved query that this version cannot read is told in its report's ``note``; the others are looked at all the same.
    """
    from index import open_index

    watches = chosen(state, name)
    if not watches:
        return ()
    index = open_index(workspace.settings, workspace.index)
    try:
        return tuple(_checked(index, state, watch, kept, now if read else None) for watch in watches)
    finally:
        index.close()


def _checked(index: Index, state: State, watch: Watch, kept: int, read_at: datetime | None) -> WatchReport:
    try:
        found = _found(index, watch.query)
    except UsageError as error:
        return WatchReport(name=watch.name, query=watch.query, since=watch.last_run, note=str(error))
    before = _unpacked(state.meta(_key(watch.name)) or "")
    new = [document for document in found if _hash(document) not in before]
    if read_at:
        _keep(state, watch, found, read_at)
    return WatchReport(
        name=watch.name, query=watch.query, found=len(found), new=len(new), documents=tuple(new[:kept]), since=watch.last_run
    )


def _found(index: Index, query: str) -> list[str]:
    """Ids of a query's documents, newest first."""
    from index import query as language

    return list(index.ids(language.parse(query)))


def _keep(state: State, watch: Watch, found: Sequence[str], now: datetime) -> None:
    state.set_meta(_key(watch.name), _packed(found))
    state.save_watch(replace(watch, last_run=now, last_count=len(found)))


def _key(name: str) -> str:
    return f"watch.read.{name}"


def _hash(document: str) -> bytes:
    return hashlib.blake2b(document.encode("utf-8", "surrogatepass"), digest_size=_SIZE).digest()


def _packed(documents: Iterable[str]) -> str:
    return base64.b64encode(b"".join(map(_hash, documents))).decode("ascii")


def _unpacked(text: str) -> set[bytes]:
    data = base64.b64decode(text)
    return {data[at : at + _SIZE] for at in range(0, len(data), _SIZE)}
