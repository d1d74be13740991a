"""tocsin index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from commands._output import clipped, count, json_option, lines, stage_command, table
from models.errors import StopRun

MOST = 50
"""Refused documents that are named."""


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
        from nightly.indexing import refusals
        from nightly.night import latest_flags

        with night.stage("index") as counts:
            counts.update(renew(night.workspace, night.archive, night.state, latest_flags(night.archive), night.progress))
        if not as_json:
            _name(refusals(night.workspace))

    stage_command("index rebuild", run, as_json=as_json)


@command.command()
@json_option
def sync(as_json: bool) -> None:
    """Index what the archive has and the index has not, and prove day by day that both are equal then.

    Documents that the server refuses are named; the others are in. `tocsin index retry` sends them again.

    \b
    Example:
      tocsin index sync
    """

    def run(night: Any) -> None:
        from nightly.indexing import refusals
        from scan import index

        index(night)
        if not as_json:
            _name(refusals(night.workspace))

    stage_command("index sync", run, as_json=as_json)


@command.command()
@json_option
def verify(as_json: bool) -> None:
    """Prove that index and archive hold the same: documents and a digest of their ids for each day. Exit code 1 if they differ.

    \b
    Example:
      tocsin index verify
    """
    from models.workspace import find
    from nightly.indexing import proofs
    from nightly.night import Night
    from nightly.proof import demand

    night = Night(workspace=find())
    found = proofs(night.workspace, night.archive)
    if as_json:
        lines(found)
    else:
        table(["day", "archive", "index", "digest of the archive's ids", "says"], map(_row, found))
    days = demand(found)
    if not as_json:
        print(f"{count(days, 'day')}: {sum(p.index for p in found):,} documents, index and archive are equal.")


def _row(proof: Any) -> tuple[object, ...]:
    return proof.day, f"{proof.archive:,}", f"{proof.index:,}", proof.archive_digest, "equal" if proof.equal else "DIFFERENT"


@command.command()
@json_option
def retry(as_json: bool) -> None:
    """Send the documents that the server refused again. Exit code 1 if it refuses some still; each is named with the reason.

    \b
    Example:
      tocsin index retry
    """
    from models.workspace import find, locked
    from nightly.indexing import refusals
    from nightly.indexing import retry as again

    workspace = find()
    with locked(workspace, "tocsin index retry"):
        done = again(workspace) if refusals(workspace) else 0
    left = refusals(workspace)
    if as_json:
        lines([{"taken": done, "refused": [{"id": item.id, "reason": item.reason} for item in left]}])
    else:
        _name(left)
        print(f"{count(done, 'document')} taken in, {len(left):,} still refused.")
    if left:
        raise StopRun(
            f"the server still refuses {count(len(left), 'document')}", hint="mend what the reason names, then: tocsin index retry"
        )


def _name(refused: Sequence[Any]) -> None:
    """The refused documents, each with the server's reason."""
    for item in refused[:MOST]:
        print(f"{item.id}: {clipped(item.reason, 200)}")
    if len(refused) > MOST:
        print(f"… and {len(refused) - MOST:,} more")
