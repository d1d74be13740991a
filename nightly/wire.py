"""News agencies explain themselves: which articles credit one, for the trace that looks at copied articles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def with_agency(posts: Any, traces: Sequence[str]) -> Any:
    """The posts (a pyarrow.Table) with the column ``agency`` where the trace article_copy is asked for; unchanged otherwise.

    True: the title or text names a news agency as its origin, at its head, at its end or in brackets.
    """
    if not any(trace.partition(":")[0] == "article_copy" for trace in traces) or "text" not in posts.column_names:
        return posts
    import pyarrow as pa

    from nightly.posts import texts
    from nlp.reasons._case import credited

    rows = zip(texts(posts, "title"), texts(posts, "text"), strict=True)
    found = [bool(text) and credited(title, text) for title, text in rows]
    return posts.append_column("agency", pa.array(found, pa.bool_()))
