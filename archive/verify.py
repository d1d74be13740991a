"""Proof of the archive, segment by segment: what cannot be proven is named, the rest is checked all the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from archive import columns, files, segments
from archive.known import content_keys, days
from models.codec import Record
from models.errors import StopRun

_LOST = "restore it from a backup, or move it away: its documents are then gone and will be fetched again where they still are"
_MADE = "move it away and run the scan again: it is made from documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Record):
    """One file of the archive that is not as it should be: its ``path`` in the archive, ``what`` is wrong, what to do (``hint``)."""

    path: str
    what: str
    hint: str


def verify(root: Path) -> list[Problem]:
    """One problem per file that is empty, cut short, of another schema, changed, or in the wrong day; and ids that are there twice."""
    problems: list[Problem] = []
    rows: dict[str, pa.Table] = {}
    for kind in segments.KINDS:
        for path in segments.listing(root, kind):
            found = _problem(root, kind, path)
            if found:
                problems.append(found)
            elif kind == "documents":
                rows[path.relative_to(root).as_posix()] = segments.read(path, ["id", "revision"])
    return problems + list(_doubles(rows)) + list(_refuse(root))


def _problem(root: Path, kind: str, path: Path) -> Problem | None:
    what = _fault(kind, path)
    hint = _LOST if kind == "documents" else _MADE
    return Problem(path=path.relative_to(root).as_posix(), what=what, hint=hint) if what else None


def _fault(kind: str, path: Path) -> str:
    """What is wrong with a segment, or ""."""
    if not path.stat().st_size:
        return "is empty (0 bytes)"
    try:
        count, found = segments.head(path)
        if found:
            segments.read(path, [])
    except StopRun as error:
        return error.message
    if not found:
        return "is no segment of Tocsin (its description is missing)"
    try:
        rows = segments.read(path)
    except StopRun as error:
        return error.message
    return _stated(kind, path, rows, count, found)


def _stated(kind: str, path: Path, rows: pa.Table, count: int, found: Mapping[str, str]) -> str:
    wanted = columns.schema(segments.KINDS[kind])
    later = set(segments.ADDED.get(kind, ())) - set(rows.column_names)
    expected = [(field.name, field.type) for field in wanted if field.name not in later]
    if list(zip(rows.schema.names, rows.schema.types, strict=True)) != expected:
        return f"has other columns than a segment of {kind} (format {found.get('format')})"
    if found.get("kind") != kind:
        return f"says that it holds {found.get('kind')}, not {kind}"
    if str(rows.num_rows) != found.get("rows") or rows.num_rows != count:
        return f"holds {rows.num_rows} rows, its description says {found.get('rows')}"
    if columns.digest(rows.replace_schema_metadata(None)) != found.get("digest"):
        return "was changed: the rows do not give the digest in its description"
    return _misplaced(kind, path, rows, found)


def _misplaced(kind: str, path: Path, rows: pa.Table, found: Mapping[str, str]) -> str:
    day = segments.partition_day(path)
    stated = found.get("day" if kind in segments.BY_DAY else "night")
    if day is None or day.isoformat() != stated:
        return f"lies in {path.parent.name}, its description says {stated}"
    if kind == "documents" and not pc.all(pc.equal(days(rows), pa.scalar(day))).as_py():
        return f"holds documents of other days than {day.isoformat()}"
    return ""


def _doubles(parts: dict[str, pa.Table]) -> Iterator[Problem]:
    """Ids that are in the archive twice with one revision number, one problem per segment that repeats any."""
    if not parts:
        return
    names = list(parts)
    numbered = [
        t.replace_schema_metadata(None).append_column("part", pa.array(np.full(t.num_rows, n))) for n, t in enumerate(parts.values())
    ]
    counts = pa.concat_tables(numbered).group_by(["id", "revision"]).aggregate([("part", "count"), ("part", "max")])
    twice = counts.filter(pc.greater(counts.column("part_count"), 1))
    first: dict[int, str] = {}
    for key, part in zip(twice.column("id").to_pylist(), twice.column("part_max").to_pylist(), strict=True):
        first[part] = min(key, first.get(part, key))
    for part, key in sorted(first.items()):
        yield Problem(path=names[part], what=f"repeats a document that is there already, such as {key}", hint=_LOST)


def _refuse(root: Path) -> Iterator[Problem]:
    for part in sorted(root.glob(f"*/*/.*{files.TEMPORARY}")):
        yield Problem(path=part.relative_to(root).as_posix(), what="was left by a run that was killed", hint="the next scan clears it away")


def digest(root: Path) -> str:
    """Sum (mod 2^256) of sha256 over each document's id, revision and content, and their number: order does not matter."""
    total, count = 0, 0
    for path in segments.listing(root, "documents"):
        rows = segments.read(path, ["id", "title", "text", "revision"])
        for key, number, content in zip(rows["id"].to_pylist(), rows["revision"].to_pylist(), content_keys(rows), strict=True):
            total += int.from_bytes(hashlib.sha256(f"{key} {number} {content}".encode()).digest(), "big")
        count += rows.num_rows
    return hashlib.sha256(f"{count} {total % (1 << 256)}".encode()).hexdigest()
