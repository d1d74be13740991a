"""tocsin elections."""

from __future__ import annotations

import click

from commands._output import json_option, lines, table
from models.election import folders, load


@click.command()
@json_option
def command(as_json: bool) -> None:
    """List the elections that can be watched: those shipped and those in the workspace.

    \b
    Example:
      tocsin elections
    """
    from models.errors import UsageError
    from models.workspace import find

    try:
        root = find().root
    except UsageError:
        root = None
    found = [load(name, root) for name in sorted(folders(root))]
    if as_json:
        lines(
            {"id": e.id, "name": e.name, "dates": [d.to_dict() for d in e.dates], "sources": len(e.sources), "entities": len(e.entities)}
            for e in found
        )
        return
    rows = [(e.id, e.name, ", ".join(f"{d.day}" for d in e.dates), len(e.sources), len(e.entities)) for e in found]
    table(["election", "name", "dates", "sources", "entities"], rows, flexible="name")
