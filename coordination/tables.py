"""Edges as tables for files, in the columns of each convention."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coordination.acts import Acts, column, times
from coordination.conventions import coortweet, qut
from coordination.counting import Counts
from coordination.engine import shared_objects
from coordination.group_test import Facts
from coordination.people import Person
from models.records import Edge, Group

TOCSIN = ("a", "b", "trace", "window", "weight", "expected", "p", "q", "lead", "first_seen", "last_seen", "evidence")


def tocsin(edges: Sequence[Edge]) -> pa.Table:
    """Columns of :data:`TOCSIN`, one row per edge, trace and window; times in ISO 8601 UTC.

    ``evidence`` is JSON: the total of pairs of posts that met, and of the kept ones object, id of a's post, id of b's.
    """
    moments = [[_iso(getattr(e, name)) for e in edges] for name in ("first_seen", "last_seen")]
    numbers = {name: pa.array([getattr(e, name) for e in edges], pa.float64()) for name in ("expected", "p", "q", "lead")}
    return pa.table(
        {
            "a": pa.array([e.a for e in edges], pa.string()),
            "b": pa.array([e.b for e in edges], pa.string()),
            "trace": pa.array(["+".join(e.traces) for e in edges], pa.string()),
            "window": pa.array([e.window for e in edges], pa.float64()),
            "weight": pa.array([e.weight for e in edges], pa.int64()),
            **numbers,
            "first_seen": pa.array(moments[0], pa.string()),
            "last_seen": pa.array(moments[1], pa.string()),
            "evidence": pa.array([evidence(e) for e in edges], pa.string()),
        }
    )


def people(found: Sequence[Person]) -> pa.Table:
    """Columns account, posts, group, q, score, traces, partners, reason."""
    columns = {
        "account": [p.account for p in found],
        "posts": pa.array([p.posts for p in found], pa.int64()),
        "group": [p.group for p in found],
        "q": pa.array([p.q for p in found], pa.float64()),
        "score": pa.array([p.score for p in found], pa.float64()),
        "traces": [" ".join(p.traces) for p in found],
        "partners": pa.array([p.partners for p in found], pa.int64()),
        "reason": [p.reason for p in found],
    }
    return pa.table({name: pa.array(v, pa.string()) if isinstance(v, list) else v for name, v in columns.items()})


def groups(found: Sequence[Group], described: Sequence[Facts]) -> pa.Table:
    """Columns group, size, q, density, trace, window, joins, expected, tempo, first_seen, last_seen, objects, members."""
    texts = {
        "group": [g.id for g in found],
        "trace": [f.trace for f in described],
        "first_seen": [_iso(g.first_seen) for g in found],
        "last_seen": [_iso(g.last_seen) for g in found],
        "objects": [json.dumps(f.objects, ensure_ascii=False) for f in described],
        "members": [json.dumps(g.members, ensure_ascii=False) for g in found],
    }
    numbers = {n: pa.array([float(getattr(f, n)) for f in described]) for n in ("q", "density", "window", "expected", "tempo")}
    whole = {n: pa.array([int(getattr(f, n)) for f in described], pa.int64()) for n in ("size", "joins")}
    made = {n: pa.array(v, pa.string()) for n, v in texts.items()} | numbers | whole
    return pa.table({n: made[n] for n in GROUPS})


GROUPS = (
    "group", "size", "q", "density", "trace", "window", "joins", "expected", "tempo", "first_seen", "last_seen", "objects", "members",
)  # fmt: skip


def pairs(edges: Sequence[Edge]) -> pa.Table:
    """The kept evidence, one row per pair of posts: a, b, trace, object, post_a, post_b, time_a, time_b."""
    rows = [(e.a, e.b, p.trace, p.object, p.a, p.b, _iso(p.time_a), _iso(p.time_b)) for e in edges for p in e.pairs]
    names = ("a", "b", "trace", "object", "post_a", "post_b", "time_a", "time_b")
    return pa.table({name: pa.array([row[k] for row in rows], pa.string()) for k, name in enumerate(names)})


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def evidence(edge: Edge) -> str:
    """The evidence of an edge as one line of JSON."""
    pairs = [[pair.object, pair.a, pair.b] for pair in edge.pairs]
    return json.dumps({"total": edge.pairs_total, "pairs": pairs}, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CooRTweet:
    """What CooRTweet's functions may be told, as ``tocsin edges`` names it. ``fast``: the narrower window of its fast network (s).

    ``loops`` keeps them (``remove_loops = FALSE``); ``quantile`` is its ``edge_weight``, over all edges before ``least``; ``corrected``
    adds the symmetry by account; ``level`` is ``weight_threshold`` of ``account_stats``.
    """

    window: float
    min_participation: int = 2
    least: int = 1
    loops: bool = False
    quantile: float = 0.5
    corrected: bool = False
    fast: float | None = None
    level: str = "full"


def coortweet_edges(posts: pa.Table, trace: str, how: CooRTweet) -> pa.Table:
    """CooRTweet's edges of a trace, in its columns, accounts of a pair in string order, rows by the two accounts."""
    shared = shares(posts, trace, how.min_participation)
    if how.fast is not None:
        return coortweet_files(posts, trace, how)["edges"]
    net = coortweet.counted_network(shared, how.window, how.min_participation, not how.loops)
    table = coortweet.edge_table(shared.acts, net, how.quantile, how.corrected)
    return table.filter(pa.array(net.weight >= how.least))


