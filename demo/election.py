"""The exercise as an election folder: the same for the shipped one and for a running server, but for the addresses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from demo import country, listings
from demo.country import INVENTED, Outlet

HEAD = "# The exercise: an invented election in an invented country. Written by demo/election.py; served by `python -m demo`.\n"


def value(item: Any) -> str:
    """A value as TOML writes it (texts, numbers, lists, tables in one line)."""
    if isinstance(item, dict):
        return "{ " + ", ".join(f"{key} = {value(v)}" for key, v in item.items()) + " }"
    if isinstance(item, list | tuple):
        return "[" + ", ".join(map(value, item)) + "]"
    return json.dumps(item, ensure_ascii=False)


def table(name: str, data: dict[str, Any]) -> str:
    """One element of an array of tables; empty values are left out."""
    return "\n".join([f"[[{name}]]", *(f"{key} = {value(item)}" for key, item in data.items() if item not in ("", [], (), {}, 0))]) + "\n"


def write(folder: Path, night: datetime, port: int) -> Path:
    """``election.toml``, ``sources.toml`` and ``entities.toml`` into ``folder`` (made if missing), which is returned."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "election.toml").write_text(HEAD + _election(night), "utf-8")
    (folder / "sources.toml").write_text(HEAD + "\n".join(table("source", s) for s in _sources(port)), "utf-8")
    (folder / "entities.toml").write_text(HEAD + "\n".join(table("entity", e) for e in _entities()), "utf-8")
    return folder


def _election(night: datetime) -> str:
    dates = "\n".join(
        table("dates", {"what": what, "day": f"{night + timedelta(days=days):%Y-%m-%d}", "precision": "day", "source": INVENTED})
        for what, days in country.DATES
    )
    return (
        'name = "Parliamentary election of Lorval (exercise)"\ncountry = "xx"\nlanguages = ["fr", "de"]\n'
        f"hashtags = {value(country.TAGS)}\n\n{dates}"
    )


def _sources(port: int) -> Iterator[dict[str, Any]]:
    for outlet in country.OUTLETS:
        yield _source(outlet, f"http://127.0.0.{outlet.octet}:{port}")
    base = f"http://127.0.0.{country.SOCIAL_OCTET}:{port}"
    yield {
        "name": country.SOCIAL,
        "access": "mastodon",
        "urls": [base],
        "country": "xx",
        "homepage": base,
        "basis": INVENTED,
        "promise": 1,
        "origin": INVENTED,
        "options": {"tags": list(country.TAGS), "domain": country.SOCIAL_DOMAIN},
    }


def _source(outlet: Outlet, base: str) -> dict[str, Any]:
    register = {"by": "Press register of Lorval (invented)", "label": outlet.label}
    return {
        "name": outlet.name,
        "access": listings.ACCESS[outlet.access],
        "urls": [base + listings.LISTED[outlet.access]],
        "country": "xx",
        "language": outlet.language,
        "homepage": base,
        "listing": [register] if outlet.label else [],
        "basis": INVENTED,
        "promise": 1,
        "origin": INVENTED,
    }


def _entities() -> Iterable[dict[str, Any]]:
    for entity in country.entities():
        aliases = {code: list(entity.get(code, [entity["name"]])) for code in ("fr", "de", "en", "ru")}
        yield {
            "id": entity["id"],
            "kind": entity["kind"],
            "name": entity["name"],
            "aliases": aliases,
            "hashtags": entity.get("hashtags", []),
            "source": INVENTED,
        }
