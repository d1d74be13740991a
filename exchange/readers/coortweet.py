"""Lists of actions as CooRTweet takes them: columns object_id, account_id, content_id, timestamp_share.

Times are epoch seconds or ISO 8601 (without a zone it is UTC, as CooRTweet reads it). Every row is an action, also when it comes twice.
The wide form with account_id, post_id, timestamp and any of url_id, hashtag_id, domain_id, phash_id is known too: the ids become typed
objects (`url:10221`, `hashtag:…`, `domain:…`, `image:…`), each once per post. One of them alone: `--map object_id=url_id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from exchange import build, sniffing, values
from exchange.raw import Loaded, Names, Options, Problems, Source
from exchange.times import Moments, moments
from models.errors import SkipRecord
from models.records import Document, post_id
from models.safe import printable

NAMES: dict[str, tuple[str, ...]] = {
    "object_id": (),
    "account_id": (),
    "content_id": ("post_id",),
    "timestamp_share": ("timestamp",),
}
KINDS = {"url_id": "url", "hashtag_id": "hashtag", "domain_id": "domain", "phash_id": "image"}
"""Columns of the wide form to the kind of their objects."""

Ints = NDArray[np.int64]


def fold(name: str) -> str:
    """A column's name without case and blanks at its ends."""
    return name.strip().casefold()


def sniff(names: list[str], mapping: Mapping[str, str]) -> float:
    """1 for the four columns (by name or mapping), 0.95 for the wide form, else 0."""
    there = {fold(n) for n in names}
    has = {ours for ours, others in NAMES.items() if ours in mapping or there & {ours, *others}}
    if has == NAMES.keys() and mapping.keys() <= NAMES.keys() and (there >= {"object_id"} or "object_id" in mapping):
        return 1.0
    return 0.95 if has >= NAMES.keys() - {"object_id"} and there & KINDS.keys() and mapping.keys() <= NAMES.keys() else 0.0


def read(path: Path, mapping: Mapping[str, str]) -> Iterator[Document | SkipRecord]:
    """Documents (one per content, account and time, its objects in the file's order) and the rows that are none."""
    loaded = load(sniffing.opened(path), Options(mapping=mapping))
    yield from loaded.skipped
    yield from loaded.documents()


@dataclass(slots=True)
class _Rows:
    """The rows that are good: positions into the file's arrays are gone, numbers of the rows in the file stay."""

    account: pa.Array
    content: pa.Array
    when: pa.Array
    by_day: NDArray[np.bool_]
    number: Ints


@dataclass(slots=True)
class _Acts:
    """Objects and the position of their row in :class:`_Rows`; ``distinct``: the same object counts once per post.

    ``all_rows``: a row without an object is a post all the same.
    """

    row: Ints
    object: pa.Array
    distinct: bool
    all_rows: bool = False


def load(source: Source, options: Options) -> Loaded:
    """The whole file; one row per action if ``options.actions`` and the file is of the narrow form, else one row per post."""
    names = Names(source, options, NAMES, fold)
    wide = {fold(n): n for n in source.names if fold(n) in KINDS} if "object_id" not in names.found else {}
    names.need([n for n in NAMES if n != "object_id" or not wide])
    names.found |= wide
    cells = names.columns
    numbers = values.array(cells.rows).to_numpy(zero_copy_only=False)
    problems = Problems(source)
    rows, good, when = _rows(names, numbers, options, problems)
    notes = [*source.notes, *names.notes, *when.notes]
    acts = _typed(names, wide, numbers, good, problems) if wide else _plain(names, good, options, problems, notes)
    table = _table(source.path, rows, acts, options)
    return Loaded("coortweet", table, [*cells.skipped, *problems.skipped()], notes, len(numbers) + len(cells.skipped))


def _rows(names: Names, numbers: Ints, options: Options, problems: Problems) -> tuple[_Rows, NDArray[np.bool_], Moments]:
    parts = {}
    bad = np.zeros(len(numbers), bool)
    for ours in ("account_id", "content_id"):
        parts[ours], lost = values.identifiers(names.get(ours), numbers, ours, problems)
        bad |= lost | values.need(parts[ours], numbers, ours, problems)
    column = names.get("timestamp_share")
    when = moments(column if column is not None else pa.chunked_array([pa.nulls(len(numbers))]), numbers, options.tz or "UTC", problems)
    good = when.good & ~bad
    keep = pa.array(good)
    rows = _Rows(
        parts["account_id"].filter(keep), parts["content_id"].filter(keep), when.values.filter(keep), when.by_day[good], numbers[good]
    )
    return rows, good, when


def _plain(names: Names, good: NDArray[np.bool_], options: Options, problems: Problems, notes: list[str]) -> _Acts:
    """The object column. Where the user chose it among several, rows without one are no matter and repeats an artefact."""
    numbers = values.array(names.columns.rows).to_numpy(zero_copy_only=False)
    found, lost = values.identifiers(names.get("object_id"), numbers, "object_id", problems)
    chosen = "object_id" in options.mapping
    empty = pc.equal(found, "").to_numpy(zero_copy_only=False)
    if not chosen:
        values.need(found, numbers, "object_id", problems)
    elif empty.any():
        notes.append(f"{int(empty.sum()):,} rows without {printable(options.mapping['object_id'])} are left out")
    use = good & ~empty & ~lost
    place = np.cumsum(good) - 1
    return _Acts(place[use], found.filter(pa.array(use)), chosen)


