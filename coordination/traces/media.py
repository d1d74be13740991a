"""The same picture or video in an own post, by the hash of its content."""

from __future__ import annotations

import pyarrow as pa

from coordination.traces._columns import exploded, own


def objects(posts: pa.Table) -> pa.Table:
    """Rows and the hashes of their media."""
    return own(posts, exploded(posts, "media_hashes"))
