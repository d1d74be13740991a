"""tocsin coordinate."""

from __future__ import annotations

from typing import Any

import click

from commands._output import day_option, json_option, stage_command


@click.command()
@click.option("--since", help="First day looked at: 2027-03-01, or 7d; else as the setting coordination.days says.")
@click.option("--until", help="Last day looked at.")
@click.option("--trace", "traces", multiple=True, help="Trace to look at, several allowed; else the setting coordination.traces.")
@click.option("--window", "windows", multiple=True, type=float, help="Window in seconds, several allowed; else coordination.windows.")
@click.option("--q", type=float, help="False discovery rate at which an edge is called; else coordination.q.")
@click.option("--min-weight", type=int, help="Least number of distinct objects shared; else coordination.min_weight.")
@json_option
def command(
    *,
    since: str | None,
    until: str | None,
    traces: tuple[str, ...],
    windows: tuple[float, ...],
    q: float | None,
    min_weight: int | None,
    as_json: bool,
) -> None:
    """Find accounts and sites that act in concert in the archive; edges, evidence and groups are kept for this night.

    \b
    Example:
      tocsin coordinate --since 7d --trace url --window 60
    """
    given = {"traces": list(traces) or None, "windows": list(windows) or None, "q": q, "min_weight": min_weight}

    def run(night: Any) -> None:
        import dataclasses

        from scan import coordinate

        values = {f"coordination.{key}": value for key, value in given.items() if value is not None}
        night.workspace = dataclasses.replace(night.workspace, settings=night.workspace.settings.over(values))
        coordinate(night, day_option(since, "--since"), day_option(until, "--until"))

    stage_command("coordinate", run, as_json=as_json)
