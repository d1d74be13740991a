"""The archive's posts counted as CooRTweet or the QUT toolkit count: for comparison with their results, not for calling anybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.errors import UsageError


def edges(posts: Any, convention: str, *, trace: str, window: float, least: int, participation: int, quantile: float) -> tuple[Any, str]:
    """A pyarrow.Table of edges in the convention's own columns, and a sentence with its counts.

    ``posts``: columns of Document. ``trace`` of coortweet is one of Tocsin's, of qut one of its network types. ``window`` in seconds.
    """
    if convention == "qut":
        return _qut(posts, trace, window, least)
    return _coortweet(posts, trace, window, participation, quantile)


def _coortweet(posts: Any, trace: str, window: float, participation: int, quantile: float) -> tuple[Any, str]:
    from coordination.acts import actors, column, times
    from coordination.conventions import coortweet
    from coordination.engine import shared_objects

    posts = _as_imported(posts)
    shares = shared_objects(posts, trace)
    row = column(shares, "row")
    moments, trusted = times(posts)
    keep = trusted[row.to_numpy()]
    row, objects = row.filter(keep), column(shares, "object").filter(keep)
    at = row.to_numpy()
    shared = coortweet.shares(objects, actors(posts).take(row), column(posts, "platform_id").take(row), moments[at], participation)
    network = coortweet.counted_network(shared, window, participation)
    table = coortweet.edge_table(shared.acts, network, quantile)
    over = int((network.weight > network.threshold(quantile)).sum())
    accounts = len(set(network.a.tolist()) | set(network.b.tolist()))
    pairs = int(network.weight.sum())
    return table, f"{pairs:,} pairs, {accounts:,} accounts, {len(network.weight):,} edges, {over:,} over the threshold"


def _qut(posts: Any, kind: str, window: float, least: int) -> tuple[Any, str]:
    import pyarrow as pa

    from coordination.conventions import qut

    acts, counts = qut.edges(_as_imported(posts), kind, window, least)
    names = acts.accounts
    table = pa.table(
        {"source": names.take(pa.array(counts.a)), "target": names.take(pa.array(counts.b)), "weight": pa.array(counts.weight)}
    )
    return table, f"{table.num_rows:,} directed edges, weights {int(counts.weight.sum()):,}"


def _as_imported(posts: Any) -> Any:
    """Rows back in the order of the imported file, which decides who is older at equal times; ``raw`` says it as ``file#row``."""
    import numpy as np
    import pyarrow as pa

    row = [_first_row(raw) for raw in posts["raw"].to_pylist()]
    return posts.take(pa.array(np.argsort(row, kind="stable"))) if row else posts


def _first_row(raw: str) -> int:
    text = raw.partition("#")[2].partition(",")[0]
    return int(text) if text.isdigit() else 0


def of_platforms(posts: Any, platforms: Sequence[str]) -> Any:
    """Only the posts of the named platforms; all without names. Raises UsageError for a platform that has no posts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not platforms:
        return posts
    known = set(pc.unique(posts["platform"]).to_pylist())
    for name in platforms:
        if name not in known:
            raise UsageError(f"no posts of platform {name!r} in these days", hint=f"there are: {', '.join(sorted(known)) or 'none'}")
    return posts.filter(pc.is_in(posts["platform"], value_set=pa.array(platforms, pa.string())))
