"""tocsin narrate."""

from __future__ import annotations

from typing import Any

import click

from commands._output import day_option, json_option, stage_command


@click.command()
@click.option("--as-of", help="Tell the night of a past day, such as 2017-05-07, from what was published until then; else tonight.")
@json_option
def command(as_of: str | None, as_json: bool) -> None:
    """Group recent documents into narratives and flag those that deserve a look.

    An archive of an older campaign is told with --as-of, one day or one after the other; nights only go forward.

    \b
    Example:
      tocsin narrate && tocsin narratives --flagged
      tocsin narrate --as-of 2017-05-07
    """
    day = day_option(as_of, "--as-of")

    def run(night: Any) -> None:
        from scan import flag, narrate

        if day:
            night.go_back(day)
        narrate(night)
        flag(night)
        if not night.stages[-2].counts["documents"] and not as_json:
            _nothing(night)

    stage_command("narrate", run, as_json=as_json)


def _nothing(night: Any) -> None:
    """Say what to do where no document was told."""
    days = night.archive.days()
    first = night.since("narratives.days")
    if not days:
        print("The archive is empty. Next: tocsin collect, or tocsin import FILE")
    elif days[-1] < first or days[0] > night.night:
        print(f"No documents of {first} to {night.night}; the archive has {days[0]} to {days[-1]}. Next: tocsin narrate --as-of {days[-1]}")
    else:
        print("No document of these days has been read. Next: tocsin annotate")
