"""tocsin edges."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from commands import _posts
from commands._output import Reporter
from models.errors import UsageError

CONVENTIONS = {"tocsin": 60.0, "coortweet": 10.0, "qut": 1.0}
"""Ways of counting, and the window each has when none is given (seconds; the peers' own defaults)."""
NETWORKS = {
    "repost": "co_retweet", "url": "co_link", "same_text": "co_tweet", "reply": "co_reply", "near_text": "co_similar_tweet",
    "any": "co_post",
}  # fmt: skip
"""Our traces to the QUT toolkit's network types; either name is understood with --convention qut."""


@click.command()
@click.argument("file", metavar="INPUT", type=click.Path(path_type=Path))
@_posts.options
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The CSV to write.")
@click.option("--convention", type=click.Choice(list(CONVENTIONS)), help="How co-actions are counted. Default tocsin, or the preset's.")
@click.option("--preset", default="", help="Parameters of a paper or tool, as pacheco_2021; what is given beside goes before them.")
@click.option("--window", "windows", multiple=True, help="Seconds, or auto; repeatable with --convention tocsin. Default 60, 10 and 1.")
@click.option("--trace", "traces", multiple=True, help="What accounts do alike; repeatable with --convention tocsin.")
@click.option("--min-participation", type=click.IntRange(0), help="Least acts of an account. Default 2 for coortweet, else 1.")
@click.option("--min-weight", type=click.IntRange(1), help="Least weight of an edge. Default 1 for coortweet, else 2.")
@click.option("--q", type=click.FloatRange(0, 1, min_open=True), default=0.05, show_default=True, help="False discovery rate (tocsin).")
@click.option("--evidence", type=click.IntRange(0), default=20, show_default=True, help="Pairs of posts kept per edge (tocsin).")
@click.option("--edge-weight", type=click.FloatRange(0, 1), help="Quantile of weight_threshold (coortweet). Default 0.5, or the preset's.")
@click.option("--fast-window", help="Seconds of the fast network, within the window (coortweet).")
@click.option("--corrected", is_flag=True, help="Add contents_a, contents_b and symmetry, counted by account (coortweet).")
@click.option(
    "--stats", type=click.Path(path_type=Path, file_okay=False), help="Folder for pairs.csv, accounts.csv and objects.csv (coortweet)."
)
@click.option(
    "--stats-level",
    type=click.Choice(("full", "fast", "none")),
    default="full",
    show_default=True,
    help="Edges averaged in accounts.csv (coortweet).",
)
@click.option("--similarity", type=click.FloatRange(0, 1), default=0.8, show_default=True, help="Least Jaccard of co_similar_tweet (qut).")
@click.option("--min-tokens", type=click.IntRange(0), default=1, show_default=True, help="Least distinct tokens of co_similar_tweet (qut).")
@click.option("--loops", is_flag=True, help="Keep an account's co-actions with itself (coortweet, qut).")
def command(file: Path, output: Path, maps: tuple[str, ...], **chosen: Any) -> None:
    """Count who acted together in a file of posts or actions, and write the edges. No workspace is needed.

    Convention tocsin tests every pair against chance and writes those at the false discovery rate; coortweet and qut give the numbers
    of these tools. INPUT is CSV, NDJSON or Parquet: CooRTweet's four columns, QUT's eight, or a table of posts.

    \b
    Example:
      tocsin edges posts.csv -o edges.csv --window 60 --window 3600 --trace url --trace hashtag
      tocsin edges shares.csv -o edges.csv --convention coortweet --window 60 --min-participation 2
    """
    how = {key: chosen.pop(key) for key in ("format", "tz", "platform")} | {"mapping": _posts.mapping(maps)}
    _preset(chosen)
    several = len(chosen["windows"]) > 1 or len(chosen["traces"]) > 1
    if several and chosen["convention"] != "tocsin":
        raise UsageError(f"--convention {chosen['convention']} takes one window and one trace", hint="run it once for each")
    windows = [_posts.seconds(text) for text in chosen.pop("windows")] or [CONVENTIONS[chosen["convention"]]]
    _output_fits(output, chosen)
    posts, found = _posts.load((file,), how)
    traces = list(chosen.pop("traces")) or _traces(posts, found, chosen["convention"])
    from nightly.posts import with_near

    posts = posts if chosen["convention"] == "qut" else with_near(posts, traces, Reporter(brief=True))
    table = {"tocsin": _tocsin, "coortweet": _coortweet, "qut": _qut}[chosen["convention"]](posts, traces, windows, chosen)
    _posts.write_csv(table, output)
    print(f"{table.num_rows:,} edges ({', '.join(traces)}) written to {output}", file=sys.stderr)


def _preset(chosen: dict[str, Any]) -> None:
    """What the preset says, where nothing was given; without one the plain defaults."""
    from coordination import presets

    preset = presets.load(name) if (name := chosen.pop("preset")) else None
    plain = {"convention": "tocsin", "edge_weight": 0.5}
    told = (
        {} if preset is None else {name: getattr(preset, name) for name in ("convention", "edge_weight", "min_weight", "min_participation")}
    )
    for name, value in (plain | told).items():
        chosen[name] = value if chosen[name] is None else chosen[name]
    if preset is not None:
        chosen["traces"] = chosen["traces"] or preset.traces
        chosen["windows"] = chosen["windows"] or tuple(f"{window:g}" for window in preset.windows)


def _output_fits(output: Path, chosen: dict[str, Any]) -> None:
    """Raises UsageError for a place that cannot be written to, before the file is read."""
    if not output.parent.is_dir():
        raise UsageError("the folder does not exist", where=str(output.parent), hint="make it first")
    _posts.takes(output.parent)
    if chosen["stats"] is not None:
        _posts.takes(chosen["stats"])


def _traces(posts: Any, found: str, convention: str) -> list[str]:
    """The traces that the file has anything for; one for the peers."""
    from coordination.engine import acts_of

    if convention == "qut" and found != "coortweet":
        return [next((t for t in ("repost", "url", "same_text") if len(acts_of(posts, t))), "repost")]
    traces = _posts.default_traces(posts, found)
    return traces if convention == "tocsin" else traces[:1]


def _tocsin(posts: Any, traces: Sequence[str], windows: Sequence[float | None], chosen: dict[str, Any]) -> Any:
    from coordination import engine, tables
    from coordination.parameters import Parameters
    from nightly.wire import with_agency

    posts = with_agency(posts, traces)
    edges: list[Any] = []
    for trace in traces:
        seconds = tuple(_posts.window_of(posts, trace, window) for window in windows)
        for window in seconds:
            _posts.fits(engine.acts_of(posts, trace), window)
        parameters = Parameters(
            traces=(trace,),
            windows=seconds,
            q=chosen["q"],
            min_weight=chosen["min_weight"] or 2,
            min_participation=chosen["min_participation"] or 1,
            evidence=chosen["evidence"],
        )
        edges += engine.coordinate(posts, parameters).edges
    return tables.tocsin(edges)


def _coortweet(posts: Any, traces: Sequence[str], windows: Sequence[float | None], chosen: dict[str, Any]) -> Any:
    from coordination import tables
    from coordination.engine import acts_of

    fast = chosen["fast_window"]
    how = tables.CooRTweet(
        window=_posts.fits(acts_of(posts, traces[0]), _posts.window_of(posts, traces[0], windows[0]), "coortweet"),
        min_participation=2 if chosen["min_participation"] is None else chosen["min_participation"],
        least=chosen["min_weight"] or 1,
        loops=chosen["loops"],
        quantile=chosen["edge_weight"],
        corrected=chosen["corrected"],
        fast=None if fast is None else _posts.window_of(posts, traces[0], _posts.seconds(fast)),
        level=chosen["stats_level"],
    )
    if chosen["stats"] is None:
        return tables.coortweet_edges(posts, traces[0], how)
    files = tables.coortweet_files(posts, traces[0], how)
    edges = files.pop("edges")
    with _posts.together(chosen["stats"]) as folder:
        for name, table in files.items():
            _posts.write_csv(table, folder / f"{name}.csv")
    return edges


def _qut(posts: Any, traces: Sequence[str], windows: Sequence[float | None], chosen: dict[str, Any]) -> Any:
    from coordination import tables

    kind = NETWORKS.get(traces[0], traces[0])
    if kind == "object":
        raise UsageError("convention qut counts messages, and this is a list of actions", hint="--convention coortweet or tocsin")
    ours = {network: trace for trace, network in NETWORKS.items()}.get(traces[0], traces[0])
    window = _posts.window_of(posts, ours, windows[0])
    return tables.qut_edges(
        posts,
        kind,
        window,
        min_participation=chosen["min_participation"] or 1,
        least=chosen["min_weight"] or 2,
        loops=chosen["loops"],
        similarity=chosen["similarity"],
        tokens=chosen["min_tokens"],
    )
