"""The same hashtags in the same order, three or more; ``hashtag_sequence:5`` takes five or more (Pacheco et al. 2021)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from coordination.acts import column
from coordination.traces._columns import own, table
from coordination.traces.hashtag import fold
from models.errors import UsageError

LEAST = 3


def objects(posts: pa.Table, kind: str = "") -> pa.Table:
    """Rows and their tags in order, joined by blanks. ``kind``: the least number of tags."""
    if kind and not kind.isdigit():
        raise UsageError(f"the trace hashtag_sequence takes a number, not {kind!r}", hint="for example hashtag_sequence:5")
    least = int(kind or LEAST)
    lists = column(posts, "hashtags", pa.list_(pa.string())).to_pylist()
    tags = [[tag for tag in map(fold, items or ()) if tag] for items in lists]
    joined = [" ".join(items) if len(items) >= least else "" for items in tags]
    return own(posts, table(np.arange(posts.num_rows), joined))
