"""A workspace: a folder with ``tocsin.toml``, found from below as git finds its own; one writer at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.errors import StopRun, TocsinError, UsageError
from models.registry import nearest
from models.settings import TABLE, Settings, read

FILE = "tocsin.toml"
SECRETS = ("TOCSIN_INDEX_API_KEY", "TOCSIN_INDEX_USER", "TOCSIN_INDEX_PASSWORD")
"""Variables that look like settings and are none, since a secret does not belong into tocsin.toml."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths of one workspace and its settings."""

    root: Path
    settings: Settings

    @property
    def archive(self) -> Path:
        """The archive's folder: spool, segments."""
        return self.root / "archive"

    @property
    def state(self) -> Path:
        """The SQLite file of what changes."""
        return self.root / "state.sqlite"

    @property
    def index(self) -> Path:
        """The embedded index's folder; derived, may be deleted."""
        return self.root / "index"

    @property
    def reports(self) -> Path:
        """Folder of the scan reports, one JSON file each."""
        return self.root / "reports"

    @property
    def logs(self) -> Path:
        """Folder of the scheduled scans' logs."""
        return self.root / "logs"


def find(start: Path | None = None, environment: Mapping[str, str] = os.environ) -> Workspace:
    """The workspace at or above ``start``; ``TOCSIN_WORKSPACE`` names one outright. Raises UsageError if there is none."""
    named = environment.get("TOCSIN_WORKSPACE") if start is None else None
    if named:
        return open_at(Path(named), environment)
    begin = (start or Path.cwd()).resolve()
    for folder in (begin, *begin.parents):
        if (folder / FILE).is_file():
            return open_at(folder, environment)
    raise UsageError("no workspace here", where=str(begin), hint="make one with: tocsin init watch --election fr-2027")


def open_at(root: Path, environment: Mapping[str, str] = os.environ) -> Workspace:
    """The workspace whose ``tocsin.toml`` lies in ``root``. Raises UsageError if it does not."""
    if not (root / FILE).is_file():
        raise UsageError(f"no {FILE} in this folder", where=str(root), hint=f"make one with: tocsin init {root}")
    _known_variables(environment)
    return Workspace(root=root.resolve(), settings=read(root / FILE, environment))


def _known_variables(environment: Mapping[str, str]) -> None:
    """Raises UsageError for a variable that looks like a setting and is none: a mistyped one must not go unnoticed."""
    known = {setting.variable for setting in TABLE}
    groups = tuple({f"TOCSIN_{s.key.partition('.')[0].upper()}_" for s in TABLE if "." in s.key})
    for name in sorted(environment):
        if name.startswith(groups) and name not in known and name not in SECRETS:
            raise UsageError(
                "unknown setting", where=name, hint=nearest(name, known).partition("known:")[0] + "see docs/reference/settings.md"
            )


def create(root: Path, text: str) -> Workspace:
    """A new workspace with ``text`` as its ``tocsin.toml``. Raises UsageError if there is one already."""
    if (root / FILE).exists():
        raise UsageError("this folder is a workspace already", where=str(root), hint=f"edit {root / FILE}")
    try:
        root.mkdir(parents=True, exist_ok=True)
        (root / FILE).write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"cannot be made: {error.strerror}", where=str(root), hint="choose a folder you may write") from None
    return open_at(root)


@contextmanager
def locked(workspace: Workspace, what: str) -> Iterator[None]:
    """Hold the writer's lock. A living holder is named (StopRun); the lock of a dead process is free by itself (flock)."""
    path = workspace.root / ".lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise TocsinError(f"cannot be written: {error.strerror}", where=str(workspace.root), hint="check its rights") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(handle, 400, 0).decode("utf-8", "replace").strip()
            raise StopRun(f"somebody else writes here: {holder}", where=str(workspace.root), hint="wait until it ends") from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{what}, process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n".encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)
