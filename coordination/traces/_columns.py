"""What the traces share: columns as rows and objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coordination.acts import column


def table(row: Any, shared: Any) -> pa.Table:
    """Columns row (int64) and object (string), without empty objects."""
    made = pa.table({"row": pa.array(row, pa.int64()), "object": pa.array(shared, pa.string())})
    return made.filter(pc.and_kleene(pc.is_valid(made["object"]), pc.not_equal(made["object"], "")))


def plain(posts: pa.Table, name: str) -> pa.Table:
    """One object per row, the text of a column."""
    return table(np.arange(posts.num_rows), column(posts, name))


def exploded(posts: pa.Table, name: str) -> pa.Table:
    """One object for each item of a list column; an item twice in one row counts once."""
    lists = column(posts, name, pa.list_(pa.string()))
    made = table(pc.list_parent_indices(lists), pc.list_flatten(lists).cast(pa.string()))
    return made if made.num_rows == 0 else made.group_by(["row", "object"], use_threads=False).aggregate([])


def mapped(shared: pa.Table, change: Callable[[str], str]) -> pa.Table:
    """The objects changed one by one, each distinct one once; those that become "" fall away, those of a row that become equal are one."""
    coded = column(shared, "object").dictionary_encode()
    new = pa.array([change(value) for value in coded.dictionary.to_pylist()], pa.string())
    made = table(column(shared, "row"), new.take(coded.indices))
    return made if made.num_rows == 0 else made.group_by(["row", "object"], use_threads=False).aggregate([])


def own(posts: pa.Table, shared: pa.Table) -> pa.Table:
    """Without the rows that only repost: what they hold is the original's, and the trace ``repost`` looks at it."""
    original = pc.equal(column(posts, "repost_of"), "")
    return shared.filter(original.take(column(shared, "row")))


def unexplained(posts: pa.Table, shared: pa.Table, *, all_rows: bool = False) -> pa.Table:
    """Without the articles (or rows of any kind) whose text a third or more of its copies credit to a news agency (column ``agency``).

    A credit in one copy of many explains nothing.
    """
    if "agency" not in posts.column_names or shared.num_rows == 0:
        return shared
    row = column(shared, "row")
    article = pc.equal(column(posts, "kind"), "article").take(row).to_numpy(zero_copy_only=False) | all_rows
    credit = column(posts, "agency").take(row).to_numpy(zero_copy_only=False).astype(bool) & article
    coded = column(shared, "object").dictionary_encode()
    code = coded.indices.to_numpy()
    wire = np.bincount(code, weights=credit) * 3 >= np.maximum(np.bincount(code, weights=article), 1)
    return shared.filter(pa.array(~(wire[code] & article)))


def originals(posts: pa.Table) -> pa.Array:
    """For each row the row of the post it repeats (found by platform_id, else by id), null where that is not at hand."""
    target = column(posts, "repost_of")
    target = pc.if_else(pc.equal(target, ""), None, target)
    by_platform = pc.index_in(target, column(posts, "platform_id"), skip_nulls=True)
    return pc.coalesce(by_platform, pc.index_in(target, column(posts, "id"), skip_nulls=True))
