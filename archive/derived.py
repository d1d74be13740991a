"""What was made from documents: annotations by the document's day, edges, groups, narratives, links and flags by night."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from archive import columns, files, segments
from archive.known import Known
from models.codec import Record, time_text
from models.errors import StopRun, UsageError
from models.records import Annotation

R = TypeVar("R", bound=Record)
_CHUNK = 20_000


def write_night(root: Path, kind: str, records: Iterable[Record], night: date, version: str) -> Path:
    """The records of one night as one segment; a former one of the same kind, night and version is replaced at once.

    No records make an empty segment: that night there were none.
    """
    rows = columns.table(segments.KINDS[kind], list(records))
    whole = segments.prepared(kind, rows, _facts(night, version))
    target = root / kind / segments.partition(kind, night) / (slug(version) + segments.ENDING)
    return files.write_whole(target, lambda handle: segments.fill(whole, handle))


def write_annotations(root: Path, pairs: Iterable[tuple[date, Annotation]], night: date, version: str) -> Path | None:
    """Annotations under their documents' days, 20,000 at a time; what is on disk when the run is killed stays.

    Returns the kind's folder, or None if there were none.
    """
    source, some = iter(pairs), False
    while chunk := list(islice(source, _CHUNK)):
        some = True
        days: dict[date, list[Annotation]] = {}
        for day, annotation in chunk:
            days.setdefault(day, []).append(annotation)
        for day, group in sorted(days.items()):
            _write_day(root, day, group, _facts(night, version))
    return root / "annotations" if some else None


def _write_day(root: Path, day: date, group: list[Annotation], facts: dict[str, str]) -> None:
    rows = columns.table(Annotation, group)
    whole = segments.prepared("annotations", rows, {"day": day.isoformat(), **facts})
    name = f"{slug(facts['version'])}.{facts['night']}.{segments.identity(whole)}{segments.ENDING}"
    target = root / "annotations" / segments.partition("annotations", day) / name
    files.write_whole(target, lambda handle: segments.fill(whole, handle))


def with_days(known: Known, annotations: Iterable[Annotation]) -> Iterator[tuple[date, Annotation]]:
    """Each annotation with its document's day. Raises StopRun for one whose document is not in the archive."""
    source = iter(annotations)
    while chunk := list(islice(source, _CHUNK)):
        entries = known.find({a.document for a in chunk})
        for annotation in chunk:
            entry = entries.get(annotation.document)
            if entry is None:
                what = f"an annotation of a document that is not in the archive: {annotation.document}"
                raise StopRun(what, hint="seal the archive first")
            yield entry.day, annotation


def _facts(night: date, version: str) -> dict[str, str]:
    return {"night": night.isoformat(), "version": version, "written": time_text(datetime.now(UTC))}


def slug(version: str) -> str:
    """``version`` as a file name: readable as far as it is harmless, with a hash if anything had to go."""
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", version)[:60]
    return safe if safe == version and safe else f"{safe}-{hashlib.blake2b(version.encode(), digest_size=4).hexdigest()}"


def read_night(root: Path, kind: str, record: type[R], since: date | None, until: date | None) -> Iterator[R]:
    """Records of the nights in the range; of a night that was made twice with different versions, those written last."""
    paths: dict[str, list[Path]] = {}
    for path in segments.listing(root, kind, since, until):
        paths.setdefault(path.parent.name, []).append(path)
    for same_night in paths.values():
        newest = same_night[0] if len(same_night) == 1 else max(same_night, key=_written)
        yield from columns.records(record, segments.read(newest))


def _written(path: Path) -> tuple[str, str]:
    return segments.head(path)[1].get("written", ""), path.name


def read_annotations(root: Path, since: date | None, until: date | None) -> Iterator[Annotation]:
    """One annotation per document of the days in the range: the one written last."""
    for _, rows in _newest(root, since, until):
        yield from columns.records(Annotation, rows)


def _newest(root: Path, since: date | None, until: date | None) -> Iterator[tuple[str, pa.Table]]:
    days: dict[str, list[Path]] = {}
    for path in segments.listing(root, "annotations", since, until):
        days.setdefault(path.parent.name, []).append(path)
    for day, paths in days.items():
        yield day, _latest_of(sorted(paths, key=_written, reverse=True) if len(paths) > 1 else paths)


def _latest_of(paths: list[Path]) -> pa.Table:
    """Rows of the segments, newest first, without the documents that a newer one has."""
    rows = segments.joined("annotations", [segments.read(p) for p in paths])
    seen: set[str] = set()
    keep = [n for n, i in enumerate(rows.column("document").to_pylist()) if not (i in seen or seen.add(i))]  # type: ignore[func-returns-value]  # add is None
    return rows if len(keep) == rows.num_rows else rows.take(pa.array(keep, pa.int64()))


def annotations_table(root: Path, since: date | None, until: date | None, names: list[str] | None) -> pa.Table:
    """As :func:`read_annotations`, as a table of some or all columns."""
    parts = [rows if names is None else rows.select(names) for _, rows in _newest(root, since, until)]
    return segments.joined("annotations", parts, names)


def annotated(root: Path, day: date, version: str | None) -> set[str]:
    """Ids of that day's documents that have an annotation (of ``version``, if one is named)."""
    found: set[str] = set()
    for path in segments.listing(root, "annotations", day, day):
        rows = segments.read(path, ["document", "version"])
        pairs = zip(rows.column("document").to_pylist(), rows.column("version").to_pylist(), strict=True)
        found.update(d for d, v in pairs if version is None or v == version)
    return found


def checked_kind(kind: str) -> str:
    """``kind`` if it is one that is made from documents. Raises UsageError otherwise."""
    if kind not in segments.KINDS or kind == "documents":
        raise UsageError(f"the archive keeps no {kind!r}", hint=f"known: {', '.join(k for k in segments.KINDS if k != 'documents')}")
    return kind
