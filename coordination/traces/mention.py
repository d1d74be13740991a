"""A mention of the same account in an own post."""

from __future__ import annotations

import pyarrow as pa

from coordination.traces._columns import exploded, mapped, own


def objects(posts: pa.Table) -> pa.Table:
    """Rows and the accounts they mention, case folded, the sign left off."""
    return mapped(own(posts, exploded(posts, "mentions")), lambda name: name.casefold().strip().lstrip("@"))
