"""One access for each news outlet out of the shared table of feeds and sitemaps (used by scripts/elections_build.py)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ORIGINS = {
    "fundus": "flairNLP/fundus @ 18da6e5, MIT",
    "awesome-rss-feeds": "plenaryapp/awesome-rss-feeds @ 9ff012e, CC0",
    "public reader configurations": "public feed reader configurations",
}
BASIS = "offered by the outlet to readers and search engines; robots.txt is obeyed; address not checked against the live web"
NAMES = {
    "mediapart.fr": "Mediapart",
    "nouvelobs.com": "Le Nouvel Obs",
    "francetvinfo.fr": "Franceinfo",
    "huffingtonpost.fr": "Le HuffPost",
    "ladepeche.fr": "La Dépêche du Midi",
    "sudouest.fr": "Sud Ouest",
    "ouest-france.fr": "Ouest-France",
    "liberation.fr": "Libération",
    "bfmtv.com": "BFMTV",
    "france24.com": "France 24",
    "lexpress.fr": "L'Express",
    "europe1.fr": "Europe 1",
    "20minutes.fr": "20 Minutes",
    "monde-diplomatique.fr": "Le Monde diplomatique",
    "20min.ch/fr/": "20 minutes (Suisse)",
}
"""Names for rows that carry the title of the feed instead."""
OTHER_SUBJECTS = frozenset(
    {
        "sportschau.de",
        "kicker.de",
        "motorsport-magazin.com",
        "gamestar.de",
        "vogue.de",
        "golem.de",
        "winfuture.de",
        "heise.de",
        "der-postillon.com",
        "follow.it",
        "lto.de",
        "businessinsider.de",
        "boersen-zeitung.de",
    }
)
"""Sport, technology, fashion, law, markets, satire: left out of an election's sources."""
PREFERRED = {
    "https://www.freiepresse.de/rss/rss_politik.php",
    "https://www.ouest-france.fr/rss/une",
    "https://www.francetvinfo.fr/titres.rss",
}
"""Where an outlet has several feeds and the first is not the one that is wanted."""
ORDER = ("feed", "news_sitemap", "sitemap")
AROUND = {"fr": ("fr", "ch", "be", "lu"), "de": ("de", "at", "ch", "lu", "li")}


def outlet(url: str) -> str:
    """The last two labels of the host, which tell outlets apart in these countries."""
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


def sources(data: Path, language: str) -> list[dict[str, Any]]:
    """The outlets that write ``language``, those of its own country first; a feed rather than a news sitemap rather than a sitemap."""
    with (data / "sources" / "news_sources.csv").open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if _language(row) == language and row["country"] in AROUND[language]]
    best: dict[str, dict[str, str]] = {}
    for row in rows:
        key = outlet(row["homepage"] or row["url"])
        if not OTHER_SUBJECTS & {key, outlet(row["url"])} and (key not in best or _rank(row) < _rank(best[key])):
            best[key] = row
    names = {key: NAMES.get(f"{key}/{language}/") or NAMES.get(key) or _name(key, rows) for key in best}
    order = sorted(best, key=lambda key: (AROUND[language].index(best[key]["country"]), names[key].casefold()))
    return [_source(best[key], names[key], language) for key in order]


def _language(row: dict[str, str]) -> str:
    return "fr" if "/fr/" in row["url"] and row["country"] == "ch" else row["language"]


def _rank(row: dict[str, str]) -> tuple[int, int, int]:
    return (ORDER.index(row["kind"]), row["url"] not in PREFERRED, row["origin"] != "fundus")


def _name(key: str, rows: list[dict[str, str]]) -> str:
    """The name that a row with a homepage gives; titles of feeds are only a last resort."""
    return next((r["name"] for r in rows if r["homepage"] and outlet(r["homepage"]) == key), key)


def _source(row: dict[str, str], name: str, language: str) -> dict[str, Any]:
    parts = urlsplit(row["homepage"])
    return {
        "name": name,
        "access": row["kind"],
        "urls": [row["url"]],
        "country": row["country"],
        "language": language,
        "homepage": f"{parts.scheme}://{parts.netloc}/" if parts.netloc else f"https://www.{outlet(row['url'])}/",
        "basis": BASIS,
        "promise": 1,
        "origin": ORIGINS[row["origin"]],
    }
