"""The state file: SQLite finds it whole, and how the sources last fared."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from models.workspace import Workspace
from nightly.doctor import Look, broken, ok, warning


def look(workspace: Workspace) -> Iterator[Look]:
    """SQLite's quick check of ``state.sqlite``, then the sources whose last reading failed."""
    if not workspace.state.exists():
        yield ok("state.sqlite", "not there yet; the first scan makes it")
        return
    said = _checked(workspace)
    if said != "ok":
        yield broken("state.sqlite", said, "restore it from a backup, or move it away: verdicts, watches and narrative ids go with it")
        return
    yield ok("state.sqlite", f"whole, {workspace.state.stat().st_size / 1e6:.1f} MB")
    from nightly.night import Night

    states = Night(workspace=workspace).state.source_states()
    failing = sorted(name for name, s in states.items() if s.failures)
    if failing:
        named = ", ".join(failing[:5]) + (f" and {len(failing) - 5} more" if len(failing) > 5 else "")
        yield warning("sources", f"{len(failing):,} of {len(states):,} could not be read last time: {named}", "see why: tocsin status")


def _checked(workspace: Workspace) -> str:
    try:
        connection = sqlite3.connect(workspace.state)
        try:
            return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error as error:
        return str(error)
