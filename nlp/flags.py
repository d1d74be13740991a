"""Which narratives deserve a look tonight. A flag lists its reasons with their numbers; no reason, no flag.

The level, 1 (look) to 3 (look first), follows one rule, which docs/flags.md explains:

- accounts that acted alike beyond chance: 3 for five or more tied to each other and ten times what chance gives,
  2 for three or more, 1 for a pair whose q is a tenth of the rate asked for;
- accounts that share one link after another at once: the same, 3 for five or more in the narrative, 2 for three or more;
- the same text on three or more sites or accounts: 3 with two or more listed outlets among them, 2 with five or more
  accounts within two minutes, else 1;
- two of listed outlets, growth and resemblance together: 1. One alone is no flag: everyone reports the debate, a listed outlet may be
  right, and who says what a known claim says may say it of his own will;
- any further reason lifts a level by one (copies without listed outlets stay below 3 unless accounts acted alike); the first two count
  as one, since they may rest on the same acts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import ModuleType

import nlp.reasons
from models.records import Annotation, Document, Edge, Flag, Group, Narrative, Reason, Source, Verdict
from models.registry import load, names
from models.settings import Settings
from nlp.reasons._case import Case, Night
from nlp.resemblance.night import Known

VERSION = "3"
BEHAVIOUR = frozenset({"coordination", "recurrence"})
"""Reasons that may rest on the same acts: both together are one further reason, not two."""
TEXTUAL = frozenset({"listed", "growth", "resemblance"})
"""Reasons that no behaviour stands behind: one of them alone is no flag."""


def flag(  # noqa: PLR0917  the seam is the same for every caller: what is judged, then what it is judged against
    narratives: Sequence[Narrative],
    documents: Mapping[str, Document],
    annotations: Mapping[str, Annotation],
    edges: Sequence[Edge],
    groups: Sequence[Group],
    sources: Mapping[str, Source],
    past: Sequence[Flag],
    settings: Settings,
    night: datetime,
    *,
    verdicts: Sequence[Verdict] = (),
    known: Known | None = None,
) -> tuple[Flag, ...]:
    """The night's flags, highest level first.

    ``documents`` and ``annotations`` by document id, ``sources`` by name; ``past``: flags of earlier nights (those of this
    night are ignored, so that a night may be judged twice). A narrative whose last verdict is organic is not flagged again
    unless accounts acted alike after it was given. ``known``: claims and a model of style to compare with.
    """
    whole = Night(documents, annotations, edges, groups, sources, verdicts, settings, night, known or Known())
    earlier = [f for f in past if f.night.date() < night.date()]
    found = []
    for narrative in narratives:
        if narrative.status == "asleep":
            continue
        case = Case(narrative, whole, tuple(f for f in earlier if f.narrative == narrative.id))
        reasons = tuple(r for r in (module.reason(case) for module in _modules()) if r)
        height = level({r.kind: r for r in reasons}, settings["coordination.q"])
        if height and not _settled(case, reasons):
            found.append(Flag(narrative=narrative.id, level=height, reasons=reasons, state=_state(case, height, reasons), night=night))
    return tuple(sorted(found, key=lambda f: (-f.level, -_width(f.reasons), f.narrative)))


def _modules() -> list[ModuleType]:
    return [load(nlp.reasons, name, "reason") for name in names(nlp.reasons)]


def level(reasons: Mapping[str, Reason], q: float) -> int:
    """0 to 3 for reasons by kind; ``q`` is the false discovery rate at which edges are called."""
    height = max(
        _by_coordination(reasons.get("coordination"), q),
        _by_recurrence(reasons.get("recurrence")),
        _by_copies(reasons.get("copies")),
    )
    if not height:
        return 1 if len(reasons.keys() & TEXTUAL) >= 2 else 0
    acted = bool(reasons.keys() & BEHAVIOUR)
    most = 3 if acted or height == 3 else 2
    return min(most, height + 1) if len(reasons.keys() - BEHAVIOUR) + acted > 1 else height


def _by_coordination(reason: Reason | None, q: float) -> int:
    if reason is None:
        return 0
    accounts, beyond = reason.numbers["connected"], reason.numbers["co_actions"] / max(reason.numbers["expected"], 1e-9)
    if accounts >= 3:
        return 3 if accounts >= 5 and beyond >= 10 else 2
    return 1 if reason.numbers["smallest_q"] <= q / 10 else 0


def _by_recurrence(reason: Reason | None) -> int:
    if reason is None:
        return 0
    return 3 if reason.numbers["accounts"] >= 5 and reason.numbers["met"] >= 10 * reason.numbers["expected"] else 2


def _by_copies(reason: Reason | None) -> int:
    if reason is None:
        return 0
    if reason.numbers["listed"] >= 2:
        return 3
    return 2 if reason.numbers["accounts_together"] >= 5 else 1


def _state(case: Case, height: int, reasons: Sequence[Reason]) -> str:
    """new; growing when the level rose, a reason was added, or more accounts or publishers take part than last time; else known."""
    if not case.past:
        return "new"
    last = max(case.past, key=lambda f: f.night)
    before = {r.kind: r for r in last.reasons}
    wider = any(r.kind not in before or _breadth(r) > _breadth(before[r.kind]) for r in reasons)
    return "growing" if wider or height > last.level else "known"


def _width(reasons: Sequence[Reason]) -> float:
    """Accounts and publishers over all reasons; those that may rest on the same acts are counted once."""
    acted = max((_breadth(r) for r in reasons if r.kind in BEHAVIOUR), default=0)
    return acted + sum(_breadth(r) for r in reasons if r.kind not in BEHAVIOUR)


def _breadth(reason: Reason) -> float:
    return reason.numbers.get("accounts", 0) + reason.numbers.get("publishers", 0)


def _settled(case: Case, reasons: Sequence[Reason]) -> bool:
    """Was the narrative judged organic, with no co-action since?"""
    verdict = case.night.verdict.get(case.narrative.id)
    if verdict is None or verdict.judgement != "organic":
        return False
    return not any(d.time > verdict.when for r in reasons if r.kind in BEHAVIOUR for d in case.own if d.id in r.evidence)
