"""Which documents the archive has: id to day, content and revision. Derived from the segments; deleting it costs a rebuild, no data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from archive import segments
from archive.database import Database
from models.errors import StopRun
from models.records import digest

FILE = "known.sqlite"
_EPOCH = date(1970, 1, 1)
_SCHEMA = [
    """CREATE TABLE ids (
        id BLOB NOT NULL, revision INTEGER NOT NULL, day INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (id, revision)
    ) WITHOUT ROWID;
    CREATE TABLE parts (path TEXT PRIMARY KEY) WITHOUT ROWID"""
]
_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one document: the day of its first revision, and the content key of each by number."""

    day: date
    contents: dict[int, str]


class Known:
    """The index of document ids beside the segments in ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._database = Database(root / FILE, _SCHEMA, durable=False)

    def sync(self) -> None:
        """Bring the index to what the segments say: add those it has not seen; begin anew if it is damaged or one is gone."""
        try:
            self._sync()
        except StopRun as error:
            if "damaged" not in error.message and "not a database" not in error.message:
                raise
            self.forget()
            self._sync()

    def _sync(self) -> None:
        on_disk = {_name(self._root, p): p for p in segments.listing(self._root, "documents")}
        with self._database.told():
            have = {row[0] for row in self._database.connection.execute("SELECT path FROM parts")}
        if have - on_disk.keys():
            self.forget()
            have = set()
        fresh = sorted(on_disk.keys() - have)
        for start in range(0, len(fresh), 16):
            names = fresh[start : start + 16]
            rows = pa.concat_tables([segments.read(on_disk[n], ["id", "title", "text", "published", "fetched", "revision"]) for n in names])
            self.add(names, _entries(rows))

    def forget(self) -> None:
        """Delete the index; the next :meth:`sync` builds it again."""
        self._database.close()
        for ending in ("", "-wal", "-shm"):
            self._database.path.with_name(FILE + ending).unlink(missing_ok=True)

    def add(self, parts: Iterable[str], entries: Iterable[tuple[str, int, date, str]]) -> None:
        """Note that segments ``parts`` hold ``entries``: id, revision, day, content key."""
        rows = sorted(((_key(i), r, (d - _EPOCH).days, _key(c)) for i, r, d, c in entries), key=_order)
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO ids VALUES (?, ?, ?, ?)", rows)
            connection.executemany("INSERT OR REPLACE INTO parts VALUES (?)", [(p,) for p in parts])

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """What is known of those of ``ids`` that are."""
        found: dict[str, Entry] = {}
        wanted = [(_key(i),) for i in sorted(ids)]
        with self._database.told():
            connection = self._database.connection
            if not _any(connection):
                return {}
            for start in range(0, len(wanted), _CHUNK):
                for key, revision, day, content in _matches(connection, wanted[start : start + _CHUNK]):
                    entry = found.setdefault(_text(key), Entry(_EPOCH + timedelta(days=day), {}))
                    entry.contents[revision] = _text(content)
        return found

    def count(self) -> int:
        """Number of documents, whatever their revisions."""
        with self._database.told():
            return int(self._database.connection.execute("SELECT count(*) FROM ids WHERE revision = 0").fetchone()[0])

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def _any(connection: Any) -> bool:
    return connection.execute("SELECT 1 FROM ids LIMIT 1").fetchone() is not None


def _matches(connection: Any, wanted: Sequence[tuple[Any]]) -> Iterable[Any]:
    statement = f"SELECT id, revision, day, content FROM ids WHERE id IN ({','.join('?' * len(wanted))}) ORDER BY id, revision"  # noqa: S608  only marks
    return list(connection.execute(statement, [key for (key,) in wanted]))


def _key(text: str) -> bytes | str:
    """Our ids are 32 hexadecimal characters: stored as 16 bytes. Anything else stays a text."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return text
    return raw if raw.hex() == text else text


def _order(row: tuple[bytes | str, int, int, bytes | str]) -> tuple[bool, bytes | str, int]:
    """The order of the table, in which rows are inserted fastest."""
    return isinstance(row[0], str), row[0], row[1]


def _text(key: bytes | str) -> str:
    return key.hex() if isinstance(key, bytes) else key


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def content_keys(rows: pa.Table) -> list[str]:
    """``Document.content_key`` of each row."""
    titles, texts = rows.column("title").to_pylist(), rows.column("text").to_pylist()
    return [digest("content", title, text) for title, text in zip(titles, texts, strict=True)]


def days(rows: pa.Table) -> pa.ChunkedArray:
    """The UTC day of each document row, as date32: published, else fetched."""
    return pc.coalesce(rows.column("published"), rows.column("fetched")).cast(pa.date32())


def _entries(rows: pa.Table) -> Iterable[tuple[str, int, date, str]]:
    return zip(rows.column("id").to_pylist(), rows.column("revision").to_pylist(), days(rows).to_pylist(), content_keys(rows), strict=True)
