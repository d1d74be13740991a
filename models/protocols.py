"""What one room may expect of another without importing it; ``scan.py`` brings the two together."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from models.records import Document


class Sink(Protocol):
    """Where a collector puts what it fetched."""

    def add(self, document: Document) -> None:
        """Returns when the document's line is on disk; only then does the page count as fetched."""


class Memory(Protocol):
    """What a collector remembers from one night to the next."""

    def get(self, source: str, key: str) -> str | None:
        """The value last put for this source and key (ETag, cursor, min_id), or None."""

    def put(self, source: str, key: str, value: str) -> None:
        """Keep a value; call it only after the documents it covers are in the sink."""

    def seen(self, ids: Collection[str]) -> set[str]:
        """Those of the document ids that are archived or spooled already."""


class Progress(Protocol):
    """Somebody who is told how long work goes on."""

    def __call__(self, stage: str, **numbers: Any) -> None:
        """``stage`` with counts such as ``done=40, total=100, note="lemonde.fr"``."""


def silent(stage: str, **numbers: Any) -> None:
    """A :class:`Progress` that says nothing."""
