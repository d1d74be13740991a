"""One writer of an index at a time; the lock of a dead process is free by itself."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import StopRun


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold ``folder``'s writer lock. A living holder is named (StopRun)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StopRun(f"the index cannot be written: {error.strerror}", where=str(folder), hint="check the folder's rights") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 100, 0).decode("utf-8", "replace").strip() or "another process"
            raise StopRun(f"{holder} writes the index", where=str(folder), hint="wait until it ends") from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(handle)
