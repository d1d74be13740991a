"""tocsin coordinate."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from commands import _posts
from commands._output import day_range, json_option, stage_command
from models.errors import UsageError

ENGINES = ("embedded", "disk", "spark")


@click.command()
@click.option("--since", help="First day looked at: 2027-03-01, or 7d; else as the setting coordination.days says.")
@click.option("--until", help="Last day looked at.")
@click.option("--trace", "traces", multiple=True, help="Trace to look at, several allowed; else the setting coordination.traces.")
@click.option("--window", "windows", multiple=True, type=float, help="Window in seconds, several allowed; else coordination.windows.")
@click.option("--q", type=float, help="False discovery rate at which an edge is called; else coordination.q.")
@click.option("--min-weight", type=int, help="Least number of distinct objects shared; else coordination.min_weight.")
@click.option("--platform", "platforms", multiple=True, help="Only posts of this platform, several allowed; else all.")
@click.option("--convention", type=click.Choice(["tocsin", "coortweet", "qut"]), default="tocsin", show_default=True, help="How to count.")
@click.option("--min-participation", default=2, show_default=True, type=click.IntRange(min=1), help="CooRTweet's least rows of an account.")
@click.option("--edge-weight", default=0.5, show_default=True, type=click.FloatRange(0, 1), help="CooRTweet's quantile of weights.")
@click.option(
    "--engine", type=click.Choice(["embedded", "disk", "spark"]), default="embedded", show_default=True, help="Where pairs are counted."
)
@click.option("--master", default="local[*]", show_default=True, help="Spark master: local[2], spark://HOST:PORT, yarn, k8s://…")
@click.option("--recount", is_flag=True, help="Count everything again instead of going on from the sums of the last night.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Edges as CSV; needed for coortweet and qut.")
@json_option
def command(
    *,
    since: str | None,
    until: str | None,
    traces: tuple[str, ...],
    windows: tuple[float, ...],
    q: float | None,
    min_weight: int | None,
    platforms: tuple[str, ...],
    convention: str,
    min_participation: int,
    edge_weight: float,
    engine: str,
    master: str,
    recount: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Find accounts and sites that act in concert in the archive; edges, evidence and groups are kept for this night.

    With --engine disk the pairs are counted in parts that lie on the disk of the archive: more slowly, in a third of the memory or less.
    With --engine spark the pairs are counted in Apache Spark (pip install 'tocsin[spark]', Java 17 or 21), with the same result to the last
    digit; the workers must have Tocsin installed and see the archive at the same path.

    With --convention coortweet or qut the archive is counted exactly as those tools count, for comparison: edges go to a CSV file, and
    nothing is kept. One trace and one window then; for qut the trace is one of its network types, such as co_link.

    \b
    Example:
      tocsin coordinate --since 7d --trace url --window 60
      tocsin coordinate --engine spark --master local[2]
      tocsin coordinate --since 2021-01-01 --convention coortweet --trace object --window 60 -o edges.csv
    """
    if convention != "tocsin":
        _compared(
            convention,
            {"since": since, "until": until, "platforms": platforms, "traces": traces, "windows": windows},
            {"least": min_weight or 2, "participation": min_participation, "quantile": edge_weight},
            output,
        )
        return
    first, last = day_range(since, until)
    given = {"traces": list(traces) or None, "windows": list(windows) or None, "q": q, "min_weight": min_weight}

    def run(night: Any) -> None:
        import dataclasses

        from scan import coordinate

        values = {f"coordination.{key}": value for key, value in given.items() if value is not None}
        night.workspace = dataclasses.replace(night.workspace, settings=night.workspace.settings.over(values))
        with _counting(night, engine, master, recount=recount) as counting:
            coordinate(night, first, last, platforms, counting=counting)
        days = night.archive.days()
        if not night.stages[-1].counts["posts"] and days and not as_json:
            print(f"No posts in these days; the archive has {days[0]} to {days[-1]}. Next: tocsin coordinate --since {days[0]}")

    stage_command("coordinate", run, as_json=as_json)


@contextmanager
def _counting(night: Any, engine: str, master: str, *, recount: bool) -> Iterator[Any]:
    """Who counts the pairs; None for the way of the night."""
    from nightly.counting import InSpark, OnDisk, Sums

    if engine == "embedded":
        yield Sums(night.archive, night.workspace.settings["coordination.sums"], read=False) if recount else None
        return
    if engine == "disk":
        yield OnDisk(night.archive, progress=night.progress)
        return
    from coordination import spark

    with tempfile.TemporaryDirectory(prefix="tocsin-spark-") as scratch, spark.session(master, Path(scratch)) as made:
        yield InSpark(night.archive, made, night.progress)


def _compared(convention: str, where: dict[str, Any], numbers: dict[str, Any], output: Path | None) -> None:
    from models.workspace import find
    from nightly import conventions
    from nightly.night import Night

    night = Night(workspace=find())
    if output is None:
        raise UsageError(f"where to write the edges of convention {convention}?", hint="-o edges.csv")
    if len(where["traces"]) != 1 or len(where["windows"]) != 1:
        raise UsageError(f"convention {convention} takes one --trace and one --window", hint="for example --trace object --window 60")
    posts = night.archive.posts(*day_range(where["since"], where["until"]))
    posts = conventions.of_platforms(posts, where["platforms"])
    table, told = conventions.edges(posts, convention, trace=where["traces"][0], window=where["windows"][0], **numbers)
    _posts.write_csv(table, output)
    print(f"{output}: {told}")
