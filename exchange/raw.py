"""What the readers share: a file's columns as they are, and what a reader makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa

from models.errors import SkipRecord, UsageError
from models.records import Document
from models.registry import nearest
from models.safe import printable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Columns:
    """Some columns of a file: ``values`` one array per name, ``rows`` the number of each row in the file (from 1), rows lost on the way."""

    values: dict[str, pa.ChunkedArray]
    rows: pa.ChunkedArray
    skipped: list[SkipRecord]


class Source(Protocol):
    """A file that was opened: its column names as they are, and a way to its columns."""

    path: Path
    names: list[str]
    notes: list[str]

    def columns(self, wanted: Sequence[str]) -> Columns:
        """The columns of these names. Raises UsageError for one that is there twice."""

    def places(self, rows: Sequence[int]) -> list[str]:
        """Where each of these row numbers is: ``posts.csv, line 12``."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read; see :func:`exchange.read`."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""
    tz: str = ""
    actions: bool = False


@dataclass
class Loaded:
    """What a reader made of a file. ``rows``: data rows of the file, the skipped ones included; ``notes``: what a user should know."""

    format: str
    table: pa.Table
    skipped: list[SkipRecord]
    notes: list[str]
    rows: int

    def documents(self) -> Iterator[Document]:
        """The rows as records, in their order."""
        names = self.table.column_names
        for batch in self.table.to_batches(max_chunksize=8192):
            for row in zip(*(_values(batch.column(i)) for i in range(len(names))), strict=True):
                yield Document(**dict(zip(names, row, strict=True)))


def _values(array: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(array.type):
        return [None if v is None else EPOCH + timedelta(microseconds=v) for v in array.cast(pa.int64()).to_pylist()]
    values: list[Any] = array.to_pylist()
    return [tuple(v) for v in values] if pa.types.is_list(array.type) else values


@dataclass
class Problems:
    """Rows of one file that cannot be used: why each, told by place once the places are asked for."""

    source: Source
    found: dict[int, tuple[str, str, str]] = field(default_factory=dict)

    def add(self, row: int, what: str, value: object, hint: str) -> None:
        """Row number ``row`` has ``value``, ``what`` is wrong with it. The first thing said of a row stays."""
        shown = "" if value is None else f": {printable(str(value))[:80]!r}"
        self.found.setdefault(row, (what, shown, hint))

    def skipped(self) -> list[SkipRecord]:
        """One SkipRecord per row, in the file's order."""
        rows = sorted(self.found)
        places = self.source.places(rows)
        return [
            SkipRecord(f"{self.found[r][0]}{self.found[r][1]}", where=p, hint=self.found[r][2]) for r, p in zip(rows, places, strict=True)
        ]


class Names:
    """Which column of a file is which of ours: by ``mapping``, by name, by alias."""

    def __init__(self, source: Source, options: Options, aliases: Mapping[str, Sequence[str]], fold: Callable[[str], str]) -> None:
        self._source = source
        self.found: dict[str, str] = {}
        self.notes: list[str] = []
        self._check(options.mapping, aliases)
        by_name: dict[str, str] = {}
        for name in source.names:
            by_name.setdefault(fold(name), name)
        taken = set(options.mapping.values())
        for ours, others in aliases.items():
            if ours in options.mapping:
                self.found[ours] = options.mapping[ours]
                continue
            hit = next((by_name[o] for o in (ours, *others) if o in by_name and by_name[o] not in taken), None)
            if hit is not None:
                self.found[ours] = hit
                if fold(hit) != ours:
                    self.notes.append(f"{printable(hit)} read as {ours}")

    def _check(self, mapping: Mapping[str, str], aliases: Mapping[str, Sequence[str]]) -> None:
        for ours, theirs in mapping.items():
            if ours not in aliases:
                raise UsageError(f"--map cannot set {ours!r}", hint=nearest(ours, aliases))
            if theirs not in self._source.names and theirs.split(".")[0] not in self._source.names:
                raise UsageError(f"there is no column {theirs!r}", where=self._source.path.name, hint=nearest(theirs, self._source.names))

    @cached_property
    def columns(self) -> Columns:
        """The columns found, under the file's names."""
        return self._source.columns(list(dict.fromkeys(self.found.values())))

    def get(self, ours: str) -> pa.ChunkedArray | None:
        """The column that is our ``ours``, or None."""
        return self.columns.values[self.found[ours]] if ours in self.found else None

    def need(self, wanted: Sequence[str]) -> None:
        """Raises UsageError if one of ``wanted`` was not found."""
        missing = [w for w in wanted if w not in self.found]
        if missing:
            has = ", ".join(printable(n) for n in self._source.names[:30])
            what = f"no column for {' and '.join(missing)}"
            raise UsageError(what, where=self._source.path.name, hint=f"name it: --map {missing[0]}=COLUMN; the file has: {has}")


def checked_zone(name: str) -> str:
    """``name`` if it is a time zone. Raises UsageError otherwise."""
    if name:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise UsageError(f"unknown time zone {name!r}", hint="for example UTC or Europe/Berlin") from None
    return name
