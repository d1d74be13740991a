"""Every account once: how much it posted, whether it stands out, with whom, and why in one sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from coordination.accounts import AccountTest
from coordination.acts import actors, coded
from coordination.looks import Look
from models.records import Edge, Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account or a site. ``score``: how much it stands out, for ranking (see ``accounts``). ``partners``: accounts it has an edge with.

    Unflagged: group and reason empty.
    """

    account: str
    posts: int
    group: str
    q: float
    score: float
    traces: tuple[str, ...] = ()
    partners: int = 0
    reason: str = ""


def people(
    posts: pa.Table, seen: Sequence[Look], tested: AccountTest, *, edges: Sequence[Edge], found: Sequence[Group], q: float
) -> tuple[Person, ...]:
    """Every account of the posts, the one that stands out most first."""
    code, names = coded(actors(posts))
    number = np.bincount(code, minlength=len(names))
    group = {member: one.id for one in found for member in one.members}
    mine: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        mine[edge.a].append(edge)
        mine[edge.b].append(edge)
    close = _close(seen, q)
    made = [
        _person(
            Person(account=name, posts=int(number[k]), group=group.get(name, ""), q=float(tested.q[k]), score=round(tested.score[k], 3)),
            mine.get(name, []),
            close.get(k, Close()),
            q,
        )
        for k, name in enumerate(names.to_pylist())
        if name
    ]
    return tuple(sorted(made, key=lambda person: (person.q, -person.score, -person.partners, person.account)))


@dataclass(frozen=True, slots=True)
class Close:
    """The traces in which an account has close partners, and these."""

    traces: set[str] = field(default_factory=set)
    partners: set[int] = field(default_factory=set)


def _person(bare: Person, edges: Sequence[Edge], close: Close, q: float) -> Person:
    if not edges and bare.q > q:
        return bare
    return replace(
        bare,
        traces=tuple(sorted({trace for edge in edges for trace in edge.traces} | close.traces)),
        partners=len({other for edge in edges for other in (edge.a, edge.b)} - {bare.account}),
        reason=_reason(bare.account, edges, len(close.partners), bare.q),
    )


def _reason(name: str, edges: Sequence[Edge], near: int, q: float) -> str:
    if not edges:
        return f"no single partner stands out, but {near} are each closer than chance gives (q {q:.2g})"
    best = min(edges, key=lambda edge: (edge.p, -edge.weight))
    other = best.b if best.a == name else best.a
    partners = len({e.a for e in edges} | {e.b for e in edges}) - 1
    return (
        f"{partners} partner{'s' if partners > 1 else ''}; shared {best.weight} objects ({', '.join(best.traces)}) with {other} "
        f"within {best.window:g} s of each other, by chance {best.expected:.2g} (q {best.q:.2g})"
    )


CLOSE = 1e-3
"""p below which a pair counts as close in a sentence."""


def _close(seen: Sequence[Look], q: float) -> dict[int, Close]:
    """The close partners of each account that has any."""
    found: dict[int, Close] = defaultdict(Close)
    for look in seen:
        counts = look.judged.counts
        for k in np.flatnonzero(look.judged.p <= min(CLOSE, q)).tolist():
            a, b = int(counts.a[k]), int(counts.b[k])
            for one, two in ((a, b), (b, a)):
                found[one].traces.add(look.trace)
                found[one].partners.add(two)
    return found
