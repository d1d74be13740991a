"""The archive: its segments can be read, its newest documents, and what waits in the spool."""

from __future__ import annotations

from collections.abc import Iterator

from models.workspace import Workspace
from nightly.doctor import Look, ok, warning


def look(workspace: Workspace) -> Iterator[Look]:
    """Heads of all segments are read; ``tocsin archive verify`` proves their contents."""
    from archive.store import Archive

    archive = Archive(workspace.archive)
    counts, days = archive.count(), archive.days()
    if not counts["documents"]:
        yield warning("segments", "no documents yet", "collect with: tocsin scan; or tocsin import")
    else:
        size = f"{counts['documents']:,} documents in {counts['segments']:,} segments, {archive.size() / 1e6:,.1f} MB"
        yield ok("segments", f"{size}, {days[0]} to {days[-1]}")
    if counts["spooled"]:
        yield warning("spool", f"{counts['spooled']:,} documents wait", "run: tocsin archive seal; the next scan does it as well")
    left = counts["documents"] - counts["annotations"]
    if left > 0:
        yield warning("annotations", f"{left:,} documents have not been read", "run: tocsin annotate; the next scan does it as well")
