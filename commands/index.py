"""tocsin index."""

from __future__ import annotations

from typing import Any

import click

from commands._output import json_option, stage_command


@click.group()
def command() -> None:
    """The search index: derived from the archive, made again whenever you like.

    \b
    Example:
      tocsin index rebuild
    """


@command.command()
@json_option
def rebuild(as_json: bool) -> None:
    """Make the index anew from the archive; the old one serves until the new one is whole.

    \b
    Example:
      tocsin index rebuild
    """

    def run(night: Any) -> None:
        from nightly.indexing import rebuild as renew
        from scan import latest_flags

        with night.stage("index") as counts:
            counts.update(renew(night.workspace, night.archive, night.state, latest_flags(night.archive), night.progress))

    stage_command("index rebuild", run, as_json=as_json)


@command.command()
@json_option
def sync(as_json: bool) -> None:
    """Index what the archive has and the index has not.

    \b
    Example:
      tocsin index sync
    """

    def run(night: Any) -> None:
        from scan import index

        index(night)

    stage_command("index sync", run, as_json=as_json)
