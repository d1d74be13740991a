"""The same or nearly the same article on another site: sites act here, not accounts; texts that credit a news agency are left out.

``article_copy:accounts`` takes every row of a file as an article of the site named as its account.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coordination.acts import column
from coordination.traces import near_text
from models.errors import UsageError


def objects(posts: pa.Table, kind: str = "") -> pa.Table:
    """Rows of articles and the cluster (or key) of their text, without those that explain themselves.

    An agency's text is one that a third or more of its copies credit (column ``agency``): a credit in one copy of many explains nothing.
    """
    if kind not in {"", "accounts"}:
        raise UsageError(f"the trace 'article_copy' has no kind {kind!r}", hint="article_copy, or article_copy:accounts")
    shared = near_text.objects(posts)
    if not kind:
        article = pc.equal(column(posts, "kind"), "article")
        shared = shared.filter(article.take(column(shared, "row")))
    if "agency" not in posts.column_names or shared.num_rows == 0:
        return shared
    credit = column(posts, "agency").take(column(shared, "row")).to_numpy(zero_copy_only=False).astype(bool)
    coded = column(shared, "object").dictionary_encode()
    code = coded.indices.to_numpy()
    wire = np.bincount(code, weights=credit) * 3 >= np.bincount(code)
    return shared.filter(pa.array(~wire[code]))
