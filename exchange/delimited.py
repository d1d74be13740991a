"""CSV and its kin (semicolon, tab, bar) as a source of columns: Arrow's parser, or Python's where quotes do not pair up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from exchange.encoding import examined
from exchange.raw import Columns
from models.errors import SkipRecord, StopRun, UsageError
from models.safe import printable

_HINT = "mend the row, or leave it: the others are read"
_LIMIT = 1 << 26


class DelimitedSource:
    """A CSV file with a header; rows are data rows without empty lines, counted from 1."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._about = examined(path)
        self.notes: list[str] = list(self._about.notes)
        self._delimiter = self._sniffed()
        self.names = self._header()
        if self._delimiter != ",":
            self.notes.append(f"columns separated by {'tabs' if self._delimiter == chr(9) else repr(self._delimiter)}")

    def _text(self) -> io.TextIOWrapper:
        return self.path.open(encoding=self._about.encoding, errors="replace", newline="")

    def _sniffed(self) -> str:
        with self._text() as handle:
            first = handle.readline()
            line = first if first.strip() else next((x for x in handle if x.strip()), "")
        self._plain_start = not line or line == first
        bare = "".join(line.split('"')[::2])
        return max(",;\t|", key=lambda d: (bare.count(d), d == ","))

    def _header(self) -> list[str]:
        with self._text() as handle:
            row = next(_records(handle, self._delimiter), None)
        if row is None or not row[1]:
            raise StopRun("has no header", where=str(self.path), hint="the first line must name the columns")
        if any(ord(letter) < ord(" ") and not letter.isspace() for name in row[1] for letter in name):
            raise StopRun("is no table", where=str(self.path), hint="CSV, NDJSON or Parquet is read; a spreadsheet is saved as CSV (UTF-8)")
        return [name.strip() for name in row[1]]

    def columns(self, wanted: Sequence[str]) -> Columns:
        """The columns of these names, all as texts. Raises UsageError for one that is there twice."""
        for name in wanted:
            if self.names.count(name) > 1:
                raise UsageError(f"the column {name!r} is there twice", where=self.path.name, hint="rename or remove one of them")
        if self._about.quotes % 2 == 0 and self._plain_start:
            try:
                return self._quick(wanted)
            except (pa.ArrowException, ValueError):
                pass  # Arrow's parser gives up on the whole file; the other one names the row
        return self._careful(wanted)

    def _quick(self, wanted: Sequence[str]) -> Columns:
        lost: list[Any] = []
        keys = [str(i) for i in range(len(self.names))]
        chosen = [keys[self.names.index(name)] for name in wanted]

        def bad_row(row: Any) -> str:
            lost.append(row)
            return "skip"

        table = arrow_csv.read_csv(
            self.path,
            read_options=arrow_csv.ReadOptions(
                column_names=keys,
                skip_rows_after_names=1,
                use_threads=False,
                encoding=self._about.encoding.replace("utf-8-sig", "utf8").replace("utf-8", "utf8"),
                block_size=1 << 24,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._delimiter, newlines_in_values=self._about.quotes > 0, invalid_row_handler=bad_row
            ),
            convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(keys, pa.string()), include_columns=chosen),
        )
        values = {name: self._clean(table.column(key)) for name, key in zip(wanted, chosen, strict=True)}
        gone = [row.number - 1 for row in lost]
        places = self.places(gone)
        skipped = [self._ragged(row.actual_columns, row.text, place) for row, place in zip(lost, places, strict=True)]
        numbers = np.delete(np.arange(1, table.num_rows + len(gone) + 1), np.array(gone, np.int64) - 1)
        return Columns(values, pa.chunked_array([pa.array(numbers)]), skipped)

    def _clean(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.replace_substring(column, "\0", "\N{REPLACEMENT CHARACTER}") if self._about.nul else column

    def _ragged(self, count: int, text: str, place: str) -> SkipRecord:
        return SkipRecord(f"has {count} columns, the header has {len(self.names)}: {printable(text)[:80]!r}", where=place, hint=_HINT)

    def _careful(self, wanted: Sequence[str]) -> Columns:
        picks = [self.names.index(name) for name in wanted]
        kept: list[list[str]] = [[] for _ in wanted]
        numbers: list[int] = []
        skipped: list[SkipRecord] = []
        with self._text() as handle:
            for number, (line, row, fault) in enumerate(_records(handle, self._delimiter)):
                place = f"{self.path.name}, line {line}"
                if fault:
                    skipped.append(SkipRecord(fault, where=place, hint=_HINT))
                elif number and len(row) != len(self.names):
                    skipped.append(self._ragged(len(row), self._delimiter.join(row), place))
                elif number:
                    numbers.append(number)
                    for values, pick in zip(kept, picks, strict=True):
                        values.append(row[pick].replace("\0", "\N{REPLACEMENT CHARACTER}"))
        columns = {name: pa.chunked_array([pa.array(values, pa.string())]) for name, values in zip(wanted, kept, strict=True)}
        return Columns(columns, pa.chunked_array([pa.array(numbers, pa.int64())]), skipped)

    def places(self, rows: Sequence[int]) -> list[str]:
        """``posts.csv, line 12``: the line in which each row begins, found by reading the file once more."""
        if not rows:
            return []
        wanted, lines = set(rows), {}
        with self._text() as handle:
            for number, (line, _, _) in enumerate(_records(handle, self._delimiter)):
                if number in wanted:
                    lines[number] = line
        return [f"{self.path.name}, line {lines[r]}" if r in lines else f"{self.path.name}, row {r}" for r in rows]


def _records(handle: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Records with the line each begins in and what is wrong with it, header first, empty lines left out.

    A record whose quotes do not pair up is lost with its first line only: reading goes on with the line after that.
    """
    former = csv.field_size_limit(_LIMIT)
    lines = _Lines(handle)
    try:
        while True:
            begin = lines.number + 1
            lines.taken.clear()
            try:
                row = next(csv.reader(lines, delimiter=delimiter), None)
            except csv.Error as error:
                row = []
                fault = str(error)
            else:
                fault = _unpaired(lines.taken)
            if row is None:
                return
            if fault:
                lines.back_to_second()
                yield begin, [], f"{fault}: {printable(lines.taken[0])[:80]!r}"
            elif row:
                yield begin, row, ""
    finally:
        csv.field_size_limit(former)


def _unpaired(taken: list[str]) -> str:
    """A record over several lines with an odd number of quotes has swallowed its neighbours. In one line a quote may just be a quote."""
    odd = len(taken) > 1 and sum(line.count('"') for line in taken) % 2
    return "a quote that is opened or closed only once" if odd else ""


class _Lines:
    """The lines of a file, with the last record's lines at hand so that reading can go back to its second one."""

    def __init__(self, handle: io.TextIOWrapper) -> None:
        self._handle = handle
        self._again: list[str] = []
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else self._handle.readline()
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        return line

    def back_to_second(self) -> None:
        """Give back all lines of the record but its first."""
        self._again.extend(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
