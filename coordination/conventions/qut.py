"""QUT coordination-network-toolkit, commit daa0e11 (2022-11-09): directed edges, weight = own messages that met one of the other.

Its six network types. Three of its faults are not repeated: a message without links links to nothing, a message of mentions only
is equal to none, and two empty token sets are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coordination.acts import Acts, build, column
from coordination.counting import Counts, count, tally
from coordination.sweep import LISTED, Pairs, between, listed, reach
from coordination.traces._columns import exploded, mapped, own, plain, table
from models.errors import UsageError
from models.registry import nearest

TYPES = ("co_retweet", "co_tweet", "co_reply", "co_link", "co_similar_tweet", "co_post")
MENTION = re.compile(r"@.*?(?=\s|$)")


def normal(text: str) -> str:
    """The toolkit's message_preprocessor: lower case, mentions off, spaces single."""
    return " ".join(MENTION.sub("", text.lower()).split())


def shared(posts: pa.Table, kind: str) -> pa.Table:
    """Rows and objects of a network type; for co_similar_tweet and co_post every message acts on one common object."""
    if kind not in TYPES:
        raise UsageError(f"unknown network type {kind!r}", hint=nearest(kind, TYPES))
    if kind == "co_retweet":
        return plain(posts, "repost_of")
    if kind == "co_post":
        return table(np.arange(posts.num_rows), pa.repeat(pa.scalar("any"), posts.num_rows))
    if kind == "co_link":
        return own(posts, exploded(posts, "link_words" if "link_words" in posts.column_names else "links"))
    if kind == "co_reply":
        return own(posts, plain(posts, "reply_to"))
    if kind == "co_tweet":
        return own(posts, mapped(plain(posts, "text"), normal))
    return own(posts, table(np.arange(posts.num_rows), pa.repeat(pa.scalar("any"), posts.num_rows)))


def edges(
    posts: pa.Table,
    kind: str,
    window: float = 1.0,
    least: int = 2,
    *,
    loops: bool = False,
    similarity: float = 0.8,
    tokens: int = 1,
    listing: int = LISTED,
) -> tuple[Acts, Counts]:
    """Directed edges a -> b of at least ``least`` messages of a, within ``window`` seconds (inclusive) of one of b.

    ``posts``: columns of Document; a message id (``id``) twice counts once, the first row. ``similarity`` and ``tokens`` (least
    number of distinct tokens) serve co_similar_tweet: Jaccard similarity of token sets.
    """
    rows = shared(posts, kind)
    acts = build(posts, rows.filter(first_rows(posts).take(column(rows, "row"))))
    if kind != "co_similar_tweet":
        return acts, count(acts, window, unit=acts.row, directed=True, loops=loops, least=least, listing=listing)
    pairs = similar(column(posts, "text"), acts, window, similarity, tokens)
    pairs = pairs if loops else between(acts, pairs)
    return acts, tally(acts, pairs, unit=acts.row, directed=True, least=least, stratum=np.zeros(len(acts), np.int32))


def first_rows(posts: pa.Table) -> pa.Array:
    """Whether a row is the first with its message id; a row without an id stands for itself."""
    ids = column(posts, "id").dictionary_encode()
    code = ids.indices.to_numpy(zero_copy_only=False)
    first = np.zeros(len(code), bool)
    first[np.unique(code, return_index=True)[1]] = True
    return pc.or_(pa.array(first), pc.equal(ids.dictionary.take(ids.indices), ""))


def similar(text: pa.Array, acts: Acts, window: float, least: float, tokens: int) -> Pairs:
    """Pairs of messages within the window whose token sets have a Jaccard similarity of at least ``least``."""
    matrix = _token_matrix([text[int(row)].as_py() for row in acts.row])
    size = np.diff(matrix.indptr)
    kept = []
    for part in _slices(listed(reach(acts, window))):
        common = np.asarray(matrix[part.first].multiply(matrix[part.second]).sum(axis=1)).ravel()
        union = size[part.first] + size[part.second] - common
        enough = np.minimum(size[part.first], size[part.second]) >= max(tokens, 1)
        kept.append(part.keep(enough & (common / np.maximum(union, 1) >= least)))
    none = np.empty(0, np.int64)
    return Pairs(np.concatenate([none, *(p.first for p in kept)]), np.concatenate([none, *(p.second for p in kept)]))


def _slices(pairs: Pairs, size: int = 200_000) -> Iterator[Pairs]:
    for begin in range(0, len(pairs.first), size):
        yield Pairs(pairs.first[begin : begin + size], pairs.second[begin : begin + size])


def token_set(text: str) -> frozenset[str]:
    """The toolkit's tokens: split at Unicode word boundaries, mentions off, punctuation kept."""
    parts = _boundary().split(MENTION.sub("", text.lower()))
    return frozenset(token for part in parts if part for token in part.split())


def _boundary() -> Any:
    import regex

    return regex.compile(r"\b\p{Word_Break=WSegSpace}*'?", flags=regex.WORD | regex.UNICODE | regex.V1)


def _token_matrix(texts: list[str]) -> Any:
    from scipy.sparse import csr_array

    code: dict[str, int] = {}
    rows = [sorted(code.setdefault(token, len(code)) for token in token_set(text)) for text in texts]
    offsets = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    columns = np.array([k for row in rows for k in row], np.int64)
    return csr_array((np.ones(len(columns)), columns, offsets), shape=(len(texts), len(code) + 1))
