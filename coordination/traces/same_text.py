"""The same text in an own post or article, whatever its case, spacing and mentions; too short texts are left out."""

from __future__ import annotations

import pyarrow as pa

from coordination.traces._columns import own, plain


def objects(posts: pa.Table) -> pa.Table:
    """Rows and the key of their text (column text_key, made by the reading stage)."""
    return own(posts, plain(posts, "text_key"))
