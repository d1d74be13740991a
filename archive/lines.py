"""Spool lines as rows: quickly when all is well, line by line when a line is torn or strange."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from archive import columns
from models.records import Document


def table(path: Path) -> tuple[pa.Table, int]:
    """The documents of a spool file in their order, and how many lines are lost (torn at a kill, or not a document)."""
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    torn = int(len(whole) < len(data))
    try:
        return _quick(whole), torn
    except (pa.ArrowException, ValueError):
        rows, lost = _slow(whole)
        return rows, torn + lost


def _quick(data: bytes) -> pa.Table:
    """All lines at once by Arrow's JSON reader. Raises ArrowException if any is strange."""
    from pyarrow import json as arrow_json

    wanted = columns.schema(Document)
    if not data:
        return wanted.empty_table()
    loose = pa.schema([pa.field(f.name, f.type) for f in wanted])
    options = arrow_json.ParseOptions(explicit_schema=loose, unexpected_field_behavior="ignore")
    longest = max(map(len, data.split(b"\n")))
    rows = arrow_json.read_json(
        io.BytesIO(data), parse_options=options, read_options=arrow_json.ReadOptions(block_size=max(1 << 22, 2 * longest))
    )
    rows.validate(full=True)
    return conformed(rows)


def conformed(rows: pa.Table) -> pa.Table:
    """``rows`` in exactly the archive's columns: missing ones and nulls get the record's defaults.

    Raises ArrowInvalid where a value that every document needs (id, kind, platform, source, fetched) is missing.
    """
    wanted = columns.schema(Document)
    return pa.table([_column(rows, f) for f in wanted], schema=wanted)


_NEEDED = frozenset({"id", "kind", "platform", "source", "fetched"})


def _column(rows: pa.Table, wanted: pa.Field) -> pa.ChunkedArray:
    if wanted.name not in rows.column_names:
        array = pa.chunked_array([pa.nulls(rows.num_rows, wanted.type)])
    else:
        array = rows.column(wanted.name).cast(wanted.type)
    if wanted.nullable or not array.null_count:
        return array
    if wanted.name in _NEEDED:
        raise pa.ArrowInvalid(f"{wanted.name} is missing")
    if pa.types.is_list(wanted.type):
        return _no_null_lists(array, wanted)
    return pc.fill_null(array, pa.scalar(0 if pa.types.is_integer(wanted.type) else "", wanted.type))


def _no_null_lists(array: pa.ChunkedArray, wanted: pa.Field) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([v or [] for v in c.to_pylist()], wanted.type) for c in array.chunks], wanted.type)


def _slow(data: bytes) -> tuple[pa.Table, int]:
    documents, lost = [], 0
    for line in data.split(b"\n")[:-1]:
        try:
            documents.append(Document.from_dict(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError):
            lost += 1
    return columns.table(Document, documents), lost
