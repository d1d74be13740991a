"""The posts that coordination looks at: the archive's documents as columns, with what the texts say joined."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from models.protocols import Progress, silent

if TYPE_CHECKING:
    from archive.store import Archive

NEAR = ("near_text", "article_copy")
"""Traces whose objects are clusters of nearly equal texts."""


def posts_table(archive: Archive, since: date | None, until: date | None = None) -> Any:
    """The documents of a day range as columns, with ``text_key`` joined from their annotations. A pyarrow.Table."""
    import pyarrow as pa

    posts = archive.posts(since, until)
    notes = archive.annotations(since, until, ["document", "text_key"])
    keys = dict(zip(notes["document"].to_pylist(), notes["text_key"].to_pylist(), strict=True))
    return posts.append_column("text_key", pa.array([keys.get(i, "") for i in posts["id"].to_pylist()], pa.string()))


def with_near(posts: Any, traces: Sequence[str], progress: Progress = silent, workers: int = 0) -> Any:
    """The posts with a near_key if one of the traces needs it: texts that are copies of each other, with small edits, have one.

    Copies are those of ``nlp.neardup``; the key of a cluster is the first of its text keys. ``workers``: processes, 0: one for each core.
    """
    if not {trace.partition(":")[0] for trace in traces} & set(NEAR) or "near_key" in posts.column_names:
        return posts
    import pyarrow as pa

    from nlp.neardup import Finder, Text

    keys = texts(posts, "text_key")
    first = {key: text for key, text in reversed(list(zip(keys, texts(posts, "text"), strict=True))) if key}
    parent = {key: key for key in first}
    for pair in Finder(progress=progress, workers=workers).add([Text(key, first[key]) for key in sorted(first)]):
        if pair.kind == "copy":
            a, b = sorted((_root(parent, pair.a), _root(parent, pair.b)))
            parent[b] = a
    return posts.append_column("near_key", pa.array([_root(parent, key) if key else "" for key in keys], pa.string()))


def texts(posts: Any, name: str) -> list[str]:
    """A column of texts as a list, "" for what is missing."""
    import pyarrow as pa

    if name not in posts.column_names:
        return [""] * posts.num_rows
    return [value or "" for value in posts[name].cast(pa.string()).to_pylist()]


def _root(parent: dict[str, str], key: str) -> str:
    while parent[key] != key:
        parent[key] = parent[parent[key]]
        key = parent[key]
    return key