def _typed(names: Names, wide: Mapping[str, str], numbers: Ints, good: NDArray[np.bool_], problems: Problems) -> _Acts:
    """The id columns of the wide form as typed objects, row by row in the order of :data:`KINDS`."""
    rows, objects = [], []
    for ours in (k for k in KINDS if k in wide):
        found, lost = values.identifiers(names.get(ours), numbers, ours, problems)
        use = ~pc.equal(found, "").to_numpy(zero_copy_only=False)[good] & ~lost[good]
        rows.append(np.flatnonzero(use))
        kept = found.filter(pa.array(good)).filter(pa.array(use))
        objects.append(pc.binary_join_element_wise(pa.scalar(KINDS[ours]), kept, ":"))
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    return _Acts(row[order], pa.concat_arrays(objects).take(pa.array(order)), distinct=True, all_rows=True)


def _table(path: Path, rows: _Rows, acts: _Acts, options: Options) -> pa.Table:
    if options.actions and not acts.distinct:
        return _columns(path, rows, acts.row, _single(acts.object), options)
    return _grouped(path, rows, acts, options)


def _single(objects: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(np.arange(len(objects) + 1, dtype=np.int32)), objects)


def _columns(path: Path, rows: _Rows, at: Ints, objects: pa.Array, options: Options) -> pa.Table:
    take = pa.array(at)
    content = rows.content.take(take)
    more = {} if options.actions else build.common(path, len(at)) | {"raw": build.provenance(path, rows.number[at])}
    return pa.table(
        {
            "id": content,
            **more,
            "kind": build.constant("post", len(at)),
            "platform": build.constant(options.platform or "coortweet", len(at)),
            "platform_id": content,
            "account": rows.account.take(take),
            "published": rows.when.take(take),
            "date_source": build.date_source(rows.by_day[at]),
            "objects": objects,
        }
    )


def _grouped(path: Path, rows: _Rows, acts: _Acts, options: Options) -> pa.Table:
    """One row per content, account and time, in the order of their first rows, with the objects of all its rows in order."""
    group, first = _groups(rows, acts)
    owner, objects = group[acts.row], acts.object
    if acts.distinct:
        keep = _first_pairs(owner, objects)
        owner, objects = owner[keep], objects.take(pa.array(keep))
    order = np.argsort(owner, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(first)))]).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(ends), objects.take(pa.array(order)))
    table = _columns(path, rows, first, lists, options)
    table = table.set_column(0, "id", _ids(table))
    return table if options.actions else _with_all_rows(path, table, rows, group)


def _groups(rows: _Rows, acts: _Acts) -> tuple[Ints, Ints]:
    """The group of every row (-1 for one without any object where objects are chosen), and each group's first row, in order."""
    codes = [np.asarray(c.dictionary_encode().indices.to_numpy(zero_copy_only=False), np.int64) for c in (rows.account, rows.content)]
    used = np.full(len(rows.number), acts.all_rows)
    used[acts.row] = True
    keys = _joined(_joined(codes[0], codes[1]), rows.when.cast(pa.int64()).to_numpy(zero_copy_only=False))[used]
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    group = np.full(len(rows.number), -1, np.int64)
    group[used] = rank[np.asarray(inverse).reshape(-1)]
    return group, np.flatnonzero(used)[np.sort(first)]


def _joined(a: Ints, b: Ints) -> Ints:
    """One number per pair of numbers, the same for the same pair; no overflow as both are counted first."""
    _, small_a = np.unique(a, return_inverse=True)
    values, small_b = np.unique(b, return_inverse=True)
    joined: Ints = small_a.reshape(-1).astype(np.int64) * max(len(values), 1) + small_b.reshape(-1)
    return joined


def _first_pairs(owner: Ints, objects: pa.Array) -> Ints:
    coded = objects.dictionary_encode()
    width = max(len(coded.dictionary), 1)
    keys = owner * width + coded.indices.to_numpy(zero_copy_only=False)
    return np.sort(np.unique(keys, return_index=True)[1])


def _ids(table: pa.Table) -> pa.Array:
    """Ids from all that an action list says of a post, its objects included: other objects make another document."""
    columns = [table.column(n).to_pylist() for n in ("platform", "platform_id", "account")]
    micros = table.column("published").cast(pa.int64()).to_pylist()
    return pa.array(
        [
            post_id(platform, "\x1f".join((content, account, str(when), *sorted(objects))))
            for platform, content, account, when, objects in zip(*columns, micros, table.column("objects").to_pylist(), strict=True)
        ],
        pa.string(),
    )


def _with_all_rows(path: Path, table: pa.Table, rows: _Rows, group: Ints) -> pa.Table:
    """``raw`` names every row a document was made of: ``list.csv#5,7``."""
    counts = np.bincount(group[group >= 0], minlength=table.num_rows)
    if not (counts > 1).any():
        return table
    raw: list[Any] = table.column("raw").to_pylist()
    order = np.argsort(group, kind="stable")
    order = order[group[order] >= 0]
    ends = np.concatenate([[0], np.cumsum(counts)])
    for at in np.flatnonzero(counts > 1).tolist():
        numbers = rows.number[order[ends[at] : ends[at + 1]]].tolist()
        raw[at] = f"{path.name}#{','.join(map(str, numbers))}"
    return table.set_column(table.column_names.index("raw"), "raw", pa.array(raw, pa.string()))
