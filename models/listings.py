"""Who lists which outlet as what: the files of ``elections/listings``, shipped and in the workspace. A list is its makers' opinion.

A file is TOML: ``by``, ``where``, ``licence``, ``origin``, and under ``[labels]`` hosts by label.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from models.errors import UsageError
from models.records import Listing

SHIPPED = Path(__file__).resolve().parent.parent / "elections" / "listings"


def listings(workspace: Path | None = None) -> Mapping[str, tuple[Listing, ...]]:
    """Listings by canonical host, of the shipped files and of the workspace's (which replace shipped ones of the same name).

    Read when first asked for. Raises UsageError naming the file that cannot be read.
    """
    found = {path.name: path for path in sorted(SHIPPED.glob("*.toml"))}
    if workspace:
        found |= {path.name: path for path in sorted((workspace / "elections" / "listings").glob("*.toml"))}
    return _read(tuple((path, path.stat().st_mtime_ns) for path in found.values()))


@lru_cache(maxsize=4)
def _read(files: tuple[tuple[Path, int], ...]) -> Mapping[str, tuple[Listing, ...]]:
    table: dict[str, tuple[Listing, ...]] = {}
    for path, _ in files:
        for host, listing in _entries(path):
            table[host] = (*table.get(host, ()), listing)
    return table


def _entries(path: Path) -> Iterator[tuple[str, Listing]]:
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        by, where, labels = str(data["by"]), str(data.get("where", "")), dict(data["labels"])
        pairs = [(str(host).lower(), str(label)) for label, hosts in labels.items() for host in hosts]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"not valid TOML: {error}", where=str(path)) from None
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            "does not describe a list of outlets", where=str(path), hint="compare with elections/listings/viginum.toml"
        ) from None
    for host, label in pairs:
        yield host, Listing(by=by, label=label, where=where)


def of(host: str, table: Mapping[str, tuple[Listing, ...]]) -> tuple[Listing, ...]:
    """The listings of a canonical host: its own, else those of the nearest domain above it (``de.rt.com``, ``rt.com``)."""
    labels = host.partition(":")[0].split(".")
    for start in range(max(1, len(labels) - 1)):
        found = table.get(".".join(labels[start:]))
        if found:
            return found
    return ()
