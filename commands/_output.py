"""What the commands share: progress on standard error, tables on a terminal, lines for machines, options of their own kind."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from models.errors import UsageError
from models.records import StageReport
from models.safe import printable

if TYPE_CHECKING:
    from nightly.night import Night

PIPE_WIDTH = 160
"""Columns of a table that goes into a pipe or a file, unless it needs more."""
LEAST_SOFT = 14
"""Columns below which a column that gives way is no longer readable."""


def lines(records: Iterable[Any]) -> None:
    """One JSON object per line on standard output."""
    plain = not (sys.stdout.encoding or "").lower().startswith("utf")
    for record in records:
        print(json.dumps(record if isinstance(record, dict) else record.to_dict(), ensure_ascii=plain))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, flexible: str | Collection[str] = ()) -> None:
    """A table as wide as the terminal; ``flexible`` names the columns that give way. Foreign text is made harmless.

    Nothing is cut off: where the others do not fit, each row becomes a block of lines; into a pipe the table is as wide as it needs.
    """
    from rich.console import Console

    soft = {flexible} if isinstance(flexible, str) else set(flexible)
    shown = [[printable(str(cell)) for cell in row] for row in rows]
    least = _least(columns, shown, soft)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else max(PIPE_WIDTH, least))
    if console.width < least:
        _blocks(columns, shown)
    else:
        console.print(_grid(columns, shown, soft))


def _least(columns: Sequence[str], rows: Sequence[Sequence[str]], soft: Collection[str]) -> int:
    """The cells of the terminal that a table needs in one line at least."""
    from rich.cells import cell_len

    wide = [max(map(cell_len, cells)) + 2 for cells in zip(columns, *rows, strict=True)]
    return sum(LEAST_SOFT if name in soft else width for name, width in zip(columns, wide, strict=True)) - 2


def _blocks(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    for row in rows:
        print(row[0])
        for name, cell in zip(columns[1:], row[1:], strict=True):
            if cell:
                print(f"  {name}: {cell}")


def _grid(columns: Sequence[str], rows: Iterable[Sequence[str]], soft: Collection[str]) -> Any:
    from rich.table import Table
    from rich.text import Text

    out = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        out.add_column(column, ratio=1 if column in soft else None, overflow="fold", no_wrap=column not in soft)
    for row in rows:
        out.add_row(*map(Text, row))
    return out


def count(number: int, one: str, many: str = "") -> str:
    """``1 flag``, ``2 flags``, ``1,200 flags``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def clipped(text: str, most: int) -> str:
    """Foreign text on one line of at most ``most`` characters; what is cut off is shown as an ellipsis."""
    line = printable(text[: 4 * most])
    return line if len(line) <= most and len(text) <= 4 * most else line[: most - 1].rstrip() + "…"


def counted(counts: Mapping[str, object]) -> str:
    """``1 edge, 12 accounts, 3 new`` of names and whole numbers; anything else is left out."""
    whole = {name.replace("_", " "): n for name, n in counts.items() if isinstance(n, int) and not isinstance(n, bool)}
    return ", ".join(f"{n:,} {name.removesuffix('s') if n == 1 else name}" for name, n in whole.items())


def day_option(text: str | None, name: str) -> date | None:
    """``7d`` (days back from today, UTC) or ``2027-03-01``. Raises UsageError for anything else."""
    if not text:
        return None
    today = datetime.now(UTC).date()
    try:
        return today - timedelta(days=int(text[:-1])) if text[:-1].isdecimal() and text.endswith("d") else date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise UsageError(f"{name} cannot be {text!r}", hint="a day such as 2027-03-01, or 7d for the last seven days") from None


def day_range(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    """``--since`` and ``--until`` as days, both included. Raises UsageError if no day lies between them."""
    first, last = day_option(since, "--since"), day_option(until, "--until")
    if first and last and first > last:
        raise UsageError(f"--since {first} lies after --until {last}", hint="change one of them; both days are included")
    return first, last


def shown_time(moment: datetime, zone: str) -> str:
    """``2027-03-01 06:00`` in the time zone of the setting ``display.timezone``."""
    try:
        return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageError(f"unknown time zone {zone!r}", where="display.timezone", hint="for example Europe/Paris") from None


class Reporter:
    """A Progress: a moving line on a terminal, a line per finished stage (unless ``brief``), nothing when quiet."""

    def __init__(self, *, quiet: bool = False, brief: bool = False) -> None:
        self._quiet, self._brief, self._live = quiet, brief, sys.stderr.isatty() and not quiet
        self._shown = 0.0

    def __call__(self, stage: str, **numbers: Any) -> None:
        if self._quiet:
            return
        if "finished" in numbers or "failed" in numbers:
            self._line(stage, numbers)
        elif self._live and time.monotonic() - self._shown > 0.1:
            self._shown = time.monotonic()
            self._write(f"\r\x1b[K  {stage:<11} {_said(numbers)}"[:200])

    def _line(self, stage: str, numbers: dict[str, Any]) -> None:
        clear = "\r\x1b[K" if self._live else ""
        if self._brief and "finished" in numbers:
            self._write(clear)
        elif "failed" in numbers:
            self._write(f"{clear}  {stage:<11} failed: {printable(numbers['failed'])}\n")
        else:
            self._write(f"{clear}  {stage:<11} {_said(numbers)}  {numbers['finished']:.1f} s\n")

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


def _said(numbers: dict[str, Any]) -> str:
    note = numbers.get("note", "")
    return printable(counted(numbers) + (f"  {note}" if note else ""))


@contextmanager
def writing(what: str, *, quiet: bool = False) -> Iterator[Night]:
    """The night of the workspace found from here, under the writer's lock; progress moves, the counts are the caller's to print."""
    from models.workspace import find, locked
    from nightly.night import Night

    workspace = find()
    with locked(workspace, what):
        yield Night(workspace=workspace, progress=Reporter(quiet=quiet, brief=True))


def stage_command(name: str, run: Callable[[Night], None], *, as_json: bool) -> None:
    """Run a command's stages under the lock and print the counts of each."""
    with writing(f"tocsin {name}", quiet=as_json) as night:
        if night.archive.has_spool():
            from scan import seal

            seal(night)
        run(night)
        if as_json:
            lines(night.sources)
            lines(night.stages)
        else:
            for stage in night.stages:
                print(summary(stage))
        for line in night.broken:
            print(f"broken: {printable(line)}", file=sys.stderr)


def summary(stage: StageReport) -> str:
    """``annotate: 120 documents in 3.1 s``."""
    return f"{stage.stage}: {counted(stage.counts) or 'nothing to do'} in {stage.seconds:.1f} s"


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object per line, for machines.")
