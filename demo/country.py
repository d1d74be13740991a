"""The invented republic of the exercise: Lorval in French, Lorwald in German. Its outlets, parties, people and institutions.

Nothing here exists. Which outlets take part in the planted campaign is said in ``demo/world.py``, not here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

INVENTED = "invented for the exercise"


@dataclass(frozen=True, slots=True)
class Outlet:
    """A site of the exercise, at 127.0.0.<octet>. ``access``: how it is read; ``shape``: of its pages; ``label``: in the press register."""

    key: str
    name: str
    language: str
    octet: int
    access: str
    shape: str
    label: str = ""
    robots: str = ""
    state: str = "up"


OUTLETS: tuple[Outlet, ...] = (
    Outlet("courrier", "Le Courrier de Saint-Arnoul", "fr", 11, "rss", "jsonld", "newspaper"),
    Outlet("gazette", "La Gazette de Brévigny", "fr", 12, "atom", "opengraph", "newspaper"),
    Outlet("info", "Lorval Info", "fr", 13, "news_sitemap", "jsonld", "public broadcaster"),
    Outlet("veilleur", "Le Veilleur des Vallées", "fr", 14, "sitemap", "plain", "newspaper"),
    Outlet("radio", "Radio Port-Ancel", "fr", 15, "rss", "opengraph", "broadcaster", robots="Crawl-delay: 0.1"),
    Outlet("arnulfer", "Arnulfer Zeitung", "de", 16, "rss", "jsonld", "newspaper"),
    Outlet("tagblatt", "Grünfurter Tagblatt", "de", 17, "news_sitemap_gz", "plain", "newspaper"),
    Outlet("rundfunk", "Lorwald Rundfunk", "de", 18, "atom", "opengraph", "public broadcaster", robots="Disallow: /abo/"),
    Outlet("bote", "Eichenbrücker Bote", "de", 19, "sitemap_index", "jsonld", "newspaper"),
    Outlet("direct", "Lorval Direct", "fr", 20, "rss", "opengraph"),
    Outlet("ouest", "Le Fil de l'Ouest", "fr", 21, "news_sitemap", "plain"),
    Outlet("carnet", "Carnets du Pays", "fr", 22, "atom", "jsonld"),
    Outlet("aktuell", "Arnulf Aktuell", "de", 23, "rss", "jsonld"),
    Outlet("suedblick", "Südblick", "de", 24, "atom", "opengraph"),
    Outlet("vaucelin", "Le Petit Vaucelin", "fr", 25, "rss", "jsonld", "newspaper", state="page instead of a feed"),
    Outlet("hohenried", "Hohenriedener Nachrichten", "de", 26, "rss", "jsonld", "newspaper", state="down"),
)
"""All of them; two cannot be read, and must be named in the account of the scan."""

SOCIAL = "La Place"
SOCIAL_OCTET = 30
SOCIAL_DOMAIN = "laplace.example"
TAGS = (
    "ElectionsLorval",
    "WahlLorwald",
    "BulletinsTruques",
    "Stimmzettelbetrug",
    "AvecBrandhofer",
    "LesClairieres",
    "DieLichtung",
    "TempeteYsolde",
    "SturmYsolde",
    "DebatLorval",
    "TVDebatte",
    "BibliothequeNationale",
    "Nationalbibliothek",
)
"""The hashtags that the exercise's one post source reads."""

DATES = (("first reading of the lists", -20), ("election day", 17))
"""What, and how many days after the first night."""


@cache
def entities() -> tuple[dict[str, Any], ...]:
    """Who and what the invented election is about (``demo/country.toml``)."""
    return tuple(tomllib.loads(Path(__file__).with_name("country.toml").read_text("utf-8"))["entity"])


def by_key(key: str) -> Outlet:
    """The outlet of that key."""
    return next(outlet for outlet in OUTLETS if outlet.key == key)


def readable(language: str = "") -> tuple[Outlet, ...]:
    """The outlets that can be read, of one language or of both."""
    return tuple(o for o in OUTLETS if o.state == "up" and language in ("", o.language))
