"""A repost of the same account, whichever post; where the author is not given he is looked up among the posts at hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coordination.acts import column
from coordination.traces._columns import originals, table


def objects(posts: pa.Table) -> pa.Table:
    """Rows of reposts and the account whose post they repeat."""
    stated = column(posts, "repost_author")
    found = column(posts, "account").take(originals(posts)).fill_null("")
    author = pc.if_else(pc.equal(stated, ""), found, stated)
    return table(np.arange(posts.num_rows), pc.if_else(pc.equal(column(posts, "repost_of"), ""), "", author))
