"""Accounts tied by significant edges: communities of Leiden (scikit-network), which never join two unconnected parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from models.records import Edge, Group, digest


def groups(edges: Sequence[Edge], previous: Sequence[Group] = (), ties: Sequence[Edge] = ()) -> tuple[Group, ...]:
    """Groups of two accounts or more, the largest first. A group that shares most members with a previous one keeps its id.

    ``ties`` hold accounts together like edges but are not listed in the groups (edges of several traces, made from the same posts).
    """
    listed = {edge.id for edge in edges}
    edges = [*edges, *ties]
    if not edges:
        return ()
    names = sorted({name for edge in edges for name in (edge.a, edge.b)})
    code = {name: number for number, name in enumerate(names)}
    label = _communities([code[e.a] for e in edges], [code[e.b] for e in edges], [surprise(e) for e in edges], len(names))
    members: dict[int, list[str]] = defaultdict(list)
    for name in names:
        members[label[code[name]]].append(name)
    inside: dict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        if label[code[edge.a]] == label[code[edge.b]]:
            inside[label[code[edge.a]]].append(edge)
    found = sorted(((members[k], inside[k]) for k in inside), key=lambda item: item[0])
    found.sort(key=lambda item: -len(item[0]))
    return _named(found, previous, listed)


def surprise(edge: Edge) -> float:
    """-log10 of the edge's p, at most 300."""
    return min(-float(np.log10(max(edge.p, 1e-300))), 300.0)


def _communities(a: list[int], b: list[int], weight: list[float], size: int) -> list[int]:
    from scipy.sparse import coo_matrix
    from sknetwork.clustering import Leiden
    from sknetwork.topology import get_connected_components

    matrix = coo_matrix((weight, (a, b)), shape=(size, size)).tocsr()
    matrix = (matrix + matrix.T).tocsr()  # scikit-network takes only the older class of sparse matrices
    community = np.asarray(Leiden(random_state=0).fit_predict(matrix))
    part = np.asarray(get_connected_components(matrix))
    return [int(k) for k in np.unique(community.astype(np.int64) * size + part, return_inverse=True)[1]]


def _named(found: Sequence[tuple[list[str], list[Edge]]], previous: Sequence[Group], listed: set[str]) -> tuple[Group, ...]:
    """Each old group gives its id to the new group that holds most of its members (at least half), the largest first."""
    owner = {name: group for group in sorted(previous, key=lambda g: g.last_seen) for name in group.members}
    taken: set[str] = set()
    made = []
    for members, edges in found:
        name = digest("group", *members)
        votes: dict[str, int] = defaultdict(int)
        for member in members:
            if member in owner:
                votes[owner[member].id] += 1
        old = max(votes, key=lambda k: (votes[k], k), default="")
        if old and old not in taken and 2 * votes[old] >= min(len(members), sum(1 for g in owner.values() if g.id == old)):
            name = old
        taken.add(name)
        first, last = min(e.first_seen for e in edges), max(e.last_seen for e in edges)
        own = tuple(e.id for e in edges if e.id in listed)
        made.append(Group(id=name, members=tuple(members), edges=own, first_seen=first, last_seen=last))
    return tuple(made)
