"""Writes the folders of the real elections, and elections/listings, from the open data and from scripts/elections_facts.

    python scripts/elections_build.py ../shared/data/open

The same input gives the same files. What is taken, and under which licence, stands at the head of each file and in docs/elections.md.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FACTS = Path(__file__).resolve().parent / "elections_facts"
sys.path.insert(0, str(ROOT))

from scripts.elections_listings import write_listings  # noqa: E402  the checkout must be on the path first
from scripts.elections_sources import sources  # noqa: E402  as above

LANGUAGES = ("fr", "de", "en", "ru")
MEMBERS = "Regards Citoyens, twitter-parlementaires @ 9a1adb3, ODbL 1.0: {} of the French Parliament"
CANDIDATES = "Der Bundeswahlleiter, candidates of the 2021 Bundestagswahl, dl-de/by-2-0, via tifa365/bundestagswahlkandidaten @ 201e360"
CREDIT = {
    "fr": "# Members of Parliament and their accounts: Regards Citoyens, twitter-parlementaires; this part is under ODbL 1.0.\n",
    "de": "# Candidates of 2021 (names, shortened): (c) Der Bundeswahlleiter, Wiesbaden, dl-de/by-2-0, https://www.govdata.de/dl-de/by-2-0\n",
}
HEAD = "# Written by scripts/elections_build.py; mend the facts there (scripts/elections_facts), not here.\n"


def toml(item: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(item, dict):
        return "{ " + ", ".join(f"{key} = {toml(v)}" for key, v in item.items()) + " }"
    if isinstance(item, list | tuple):
        return "[" + ", ".join(map(toml, item)) + "]"
    return json.dumps(item, ensure_ascii=False)


def table(name: str, data: dict[str, Any]) -> str:
    """One element of an array of tables; empty values are left out."""
    return "\n".join([f"[[{name}]]", *(f"{key} = {toml(v)}" for key, v in data.items() if v not in ("", [], (), {}, 0))]) + "\n"


def slug(name: str) -> str:
    """A name as part of an id."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


def curated(facts: dict[str, Any], election: str) -> Iterator[dict[str, Any]]:
    """Parties, institutions and candidates of an election, out of the facts of its country."""
    for entity in facts["entity"]:
        if election in entity["elections"]:
            aliases = {code: entity[code] for code in LANGUAGES}
            yield {"id": entity["id"], "kind": entity["kind"], "name": entity["name"], "aliases": aliases, "source": entity["source"]}
    for group in facts["candidates"]:
        if election in group["elections"]:
            for name, *russian in group["people"]:
                aliases = {"fr": [name], "de": [name], "en": [name], "ru": russian}
                yield {
                    "id": f"{election[:2]}/person/{slug(name)}",
                    "kind": "person",
                    "name": name,
                    "aliases": aliases,
                    "source": group["source"],
                }


def members(data: Path, path: str) -> Iterator[dict[str, Any]]:
    """Members of the two houses of the French Parliament, with their accounts."""
    for file, house in ((path, "deputies"), ("fr_parlementaires_twitter/senateurs.csv", "senators")):
        for row in rows(data / "gazetteers" / file):
            name, handle = row["nom"].strip(), row["twitter"].strip().lstrip("@").lower()
            accounts = [f"twitter:{handle}"] if re.fullmatch(r"\w{1,15}", handle) else []
            yield _person("fr", name, [name], accounts, MEMBERS.format(house))


def nominees(data: Path, path: str) -> Iterator[dict[str, Any]]:
    """Candidates of the 2021 Bundestagswahl who were elected or stood among the first three of a list of a party that won seats."""
    found = list(rows(data / "gazetteers" / path))
    seated = {row["Gruppenname"] for row in found if row["VorpGewaehlt"]}
    chosen = [r for r in found if r["VorpGewaehlt"] or (r["Gruppenname"] in seated and r["Listenplatz"].strip() in {"1", "2", "3"})]
    full = list(dict.fromkeys(_german_name(row) for row in chosen))
    usual = Counter(_usual(name) for name in full)
    for name in full:
        short = _usual(name) if usual[_usual(name)] == 1 else name
        yield _person("de", short, list(dict.fromkeys((short, name))), [], CANDIDATES)


def _german_name(row: dict[str, str]) -> str:
    return " ".join(part for part in (row["Vornamen"].strip(), row["Namenszusatz"].strip(), row["Nachname"].strip()) if part)


def _usual(name: str) -> str:
    """The first given name and the family name: further given names are rarely said."""
    parts = name.split()
    return f"{parts[0]} {' '.join(parts[2:])}" if len(parts) > 2 and parts[1][0].isupper() else name


def _person(country: str, name: str, aliases: list[str], accounts: list[str], source: str) -> dict[str, Any]:
    return {
        "id": f"{country}/person/{slug(name)}",
        "kind": "person",
        "name": name,
        "aliases": {country: aliases},
        "accounts": accounts,
        "source": source,
    }


def merged(entities: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entity for each id: the first stays, later ones add accounts and their source. Names of one word are too common and left out."""
    found: dict[str, dict[str, Any]] = {}
    for entity in entities:
        known = found.get(entity["id"])
        if known is None:
            if entity["kind"] != "person" or " " in entity["name"]:
                found[entity["id"]] = entity
        elif entity["source"] not in known["source"]:
            for code, names in entity["aliases"].items():
                known["aliases"][code] = list(dict.fromkeys((*known["aliases"].get(code, []), *names)))
            known["accounts"] = sorted({*known.get("accounts", []), *entity.get("accounts", [])})
            known["source"] += f"; {entity['source']}"
    return list(found.values())


def write(election: dict[str, Any], facts: dict[str, Any], data: Path) -> str:
    """The three files of one election; returns a line that says what is in them."""
    name: str = election["id"]
    country, folder = name[:2], ROOT / "elections" / name
    folder.mkdir(parents=True, exist_ok=True)
    more = members if country == "fr" else nominees
    entities = merged([*curated(facts, name), *(more(data, election["members"]) if "members" in election else ())])
    outlets = sources(data, country)
    head = {"name": election["name"], "country": country, "languages": [country], "hashtags": election["hashtags"]}
    lines = [f"{key} = {toml(value)}\n" for key, value in head.items()]
    (folder / "election.toml").write_text(HEAD + "".join(lines) + "\n" + "\n".join(table("dates", d) for d in election["dates"]), "utf-8")
    credit = CREDIT[country] if "members" in election else ""
    (folder / "entities.toml").write_text(HEAD + credit + "\n" + "\n".join(table("entity", e) for e in entities), "utf-8")
    (folder / "sources.toml").write_text(HEAD + "\n" + "\n".join(table("source", s) for s in outlets), "utf-8")
    return f"{name}: {len(entities)} entities, {len(outlets)} sources"


def main(data: Path) -> None:
    """All of it."""
    for country in ("fr", "de"):
        facts = tomllib.loads((FACTS / f"{country}.toml").read_text("utf-8"))
        for election in facts["election"]:
            print(write(election, facts, data))
    for line in write_listings(data / "domain_lists", ROOT / "elections" / "listings"):
        print(line)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
