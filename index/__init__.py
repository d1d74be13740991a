"""Search: one query language, its own analysis, and backends that answer alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.base import Index
    from index.vectors import Space
    from models.settings import Settings


def open_index(settings: Settings, folder: Path, space: Space | None = None) -> Index:
    """The index of a workspace by the backend that the settings name. Opens nothing yet.

    ``space``: the vectors of the documents that will be put in, if they have some; who only reads need not say.
    """
    from index import backends
    from models import registry

    backend = registry.load(backends, settings["index.backend"], "index backend")
    index: Index = backend.open_index(settings, folder, space)
    return index
