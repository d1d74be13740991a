"""From spool to segments, so that a kill between any two steps and a second run give the same archive.

    1  parts      the new segments, complete, under temporary names
    2  journal    `seal.json`: which part gets which name, which spool files are then done. From here on the seal will happen
    3  names      parts get their names
    4  known      the index of ids learns them
    5  clean      spool files and journal go

Killed before 2, the parts are refuse and the spool is whole: the next seal begins again.
Killed after 2, the next seal goes on with the journal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from archive import files, lines, segments, spool
from archive.known import Entry, Known, content_keys, days
from models.codec import Record

JOURNAL = "seal.json"
_ROWS = 131_072
_BYTES = 192 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed(Record):
    """What a seal did: documents ``new``, ``revised``, ``same`` as before; ``torn`` lines lost at a kill; names of the new segments."""

    new: int = 0
    revised: int = 0
    same: int = 0
    torn: int = 0
    segments: tuple[str, ...] = ()

    def __add__(self, other: Sealed) -> Sealed:
        return Sealed(
            new=self.new + other.new,
            revised=self.revised + other.revised,
            same=self.same + other.same,
            torn=self.torn + other.torn,
            segments=self.segments + other.segments,
        )


def seal(root: Path, known: Known) -> Sealed:
    """Turn every spool file that no living process writes into segments. Raises StopRun for a full disk; the spool is then untouched."""
    recover(root, known)
    total = Sealed()
    for batch in _batches(spool.waiting(root / "spool")):
        with spool.held(batch) as mine:
            if mine:
                total += _seal(root, known, mine)
    return total


def recover(root: Path, known: Known) -> None:
    """Finish a seal that was killed after its journal was written, clear away what one killed earlier left."""
    if (root / JOURNAL).exists():
        plan = json.loads((root / JOURNAL).read_text("utf-8"))
        _finish(root, plan["segments"], plan["spools"])
    stray = [p for kind in segments.KINDS for p in (root / kind).glob(f"*/.*{files.TEMPORARY}")]
    if stray:
        files.remove(stray)
    if (root / "documents").is_dir():
        known.sync()


def take(root: Path, known: Known, rows: pa.Table) -> Sealed:
    """Put document rows (in the archive's columns) straight into segments, without a spool: for imports, whose file remains.

    Day by day, so that many rows over many days do not become many small segments; of one id's texts the earliest day's is first.
    """
    files.make_folder(root)
    recover(root, known)
    total = Sealed()
    for group in _groups_of_days(rows):
        for start in range(0, group.num_rows, _ROWS):
            total += _commit(root, known, group.slice(start, _ROWS), [], 0)
    return total


def _groups_of_days(rows: pa.Table) -> Iterator[pa.Table]:
    """The rows by day, small days together; cut chunk by chunk, since Arrow cannot pick rows out of more than 2 GB of text."""
    pieces: dict[date, list[pa.Table]] = {}
    for start in range(0, rows.num_rows, _ROWS):
        for day, piece in _by_day(rows.slice(start, _ROWS)):
            pieces.setdefault(day, []).append(piece)
    group: list[pa.Table] = []
    for day in sorted(pieces):
        if group and sum(p.num_rows for p in group) + sum(p.num_rows for p in pieces[day]) > _ROWS:
            yield pa.concat_tables(group)
            group = []
        group += pieces[day]
    if group:
        yield pa.concat_tables(group)


def _batches(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Spool files in order, as many at a time as memory should hold."""
    batch: list[Path] = []
    size = 0
    for path in paths:
        weight = path.stat().st_size
        if batch and size + weight > _BYTES:
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += weight
    if batch:
        yield batch


def _seal(root: Path, known: Known, mine: list[Path]) -> Sealed:
    read = [lines.table(path) for path in mine]
    rows = segments.joined("documents", [t for t, _ in read])
    return _commit(root, known, rows, mine, sum(lost for _, lost in read))


def _commit(root: Path, known: Known, rows: pa.Table, spools: list[Path], torn: int) -> Sealed:
    ids, contents = rows.column("id").to_pylist(), content_keys(rows)
    keep, revisions = _revisions(ids, contents, known.find(set(ids)))
    fresh = _with_revisions(rows.take(pa.array(keep, pa.int64())), revisions)
    names = _write_parts(root, fresh)
    done = [p.name for p in spools]
    if names or done:
        journal = json.dumps({"segments": names, "spools": done}).encode()
        _write_journal(root, names, journal)
        _name_parts(root, names)
        moments = days(fresh).to_pylist()
        known.add(names, [(ids[k], r, d, contents[k]) for k, d, r in zip(keep, moments, revisions, strict=True)])
        _finish(root, [], done)
    new = revisions.count(0)
    return Sealed(new=new, revised=len(keep) - new, same=len(ids) - len(keep), torn=torn, segments=tuple(names))


def _revisions(ids: list[str], contents: list[str], known: dict[str, Entry]) -> tuple[list[int], list[int]]:
    """Which rows are kept, and under which revision; a row with a content that its document has or had is not."""
    had = {i: dict(e.contents) for i, e in known.items()}
    keep, numbers = [], []
    for row, (key, content) in enumerate(zip(ids, contents, strict=True)):
        before = had.setdefault(key, {})
        if content not in before.values():
            number = max(before) + 1 if 0 in before else 0  # a first one that was lost with its segment comes back as the first
            before[number] = content
            keep.append(row)
            numbers.append(number)
    return keep, numbers


def _with_revisions(rows: pa.Table, numbers: list[int]) -> pa.Table:
    place = rows.schema.get_field_index("revision")
    return rows.set_column(place, rows.schema.field(place), pa.array(numbers, pa.int64()))


def _write_parts(root: Path, rows: pa.Table) -> list[str]:
    """Write one part per day (several if a day is large), rows in their order, all on disk; the names they are to get."""
    names: list[str] = []
    try:
        for day, some in _by_day(rows):
            first = str(pc.sum(pc.equal(some["revision"], 0)).as_py())
            whole = segments.prepared("documents", some, {"day": day.isoformat(), "first": first})
            name = f"documents/{segments.partition('documents', day)}/{segments.identity(whole)}{segments.ENDING}"
            files.write_part(root / name, lambda handle, t=whole: segments.fill(t, handle), sync=False)  # type: ignore[misc]  # called at once
            names.append(name)
        parts = [files.part_of(root / name) for name in names]
        files.sync_all([*parts, *_folders(root, names)])
    except BaseException:
        _drop_parts(root, names)
        raise
    return names


def _folders(root: Path, names: list[str]) -> list[Path]:
    """The folders that hold the segments, and those that hold these."""
    found = {(root / name).parent for name in names}
    return [*found, root / "documents", root] if found else []


def _by_day(rows: pa.Table) -> Iterator[tuple[date, pa.Table]]:
    if not rows.num_rows:
        return
    moments = days(rows).combine_chunks()
    order = pc.sort_indices(moments)
    ordered, numbers = rows.take(order), moments.take(order).cast(pa.int32()).to_numpy()
    cuts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
    for start, end in pairwise(cuts):
        day = date.fromordinal(date(1970, 1, 1).toordinal() + int(numbers[start]))
        for at in range(start, end, _ROWS):
            yield day, ordered.slice(at, min(_ROWS, end - at))


def _drop_parts(root: Path, names: list[str]) -> None:
    files.remove([files.part_of(root / name) for name in names])


def _write_journal(root: Path, names: list[str], journal: bytes) -> None:
    try:
        files.write_whole(root / JOURNAL, lambda handle: handle.write(journal))
    except BaseException:
        _drop_parts(root, names)
        raise


def _name_parts(root: Path, names: list[str]) -> None:
    for name in names:
        part = files.part_of(root / name)
        if part.exists():
            with files.told(root / name):
                part.replace(root / name)
    files.sync_all({(root / name).parent for name in names})


def _finish(root: Path, names: list[str], spools: list[str]) -> None:
    """Steps 3 and 5; safe to repeat."""
    _name_parts(root, names)
    if spools:
        files.remove([root / "spool" / name for name in spools])
    files.remove([root / JOURNAL])
