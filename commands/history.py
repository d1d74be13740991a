"""tocsin history."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from commands._narratives import links, members, named, stances, ties
from commands._output import count, json_option, lines, shown_time, table
from models.safe import printable


@click.command()
@click.argument("narrative")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(min=1), help="Most sites, accounts and days shown.")
@json_option
def command(narrative: str, limit: int, as_json: bool) -> None:
    """Tell a narrative's life: who, where, when, in which languages; births, merges, splits, sleep and return, each with its reason.

    What analysts decided (tocsin curate) stands among the events.

    \b
    Example:
      tocsin history N-7Q4K
    """
    from models.workspace import find
    from nightly.night import Night

    night = Night(workspace=find())
    told = _told(night, named(night, narrative))
    if as_json:
        lines([told])
    else:
        _show(told, night.workspace.settings["display.timezone"], limit)


def _told(night: Any, narrative: Any) -> dict[str, Any]:
    documents = members(night, narrative)
    every = night.state.narrative_events()
    decided = [d.to_dict() for d in night.state.decisions() if narrative.id in {d.narrative, d.other}]
    events = [e for e in every if narrative.id == e["narrative"] or narrative.id in e.get("others", ())]
    return {
        "narrative": narrative.to_dict(),
        "documents": len(narrative.documents),
        "in_archive": len(documents),
        "who": _most(d.account_name or d.account for d in documents if d.kind == "post"),
        "where": _most(d.source or d.platform for d in documents),
        "languages": _most(_language(night, narrative, documents)),
        "days": dict(sorted(Counter(f"{d.time:%Y-%m-%d}" for d in documents).items())),
        "stances": _most(how or "spread" for how in stances(night, narrative, documents).values()),
        "ties": ties(links(night, narrative)),
        "events": events,
        "decisions": decided,
    }


def _language(night: Any, narrative: Any, documents: list[Any]) -> list[str]:
    from models.records import Annotation

    own = set(narrative.documents)
    read = night.archive.read("annotations", Annotation, narrative.first_seen.date(), narrative.last_seen.date())
    notes = {a.document: a.language for a in read if a.document in own}
    return [notes.get(d.id) or d.language or "und" for d in documents]


def _most(values: Any) -> dict[str, int]:
    """Values by how often they are there, most often first."""
    return dict(sorted(Counter(v for v in values if v).items(), key=lambda pair: (-pair[1], pair[0])))


def _show(told: dict[str, Any], zone: str, limit: int) -> None:
    from models.records import Narrative

    narrative = Narrative.from_dict(told["narrative"])
    print(f"{narrative.id}  {printable(narrative.label)}")
    print(
        f"  {count(told['documents'], 'document')}, {narrative.status}; "
        f"{shown_time(narrative.first_seen, zone)} to {shown_time(narrative.last_seen, zone)} {zone}"
    )
    for title in ("who", "where", "languages", "stances", "days"):
        _counts(title, told[title], limit)
    for pair, kinds in told["ties"].items():
        _counts(f"tied in {pair} by", kinds, limit)
    print("\nWhat happened")
    rows: list[tuple[str, ...]] = [
        (e["night"][:10], e["kind"], e["narrative"], " ".join(e.get("others", ())), e["reason"]) for e in told["events"]
    ]
    rows += [(d["when"][:10], d["act"], d["narrative"], d["other"], _said(d)) for d in told["decisions"] if d["act"] in _ALONE]
    rows.sort(key=lambda row: row[0])
    if rows:
        table(["day", "what", "narrative", "other", "reason"], rows, flexible="reason")
    else:
        print("  nothing is kept: the narrative was told before histories were")


_ALONE = ("pin", "rename", "release")
"""Decisions that make no event of their own."""


def _said(decision: dict[str, Any]) -> str:
    name = f" as {decision['text']!r}" if decision["text"] else ""
    return f"{decision['who']} decided{name}" + (f" ({decision['note']})" if decision["note"] else "")


def _counts(title: str, counts: dict[str, int], limit: int) -> None:
    if counts:
        more = f" and {len(counts) - limit} more" if len(counts) > limit else ""
        print(f"  {title}: {printable(', '.join(f'{name} {n}' for name, n in list(counts.items())[:limit]))}{more}")
