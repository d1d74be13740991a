"""The search index is derived: brought up to the archive after each scan, made anew by ``tocsin index rebuild``."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from models.protocols import Progress
from models.records import Annotation, Document, Flag, Narrative, digest
from models.workspace import Workspace
from nightly.sharing import share

if TYPE_CHECKING:
    from archive.state import State
    from archive.store import Archive
    from index.base import Index, IndexDocument
    from index.rejected import Rejected
    from nightly.proof import DayProof
    from nightly.vectors import Encoded

MARKS = "index.narratives"
"""Key in the state under which the narratives as last indexed are kept: id to digest."""


def marks(narratives: Iterable[Narrative], flagged: Collection[str]) -> dict[str, str]:
    """Narrative id to a digest of its documents and of whether it is flagged."""
    return {n.id: digest(*n.documents, str(n.id in flagged)) for n in narratives}


def generation(archive: Archive, current: Mapping[str, str]) -> str:
    """A text that changes whenever the archive or the narratives say something the index does not."""
    counts = archive.count()
    return digest(*(f"{k}={counts[k]}" for k in ("documents", "annotations")), *(f"{k}={v}" for k, v in sorted(current.items())))


def fresh(workspace: Workspace, archive: Archive, state: State, flags: Sequence[Flag]) -> bool:
    """Whether the index holds all that the archive does."""
    from index import open_index

    if not workspace.index.exists() and workspace.settings["index.backend"] == "embedded":
        return archive.count()["documents"] == 0
    index = open_index(workspace.settings, workspace.index)
    try:
        return index.generation == generation(archive, marks(state.narratives(), {f.narrative for f in flags}))
    finally:
        index.close()


def sync(workspace: Workspace, archive: Archive, state: State, flags: Sequence[Flag], progress: Progress) -> dict[str, int]:
    """Index what is new or changed, then prove it. Returns counts: added, removed, refused, documents, days proven equal.

    Raises StopRun naming the days on which index and archive differ; documents that the server refused are only counted.
    """
    from index import open_index
    from nightly import proof, vectors

    encoder = vectors.opened(workspace)
    index = open_index(workspace.settings, workspace.index, vectors.space(encoder))
    try:
        narratives, flagged = state.narratives(), {f.narrative for f in flags}
        current = marks(narratives, flagged)
        known, archived = dict(index.held()), proof.archived(archive)
        todo = {i for i, moment in archived.items() if known.get(i) != moment}
        todo |= _changed(index, state, narratives, current) & archived.keys()
        added = index.add(_documents(vectors.beside(_annotated(archive, todo), encoder), narratives, flagged, progress))
        gone = known.keys() - archived.keys()
        index.delete(gone)
        refused = {item.id for item in index.rejected()}
        days = proof.demand(proof.prove(index, archived, refused))
        shared = share(index, archive, state, flags)
        index.set_generation(generation(archive, current))
        state.set_meta(MARKS, json.dumps(current))
        counts = {"added": added, "removed": len(gone), "refused": len(refused), "documents": index.count(), "days_proven": days}
        return counts | shared
    finally:
        index.close()


def rebuild(workspace: Workspace, archive: Archive, state: State, flags: Sequence[Flag], progress: Progress) -> dict[str, int]:
    """Make the index anew from the archive; the old one serves until the new one is whole."""
    from index import open_index
    from nightly import vectors

    narratives, flagged = state.narratives(), {f.narrative for f in flags}
    current, encoder = marks(narratives, flagged), vectors.opened(workspace)
    index = open_index(workspace.settings, workspace.index, vectors.space(encoder))
    try:
        encoded = vectors.beside(_annotated(archive, None), encoder)
        added = index.replace(_documents(encoded, narratives, flagged, progress), generation(archive, current))
        counts = {"documents": added, "refused": len(index.rejected())} | share(index, archive, state, flags)
    finally:
        index.close()
    state.set_meta(MARKS, json.dumps(current))
    return counts


def refusals(workspace: Workspace) -> Sequence[Rejected]:
    """Documents that the server refused, with its reason; no server is asked."""
    from index import open_index

    index = open_index(workspace.settings, workspace.index)
    try:
        return index.rejected()
    finally:
        index.close()


def retry(workspace: Workspace) -> int:
    """Send the refused documents again. Number of those that are in now."""
    from index import open_index

    index = open_index(workspace.settings, workspace.index)
    try:
        return index.retry()
    finally:
        index.close()


def proofs(workspace: Workspace, archive: Archive) -> list[DayProof]:
    """Archive and index beside each other, a day at a time. Raises StopRun if there is no index to read."""
    from index import open_index
    from nightly import proof

    index = open_index(workspace.settings, workspace.index)
    try:
        return proof.prove(index, proof.archived(archive))
    finally:
        index.close()


def _changed(index: Index, state: State, narratives: Sequence[Narrative], current: Mapping[str, str]) -> set[str]:
    """Documents of narratives that are not as they were indexed: those in them now, and those the index still has in them."""
    from index import query

    before: dict[str, str] = json.loads(state.meta(MARKS) or "{}")
    changed = {i for i in current.keys() | before.keys() if current.get(i) != before.get(i)}
    found = {d for n in narratives if n.id in changed for d in n.documents}
    for name in changed & before.keys():
        found |= set(index.ids(query.parse(f"narrative:{name}")))
    return found


def _documents(
    encoded: Iterable[Encoded], narratives: Sequence[Narrative], flagged: Collection[str], progress: Progress
) -> Iterator[IndexDocument]:
    from index.base import IndexDocument

    of: dict[str, list[str]] = {}
    for narrative in narratives:
        for member in narrative.documents:
            of.setdefault(member, []).append(narrative.id)
    for done, (document, note, vector) in enumerate(encoded, 1):
        mine = tuple(of.get(document.id, ()))
        yield IndexDocument.of(document, note, mine, flagged=any(n in flagged for n in mine), vector=vector)
        if done % 1000 == 0:
            progress("index", done=done)


def _annotated(archive: Archive, ids: Collection[str] | None) -> Iterator[tuple[Document, Annotation | None]]:
    """Documents with their annotations, a day at a time so that memory holds one day."""
    wanted: Any = None if ids is None else set(ids)
    if wanted is not None and not wanted:
        return
    for day in archive.days():
        documents = [d for d in archive.documents(day, day) if wanted is None or d.id in wanted]
        notes = {a.document: a for a in archive.read("annotations", Annotation, day, day)} if documents else {}
        for document in documents:
            yield document, notes.get(document.id)
