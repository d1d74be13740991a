"""What is found: one pair of texts, its kind, how sure, and why."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("copy", "rewording", "translation", "fragment", "template")


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Two texts, by their ids in the order they were read. ``score``: 0 to 1. ``reason``: what they share, with positions."""

    a: str
    b: str
    kind: str
    score: float
    reason: str
