"""Time: the zone in which times are shown, the clock against the archive, and whether the nightly scan is really installed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from models.workspace import Workspace
from nightly.doctor import Look, broken, ok, warning


def look(workspace: Workspace) -> Iterator[Look]:
    """Zone, clock, schedule."""
    from nightly.schedule import checked_zone

    zone, now = workspace.settings["display.timezone"], datetime.now(UTC)
    checked_zone(zone)
    yield ok("time zone", f"{zone}; it is {now:%Y-%m-%d %H:%M} UTC")
    newest = max((p.stat().st_mtime for p in workspace.reports.glob("*.json")), default=0.0)
    if newest > (now + timedelta(minutes=5)).timestamp():
        yield broken("clock", "the last report was written in the future", "set the machine's clock; time windows depend on it")
    yield _schedule(workspace)


def _schedule(workspace: Workspace) -> Look:
    from nightly import schedule

    plan = schedule.read(workspace)
    if plan is None:
        return warning("schedule", "no nightly scan is installed", "run: tocsin schedule --at 02:30 --tz Europe/Paris")
    said = f"every night at {plan.at} {plan.zone}, by {plan.by}"
    if schedule.present(workspace):
        return ok("schedule", said)
    return broken("schedule", f"{said}, but {plan.by} does not know of it", f"run again: tocsin schedule --at {plan.at} --tz {plan.zone}")
