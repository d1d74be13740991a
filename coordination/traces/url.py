"""The same web address (canonical: without tracking keys, mobile and AMP forms). Reposts are left to the trace ``repost``."""

from __future__ import annotations

import pyarrow as pa

from coordination.traces._columns import exploded, mapped, own
from models.urls import canonical


def objects(posts: pa.Table) -> pa.Table:
    """Rows and the canonical addresses of their links."""
    return mapped(own(posts, exploded(posts, "links")), canonical)
