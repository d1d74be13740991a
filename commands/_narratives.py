"""What the commands on one narrative share."""

from __future__ import annotations

from typing import Any

from models.errors import UsageError
from models.registry import nearest
from models.safe import printable


def named(night: Any, text: str) -> Any:
    """The narrative with this id, in any case. Raises UsageError naming the nearest."""
    known = {n.id: n for n in night.state.narratives()}
    wanted = text.upper()
    if wanted not in known:
        hint = nearest(wanted, sorted(known)[:30]) if known else "run: tocsin scan"
        raise UsageError(f"no narrative {printable(text)!r}", where=str(night.workspace.root), hint=hint)
    return known[wanted]


def members(night: Any, narrative: Any) -> list[Any]:
    """Its documents that the archive has, in order of time."""
    found = {d.id: d for d in night.archive.documents(narrative.first_seen.date(), narrative.last_seen.date(), ids=narrative.documents)}
    return [found[i] for i in narrative.documents if i in found]
