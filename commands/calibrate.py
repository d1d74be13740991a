"""tocsin calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commands import _posts
from commands._output import Reporter, json_option, lines, table


@click.command()
@click.argument("files", metavar="INPUT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@_posts.options
@click.option("--trace", "traces", multiple=True, help="What accounts do alike; repeatable. Default: all that the posts have.")
@click.option("--window", "windows", multiple=True, help="Seconds, or auto; repeatable. Default 60 and 3600.")
@click.option("--q", type=click.FloatRange(0, 1, min_open=True), default=0.05, show_default=True, help="False discovery rate.")
@click.option("--min-weight", type=click.IntRange(1), default=2, show_default=True, help="Least number of distinct objects shared.")
@click.option("--rounds", type=click.IntRange(1, 1000), default=3, show_default=True, help="How often each shuffle is drawn.")
@click.option("--seed", type=int, default=0, show_default=True, help="Start of the random numbers.")
@json_option
def command(files: tuple[Path, ...], maps: tuple[str, ...], as_json: bool, **chosen: Any) -> None:
    """Shuffle your own data so that nobody acts together on purpose, and print how many edges are called all the same, next to q.

    Three shuffles: accounts everywhere, within days, and within days and crowds (fans stay fans). Edges called there are false; in
    the last one a crowd that is itself coordinated stays so, and its edges are no fault.

    \b
    Example:
      tocsin calibrate posts.csv --trace url --window 60
    """
    how = {key: chosen.pop(key) for key in ("format", "tz", "platform")} | {"mapping": _posts.mapping(maps)}
    posts, found = _posts.load(files, how)
    from coordination.calibration import realised
    from coordination.engine import acts_of
    from nightly.posts import with_near

    rows = []
    traces = list(chosen["traces"]) or _posts.default_traces(posts, found)
    posts = with_near(posts, traces, Reporter(brief=True))
    for trace in traces:
        acts = acts_of(posts, trace)
        for window in [_posts.seconds(text) for text in chosen["windows"]] or [60.0, 3600.0]:
            width = _posts.fits(acts, _posts.window_of(posts, trace, window))
            for one in realised(acts, width, chosen["min_weight"], chosen["q"], rounds=chosen["rounds"], seed=chosen["seed"]):
                share = one.called / one.real if one.real else float(one.called > 0)
                rows.append(
                    {
                        "trace": trace, "window": width, "shuffle": one.shuffle, "round": one.round, "tests": one.tests,
                        "false": one.called, "real": one.real, "q": chosen["q"], "realised": round(share, 4),
                    }
                )  # fmt: skip
    if as_json:
        lines(rows)
    else:
        table(list(rows[0]), [list(row.values()) for row in rows])
