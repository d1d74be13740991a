"""tocsin collect."""

from __future__ import annotations

from typing import Any

import click

from commands._output import json_option, stage_command


@click.command()
@json_option
def command(as_json: bool) -> None:
    """Read the election's sources into the archive, and nothing else.

    \b
    Example:
      TOCSIN_CRAWL_ONLY='Le Monde' tocsin collect
    """

    def run(night: Any) -> None:
        from scan import collect, seal

        collect(night)
        seal(night)

    stage_command("collect", run, as_json=as_json)
