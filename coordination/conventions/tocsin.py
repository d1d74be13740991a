"""Tocsin's own count: distinct objects that two accounts acted on within the window of each other, at least once."""

from __future__ import annotations

from coordination.acts import Acts, Codes
from coordination.counting import Counts, count
from coordination.sweep import LISTED


def edges(acts: Acts, window: float, least: int = 1, stratum: Codes | None = None, listing: int = LISTED) -> Counts:
    """Undirected pairs of at least ``least`` distinct objects, and the meetings of each stratum (see ``counting.count``)."""
    return count(acts, window, unit=acts.object, directed=False, least=least, stratum=stratum, listing=listing)
