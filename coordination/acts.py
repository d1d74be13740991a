"""Acts as arrays: who acted on which object when, sorted so that one sweep can count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.records import TRUSTED_DATES
from models.urls import host

SECOND = 1_000_000
DAY = 86_400 * SECOND

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Acts:
    """Acts sorted by object, time (µs since 1970) and input order; arrays of one length.

    ``account`` and ``object`` are codes into ``accounts`` and ``objects``; account codes follow the string order (code points) of the
    names, so that a < b means the same for codes and names. ``row`` is the row of the table they came from: one row, one post.
    """

    account: Codes
    object: Codes
    time: Ints
    row: Ints
    accounts: pa.StringArray
    objects: pa.StringArray

    def __len__(self) -> int:
        return len(self.time)

    def keep(self, chosen: Flags) -> Acts:
        """The acts where ``chosen`` is true, codes unchanged."""
        return Acts(self.account[chosen], self.object[chosen], self.time[chosen], self.row[chosen], self.accounts, self.objects)

    def as_if(self, account: Codes) -> Acts:
        """The same acts done by other accounts: what a shuffle needs."""
        return Acts(account, self.object, self.time, self.row, self.accounts, self.objects)


def column(posts: pa.Table, name: str, kind: pa.DataType | None = None) -> pa.Array:
    """The column as one array, nulls filled with "" for texts; an absent column is empty texts (or nulls of ``kind``)."""
    if name not in posts.column_names:
        return pa.nulls(posts.num_rows, kind) if kind else pa.repeat(pa.scalar(""), posts.num_rows)
    array = posts.column(name).combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # an empty table has no chunk to combine
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_null(array.type) or pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    return array.fill_null("") if pa.types.is_string(array.type) else array


def actors(posts: pa.Table) -> pa.Array:
    """Who acts: the account of a post, the site (canonical host) of an article."""
    account = column(posts, "account")
    article = pc.equal(column(posts, "kind"), "article")
    if not pc.any(article).as_py():
        return account
    address = column(posts, "canonical_url")
    address = pc.if_else(pc.equal(address, ""), column(posts, "url"), address)
    coded = address.dictionary_encode()
    hosts = pa.array([host(url) if url else "" for url in coded.dictionary.to_pylist()], pa.string())
    return pc.if_else(article, hosts.take(coded.indices), account)


def times(posts: pa.Table) -> tuple[Ints, Flags]:
    """Microseconds since 1970 of each row, and whether the date is precise enough for a window."""
    published = column(posts, "published", pa.timestamp("us", "UTC"))
    if pa.types.is_timestamp(published.type):
        published = published.cast(pa.timestamp("us", published.type.tz)).cast(pa.int64())
    known = pc.is_valid(published)
    if "date_source" in posts.column_names:
        known = pc.and_(known, pc.is_in(column(posts, "date_source"), pa.array(sorted(TRUSTED_DATES))))
    return published.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64), known.to_numpy(zero_copy_only=False)


def build(posts: pa.Table, shared: pa.Table) -> Acts:
    """The acts of one trace. ``shared``: columns row and object, as a trace's ``objects`` gives them.

    Rows without an account, without an object or without a trusted date are left out.
    """
    row = column(shared, "row").to_numpy(zero_copy_only=False).astype(np.int64)
    when, known = times(posts)
    account, names = coded(actors(posts))
    target = column(shared, "object")
    named = pc.not_equal(target, "").to_numpy(zero_copy_only=False)
    blank = names.index("").as_py() if len(names) else -1
    use = known[row] & (account[row] != blank) & named
    target = target.filter(pa.array(use))
    row = row[use]
    return arrange(account[row], target.dictionary_encode(), when[row], row, names)


def coded(values: pa.Array) -> tuple[Codes, pa.StringArray]:
    """Codes in string order, and the sorted names."""
    encoded = values.dictionary_encode()
    names = encoded.dictionary
    order = pc.sort_indices(names)
    rank = np.empty(len(names), np.int32)
    rank[order.to_numpy()] = np.arange(len(names), dtype=np.int32)
    return rank[encoded.indices.to_numpy(zero_copy_only=False)], names.take(order)


def arrange(account: Codes, target: Any, time: Ints, row: Ints, names: pa.StringArray) -> Acts:
    """Sort acts by object, time and input order. ``target`` is a dictionary array of objects."""
    code = target.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    order = np.lexsort((time, code))  # stable, so equal times keep the input order
    return Acts(account[order], code[order], time[order], row[order], names, target.dictionary)


def from_arrays(account: Codes, target: Codes, time: Ints, row: Ints | None = None) -> Acts:
    """Acts from plain integer codes (benchmarks, other engines). ``time`` in µs; names are the codes as text, left to the caller."""
    order = np.lexsort((time, target))
    rows = np.arange(len(time), dtype=np.int64) if row is None else row
    none = pa.array([], pa.string())
    return Acts(account[order], target[order], time[order], rows[order], none, none)
