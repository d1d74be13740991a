"""What a run of the coordination engine may be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Traces by name, windows (s), q (false discovery rate), least weight (distinct objects) and acts of an account, evidence per edge."""

    traces: tuple[str, ...] = ("url", "hashtag", "repost", "same_text")
    windows: tuple[float, ...] = (60.0, 3600.0)
    q: float = 0.05
    min_weight: int = 2
    min_participation: int = 1
    evidence: int = 20

    def __post_init__(self) -> None:
        if not self.traces or not self.windows:
            raise UsageError("no trace or no window is given", hint="at least one of each")
        if not 0 < self.q <= 1:
            raise UsageError(f"q must be above 0 and at most 1, not {self.q:g}")
        if self.min_weight < 1 or self.evidence < 0:
            raise UsageError("the least weight must be 1 or more, and the evidence 0 or more")


def of(settings: Mapping[str, Any] | Parameters) -> Parameters:
    """The parameters among the settings of a workspace (keys ``coordination.*``)."""
    if isinstance(settings, Parameters):
        return settings
    return Parameters(
        traces=tuple(settings["coordination.traces"]),
        windows=tuple(settings["coordination.windows"]),
        q=settings["coordination.q"],
        min_weight=settings["coordination.min_weight"],
        evidence=settings["coordination.evidence"],
    )
