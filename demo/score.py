"""What a scan of the exercise found, held against what was planted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.urls import canonical

if TYPE_CHECKING:
    from archive.store import Archive
    from models.records import Document

ORGANIC = 0.2
"""A narrative of whose documents less than this share is planted counts as organic."""
ENOUGH = 0.5
"""The campaign counts as flagged when at least this share of its documents lies in flagged narratives."""


@dataclass(frozen=True, slots=True)
class Score:
    """Counts; ``wrong``: labels of organic narratives that were flagged, ``strangers``: accounts named that are not planted."""

    documents: int
    planted: int
    found: int
    flagged: int
    organic: int
    wrong: tuple[str, ...]
    accounts: int
    accounts_found: int
    strangers: tuple[str, ...]

    @property
    def campaign(self) -> bool:
        """Whether the planted campaign is flagged."""
        return self.planted > 0 and self.found >= ENOUGH * self.planted

    @property
    def passed(self) -> bool:
        """The campaign is flagged, and no organic narrative is."""
        return self.campaign and not self.wrong

    def lines(self) -> list[str]:
        """The score for a terminal."""
        lie = f"{self.found} of its {self.planted} documents lie in flagged narratives; {self.flagged} flagged in all"
        wrongly = "".join(f"\n    wrongly: {label}" for label in self.wrong)
        return [
            f"planted campaign flagged:    {'yes' if self.campaign else 'NO'} ({lie})",
            f"organic narratives flagged:  {len(self.wrong)} of {self.organic}{wrongly}",
            f"planted accounts found:      {self.accounts_found} of {self.accounts}; other accounts named: {len(self.strangers)}",
        ]


def score(workspace: Path, truth: Mapping[str, Any]) -> Score:
    """The last night of ``workspace`` against ``truth`` (see ``demo.server.Site.truth``)."""
    from archive.state import State
    from archive.store import Archive
    from nightly.night import latest_flags

    archive = Archive(workspace / "archive")
    documents = list(archive.documents())
    planted = {d.id for d in documents if _planted(d, truth)}
    told = [n for n in State(workspace / "state.sqlite").narratives() if n.status != "asleep"]
    flagged = {f.narrative for f in latest_flags(archive)}
    within = {d for n in told if n.id in flagged for d in n.documents}
    organic = [n for n in told if len(planted & set(n.documents)) < ORGANIC * len(n.documents)]
    cited = {e for f in latest_flags(archive) for r in f.reasons for e in r.evidence}
    named = _named(archive, within, cited)
    guilty = set(truth["accounts"])
    return Score(
        documents=len(documents),
        planted=len(planted),
        found=len(planted & within),
        flagged=len(flagged),
        organic=len(organic),
        wrong=tuple(n.label for n in organic if n.id in flagged),
        accounts=len(guilty),
        accounts_found=len(named & guilty),
        strangers=tuple(sorted(named - guilty)),
    )


def _planted(document: Document, truth: Mapping[str, Any]) -> bool:
    if document.kind == "article":
        return document.canonical_url in {canonical(url) for url in truth["articles"]}
    return document.platform_id in truth["posts"]


def _named(archive: Archive, within: set[str], cited: set[str]) -> set[str]:
    """Accounts of edges whose evidence lies in flagged narratives, and of groups that a flag cites; sites are not accounts."""
    from models.records import Edge, Group

    nights = archive.nights("edges")
    last = nights[-1] if nights else None
    edges = [e for e in archive.read("edges", Edge, last, last) if {d for p in e.pairs for d in (p.a, p.b)} & within] if last else []
    groups = [g for g in archive.read("groups", Group, last, last) if g.id in cited] if last else []
    names = {a for e in edges for a in (e.a, e.b)} | {a for g in groups for a in g.members}
    return {a for a in names if a.startswith("acct:")}
