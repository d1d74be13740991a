"""News agencies explain themselves: which articles credit one, for the traces that look at copied texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TRACES = ("article_copy", "near_text", "same_text")
EVERY_ROW = "article_copy:accounts"


def with_agency(posts: Any, traces: Sequence[str]) -> Any:
    """The posts (a pyarrow.Table) with the column ``agency`` where one of :data:`TRACES` is asked for; unchanged otherwise.

    True: the title or text of an article (of any row for :data:`EVERY_ROW`) names a news agency as its origin, at its head, at its end
    or in brackets.
    """
    if not any(trace.partition(":")[0] in TRACES for trace in traces) or "text" not in posts.column_names:
        return posts
    import pyarrow as pa

    from nightly.posts import texts
    from nlp.reasons._case import credited

    every = EVERY_ROW in traces
    rows = zip(texts(posts, "kind"), texts(posts, "title"), texts(posts, "text"), strict=True)
    found = [bool(text) and (every or kind == "article") and credited(title, text) for kind, title, text in rows]
    return posts.append_column("agency", pa.array(found, pa.bool_()))
