"""The same or nearly the same article on another site: sites act here, not accounts. Press agencies are innocent; their credit says so."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from coordination.acts import column
from coordination.traces import near_text


def objects(posts: pa.Table) -> pa.Table:
    """Rows of articles and the cluster (or key) of their text."""
    shared = near_text.objects(posts)
    article = pc.equal(column(posts, "kind"), "article")
    return shared.filter(article.take(column(shared, "row")))
