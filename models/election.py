"""An election: a folder with ``election.toml``, ``sources.toml`` and ``entities.toml``; data, not code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.codec import Record, build
from models.errors import UsageError
from models.listings import listings, of
from models.records import Entity, Listing, Source
from models.registry import nearest
from models.urls import host

SHIPPED = Path(__file__).resolve().parent.parent / "elections"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectionDate(Record):
    """One date: ``day`` as ISO text, ``precision`` day, month or year, ``source`` who states it."""

    what: str
    day: str
    precision: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Election(Record):
    """What is watched: its dates, hashtags, languages, sources and entities."""

    id: str
    name: str
    country: str
    languages: tuple[str, ...]
    dates: tuple[ElectionDate, ...]
    hashtags: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    entities: tuple[Entity, ...] = ()


def folders(workspace: Path | None = None) -> dict[str, Path]:
    """Election id to folder: the shipped ones, and those in the workspace's ``elections/`` over them."""
    found: dict[str, Path] = {}
    for base in (SHIPPED, *((workspace / "elections",) if workspace else ())):
        found |= {p.parent.name: p.parent for p in sorted(base.glob("*/election.toml"))}
    return found


def load(name: str, workspace: Path | None = None) -> Election:
    """The election ``name``. Raises UsageError for an unknown name (naming the nearest) or a file that cannot be read."""
    known = folders(workspace)
    if name not in known:
        raise UsageError(f"unknown election {name!r}", hint=nearest(name, known))
    folder = known[name]
    head = _toml(folder / "election.toml")
    sources = _toml(folder / "sources.toml", optional=True).get("source", [])
    entities = _toml(folder / "entities.toml", optional=True).get("entity", [])
    built = _built(Election, {"id": name, **head, "sources": sources, "entities": entities}, folder / "election.toml")
    table = listings(workspace)
    return replace(built, sources=tuple(_listed(source, table) for source in built.sources))


def _listed(source: Source, table: Mapping[str, tuple[Listing, ...]]) -> Source:
    """The source with what the lists say of its outlet, after what its own file says."""
    found = of(host(source.homepage or next(iter(source.urls), "")), table)
    return replace(source, listing=(*source.listing, *(entry for entry in found if entry not in source.listing)))


def _toml(path: Path, *, optional: bool = False) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if optional:
            return {}
        raise UsageError("is missing", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"not valid TOML: {error}", where=str(path)) from None


def _built(kind: type[Election], data: dict[str, Any], path: Path) -> Election:
    try:
        return build(kind, data)
    except (TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"does not describe an election: {error}", where=str(path), hint="compare with elections/exercise") from None
