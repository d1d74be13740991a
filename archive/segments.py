"""Segments: Parquet files that say of themselves what they hold, in which format, and how to prove it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from archive import columns
from models.codec import Record
from models.errors import StopRun
from models.records import Annotation, Document, Edge, Flag, Group, Link, Narrative

FORMAT = 1
"""Number of the segment format; a reader refuses a higher one."""

KINDS: dict[str, type[Record]] = {
    "documents": Document,
    "annotations": Annotation,
    "edges": Edge,
    "groups": Group,
    "narratives": Narrative,
    "links": Link,
    "flags": Flag,
}
"""What the archive keeps: name of the folder to record."""

ADDED = {"annotations": ("stance", "marks")}
"""Columns that came later: a segment written before has none of them, and is read with the record's defaults."""

BY_DAY = frozenset({"documents", "annotations"})
"""Kinds that lie by the document's day; the others lie by night."""

ENDING = ".parquet"
_ROW_GROUP = 65_536


def partition(kind: str, day: date) -> str:
    """Name of the folder in which a day's (or a night's) segments of ``kind`` lie."""
    return f"{'day' if kind in BY_DAY else 'night'}={day.isoformat()}"


def partition_day(path: Path) -> date | None:
    """The day in a segment's folder name, or None if it names none."""
    try:
        return date.fromisoformat(path.parent.name.partition("=")[2])
    except ValueError:
        return None


def prepared(kind: str, rows: pa.Table, more: Mapping[str, str]) -> pa.Table:
    """``rows`` with the metadata that makes a segment: format, kind, writer, row count, digest and ``more``."""
    facts = {
        "tocsin.format": str(FORMAT),
        "tocsin.kind": kind,
        "tocsin.writer": f"tocsin {_version()}",
        "tocsin.rows": str(rows.num_rows),
        "tocsin.digest": columns.digest(rows),
        **{f"tocsin.{key}": value for key, value in more.items()},
    }
    return rows.replace_schema_metadata(facts)


def identity(rows: pa.Table) -> str:
    """Id of a prepared segment: the first 24 characters of its digest."""
    return facts(rows.schema)["digest"][:24]


def fill(rows: pa.Table, handle: BinaryIO) -> None:
    """Write the Parquet bytes of a prepared segment: zstd, row groups of 65,536 rows, statistics."""
    pq.write_table(rows, handle, compression="zstd", row_group_size=_ROW_GROUP, write_statistics=True)


def facts(schema: pa.Schema) -> dict[str, str]:
    """The metadata of a segment without the prefix; empty for a file that is none."""
    found = schema.metadata or {}
    return {k.decode()[7:]: v.decode("utf-8", "replace") for k, v in found.items() if k.startswith(b"tocsin.")}


def read(path: Path, names: list[str] | None = None) -> pa.Table:
    """The rows of a segment, or some of its columns. Raises StopRun for a file that cannot be read as one."""
    try:
        with path.open("rb") as handle, pq.ParquetFile(handle) as segment:
            _refuse_newer(path, facts(segment.schema_arrow))
            return segment.read(columns=names)
    except (pa.ArrowException, OSError) as error:
        raise StopRun(f"not a readable segment: {_first_line(error)}", where=str(path), hint="run: tocsin archive verify") from None


def head(path: Path) -> tuple[int, dict[str, str]]:
    """Row count and metadata of a segment, read from its end only. Raises StopRun as :func:`read` does."""
    try:
        with path.open("rb") as handle, pq.ParquetFile(handle) as segment:
            return segment.metadata.num_rows, facts(segment.schema_arrow)
    except (pa.ArrowException, OSError) as error:
        raise StopRun(f"not a readable segment: {_first_line(error)}", where=str(path), hint="run: tocsin archive verify") from None


def _refuse_newer(path: Path, found: Mapping[str, str]) -> None:
    if found.get("format", "0").isdigit() and int(found.get("format", "0")) > FORMAT:
        raise StopRun(
            f"segment format {found['format']} is newer than this Tocsin reads ({FORMAT})", where=str(path), hint="use a newer Tocsin"
        )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def listing(root: Path, kind: str, since: date | None = None, until: date | None = None) -> list[Path]:
    """Segments of ``kind`` whose day lies from ``since`` to ``until``, both included, in order of day and name."""
    folder = root / kind
    low, high = partition(kind, since or date.min), partition(kind, until or date.max)
    days = [d for d in folder.glob("*=*") if low <= d.name <= high] if folder.is_dir() else []
    return [p for d in sorted(days) for p in sorted(d.glob(f"*{ENDING}")) if not p.name.startswith(".")]


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("tocsin")
    except PackageNotFoundError:
        return "from source"


def empty(kind: str) -> pa.Table:
    """No rows of ``kind``."""
    return columns.schema(KINDS[kind]).empty_table()


def joined(kind: str, parts: list[pa.Table], names: list[str] | None = None) -> pa.Table:
    """The parts one after another; without parts, no rows with the right columns."""
    none: Any = empty(kind) if names is None else empty(kind).select(names)
    whole = (columns.completed(KINDS[kind], p, [n for n in ADDED.get(kind, ()) if names is None or n in names]) for p in parts)
    return pa.concat_tables([p.replace_schema_metadata(None).select(none.column_names) for p in whole]) if parts else none
