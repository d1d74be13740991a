"""The same hashtag (case and accents as Unicode folds them, the sign left off)."""

from __future__ import annotations

import unicodedata

import pyarrow as pa

from coordination.traces._columns import exploded, mapped, own


def fold(tag: str) -> str:
    """The tag as it is compared: NFKC, case folded, without the sign."""
    return unicodedata.normalize("NFKC", tag).casefold().strip().lstrip("#")


def objects(posts: pa.Table) -> pa.Table:
    """Rows and their hashtags."""
    return mapped(own(posts, exploded(posts, "hashtags")), fold)
