"""NDJSON (one JSON object per line), or one JSON list of objects, as a source of columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from exchange.encoding import examined
from exchange.raw import Columns
from models.errors import SkipRecord, StopRun
from models.safe import printable


class JsonSource:
    """A file of JSON objects; rows are lines (or places in the list), counted from 1."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._about = examined(path)
        self.notes: list[str] = list(self._about.notes)
        self._bad: list[SkipRecord] = []
        self._objects: list[tuple[int, dict[str, Any]]] | None = None
        self.names = self._names()

    def _names(self) -> list[str]:
        found: dict[str, None] = {}
        for _, data in self._all():
            found |= dict.fromkeys(data)
        if not found:
            raise StopRun("holds no JSON objects", where=str(self.path), hint="one object per line is wanted")
        return list(found)

    def _all(self) -> list[tuple[int, dict[str, Any]]]:
        if self._objects is None:
            self._objects = list(self._read())
        return self._objects

    def _read(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with self.path.open(encoding=self._about.encoding, errors="replace", newline="\n") as handle:
            begin = handle.read(1)
            handle.seek(0)
            if begin == "[":
                yield from self._from_list(handle.read())
                return
            for number, line in enumerate(handle, 1):
                if line.strip():
                    yield from self._object(number, line)

    def _object(self, number: int, line: str) -> Iterator[tuple[int, dict[str, Any]]]:
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            self._lost(number, f"is not JSON ({printable(str(error))[:80]})")
            return
        if isinstance(data, dict):
            yield number, data
        else:
            self._lost(number, "is no JSON object")

    def _from_list(self, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise StopRun(f"is not JSON: {printable(str(error))[:120]}", where=str(self.path), hint="export it again") from None
        for number, item in enumerate(data, 1):
            if isinstance(item, dict):
                yield number, item
            else:
                self._lost(number, "is no JSON object")

    def _lost(self, number: int, what: str) -> None:
        place = self.places([number])[0]
        self._bad.append(SkipRecord(what, where=place, hint="mend the line, or leave it: the others are read"))

    def columns(self, wanted: Sequence[str]) -> Columns:
        """The columns of these names; ``a.b`` is key b of the object under a. Values that are no texts are written as JSON."""
        objects = self._all()
        values = {w: pa.chunked_array([pa.array([_text(_at(data, w)) for _, data in objects], pa.string())]) for w in wanted}
        return Columns(values, pa.chunked_array([pa.array([n for n, _ in objects], pa.int64())]), list(self._bad))

    def places(self, rows: Sequence[int]) -> list[str]:
        """``posts.ndjson, line 12``."""
        return [f"{self.path.name}, line {row}" for row in rows]


def _at(data: dict[str, Any], name: str) -> Any:
    if name in data or "." not in name:
        return data.get(name)
    value: Any = data
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str | None:
    if value is None or value == []:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
