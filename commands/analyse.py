"""tocsin analyse."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from commands import _posts
from commands._output import Reporter
from models.errors import UsageError


@click.command()
@click.argument("files", metavar="INPUT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@_posts.options
@click.option("--output", "-o", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write.")
@click.option("--trace", "traces", multiple=True, help="What accounts do alike; repeatable. Default: all that the posts have.")
@click.option("--window", "windows", multiple=True, help="Seconds, or auto; repeatable. Default 60 and 3600.")
@click.option("--preset", default="", help="Traces, windows and least numbers of a paper or tool, as pacheco_2021.")
@click.option("--q", type=click.FloatRange(0, 1, min_open=True), default=0.05, show_default=True, help="False discovery rate.")
@click.option("--min-weight", type=click.IntRange(1), help="Least number of distinct objects shared. Default 2, or the preset's.")
@click.option("--min-participation", type=click.IntRange(0), help="Least acts of an account. Default 1, or the preset's.")
@click.option("--evidence", type=click.IntRange(0), default=20, show_default=True, help="Pairs of posts kept per edge.")
def command(files: tuple[Path, ...], output: Path, maps: tuple[str, ...], **chosen: Any) -> None:
    """Find coordinated accounts in files of posts; write edges, groups, accounts, evidence and a summary. No workspace is needed.

    The folder gets edges.csv (one edge per pair of accounts over all traces and windows), edges_by_trace.csv, groups.csv, accounts.csv,
    evidence.csv, network.gexf, network.graphml and summary.html.

    \b
    Example:
      tocsin analyse posts.csv -o result --window 60 --window 3600
    """
    how = {key: chosen.pop(key) for key in ("format", "tz", "platform")} | {"mapping": _posts.mapping(maps)}
    if output.exists() and any(path.name not in NAMES for path in output.iterdir()):
        raise UsageError("the folder has other things in it", where=str(output), hint="name a new folder")
    _posts.takes(output)
    from coordination import presets
    from nightly.posts import with_near

    posts, found = _posts.load(files, how)
    preset = presets.load(chosen["preset"]) if chosen["preset"] else None
    traces = list(chosen["traces"]) or (list(preset.traces) if preset else _posts.default_traces(posts, found))
    posts = with_near(posts, traces, Reporter(brief=True))
    parameters = _parameters(posts, traces, preset, chosen)
    from coordination.engine import coordinate
    from nightly.wire import with_agency

    result = coordinate(with_agency(posts, parameters.traces), parameters)
    _write(output, result, posts.num_rows, [path.name for path in files], chosen["q"])
    flagged = sum(1 for person in result.people if person.reason)
    told = f"{len(result.fused):,} edges, {len(result.groups):,} groups, {flagged:,} of {len(result.people):,} accounts"
    print(f"{told}; see {output}/summary.html")


NAMES = (
    "edges.csv", "edges_by_trace.csv", "groups.csv", "accounts.csv", "evidence.csv", "network.gexf", "network.graphml", "summary.html",
)  # fmt: skip


def _parameters(posts: Any, traces: list[str], preset: Any, chosen: dict[str, Any]) -> Any:
    from coordination.engine import acts_of
    from coordination.parameters import Parameters

    asked = [_posts.seconds(text) for text in chosen["windows"]] or (list(preset.windows) if preset else [60.0, 3600.0])
    windows = tuple(dict.fromkeys(_posts.window_of(posts, traces[0], window) for window in asked))
    for trace in traces:
        acts = acts_of(posts, trace)
        for window in windows:
            _posts.fits(acts, window)
    least = {"min_weight": preset.min_weight if preset else 2, "min_participation": preset.min_participation if preset else 1}
    least |= {name: chosen[name] for name in least if chosen[name] is not None}
    return Parameters(traces=tuple(traces), windows=windows, q=chosen["q"], evidence=chosen["evidence"], **least)


def _write(output: Path, result: Any, posts: int, files: list[str], q: float) -> None:
    from commands import _summary
    from coordination import graphs, tables

    with _posts.together(output) as folder:
        for name, table in (
            ("edges.csv", tables.tocsin(result.fused)),
            ("edges_by_trace.csv", tables.tocsin(result.edges)),
            ("groups.csv", tables.groups(result.groups, result.facts)),
            ("accounts.csv", tables.people(result.people)),
            ("evidence.csv", tables.pairs(result.fused)),
        ):
            _posts.write_csv(table, folder / name)
        for name, lines in (
            ("network.gexf", graphs.gexf(result.people, result.fused)),
            ("network.graphml", graphs.graphml(result.people, result.fused)),
            ("summary.html", _summary.page(result, posts, files, q)),
        ):
            with (folder / name).open("w", encoding="utf-8") as out:
                out.writelines(lines)
    print(f"  written: {', '.join(NAMES)}", file=sys.stderr)
