"""What analysts decided about the identity of narratives. The machine follows on every later night."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from models.codec import Record

ACTS = ("pin", "rename", "merge", "split", "release")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Record):
    """One decision; they are only ever added. ``act``: pin, rename, merge, split or release.

    ``other``: the narrative that was merged in, or that was split off; ``text``: the new name; ``documents``: what moved.
    """

    narrative: str
    act: str
    who: str
    when: datetime
    note: str = ""
    other: str = ""
    text: str = ""
    documents: tuple[str, ...] = ()


def held(decisions: Iterable[Decision]) -> frozenset[str]:
    """Narratives that keep their documents: pinned, merged or split by an analyst and not released since."""
    found: set[str] = set()
    for decision in decisions:
        if decision.act in {"pin", "merge", "split"}:
            found.add(decision.narrative)
        if decision.act == "split":
            found.add(decision.other)
        if decision.act == "merge":
            found.discard(decision.other)
        if decision.act == "release":
            found.discard(decision.narrative)
    return frozenset(found)


def names(decisions: Iterable[Decision]) -> dict[str, str]:
    """Narrative id to the name an analyst gave it."""
    found: dict[str, str] = {}
    for decision in decisions:
        if decision.act == "rename":
            found[decision.narrative] = decision.text
        if decision.act == "release":
            found.pop(decision.narrative, None)
    return found
