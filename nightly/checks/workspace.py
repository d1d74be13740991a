"""The workspace: its folder may be written, its election can be read, its disk has space, and who writes to it now."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

from models.election import load
from models.workspace import Workspace
from nightly.doctor import Look, broken, ok, warning

LEAST, ENOUGH = 1_000_000_000, 5_000_000_000
"""Free bytes below which a night may not end, and below which somebody should look."""


def look(workspace: Workspace) -> Iterator[Look]:
    """Folder, election, disk, lock."""
    root = str(workspace.root)
    if os.access(workspace.root, os.W_OK | os.X_OK):
        yield ok("folder", root)
    else:
        yield broken("folder", f"{root} may not be written", "give yourself the right to write there, or move the workspace")
    yield _election(workspace)
    yield _space(shutil.disk_usage(workspace.root).free)
    yield _lock(workspace)


def _election(workspace: Workspace) -> Look:
    name = workspace.settings["election"]
    if not name:
        return broken("election", "none is set", 'add to tocsin.toml: election = "fr-2027"')
    found = load(name, workspace.root)
    if not found.sources:
        return warning("election", f"{found.name} has no sources", f"add some to elections/{name}/sources.toml, or use: tocsin import")
    return ok("election", f"{found.name}, {len(found.sources):,} sources")


def _space(free: int) -> Look:
    said = f"{free / 1e9:.1f} GB free"
    if free < LEAST:
        return broken("disk", said, "free some space: below 1 GB a night may not end")
    return ok("disk", said) if free >= ENOUGH else warning("disk", said, "free some space soon")


def _lock(workspace: Workspace) -> Look:
    import fcntl

    try:
        handle = os.open(workspace.root / ".lock", os.O_RDONLY)
    except FileNotFoundError:
        return ok("lock", "nobody writes to this workspace")
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 200).decode("utf-8", "replace").strip()
        return ok("lock", f"held by {holder or 'a process that does not say its name'}")
    finally:
        os.close(handle)
    return ok("lock", "nobody writes to this workspace")
