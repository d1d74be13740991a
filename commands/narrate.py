"""tocsin narrate."""

from __future__ import annotations

from typing import Any

import click

from commands._output import json_option, stage_command


@click.command()
@json_option
def command(as_json: bool) -> None:
    """Group recent documents into narratives and flag those that deserve a look.

    \b
    Example:
      tocsin narrate && tocsin narratives --flagged
    """

    def run(night: Any) -> None:
        from scan import flag, narrate

        narrate(night)
        flag(night)

    stage_command("narrate", run, as_json=as_json)
