"""What the coordination engine found, as a night keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from models.records import Edge, Group


def one_each(fused: Sequence[Edge], single: Sequence[Edge]) -> list[Edge]:
    """The edges over all traces and windows, and those of one trace whose pair is not among them."""
    pairs = {(e.a, e.b) for e in fused}
    return [*fused, *(e for e in single if (e.a, e.b) not in pairs)]


def with_facts(groups: Sequence[Group], facts: Sequence[Any]) -> list[Group]:
    """The groups that the test of groups calls or that an edge holds together, with the numbers of that test."""
    of = {f.id: f for f in facts}
    return [
        replace(g, trace=of[g.id].trace, window=of[g.id].window, joins=of[g.id].joins, expected=of[g.id].expected, q=of[g.id].q)
        if g.id in of
        else g
        for g in groups
    ]
