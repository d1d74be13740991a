"""Known claims: what an analyst noted or imported, in a file of the workspace. That a text resembles one says nothing about truth.

TOML (``[[claim]]`` tables) or CSV, with the fields id, claim, language and, if known, source.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.codec import Record
from models.errors import UsageError

FIELDS = ("id", "claim", "language", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Record):
    """One sentence or two that somebody spreads. ``source``: who noted it, and where that can be read."""

    id: str
    claim: str
    language: str
    source: str = ""


def read(path: Path) -> tuple[Claim, ...]:
    """The claims of a file. Raises UsageError naming the entry that is wrong."""
    try:
        text = path.read_text("utf-8-sig")
        rows = _csv(text) if path.suffix.lower() == ".csv" else _toml(text)
    except FileNotFoundError:
        raise UsageError("there is no such file of claims", where=str(path)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, csv.Error, TypeError, AttributeError) as error:
        raise UsageError(f"is no file of claims: {error}", where=str(path), hint="see docs/resemblance.md") from None
    claims = tuple(_claim(row, f"{path}, claim {number}") for number, row in enumerate(rows, 1))
    seen: set[str] = set()
    for number, claim in enumerate(claims, 1):
        if claim.id in seen:
            raise UsageError(f"the id {claim.id!r} is there twice", where=f"{path}, claim {number}", hint="give each claim its own id")
        seen.add(claim.id)
    return claims


def _toml(text: str) -> Sequence[Mapping[str, Any]]:
    found = tomllib.loads(text).get("claim", [])
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise TypeError("claims are written as [[claim]] tables")
    return found


def _csv(text: str) -> Sequence[Mapping[str, Any]]:
    rows = csv.DictReader(io.StringIO(text), strict=True)
    missing = [name for name in FIELDS[:3] if name not in (rows.fieldnames or ())]
    if missing:
        raise TypeError(f"there is no column {missing[0]!r}")
    return [{name: row.get(name) or "" for name in FIELDS} for row in rows]


def _claim(row: Mapping[str, Any], where: str) -> Claim:
    unknown = next((name for name in row if name not in FIELDS), None)
    if unknown is not None:
        raise UsageError(f"unknown field {unknown!r}", where=where, hint=f"known: {', '.join(FIELDS)}")
    missing = next((name for name in FIELDS[:3] if not isinstance(row.get(name), str) or not row[name].strip()), None)
    if missing is not None:
        raise UsageError(f"has no {missing}", where=where, hint="a claim has id, claim and language, each a text in quotes")
    return Claim(**{name: str(row.get(name, "")).strip() for name in FIELDS})
