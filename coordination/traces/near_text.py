"""Nearly the same text in an own post or article: clusters of copies with small edits; where there are none, the same text.

Articles that credit a news agency are left out.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from coordination.acts import column
from coordination.traces._columns import own, plain, table, unexplained


def objects(posts: pa.Table) -> pa.Table:
    """Rows and the cluster of their text (column near_key), else their text_key."""
    near, same = column(posts, "near_key"), plain(posts, "text_key")
    if pc.all(pc.equal(near, "")).as_py():
        return unexplained(posts, own(posts, same))
    keys = pc.if_else(pc.equal(near, ""), column(posts, "text_key"), near)
    return unexplained(posts, own(posts, table(range(posts.num_rows), keys)))
