"""Spool files: one JSON line per document, on disk before anybody calls the document fetched."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from archive import files
from archive.columns import clean
from models.records import Document

ENDING = ".jsonl"
LIMIT = 128 * 1024 * 1024
_ID = re.compile(rb'^\{"id":"([^"\\]+)"')


class Spool:
    """Appends documents to files of its own and holds the current one's lock, so that a seal leaves it alone.

    A new file is begun after ``limit`` bytes, which bounds what a seal holds in memory.
    """

    def __init__(self, folder: Path, name: str, limit: int = LIMIT) -> None:
        self._folder, self._limit = folder, limit
        self._name = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "spool"
        self._handle: int | None = None
        self._end = 0

    def add(self, document: Document) -> None:
        """Returns when the document's line is on disk. Raises StopRun for a full disk; the file then ends with the line before."""
        self.add_many((document,))

    def add_many(self, documents: Iterable[Document]) -> int:
        """As :meth:`add` for a batch with a single fsync; the number of documents. On failure none of the batch is kept."""
        lines = [_line(document) for document in documents]
        if lines:
            with files.told(self._folder):
                self._append(b"".join(lines))
        return len(lines)

    def _append(self, data: bytes) -> None:
        handle = self._open()
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, self._end)
            raise
        self._end += len(data)

    def _open(self) -> int:
        if self._handle is not None and self._end >= self._limit:
            self.close()
        if self._handle is None:
            self._handle, self._end = self._new(), 0
        return self._handle

    def _new(self) -> int:
        """A new file, locked before it has a name that a seal looks for."""
        files.make_folder(self._folder)
        path = self._folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{os.getpid()}-{self._name}{ENDING}"
        hidden = path.with_name(f".{path.name}{files.TEMPORARY}")
        handle = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            files.put(hidden, path)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def close(self) -> None:
        """Let go of the file; the next seal takes it."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _line(document: Document) -> bytes:
    text = document.to_json()
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair in somebody's text
        return clean(text).encode() + b"\n"


def waiting(folder: Path) -> list[Path]:
    """All spool files, oldest first."""
    return sorted(folder.glob(f"*{ENDING}"))


@contextmanager
def held(paths: Iterable[Path]) -> Iterator[list[Path]]:
    """Those of the files that no living process writes, locked while the block runs."""
    handles: list[int] = []
    mine: list[Path] = []
    try:
        for path in paths:
            handle = _try_lock(path)
            if handle is not None:
                handles.append(handle)
                mine.append(path)
        yield mine
    finally:
        for handle in handles:
            os.close(handle)


def _try_lock(path: Path) -> int | None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def ids(path: Path, start: int) -> tuple[set[str], int]:
    """Document ids of the whole lines from byte ``start`` on, and the byte after the last of them."""
    with path.open("rb") as handle:
        handle.seek(start)
        data = handle.read()
    whole = data[: data.rfind(b"\n") + 1]
    found = (_ID.match(line) for line in whole.split(b"\n"))
    return {m.group(1).decode() for m in found if m}, start + len(whole)
