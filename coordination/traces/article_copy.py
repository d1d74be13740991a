"""The same or nearly the same article on another site: sites act here, not accounts; texts that credit a news agency are left out.

``article_copy:accounts`` takes every row of a file as an article of the site named as its account.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from coordination.acts import column
from coordination.traces import near_text
from coordination.traces._columns import unexplained
from models.errors import UsageError


def objects(posts: pa.Table, kind: str = "") -> pa.Table:
    """Rows of articles and the cluster (or key) of their text, without those that explain themselves."""
    if kind not in {"", "accounts"}:
        raise UsageError(f"the trace 'article_copy' has no kind {kind!r}", hint="article_copy, or article_copy:accounts")
    shared = near_text.objects(posts)
    if not kind:
        article = pc.equal(column(posts, "kind"), "article")
        shared = shared.filter(article.take(column(shared, "row")))
    return unexplained(posts, shared, all_rows=bool(kind))
