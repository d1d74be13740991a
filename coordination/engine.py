"""Posts in, edges and groups out: every trace and window counted exactly, tested against chance, called at a false discovery rate."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

import coordination.traces
from coordination import evidence as proof
from coordination.acts import Acts, build, column
from coordination.counting import count
from coordination.crowd import by_day, fine, temper
from coordination.groups import groups
from coordination.null import Judged, activity, days, judge
from coordination.parameters import Parameters, of
from coordination.sweep import reach
from models import registry
from models.errors import UsageError
from models.protocols import Progress, silent
from models.records import Edge, Group, Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One trace in one window: acts, accounts, meetings, pairs tested, pairs of the least weight, edges called."""

    trace: str
    window: float
    acts: int
    accounts: int
    slots: int
    tests: int
    counted: int
    called: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """What a run found. ``tests``: pairs of accounts that could have met, summed over traces and windows."""

    edges: tuple[Edge, ...]
    groups: tuple[Group, ...]
    tests: int
    looks: tuple[Look, ...]


def acts_of(posts: pa.Table, trace: str) -> Acts:
    """The acts of a trace by name; ``object:url`` passes ``url`` to the trace. Raises UsageError for an unknown trace."""
    return build(posts, shared_objects(posts, trace))


def shared_objects(posts: pa.Table, trace: str) -> pa.Table:
    """Columns row and object of a trace by name."""
    name, colon, kind = trace.partition(":")
    module = registry.load(coordination.traces, name, "trace")
    if not colon:
        return module.objects(posts)
    if "kind" not in inspect.signature(module.objects).parameters:
        raise UsageError(f"the trace {name!r} takes no kind", hint=f"use {name!r} alone")
    return module.objects(posts, kind=kind)


def coordinate(
    posts: pa.Table, settings: Mapping[str, Any] | Parameters, progress: Progress = silent, previous: Sequence[Group] = ()
) -> Coordination:
    """Edges and groups of a table of posts (columns named like the fields of Document, and ``text_key``; see each trace).

    Times are UTC; rows without a trusted date, account or object do not take part. ``previous``: groups of earlier nights, whose ids
    are kept. The edges are those called at the false discovery rate, for each trace and window on its own, by trace, window and p.
    """
    chosen = of(settings)
    edges: list[Edge] = []
    looks: list[Look] = []
    for trace in chosen.traces:
        acts = acts_of(posts, trace)
        for window in chosen.windows:
            judged = examine(acts, window, chosen.min_weight, chosen.q)
            called = np.flatnonzero((judged.q <= chosen.q) & _active(acts, judged, chosen.min_participation))
            called = called[np.lexsort((-judged.counts.weight[called], judged.p[called]))]
            edges += _edges(posts, acts, trace=trace, window=window, judged=judged, called=called, cap=chosen.evidence)
            looks.append(_look(trace, window, acts, judged, len(called)))
            progress("coordinate", trace=trace, window=window, acts=len(acts), edges=len(called))
    return Coordination(edges=tuple(edges), groups=groups(edges, previous), tests=sum(k.tests for k in looks), looks=tuple(looks))


def examine(acts: Acts, window: float, least: int, q: float) -> Judged:
    """Count and test all pairs of at least ``least`` distinct objects; those below ``q`` by both null models (by the first alone if 0)."""
    strata = fine(acts, window)
    counts = count(acts, window, unit=acts.object, directed=False, least=least, stratum=strata.stratum)
    judged = judge(replace(counts, slots=by_day(strata, counts.slots)), activity(acts, days(acts)))
    return temper(acts, strata, counts.slots, judged, q) if q else judged


def _active(acts: Acts, judged: Judged, least: int) -> Any:
    """Which pairs are of two accounts with at least ``least`` acts on the trace."""
    enough = np.bincount(acts.account, minlength=len(acts.accounts)) >= least
    return enough[judged.counts.a] & enough[judged.counts.b]


def _look(trace: str, window: float, acts: Acts, judged: Judged, called: int) -> Look:
    return Look(
        trace=trace,
        window=window,
        acts=len(acts),
        accounts=len(np.unique(acts.account)),
        slots=int(judged.counts.slots.sum()),
        tests=judged.tests,
        counted=len(judged.counts),
        called=called,
    )


def _edges(posts: pa.Table, acts: Acts, *, trace: str, window: float, judged: Judged, called: Any, cap: int) -> Iterator[Edge]:
    ids = column(posts, "id")
    counts = judged.counts
    found = proof.evidence(acts, reach(acts, window), counts.a[called], counts.b[called])
    for k, seen in zip(called, found, strict=True):
        shown = zip(seen.mine[:cap], seen.other[:cap], strict=True)
        yield Edge(
            a=acts.accounts[counts.a[k]].as_py(),
            b=acts.accounts[counts.b[k]].as_py(),
            traces=(trace,),
            window=window,
            weight=int(counts.weight[k]),
            expected=float(judged.expected[k]),
            p=float(judged.p[k]),
            q=float(judged.q[k]),
            lead=seen.lead,
            first_seen=proof.moment(seen.first),
            last_seen=proof.moment(seen.last),
            pairs=tuple(_pair(ids, acts, trace, i, j) for i, j in shown),
            pairs_total=seen.total,
        )


def _pair(ids: pa.Array, acts: Acts, trace: str, i: int, j: int) -> Pair:
    return Pair(
        trace=trace,
        object=acts.objects[acts.object[i]].as_py(),
        a=ids[acts.row[i]].as_py(),
        b=ids[acts.row[j]].as_py(),
        time_a=proof.moment(acts.time[i]),
        time_b=proof.moment(acts.time[j]),
    )
