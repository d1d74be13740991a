"""The one place that touches the file system: what is written is either wholly there or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from models.errors import StopRun

TEMPORARY = ".part"
"""Ending of files that are not finished; whoever finds one that no journal names may delete it."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn an OSError of the file system at ``path`` into one StopRun line with what to do."""
    try:
        yield
    except OSError as error:
        raise told_error(error, path) from None


def told_error(error: OSError, path: Path) -> StopRun:
    """The StopRun for ``error``: a full disk, a read-only place, or what the system says."""
    if error.errno in _FULL:
        return StopRun(
            "the disk is full, nothing was written by halves", where=str(path), hint="free some space, then run the same command again"
        )
    if error.errno in _READ_ONLY:
        return StopRun("cannot be written, the place is read-only", where=str(path), hint="check its rights and how it is mounted")
    return StopRun(f"the file system refuses: {error.strerror or error}", where=str(path), hint="check the disk, then run again")


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable (fsync of the directory)."""
    _sync(folder)


def make_folder(folder: Path, *, sync: bool = True) -> None:
    """``folder`` with its parents, durable unless ``sync`` is left to :func:`sync_all`. Raises StopRun where it cannot be made."""
    with told(folder):
        missing = [p for p in (folder, *folder.parents) if not p.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for made in missing if sync else ():
            sync_folder(made.parent)


def sync_all(paths: Iterable[Path]) -> None:
    """Make many files and folders durable; side by side, since the disk answers several as fast as one. Raises StopRun if it refuses."""
    with ThreadPoolExecutor(max_workers=16) as pool:
        for path, done in [(path, pool.submit(_sync, path)) for path in paths]:
            with told(path):
                done.result()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def part_of(target: Path) -> Path:
    """The temporary name of ``target``, in the same folder."""
    return target.with_name(f".{target.name}{TEMPORARY}")


def write_part(target: Path, fill: Callable[[BinaryIO], object], *, sync: bool = True) -> Path:
    """Write ``target`` beside itself under a temporary name; removed again if anything fails. Raises StopRun for a full or read-only disk.

    It is on disk when this returns, unless ``sync`` is left to :func:`sync_all`.
    """
    make_folder(target.parent, sync=sync)
    part = part_of(target)
    with told(target):
        try:
            with part.open("wb") as handle:
                fill(handle)
                handle.flush()
                if sync:
                    os.fsync(handle.fileno())
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return part


def put(part: Path, target: Path) -> None:
    """Give a finished part its name, durably; a file of that name is replaced."""
    with told(target):
        part.replace(target)
        sync_folder(target.parent)


def write_whole(target: Path, fill: Callable[[BinaryIO], object]) -> Path:
    """``write_part`` and ``put``: ``target`` is the old or the new file at every moment."""
    put(write_part(target, fill), target)
    return target


def remove(paths: list[Path]) -> None:
    """Remove files that may be gone already, and make that durable."""
    for path in paths:
        with told(path):
            path.unlink(missing_ok=True)
    sync_all({path.parent for path in paths})
