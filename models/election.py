"""An election: a folder with ``election.toml``, ``sources.toml`` and ``entities.toml``; data, not code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from models.codec import Record, build
from models.errors import UsageError
from models.listings import listings, of
from models.records import Entity, Listing, Source
from models.registry import nearest
from models.shape import demand
from models.urls import host

SHIPPED = Path(__file__).resolve().parent.parent / "elections"
_REST = {"day": "", "month": "-01", "year": "-01-01"}
"""Precision of a date to what makes a whole day of it."""


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
        if workspace and name in {p.name for p in (workspace / "elections").glob("*/")}:
            raise UsageError("has no election.toml", where=str(workspace / "elections" / name), hint="copy one from a shipped election")
        raise UsageError(f"unknown election {name!r}", hint=nearest(name, known))
    folder = known[name]
    head = _toml(folder / "election.toml")
    _head(head, folder / "election.toml")
    sources = _entries(folder / "sources.toml", "source", Source, "name")
    entities = _entries(folder / "entities.toml", "entity", Entity, "id")
    built = build(Election, {"id": name, **head, "sources": sources, "entities": entities})
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
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(path), hint="give yourself the right to read it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"not valid TOML: {error}", where=str(path), hint="mend the line, or compare with elections/exercise") from None


def _head(head: dict[str, Any], path: Path) -> None:
    """Raises UsageError for an ``election.toml`` that does not describe an election, or a date that cannot be."""
    demand(Election, head, str(path), frozenset({"name", "country", "languages", "dates", "hashtags"}))
    for number, date in enumerate(head["dates"], 1):
        where = f"{path}: dates, {number}"
        if date["precision"] not in _REST:
            raise UsageError(f"precision cannot be {date['precision']!r}", where=where, hint=nearest(date["precision"], _REST))
        try:
            datetime.strptime(date["day"] + _REST[date["precision"]], "%Y-%m-%d")  # noqa: DTZ007  a day, not a moment
        except ValueError:
            asked = "2027-04-11"[: -len(_REST[date["precision"]]) or None]
            raise UsageError(
                f"day cannot be {date['day']!r}", where=where, hint=f"of precision {date['precision']}: as {asked!r}"
            ) from None


def _entries(path: Path, table: str, kind: type, key: str) -> list[dict[str, Any]]:
    """The entries ``[[table]]`` of a file that may be absent, each of the shape of ``kind`` and with a ``key`` of its own."""
    data = _toml(path, optional=True)
    strange = next((name for name in data if name != table), None)
    entries = data.get(table, [])
    if strange is not None or not isinstance(entries, list):
        raise UsageError(
            f"holds {strange or table!r} where only [[{table}]] is read", where=str(path), hint=f"begin each entry with [[{table}]]"
        )
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries, 1):
        named = f" ({entry[key]})" if isinstance(entry, dict) and isinstance(entry.get(key), str) else ""
        where = f"{path}: {table} {number}{named}"
        demand(kind, entry, where)
        if seen.setdefault(entry[key], number) != number:
            raise UsageError(f"has the {key} of {table} {seen[entry[key]]}", where=where, hint=f"every {table} needs a {key} of its own")
        if kind is Source and not entry["urls"] and not entry.get("options"):
            raise UsageError("urls is empty", where=where, hint='write: urls = ["https://…"]')
    return entries
