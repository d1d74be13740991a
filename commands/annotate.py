"""tocsin annotate."""

from __future__ import annotations

from typing import Any

import click

from commands._output import json_option, stage_command


@click.command()
@click.option("--again", is_flag=True, help="Also read documents again that an older pipeline version read.")
@json_option
def command(again: bool, as_json: bool) -> None:
    """Read the archived documents: language, entities, key terms, signatures.

    \b
    Example:
      tocsin annotate --again
    """

    def run(night: Any) -> None:
        from scan import annotate

        annotate(night, again=again)

    stage_command("annotate", run, as_json=as_json)
