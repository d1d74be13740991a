"""Dictionaries of the system (FreeDict, CC-CEDICT), by which narratives meet over languages: which are missing, what to install."""

from __future__ import annotations

from collections.abc import Iterator

from models.election import load
from models.workspace import Workspace
from nightly.doctor import Look, ok, warning


def look(workspace: Workspace) -> Iterator[Look]:
    """One finding for the languages of the election, one for the others that dictionaries exist for."""
    from nlp import dictionaries

    here = {source for source, target in dictionaries.installed() if target == dictionaries.PIVOT}
    known = [code for code in dictionaries.CODES.values() if code != dictionaries.PIVOT]
    name = workspace.settings["election"]
    wanted = [code for code in (load(name, workspace.root).languages if name else ()) if code in known]
    missing = [code for code in wanted if code not in here]
    have = ", ".join(sorted(here)) or "none"
    if missing:
        said = f"none for {', '.join(missing)}; installed: {have}"
        yield warning("dictionaries", f"{said}. Narratives in these languages do not meet those in others", dictionaries.advice(missing))
    else:
        yield ok("dictionaries", f"installed: {have}" if wanted else f"the election's languages need none; installed: {have}")
