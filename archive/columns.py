"""Records as Arrow columns and back: the schema is read off the dataclass, so there is one description of a record."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.codec import Record, build, plain

R = TypeVar("R", bound=Record)

TIME = pa.timestamp("us", "UTC")
TEXTS = pa.list_(pa.field("item", pa.string(), nullable=False))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIMPLE: dict[Any, pa.DataType] = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), datetime: TIME}
_AS_JSON = {b"tocsin": b"json"}


def schema(kind: type[Record]) -> pa.Schema:
    """One column per field: texts, numbers and times as such, tuples of texts as lists, anything nested as JSON text."""
    return _schema(cast("Any", kind))


@cache
def _schema(kind: Any) -> pa.Schema:
    hints = typing.get_type_hints(kind)
    return pa.schema([_column(f.name, hints[f.name]) for f in dataclasses.fields(kind)])


def _column(name: str, hint: Any) -> pa.Field:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = next(a for a in args if a is not type(None))
        return pa.field(name, _SIMPLE[inner], nullable=True)
    if hint in _SIMPLE:
        return pa.field(name, _SIMPLE[hint], nullable=False)
    if origin is tuple and args[0] is str:
        return pa.field(name, TEXTS, nullable=False)
    return pa.field(name, pa.string(), nullable=False, metadata=_AS_JSON)


def is_json(column: pa.Field) -> bool:
    """Whether the column holds nested values as JSON text."""
    return bool(column.metadata) and column.metadata.get(b"tocsin") == b"json"


def clean(text: str) -> str:
    """``text`` without lone surrogates, which no UTF-8 file can hold; each becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def table(kind: type[R], records: Sequence[R]) -> pa.Table:
    """The records as a table of :func:`schema`, in their order."""
    wanted = schema(kind)
    return pa.table([_array(column, [getattr(r, column.name) for r in records]) for column in wanted], schema=wanted)


def _array(column: pa.Field, values: list[Any]) -> pa.Array:
    if is_json(column):
        values = [json.dumps(plain(v), ensure_ascii=False, separators=(",", ":")) for v in values]
    try:
        return pa.array(values, column.type)
    except UnicodeEncodeError:
        return pa.array([_cleaned(v) for v in values], column.type)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    return [clean(v) for v in value] if isinstance(value, tuple | list) else value


def completed(kind: type[Record], rows: pa.Table, names: Sequence[str]) -> pa.Table:
    """``rows`` with those of the columns ``names`` that are missing, filled with what the record has by default."""
    for field in dataclasses.fields(cast("Any", kind)):
        if field.name in names and field.name not in rows.column_names:
            stored = schema(kind).field(field.name)
            default = json.dumps(plain(field.default)) if is_json(stored) else field.default
            rows = rows.append_column(stored, pa.array([default] * rows.num_rows, stored.type))
    return rows


def records(kind: type[R], rows: pa.Table) -> Iterator[R]:
    """The reverse of :func:`table`, in batches so that a large table is never whole in Python objects."""
    names = [f.name for f in dataclasses.fields(cast("Any", kind)) if f.name in rows.column_names]
    for batch in rows.select(names).to_batches(max_chunksize=8192):
        values = [_values(kind, batch.schema.field(i), batch.column(i)) for i in range(len(names))]
        for row in zip(*values, strict=True):
            yield kind(**dict(zip(names, row, strict=True)))


def _values(kind: type[Record], column: pa.Field, array: pa.Array) -> Sequence[Any]:
    stored = schema(kind).field(column.name)
    if stored.type == TIME:
        return [None if v is None else EPOCH + timedelta(microseconds=v) for v in array.cast(pa.int64()).to_pylist()]
    if stored.type == TEXTS:
        return _tuples(array)
    if is_json(stored):
        return [_nested(cast("Any", kind), column.name)(json.loads(v)) for v in array.to_pylist()]
    return cast("list[Any]", array.to_pylist())


def _tuples(array: pa.ListArray) -> list[tuple[str, ...]]:
    """Lists of texts as tuples; most are empty, so the flat values are cut by offsets instead of one object per row."""
    flat = array.flatten().to_pylist()
    ends = np.cumsum(pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False))
    out, start = [], 0
    for end in ends.tolist():
        out.append(tuple(flat[start:end]) if end > start else ())
        start = end
    return out


@cache
def _nested(kind: Any, name: str) -> Callable[[Any], Any]:
    """Builds the nested value of one field as the JSON codec does."""
    hint = typing.get_type_hints(kind)[name]
    args = typing.get_args(hint)
    if typing.get_origin(hint) is tuple and dataclasses.is_dataclass(args[0]):
        return lambda value: tuple(build(args[0], item) for item in value)
    if dataclasses.is_dataclass(hint):
        return lambda value: build(cast("Any", hint), value)
    return lambda value: value


def digest(rows: pa.Table) -> str:
    """sha256 over the rows: for each column in order its name, the nulls, the lengths and the bytes.

    Independent of how Arrow or Parquet lay the values out, so that a file rewritten by another writer keeps it.
    """
    state = hashlib.sha256()
    for name in rows.column_names:
        state.update(name.encode() + b"\0")
        for part in _bytes(rows.column(name).chunks, rows.schema.field(name).type):
            state.update(part)
    return state.hexdigest()


def _bytes(chunks: list[Any], kind: pa.DataType) -> Iterable[Any]:
    """The canonical bytes of a column, whatever its chunks: nulls, then lengths, then values, little endian."""
    yield _nulls(chunks)
    if pa.types.is_list(kind):
        yield from (_numbers(pc.list_value_length(c), "<i8") for c in chunks)
        yield from _bytes([c.flatten() for c in chunks], kind.value_type)
    elif pa.types.is_string(kind):
        yield from (_numbers(pc.binary_length(c), "<i8") for c in chunks)
        yield from (_text_bytes(c) for c in chunks)
    elif pa.types.is_floating(kind):
        yield from (_numbers(c, "<f8") for c in chunks)
    else:
        step = pa.int8() if pa.types.is_boolean(kind) else pa.int64()
        yield from (_numbers(c.cast(step), "<i8") for c in chunks)


def _nulls(chunks: list[Any]) -> bytes:
    """One bit per value, set where it is null."""
    if not any(c.null_count for c in chunks):
        return bytes(-(-sum(map(len, chunks)) // 8))
    return np.packbits(np.concatenate([pc.is_null(c).to_numpy(zero_copy_only=False) for c in chunks])).tobytes()


def _numbers(array: pa.Array, kind: str) -> bytes:
    array = pc.fill_null(array, 0) if array.null_count else array
    return cast("bytes", array.to_numpy(zero_copy_only=False).astype(kind).tobytes())


def _text_bytes(array: pa.StringArray) -> Any:
    """The values' bytes one after another. Values under a null are dropped first; offsets of a slice are honoured."""
    full = array.drop_null() if array.null_count else array
    _, offsets, data = full.buffers()
    if not len(full) or data is None:
        return b""
    ends = np.frombuffer(offsets, np.int32)[full.offset : full.offset + len(full) + 1]
    return memoryview(data)[int(ends[0]) : int(ends[-1])]
