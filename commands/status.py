"""tocsin status."""

from __future__ import annotations

from typing import Any

import click

from commands._output import count, json_option, lines, shown_time, table
from models.codec import time_value


@click.command()
@json_option
def command(as_json: bool) -> None:
    """Sources with last success and yield against promise, the archive's size, whether the index is up to date.

    \b
    Example:
      tocsin status
    """
    from models.workspace import find
    from scan import Night

    night = Night(workspace=find())
    told = _gathered(night)
    if as_json:
        lines([told])
    else:
        _show(night, told)


def _gathered(night: Any) -> dict[str, Any]:
    from nightly.indexing import fresh
    from nightly.schedule import installed
    from scan import latest_flags

    known = {name: s.to_dict() for name, s in night.state.source_states().items()}
    sources = [{"name": s.name, "access": s.access, "promise": s.promise, **known.get(s.name, {})} for s in night.election.sources]
    reports = sorted(night.workspace.reports.glob("*.json"))
    return {
        "workspace": str(night.workspace.root),
        "election": night.election.id,
        "sources": sources,
        "archive": night.archive.count() | {"bytes": night.archive.size()},
        "narratives": len(night.state.narratives()),
        "index_up_to_date": fresh(night.workspace, night.archive, night.state, latest_flags(night.archive)),
        "last_report": str(reports[-1]) if reports else None,
        "schedule": installed(night.workspace),
    }


def _show(night: Any, told: dict[str, Any]) -> None:
    print(f"{told['workspace']} watches {night.election.name} ({told['election']})")
    table(["source", "access", "last success", "new / promised", "says"], [_row(night, s) for s in told["sources"]], flexible="says")
    counts = told["archive"]
    size = ", ".join(f"{value:,} {key}" for key, value in counts.items() if key != "bytes")
    print(f"Archive: {size}; {counts['bytes'] / 1e6:.1f} MB. {count(told['narratives'], 'narrative')}.")
    print("Index: up to date." if told["index_up_to_date"] else "Index: not up to date. Next: tocsin index sync")
    print(f"Last report: {told['last_report'] or 'none yet. Next: tocsin scan'}")
    print(f"Schedule: {told['schedule'] or 'none. Next: tocsin schedule --at 02:30 --tz Europe/Paris'}")


def _row(night: Any, source: dict[str, Any]) -> tuple[object, ...]:
    zone = night.workspace.settings["display.timezone"]
    success = time_value(source["last_success"]) if source.get("last_success") else None
    gave = source.get("last_yield")
    return (
        source["name"],
        source["access"],
        shown_time(success, zone) if success else "never",
        f"{'-' if gave is None else gave} / {source['promise']}",
        source.get("last_note") or ("not read yet" if gave is None else ""),
    )
