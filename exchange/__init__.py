"""Other people's formats: files of posts into documents, one module of ``readers/`` per format.

``read`` gives records one by one, ``table`` columns at once, ``load`` columns with
what was noticed on the way. Nothing here knows of an archive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from models.errors import SkipRecord
from models.records import Document

if TYPE_CHECKING:
    from exchange.raw import Loaded

_NONE: Mapping[str, str] = MappingProxyType({})


def read(
    path: Path,
    format: str | None = None,  # noqa: A002  the option's name
    mapping: Mapping[str, str] = _NONE,
    *,
    platform: str = "",
    tz: str = "",
) -> Iterator[Document | SkipRecord]:
    """The documents of a file, and a SkipRecord (not raised; it names file and row) for each row that is none.

    ``mapping``: our name to the file's column. ``platform`` and ``tz`` stand in where the file says nothing.
    Raises StopRun for a file that is no table, UsageError for a format or a column that there is not.
    """
    loaded = load(path, format, mapping, platform=platform, tz=tz)
    yield from loaded.skipped
    yield from loaded.documents()


def table(
    path: Path,
    format: str | None = None,  # noqa: A002  the option's name
    mapping: Mapping[str, str] = _NONE,
    *,
    platform: str = "",
    tz: str = "",
) -> tuple[Any, list[SkipRecord]]:
    """The rows of a file as a pyarrow.Table in columns of Document, in the file's order, and the rows that are none.

    Action lists (coortweet) have one row per action, ``id`` being the content's id, and no source, fetched and raw; of posts with one id
    the first stays.
    """
    loaded = load(path, format, mapping, platform=platform, tz=tz, actions=True)
    return loaded.table, loaded.skipped


def load(
    path: Path,
    format: str | None = None,  # noqa: A002  the option's name
    mapping: Mapping[str, str] = _NONE,
    *,
    platform: str = "",
    tz: str = "",
    actions: bool = False,
) -> Loaded:
    """Everything at once: table, skipped rows, notes and the format found. ``actions``: as :func:`table` describes."""
    from exchange.raw import Options, checked_zone
    from exchange.sniffing import choose, opened

    source = opened(path)
    reader = choose(source, format, mapping)
    options = Options(mapping=dict(mapping), platform=platform, tz=checked_zone(tz), actions=actions)
    loaded: Loaded = reader.load(source, options)
    return loaded


def formats() -> list[str]:
    """Names of the formats that can be read."""
    from exchange import readers
    from models.registry import names

    return names(readers)
