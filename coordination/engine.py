"""Posts in, edges, accounts and groups out: counted exactly, tested against chance, called at a false discovery rate."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

import coordination.traces
from coordination import accounts, fusion, looks
from coordination.acts import Acts, Flags, Ints, build, column
from coordination.group_test import Facts, facts
from coordination.groups import groups
from coordination.looks import Counting, Look, Summary, examine, plainly
from coordination.parameters import Parameters, of
from coordination.people import CLOSE, Person, people
from models import registry
from models.errors import UsageError
from models.protocols import Progress, silent
from models.records import Edge, Group

__all__ = ["Coordination", "acts_of", "coordinate", "examine", "shared_objects"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """What a run found. ``tests``: pairs of accounts that could have met, summed over traces and windows.

    ``edges``: each trace and window on its own. ``fused``: one per pair of accounts over all of them, with its own q. ``people``: every
    account of the posts once. ``facts``: each group tested and described. ``looks``: the numbers of each trace and window.
    """

    edges: tuple[Edge, ...]
    groups: tuple[Group, ...]
    tests: int
    looks: tuple[Summary, ...]
    fused: tuple[Edge, ...] = ()
    people: tuple[Person, ...] = ()
    facts: tuple[Facts, ...] = ()


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
    posts: pa.Table,
    settings: Mapping[str, Any] | Parameters,
    progress: Progress = silent,
    previous: Sequence[Group] = (),
    *,
    counting: Counting = plainly,
) -> Coordination:
    """Edges and groups of a table of posts (columns named like the fields of Document, and ``text_key``; see each trace).

    Times are UTC; rows without a trusted date, account or object do not take part. ``previous``: groups of earlier nights, whose ids
    are kept. ``counting``: who counts the pairs (see ``looks.Counting``). Edges come by trace, window and p.
    """
    chosen = of(settings)
    ids = column(posts, "id")
    seen: list[Look] = []
    edges: list[Edge] = []
    summaries = []
    for trace in chosen.traces:
        acts = acts_of(posts, trace)
        judged = looks.climb(acts, chosen.windows, chosen.min_weight, chosen.q, trace=trace, counting=counting)
        for window in chosen.windows:
            look = Look(trace, window, acts, judged[window])
            places = looks.called(look, chosen.q, chosen.min_participation)
            edges += looks.edges(ids, look, places, chosen.evidence)
            seen.append(look)
            summaries.append(looks.summary(look, len(places)))
            progress("coordinate", trace=trace, window=window, acts=len(acts), edges=len(places))
    fused = _fused(ids, seen, chosen)
    size = len(seen[0].acts.accounts)
    tested = accounts.examine([look.judged for look in seen], size, [look.accounts for look in seen])
    diffuse = _diffuse(ids, seen, fused, tested.q <= chosen.q)
    found = groups(edges, previous, ties=[*fused, *diffuse])
    return Coordination(
        edges=tuple(edges),
        groups=found,
        tests=sum(k.tests for k in summaries),
        looks=tuple(summaries),
        fused=fused,
        facts=facts(found, seen, fused),
        people=people(posts, seen, tested, edges=fused, found=found, q=chosen.q),
    )


def _fused(ids: pa.Array, seen: Sequence[Look], chosen: Parameters) -> tuple[Edge, ...]:
    """One edge per pair of accounts over all looks. Of each trace the window that is least likely gives numbers and evidence."""
    size = len(seen[0].acts.accounts)
    joint = fusion.fuse([look.judged for look in seen], size)
    called = np.flatnonzero(joint.q <= chosen.q)
    best: dict[tuple[int, str], tuple[float, int, int]] = {}
    for k, (look, place) in enumerate(zip(seen, joint.seen, strict=True)):
        for position in np.flatnonzero(np.isin(place, called)):
            mine = (float(look.judged.p[position]), k, int(position))
            if mine[0] <= chosen.q:
                key = (int(place[position]), look.trace)
                best[key] = min(best.get(key, mine), mine)
    parts = _parts(ids, seen, best, chosen.evidence)
    ordered = sorted(parts, key=lambda pair: (joint.p[pair], pair))
    return tuple(looks.merged(parts[pair], float(joint.p[pair]), float(joint.q[pair]), chosen.evidence) for pair in ordered)


def _diffuse(ids: pa.Array, seen: Sequence[Look], fused: Sequence[Edge], flagged: Flags) -> list[Edge]:
    """Ties for flagged accounts without an edge: to each other where they are close, else to their closest partner."""
    alone = flagged.copy()
    names = seen[0].acts.accounts
    alone[np.isin(names.to_numpy(zero_copy_only=False), list({name for e in fused for name in (e.a, e.b)}))] = False
    ties: list[Edge] = []
    for look in seen:
        counts, p = look.judged.counts, look.judged.p
        a, b = counts.a, counts.b
        near = (p <= CLOSE) & ((alone[a] & flagged[b]) | (alone[b] & flagged[a]))
        ties += looks.edges(ids, look, np.flatnonzero(near), 1)
    tied = {name for edge in ties for name in (edge.a, edge.b)}
    for code in np.flatnonzero(alone).tolist():
        if names[code].as_py() not in tied:
            ties += _closest(ids, seen, code)
    return ties


def _closest(ids: pa.Array, seen: Sequence[Look], code: int) -> list[Edge]:
    best: tuple[float, int, int] | None = None
    for k, look in enumerate(seen):
        mine = np.flatnonzero((look.judged.counts.a == code) | (look.judged.counts.b == code))
        if len(mine):
            position = int(mine[np.argmin(look.judged.p[mine])])
            found = (float(look.judged.p[position]), k, position)
            best = min(best, found) if best else found
    return list(looks.edges(ids, seen[best[1]], np.array([best[2]]), 1)) if best else []


def _parts(ids: pa.Array, seen: Sequence[Look], best: Mapping[tuple[int, str], tuple[float, int, int]], cap: int) -> dict[int, list[Edge]]:
    """The edges of the chosen looks, by pair, the least likely first."""
    wanted: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (pair, _), (_, k, position) in best.items():
        wanted[k].append((position, pair))
    parts: dict[int, list[Edge]] = defaultdict(list)
    for k, places in wanted.items():
        positions: Ints = np.array([position for position, _ in places], np.int64)
        for (_, pair), edge in zip(places, looks.edges(ids, seen[k], positions, cap), strict=True):
            parts[pair].append(edge)
    return {pair: sorted(edges, key=lambda e: (e.p, e.traces)) for pair, edges in parts.items()}
