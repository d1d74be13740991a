"""The archive's door: documents in through the spool, everything out by range of days (both ends included)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar, cast

import pyarrow as pa
import pyarrow.compute as pc

from archive import columns, derived, lines, seal, segments, spool, sums, verify
from archive.known import Known
from archive.seal import Sealed
from archive.spool import Spool
from archive.verify import Problem
from models.codec import Record
from models.errors import StopRun
from models.records import Annotation, Document

R = TypeVar("R", bound=Record)


class Archive:
    """The archive in ``folder``. Opening it touches nothing; one writer at a time (the workspace's lock)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known = Known(folder)
        self._synced = False
        self._spooled: set[str] = set()
        self._read_to: dict[Path, int] = {}

    def spool(self, name: str) -> Spool:
        """A sink for documents; use it as a context manager. ``name`` says whose it is."""
        return Spool(self.folder / "spool", name)

    def has_spool(self) -> bool:
        """Whether documents await a seal (or a seal was killed and must be finished)."""
        return bool(spool.waiting(self.folder / "spool")) or (self.folder / seal.JOURNAL).exists()

    def seal(self) -> Sealed:
        """Turn all spool files that no living process writes into segments. Raises StopRun (full disk …) with the spool untouched."""
        sealed = seal.seal(self.folder, self._known)
        self._spooled.clear()
        self._read_to.clear()
        return sealed

    def take(self, rows: pa.Table) -> Sealed:
        """Put rows with columns named like the record's fields straight into segments; for imports, whose file remains.

        Columns may be missing but for id, kind, platform, source and fetched. Killed midway, the same call again completes it.
        """
        return seal.take(self.folder, self._known, lines.conformed(rows))

    def documents(
        self, since: date | None = None, until: date | None = None, ids: Collection[str] | None = None, *, revisions: bool = False
    ) -> Iterator[Document]:
        """Documents by day; first revisions only unless ``revisions``. With ``ids``, only those, read from the days they lie in."""
        for path in self._paths(since, until, None if revisions else ids):
            rows = segments.read(path)
            if not revisions:
                rows = rows.filter(pc.equal(rows.column("revision"), 0))
            if ids is not None:
                rows = rows.filter(pc.is_in(rows.column("id"), pa.array(sorted(ids), pa.string())))
            yield from columns.records(Document, rows)

    def posts(self, since: date | None = None, until: date | None = None, names: list[str] | None = None) -> pa.Table:
        """First revisions as columns named like the record's fields, or some of them; by day, each segment's rows as they came."""
        wanted = None if names is None else list(dict.fromkeys([*names, "revision"]))
        parts = [segments.read(p, wanted) for p in segments.listing(self.folder, "documents", since, until)]
        rows = segments.joined("documents", parts, wanted)
        rows = rows.filter(pc.equal(rows.column("revision"), 0))
        return rows if names is None else rows.select(names)

    def unannotated(self, version: str | None = None) -> Iterator[Document]:
        """Documents without any annotation; with ``version``, those without one of that version."""
        for day in self.days():
            done = derived.annotated(self.folder, day, version)
            for path in segments.listing(self.folder, "documents", day, day):
                missing = set(segments.read(path, ["id"]).column("id").to_pylist()) - done
                if missing:
                    yield from _some(path, missing)

    def write(self, kind: str, records: Iterable[Record], *, night: date, version: str) -> Path | None:
        """Keep what was made from documents; where it lies now.

        Annotations are added under their documents' days (the folder is returned, None if there were none). Edges, groups, narratives,
        links and flags of that night and version are replaced at once. Raises StopRun for a full disk, with the former ones untouched.
        """
        if derived.checked_kind(kind) == "annotations":
            self._sync()
            pairs = derived.with_days(self._known, cast("Iterable[Annotation]", records))
            return derived.write_annotations(self.folder, pairs, night, version)
        return derived.write_night(self.folder, kind, records, night, version)

    def write_annotations(self, pairs: Iterable[tuple[date, Annotation]], *, version: str) -> Path | None:
        """As :meth:`write` for annotations, with each document's day (``Document.time``, UTC) known to the caller."""
        return derived.write_annotations(self.folder, pairs, datetime.now(UTC).date(), version)

    def read(self, kind: str, record: type[R], since: date | None = None, until: date | None = None) -> Iterator[R]:
        """What :meth:`write` kept: annotations by the document's day (the latest per document), the others by night."""
        if derived.checked_kind(kind) == "annotations":
            return cast("Iterator[R]", derived.read_annotations(self.folder, since, until))
        return derived.read_night(self.folder, kind, record, since, until)

    def write_sums(self, name: str, tables: Mapping[str, pa.Table], *, version: str) -> None:
        """Keep tables for the next night under a name; they are derived and may be deleted. Raises StopRun for a full disk."""
        sums.write_sums(self.folder, name, tables, version)

    def read_sums(self, name: str, parts: tuple[str, ...], *, version: str) -> dict[str, pa.Table] | None:
        """What :meth:`write_sums` kept; None when it is not there, damaged or of another version."""
        return sums.read_sums(self.folder, name, parts, version)

    def annotations(self, since: date | None = None, until: date | None = None, names: list[str] | None = None) -> pa.Table:
        """The latest annotation per document as columns, or some of them."""
        return derived.annotations_table(self.folder, since, until, names)

    def ids(self) -> Iterator[str]:
        """Ids of all documents, by day."""
        for path in segments.listing(self.folder, "documents"):
            rows = segments.read(path, ["id", "revision"])
            yield from rows.filter(pc.equal(rows.column("revision"), 0)).column("id").to_pylist()

    def days(self) -> list[date]:
        """Days that have documents, in order."""
        found = {segments.partition_day(p) for p in segments.listing(self.folder, "documents")}
        return sorted(d for d in found if d)

    def segments(self) -> int:
        """Number of segments of all kinds."""
        return sum(len(segments.listing(self.folder, kind)) for kind in segments.KINDS)

    def nights(self, kind: str) -> list[date]:
        """Nights (for annotations: days) that have ``kind``, in order."""
        found = {segments.partition_day(p) for p in segments.listing(self.folder, derived.checked_kind(kind))}
        return sorted(d for d in found if d)

    def seen(self, ids: Collection[str]) -> set[str]:
        """Those of ``ids`` that are archived or spooled already."""
        self._sync()
        for path in spool.waiting(self.folder / "spool"):
            found, self._read_to[path] = spool.ids(path, self._read_to.get(path, 0))
            self._spooled |= found
        archived = self._known.find(set(ids)) if (self.folder / "documents").is_dir() else {}
        return {i for i in ids if i in self._spooled or i in archived}

    def count(self) -> dict[str, int]:
        """Rows by kind, ``revisions`` beyond the first ones, ``segments``, and ``spooled`` documents that await a seal."""
        paths = {kind: segments.listing(self.folder, kind) for kind in segments.KINDS}
        heads = {kind: [segments.head(p) for p in some] for kind, some in paths.items()}
        rows = {kind: sum(count for count, _ in some) for kind, some in heads.items()}
        first = sum(int(facts.get("first", count)) for count, facts in heads["documents"])
        spooled = sum(len(spool.ids(p, 0)[0]) for p in spool.waiting(self.folder / "spool"))
        more = {"revisions": rows["documents"] - first, "segments": sum(map(len, paths.values())), "spooled": spooled}
        return rows | {"documents": first} | more

    def size(self) -> int:
        """Bytes of all files of the archive."""
        return sum(p.stat().st_size for p in self.folder.rglob("*") if p.is_file())

    def verify(self) -> list[Problem]:
        """What is wrong, one problem per file; empty if every segment is proven."""
        return verify.verify(self.folder)

    def digest(self) -> str:
        """64 hexadecimal characters over ids, revisions, titles and texts of all documents, whatever their order or segment."""
        return verify.digest(self.folder)

    def close(self) -> None:
        """Close the index of ids."""
        self._known.close()
        self._synced = False

    def _sync(self) -> None:
        if not self._synced and (self.folder / "documents").is_dir():
            self._known.sync()
            self._synced = True

    def _paths(self, since: date | None, until: date | None, ids: Collection[str] | None) -> list[Path]:
        paths = segments.listing(self.folder, "documents", since, until)
        if ids is None or not paths:
            return paths
        try:
            self._sync()
            days = {segments.partition("documents", entry.day) for entry in self._known.find(set(ids)).values()}
        except StopRun:  # a read-only place without an index: look everywhere
            return paths
        return [p for p in paths if p.parent.name in days]


def _some(path: Path, wanted: set[str]) -> Iterator[Document]:
    rows = segments.read(path)
    rows = rows.filter(pc.equal(rows.column("revision"), 0))
    return columns.records(Document, rows.filter(pc.is_in(rows.column("id"), pa.array(sorted(wanted), pa.string()))))
