"""What the commands on files share: reading any table of posts, and writing results whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from models.errors import StopRun, UsageError
from models.safe import printable

SHOWN = 10


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--format, --map, --tz and --platform, as ``tocsin import`` has them."""
    for option in (
        click.option("--platform", default="", help="Name of the platform, where the file does not say."),
        click.option("--tz", default="", help="Time zone of times that name none, as Europe/Paris."),
        click.option("--map", "maps", multiple=True, metavar="NAME=COLUMN", help="Which column is which, as account=user_id; repeatable."),
        click.option("--format", help="coortweet, posts or qut; recognised by the columns when not given."),
    ):
        command = option(command)
    return command


def mapping(maps: tuple[str, ...]) -> dict[str, str]:
    """``--map`` as a dictionary. Raises UsageError for one that is not NAME=COLUMN."""
    pairs = [text.partition("=") for text in maps]
    wrong = next((text for text, (a, _, b) in zip(maps, pairs, strict=True) if not a or not b), None)
    if wrong is not None:
        raise UsageError(f"--map cannot be {wrong!r}", hint="write --map NAME=COLUMN, as --map account=user_id")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def load(paths: tuple[Path, ...], how: dict[str, Any]) -> tuple[Any, str]:
    """The posts of all files as one table with the files' own ids and a text_key, and the format found.

    Skipped rows are told on standard error. Raises StopRun when nothing is left, one account only, or one time only.
    """
    import exchange

    tables, formats, told = [], set(), False
    for path in paths:
        loaded = exchange.load(path, actions=True, **how)
        for problem in [*loaded.skipped[:SHOWN], *(loaded.notes or ())]:
            print(f"  {printable(str(problem))}", file=sys.stderr)
        if len(loaded.skipped) > SHOWN:
            print(f"  {len(loaded.skipped) - SHOWN:,} more rows are left out", file=sys.stderr)
        tables.append(loaded.table)
        formats.add(loaded.format)
        told = told or bool(loaded.skipped)
    posts = _joined(tables)
    _usable(posts, " ".join(path.name for path in paths), told=told)
    return posts, formats.pop() if len(formats) == 1 else "posts"


def _joined(tables: list[Any]) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    from coordination.acts import column
    from nlp.textkey import text_key

    posts = pa.concat_tables(tables, promote_options="default")
    own = column(posts, "platform_id")
    posts = posts.set_column(posts.column_names.index("id"), "id", pc.if_else(pc.equal(own, ""), column(posts, "id"), own))
    coded = column(posts, "text").dictionary_encode()
    keys = pa.array([text_key(text) if text else "" for text in coded.dictionary.to_pylist()], pa.string())
    return posts.append_column("text_key", keys.take(coded.indices))


def _usable(posts: Any, where: str, *, told: bool) -> None:
    from pyarrow import compute as pc

    accounts = pc.count_distinct(posts["account"]).as_py() if posts.num_rows else 0
    if not posts.num_rows:
        hint = "see the lines above, or give the file's column names with --map" if told else "there is a header and nothing else"
        raise StopRun("no row could be used", where=where, hint=hint)
    if accounts == 1:
        raise StopRun("there is only one account, so nobody it could act together with", where=where)
    if pc.count_distinct(posts["published"]).as_py() == 1:
        raise StopRun("all rows have one and the same time, so no window can tell anything", where=where, hint="export the full time")


def seconds(text: str) -> float | None:
    """``--window``: seconds, or None for auto. Raises UsageError for anything else."""
    if text == "auto":
        return None
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"--window cannot be {text!r}", hint="seconds, as 60, or auto") from None


def window_of(posts: Any, trace: str, window: float | None) -> float:
    """The window in seconds, estimated from the trace for None. Raises UsageError for one that is not possible."""
    from coordination import windows
    from coordination.engine import acts_of
    from coordination.sweep import microseconds

    if window is not None:
        return microseconds(window) / 1_000_000
    acts = acts_of(posts, trace)
    made = max(windows.estimate(acts), windows.resolution(acts))
    print(f"  window of the trace {trace}: {made:g} s (estimated)", file=sys.stderr)
    return made


def default_traces(posts: Any, found: str) -> list[str]:
    """The traces that the posts have anything for. Raises StopRun if there is none."""
    from coordination.engine import acts_of

    if found == "coortweet":
        return ["object"]
    traces = [t for t in ("url", "hashtag", "repost", "same_text", "object") if len(acts_of(posts, t))]
    if not traces:
        raise StopRun("the posts have no links, hashtags, reposts or texts in common form", hint="name a trace with --trace")
    return traces


def fits(acts: Any, window: float, convention: str = "tocsin") -> float:
    """The window. Raises UsageError when it is finer than the clock of the data; for the peers, who do not mind, a line is told instead."""
    from coordination.windows import checked

    try:
        checked(acts, window)
    except UsageError as fine:
        if convention == "tocsin":
            raise
        print(f"  {fine}; only equal times can meet", file=sys.stderr)
    return window


def takes(folder: Path) -> None:
    """Raises UsageError if files could not be written into the folder (or where it would be made), before anything is computed."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise UsageError("is a file, not a folder", where=str(there), hint="name another folder")
    try:
        with tempfile.TemporaryFile(dir=there):
            return
    except OSError as error:
        raise UsageError(f"cannot be written to: {error.strerror}", where=str(there), hint="name a folder that is yours") from None


@contextmanager
def together(folder: Path) -> Iterator[Path]:
    """A folder beside ``folder`` to write to; its files move to ``folder`` when the block ends well, and go when it does not."""
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", suffix=".part", dir=folder.absolute().parent) as name:
        yield Path(name)
        folder.mkdir(exist_ok=True)
        for path in sorted(Path(name).iterdir()):
            path.replace(folder / path.name)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path beside ``path`` to write to; it takes its place when the block ends well, and goes when it does not."""
    if not path.parent.is_dir():
        raise UsageError("the folder does not exist", where=str(path.parent), hint="make it first")
    takes(path.parent)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_csv(table: Any, path: Path) -> None:
    """A table as CSV with a header, cells quoted only where needed, whole or not at all. Numbers keep all their digits."""
    import csv

    with whole(path) as part, part.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=65_536):
            rows.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
