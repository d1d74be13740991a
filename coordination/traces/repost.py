"""The same post reposted: two accounts that repost one post within the window co-act on it."""

from __future__ import annotations

import pyarrow as pa

from coordination.traces._columns import plain


def objects(posts: pa.Table) -> pa.Table:
    """Rows and the post they repeat."""
    return plain(posts, "repost_of")
