"""tocsin import."""  # noqa: N999  the file is called as the command is

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from commands import _posts
from commands._output import Reporter, count, json_option, lines
from models.errors import SkipRecord, StopRun, UsageError
from models.safe import printable

SHOWN = 10


@click.command(name="import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", help="coortweet, posts or qut; recognised by the columns when not given.")
@click.option(
    "--map", "maps", multiple=True, metavar="NAME=COLUMN", help="Which column of the file is which of ours, as account=user_id; repeatable."
)
@click.option("--platform", default="", help="Name of the platform, where the file does not say.")
@click.option("--tz", default="", help="Time zone of times that name none, as Europe/Paris.")
@json_option
def command(files: tuple[Path, ...], maps: tuple[str, ...], as_json: bool, **how: Any) -> None:
    """Import posts or lists of actions from CSV, NDJSON or Parquet files into the workspace's archive.

    Rows that cannot be used are named with file and line, the good ones are kept. The same file twice adds nothing.

    \b
    Example:
      tocsin import posts.csv --tz Europe/Paris
      tocsin import german_elections.parquet --map object_id=url_id --map content_id=post_id --map timestamp_share=timestamp
    """
    from models.workspace import find, locked

    how["mapping"] = _posts.mapping(maps)
    workspace = find()
    _all_there(files)
    progress = Reporter(quiet=as_json)
    kept = seen = 0
    with locked(workspace, "tocsin import"):
        for path in files:
            told = _one(workspace, path, progress, how)
            kept += told["read"] - told["skipped"]
            seen += told["read"] or not told["format"]
            if as_json:
                lines([told])
            else:
                _show(told)
    if not kept:
        raise StopRun("no row could be used", hint="see the lines above" if seen else "there is a header and nothing else")


def _all_there(files: tuple[Path, ...]) -> None:
    """Raises UsageError for a file that is missing, before the first is read."""
    for path in files:
        if not path.exists():
            raise UsageError("there is no such file", where=str(path))


def _one(workspace: Any, path: Path, progress: Any, how: dict[str, Any]) -> dict[str, Any]:
    """Import one file; what became of its rows. A file that is no table is told and counts nothing."""
    import exchange
    from archive.store import Archive

    progress("import", note=path.name)
    told: dict[str, Any] = dict.fromkeys(("read", "documents", "new", "same", "revised", "skipped"), 0)
    told = {"file": str(path), "format": "", **told, "notes": []}
    try:
        loaded = exchange.load(path, **how)
    except StopRun as error:
        print(f"tocsin: {printable(str(error))}", file=sys.stderr)
        return told
    _warn(loaded.skipped)
    notes = [*loaded.notes, *_odd_times(loaded.table)]
    told |= {"format": loaded.format, "read": loaded.rows, "skipped": len(loaded.skipped), "notes": notes}
    sealed = Archive(workspace.archive).take(_masked(workspace, loaded))
    counts = {"new": sealed.new, "same": sealed.same, "revised": sealed.revised}
    return told | counts | {"documents": sum(counts.values())}


def _odd_times(posts: Any) -> list[str]:
    """A note where times lie before there were posts, or in the future: a wrong unit or zone looks like that."""
    import pyarrow as pa
    from pyarrow import compute as pc

    times = posts["published"].cast(pa.timestamp("us", "UTC"))
    early, late = datetime(1990, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=1)
    odd = pc.sum(pc.or_(pc.less(times, pa.scalar(early)), pc.greater(times, pa.scalar(late)))).as_py() or 0
    return [f"{count(odd, 'row')} with a time before 1990 or in the future: is --tz, or the unit of the times, right?"] if odd else []


def _masked(workspace: Any, loaded: Any) -> Any:
    """The rows, with pseudonyms if the workspace wants them."""
    if not workspace.settings["privacy.pseudonymise"]:
        return loaded.table
    from archive.columns import table
    from archive.pseudonym import Pseudonymiser
    from models.records import Document

    mask = Pseudonymiser(workspace.root / "pseudonym.key").document
    return table(Document, [mask(document) for document in loaded.documents()])


def _warn(skipped: list[SkipRecord]) -> None:
    for problem in skipped[:SHOWN]:
        print(f"  skipped  {printable(str(problem))}", file=sys.stderr)
    if len(skipped) > SHOWN:
        print(f"  skipped  {len(skipped) - SHOWN:,} more rows", file=sys.stderr)


def _show(told: dict[str, Any]) -> None:
    if told["format"]:
        parts = [f"{count(told['read'], 'row')} read as {told['format']}"]
        parts += [f"{told[key]:,} {key}" for key in ("new", "same", "revised")]
        print(f"{printable(told['file'])}: {', '.join(parts)}, {count(told['skipped'], 'row')} skipped")
        for note in told["notes"]:
            print(f"  {printable(note)}")
