"""Sums that the next night goes on from instead of counting again. Derived: they may be deleted at any time, and are then made anew."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from archive import files, segments
from archive.derived import slug

FOLDER = "sums"


def write_sums(root: Path, name: str, tables: Mapping[str, pa.Table], version: str) -> None:
    """Keep the tables of a name, in place of former ones. Raises StopRun for a full or read-only disk."""
    facts = {"tocsin.version": version, "tocsin.mark": uuid.uuid4().hex}
    for part, rows in tables.items():
        whole = rows.replace_schema_metadata(facts)
        files.write_whole(_path(root, name, part), lambda handle, whole=whole: pq.write_table(whole, handle, **_how(whole)))  # type: ignore[misc]  # bound at once


def _how(rows: pa.Table) -> dict[str, object]:
    """Sorted numbers as differences, small ones as runs; every page with its checksum."""
    differences = [n for n in rows.column_names if n in {"pair", "time"}]
    return {
        "compression": "zstd",
        "write_page_checksum": True,
        "use_dictionary": [n for n in rows.column_names if n not in differences],
        "column_encoding": dict.fromkeys(differences, "DELTA_BINARY_PACKED"),
    }


def read_sums(root: Path, name: str, parts: tuple[str, ...], version: str) -> dict[str, pa.Table] | None:
    """The tables of a name; None when they are not there, damaged, of different writings or of another version."""
    found, marks = {}, set()
    for part in parts:
        try:
            with pq.ParquetFile(_path(root, name, part), page_checksum_verification=True) as file:
                rows = file.read()
        except (pa.ArrowException, OSError):
            return None
        facts = segments.facts(rows.schema)
        marks.add((facts.get("mark"), facts.get("version")))
        found[part] = rows
    return found if len(marks) == 1 and marks.pop()[1] == version else None


def _path(root: Path, name: str, part: str) -> Path:
    return root / FOLDER / f"{slug(name)}.{part}{segments.ENDING}"
