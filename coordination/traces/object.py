"""The same opaque object of an imported action list; ``object:url`` takes only those named ``url:…``."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from coordination.acts import column
from coordination.traces._columns import table


def objects(posts: pa.Table, kind: str = "") -> pa.Table:
    """Rows and their objects, each as often as it is listed; of one kind (``<kind>:<id>``) if that is given."""
    lists = column(posts, "objects", pa.list_(pa.string()))
    made = table(pc.list_parent_indices(lists), pc.list_flatten(lists).cast(pa.string()))
    return made.filter(pc.starts_with(made["object"], f"{kind}:")) if kind else made
