"""tocsin status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from commands._output import count, counted, json_option, lines, shown_time, table
from models.codec import time_value
from models.errors import StopRun
from models.safe import printable


@click.command()
@json_option
def command(as_json: bool) -> None:
    """Sources with last success and yield against promise, the archive's size, whether the index is up to date.

    \b
    Example:
      tocsin status
    """
    from models.workspace import find
    from nightly.night import Night

    night = Night(workspace=find())
    told = _gathered(night)
    if as_json:
        lines([told])
    else:
        _show(night, told)


def _gathered(night: Any) -> dict[str, Any]:
    from nightly.indexing import fresh
    from nightly.night import latest_flags
    from nightly.schedule import installed

    known = {name: s.to_dict() for name, s in night.state.source_states().items()}
    sources = [{"name": s.name, "access": s.access, "promise": s.promise, **known.get(s.name, {})} for s in night.election.sources]
    reports = sorted(night.workspace.reports.glob("*.json"))
    damaged: list[str] = []
    return {
        "workspace": str(night.workspace.root),
        "election": night.election.id,
        "sources": sources,
        "archive": _or_damage(damaged, night.archive.count) | {"bytes": night.archive.size()},
        "narratives": len(night.state.narratives()),
        "flagged": len(_or_damage(damaged, lambda: {f.narrative: f for f in latest_flags(night.archive)})),
        "index_up_to_date": _or_damage(
            damaged, lambda: {"index": fresh(night.workspace, night.archive, night.state, latest_flags(night.archive))}
        ).get("index", False),
        "last_report": str(reports[-1]) if reports else None,
        "schedule": installed(night.workspace),
        "damaged": list(dict.fromkeys(damaged)),
    }


def _or_damage(damaged: list[str], told: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """What ``told`` says; nothing if a file in its way is damaged, which goes into ``damaged``: the rest of the status is still true."""
    try:
        return dict(told())
    except StopRun as error:
        damaged.append(str(error))
        return {}


def _show(night: Any, told: dict[str, Any]) -> None:
    print(f"{told['workspace']} watches {night.election.name} ({told['election']})")
    zone = night.workspace.settings["display.timezone"]
    columns = ["source", "access", f"last success ({zone})", "new / promised", "says"]
    table(columns, [_row(s, zone) for s in told["sources"]], flexible="says")
    counts = told["archive"]
    size = counted({key: counts[key] for key in ("documents", "annotations", "revisions", "segments") if key in counts})
    waiting = f", {counts['spooled']:,} waiting for: tocsin archive seal" if counts.get("spooled") else ""
    print(f"Archive: {size or 'damaged'}{waiting}; {counts['bytes'] / 1e6:.1f} MB.")
    print(f"{count(told['narratives'], 'narrative')}, {told['flagged']:,} flagged by the last scan.")
    for line in told["damaged"]:
        print(f"Damaged: {printable(line)}")
    if not told["damaged"]:
        print("Index: up to date." if told["index_up_to_date"] else "Index: not up to date. Next: tocsin index sync")
    print(f"Last report: {told['last_report'] or 'none yet. Next: tocsin scan'}")
    print(f"Schedule: {told['schedule'] or 'none. Next: tocsin schedule --at 02:30 --tz Europe/Paris'}")


def _row(source: dict[str, Any], zone: str) -> tuple[object, ...]:
    success = time_value(source["last_success"]) if source.get("last_success") else None
    gave = source.get("last_yield")
    return (
        source["name"],
        source["access"],
        shown_time(success, zone) if success else "never",
        f"{'-' if gave is None else gave} / {source['promise']}",
        source.get("last_note") or ("not read yet" if gave is None else ""),
    )
