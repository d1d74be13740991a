"""The same text in an own post or article, whatever its case, spacing and mentions; too short texts are left out.

So are articles that credit a news agency.
"""

from __future__ import annotations

import pyarrow as pa

from coordination.traces._columns import own, plain, unexplained


def objects(posts: pa.Table) -> pa.Table:
    """Rows and the key of their text (column text_key, made by the reading stage)."""
    return unexplained(posts, own(posts, plain(posts, "text_key")))
