"""tocsin archive."""

from __future__ import annotations

from typing import Any

import click

from commands._output import count, json_option, lines
from models.errors import StopRun


@click.group()
def command() -> None:
    """Look after the archive: prove it, seal what is spooled, say what it holds.

    \b
    Example:
      tocsin archive verify
    """


@command.command()
@json_option
def verify(as_json: bool) -> None:
    """Prove every segment: readable, right columns, row count, digest, day; no document twice. Exit code 1 if anything is wrong.

    \b
    Example:
      tocsin archive verify
    """
    archive = _archive()
    problems = archive.verify()
    segments = archive.segments()
    if as_json:
        lines([*problems, {"segments": segments, "problems": len(problems)}])
    for problem in () if as_json else problems:
        print(f"archive/{problem.path}: {problem.what} ({problem.hint})")
    if problems:
        raise StopRun(f"{count(len(problems), 'problem')} in {count(segments, 'segment')}", hint="each is named above")
    if not as_json:
        print(f"{count(segments, 'segment')}: all proven.")


@command.command()
@json_option
def seal(as_json: bool) -> None:
    """Turn what a collector left in the spool into segments; `tocsin scan` does it by itself.

    \b
    Example:
      tocsin archive seal
    """
    from archive.store import Archive
    from models.workspace import find, locked

    workspace = find()
    with locked(workspace, "tocsin archive seal"):
        sealed = Archive(workspace.archive).seal()
    if as_json:
        lines([sealed])
    else:
        torn = f", {count(sealed.torn, 'line')} lost at a kill" if sealed.torn else ""
        print(f"{count(sealed.new, 'new document')}, {sealed.revised:,} revised, {sealed.same:,} same{torn}")


@command.command()
@json_option
def info(as_json: bool) -> None:
    """What the archive holds: documents, revisions, what was made of them, days, size.

    \b
    Example:
      tocsin archive info --json
    """
    archive = _archive()
    days = archive.days()
    told: dict[str, Any] = {
        "folder": str(archive.folder),
        **archive.count(),
        "bytes": archive.size(),
        "first_day": days[0].isoformat() if days else None,
        "last_day": days[-1].isoformat() if days else None,
    }
    if as_json:
        lines([told])
        return
    for key, value in told.items():
        print(f"{key.replace('_', ' '):<12} {f'{value:,}' if isinstance(value, int) else value or 'none'}")


def _archive() -> Any:
    from archive.store import Archive
    from models.workspace import find

    return Archive(find().archive)