def coortweet_files(posts: pa.Table, trace: str, how: CooRTweet) -> dict[str, pa.Table]:
    """The edges with the tables beside them: ``pairs`` (detect_groups), ``accounts`` (account_stats) and ``objects`` (group_stats)."""
    from coordination.conventions import _coortweet_more as more

    shared = shares(posts, trace, how.min_participation)
    found = coortweet.pairs(shared, how.window, how.min_participation, not how.loops)
    pairs, fast = coortweet.pair_table(shared, found), None
    if how.fast is None:
        edges = coortweet.edge_table(shared.acts, coortweet.network(shared, found), how.quantile, how.corrected)
    else:
        fast = more.flagged(shared, found, how.fast, how.min_participation)
        pairs = pairs.append_column(f"time_window_{how.fast:g}", pa.array(fast.astype(np.int64)))
        edges = more.fast_table(shared, found, fast, how.quantile, how.corrected)
    weight = edges["weight" if fast is None else "weight_full"]
    return {
        "edges": edges.filter(pc.greater_equal(weight, how.least)),
        "pairs": pairs.sort_by([(name, "ascending") for name in ("content_id", "content_id_y", "object_id")]),
        "accounts": more.account_table(shared, found, edges, how.level, fast),
        "objects": more.object_table(shared, found),
    }


def shares(posts: pa.Table, trace: str, min_participation: int) -> coortweet.Shares:
    """CooRTweet's input made from a trace: one share per row and object, the content being the row's id."""
    rows = shared_objects(posts, trace)
    when, known = times(posts)
    place = column(rows, "row").to_numpy(zero_copy_only=False)
    account = column(posts, "account")
    named = np.array(account.to_numpy(zero_copy_only=False) != "", bool) if posts.num_rows else np.empty(0, bool)
    use = known[place] & named[place]
    place, kept = place[use], pa.array(place[use])
    return coortweet.shares(
        column(rows, "object").filter(pa.array(use)), account.take(kept), column(posts, "id").take(kept), when[place], min_participation
    )


def qut_edges(posts: pa.Table, kind: str, window: float, *, min_participation: int = 1, least: int = 2, **more: Any) -> pa.Table:
    """The QUT toolkit's edges: source, target, weight; rows by source and target."""
    acts, counts = qut.edges(posts, kind, window, least, **more)
    return directed_table(acts, active_enough(acts, counts, min_participation))


def active_enough(acts: Acts, counts: Counts, least: int) -> Counts:
    """The edges of accounts with at least ``least`` acts."""
    enough = np.bincount(acts.account, minlength=len(acts.accounts)) >= least
    kept = enough[counts.a] & enough[counts.b]
    return Counts(counts.a[kept], counts.b[kept], counts.weight[kept], counts.slots)


def directed_table(acts: Acts, counts: Counts) -> pa.Table:
    """Columns source, target, weight."""
    return pa.table(
        {
            "source": acts.accounts.take(pa.array(counts.a)),
            "target": acts.accounts.take(pa.array(counts.b)),
            "weight": pa.array(counts.weight, pa.int64()),
        }
    )
