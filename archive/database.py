"""SQLite as both databases of a workspace use it: WAL, one transaction at a time, errors as one clear line."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import StopRun, TocsinError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


class Database:
    """A database that is opened when first used, once per process; ``scripts`` are its migrations by number.

    A database that is not ``durable`` may lose its last transactions in a power failure (never in a kill), but is not damaged.
    """

    def __init__(self, path: Path, scripts: list[str], *, durable: bool = True) -> None:
        self.path, self._scripts = path, scripts
        self._synchronous = "FULL" if durable else "NORMAL"
        self._connection: sqlite3.Connection | None = None
        self._process = 0

    @property
    def connection(self) -> sqlite3.Connection:
        """The open connection. Raises StopRun where the file cannot be opened or is newer than this Tocsin."""
        if self._connection is None or self._process != os.getpid():
            with self.told():
                self._connection, self._process = self._opened(), os.getpid()
        return self._connection

    def _opened(self) -> sqlite3.Connection:
        writable = os.access(self.path.parent, os.W_OK)
        if not writable and self.path.exists():  # WAL needs a writable folder; nobody can change the file, so it may be read as it is
            return sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=20.0)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={self._synchronous}")
            self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        have, want = _version(connection), len(self._scripts)
        if have > want:
            raise StopRun(f"made by a newer Tocsin (form {have}, this one knows {want})", where=str(self.path), hint="use the newer Tocsin")
        if have == want:
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            for number in range(_version(connection), want):  # read again: another process may have been quicker
                for statement in self._scripts[number].split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All statements of the block or none of them."""
        with self.told():
            connection = self.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn SQLite's errors into one StopRun line with what to do."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise StopRun(_sentence(error), where=str(self.path), hint=_hint(error)) from None

    def close(self) -> None:
        """Close the connection if this process opened one."""
        if self._connection is not None and self._process == os.getpid():
            self._connection.close()
        self._connection = None


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def scripts() -> list[str]:
    """The migrations of the state, in order of their numbers. Raises TocsinError if a number is missing."""
    found = sorted(MIGRATIONS.glob("[0-9][0-9][0-9][0-9].sql"))
    if [int(p.stem) for p in found] != list(range(1, len(found) + 1)):
        raise TocsinError("a migration is missing", where=str(MIGRATIONS), hint="install Tocsin again")
    return [p.read_text("utf-8") for p in found]


_KNOWN = {
    "full": ("the disk is full, nothing was written by halves", "free some space, then run the same command again"),
    "readonly": ("cannot be written, the place is read-only", "check its rights and how it is mounted"),
    "unable to open": ("cannot be opened or made", "check the folder's rights and how it is mounted"),
    "malformed": ("the database is damaged", "restore it from a backup, or move it away to begin a new one"),
    "not a database": ("this is not a database", "restore it from a backup, or move it away to begin a new one"),
    "locked": ("somebody else is writing", "wait until it ends, then run again"),
    "disk i/o": ("the disk refuses to read or write (full or broken)", "free some space, then run the same command again"),
}


def _sentence(error: sqlite3.DatabaseError) -> str:
    text = str(error).lower()
    return next((sentence for part, (sentence, _) in _KNOWN.items() if part in text), f"the database refuses: {error}")


def _hint(error: sqlite3.DatabaseError) -> str:
    text = str(error).lower()
    return next((hint for part, (_, hint) in _KNOWN.items() if part in text), "run again; report it if it stays")
