"""The search index: server or folder, version, rights, aliases, mapping, space, refused documents, and whether it is up to date."""

from __future__ import annotations

from collections.abc import Iterator

from models.errors import TocsinError
from models.workspace import Workspace
from nightly.doctor import Look, broken, ok, warning


def look(workspace: Workspace) -> Iterator[Look]:
    """What the backend says of itself, then the list of refused documents and the generation."""
    from index import open_index
    from nightly import vectors

    space = vectors.space(vectors.opened(workspace))
    index = open_index(workspace.settings, workspace.index, space)
    try:
        findings = list(index.check())
        for found in findings:
            verdict = "broken" if not found.good else "warning" if found.hint else "ok"
            yield Look(what=found.what, verdict=verdict, said=found.said, hint=found.hint)
        refused = index.rejected()
        if refused:
            yield warning("refused documents", f"{len(refused):,}, the first: {refused[0].reason[:100]}", "run: tocsin index retry")
        if all(found.good for found in findings):
            yield _generation(workspace)
    finally:
        index.close()


def _generation(workspace: Workspace) -> Look:
    from nightly.indexing import fresh
    from nightly.night import Night, latest_flags

    night = Night(workspace=workspace)
    try:
        if fresh(workspace, night.archive, night.state, latest_flags(night.archive)):
            return ok("up to date", "the index holds what the archive holds")
    except TocsinError as error:
        return broken("up to date", error.message, error.hint)
    return warning("up to date", "archive, narratives or flags have changed since", "run: tocsin index sync")
