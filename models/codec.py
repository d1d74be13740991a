"""One way to and from JSON for the frozen records: field names as keys, times as ISO 8601 in UTC with ``Z``."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Self, TypeVar, cast

T = TypeVar("T")


def time_text(moment: datetime) -> str:
    """``2027-04-11T06:00:00Z``; microseconds only where there are some. Raises ValueError for a time without zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def time_value(text: str) -> datetime:
    """The reverse of :func:`time_text`; a time without a zone is refused (ValueError)."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {text!r}")
    return moment.astimezone(UTC)


def plain(value: Any) -> Any:
    """A record, or anything inside one, as JSON types."""
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return value


@cache
def _readers(kind: Any) -> dict[str, Callable[[Any], Any]]:
    hints = typing.get_type_hints(kind)
    return {f.name: _reader(hints[f.name]) for f in dataclasses.fields(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = _reader(next(a for a in args if a is not type(None)))
        return lambda v: None if v is None else inner(v)
    if origin is tuple:
        item = _reader(args[0])
        return lambda v: tuple(item(x) for x in v)
    if hint is datetime:
        return time_value
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return lambda v: build(hint, v)
    if hint is float:
        return float
    return lambda v: v


def build(kind: type[T], data: Mapping[str, Any]) -> T:
    """A record of ``kind`` from JSON types; unknown keys are ignored so that an older program reads newer lines."""
    readers = _readers(cast("Any", kind))
    return kind(**{key: readers[key](value) for key, value in data.items() if key in readers})


class Record:
    """Base of the frozen records: ``to_json`` gives one line, ``from_json`` reads it back unchanged."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON types."""
        out: dict[str, Any] = plain(self)
        return out

    def to_json(self) -> str:
        """One line of JSON without a line end."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The reverse of :meth:`to_dict`. Raises TypeError or ValueError for data of another shape."""
        return build(cls, data)

    @classmethod
    def from_json(cls, line: str) -> Self:
        """The reverse of :meth:`to_json`."""
        return cls.from_dict(json.loads(line))
