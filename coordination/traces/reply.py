"""A reply to the same post, in an own post."""

from __future__ import annotations

import pyarrow as pa

from coordination.traces._columns import own, plain


def objects(posts: pa.Table) -> pa.Table:
    """Rows and the post they answer."""
    return own(posts, plain(posts, "reply_to"))
