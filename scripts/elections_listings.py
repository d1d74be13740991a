"""Lists of outlets that others keep, as small TOML files under elections/listings (used by scripts/elections_build.py)."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from models import urls

MEDIALAB = (
    "médialab, Sciences Po",
    "https://github.com/medialab/corpora",
    "ODbL 1.0",
    "medialab/corpora @ b698d4a, polarisation/medias.csv",
)
LAUNDROMAT = "ASD-at-GMF/disinfo-laundromat @ 6c82e3f, sites_of_concern.csv, MIT"
CATEGORIES = {
    "Mainstream Media": "mainstream",
    "Opinion Journalism": "opinion",
    "Periphery": "periphery",
    "Counter-Informational Space": "counter-informational space",
}
PLATFORMS = frozenset(
    {
        "facebook.com",
        "twitter.com",
        "youtube.com",
        "dailymotion.com",
        "blogspot.com",
        "blogspot.fr",
        "wordpress.com",
        "over-blog.com",
        "tumblr.com",
        "medium.com",
        "t.me",
        "vk.com",
        "instagram.com",
        "google.com",
        "msn.com",
        "dzen.ru",
        "web.archive.org",
        "archive.org",
        "youtu.be",
        "livejournal.com",
        "telegram.org",
        "linkedin.com",
        "pinterest.com",
    }
)
"""Whole platforms: a list that names one means some page there."""
FAMILIES = re.compile(
    r"(^|\.)(rt\.com|rtarabic\.com|russiatoday\.com|actualidad-rt\.com|rtd\.rt\.com|ruptly\.tv|sputnik\w*\.\w+(\.\w+)?|sputnik-\w+\.\w+|sptnkne\.ws|"
    r"snanews\.de|news-front\.\w+|southfront\.\w+|strategic-culture\.\w+|geopolitica\.ru|oneworld\.press|journal-neo\.org|tsargrad\.tv)$"
)
"""Of the EUvsDisinfo rows only these families are taken: the rest names platforms, aggregators and bystanders too."""


def host(address: str) -> tuple[str, str]:
    """Canonical host and path of an address or a bare domain; ("", "") for what is none."""
    text = address.strip().rstrip(", ").lower()
    try:
        parts = urlsplit(text if "//" in text else f"https://{text}")
        name = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return "", ""
    ok = re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]+", name)
    return (urls.host(f"https://{name}"), parts.path.strip("/")) if ok else ("", "")


def medialab(path: Path) -> dict[str, set[str]]:
    """Hosts of French media by the category that the link structure of 2019 gave them; parodies apart."""
    found: dict[str, set[str]] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            label = "parody" if row["parody"] == "true" else CATEGORIES.get(row["wheel_category"], "")
            for prefix in row["prefixes"].split("|"):
                name, rest = host(prefix)
                if label and name and not rest and not _platform(name):
                    found.setdefault(label, set()).add(name)
    return found


def _platform(name: str) -> bool:
    return name in PLATFORMS


def concern(path: Path, source: str) -> set[str]:
    """Whole hosts that a source of the laundromat's table names, without platforms and without what the table calls real news."""
    with path.open(encoding="utf-8", newline="") as handle:
        rows = [(row["Source"], *host(row["Domain"])) for row in csv.DictReader(handle)]
    return {name for by, name, rest in rows if by == source and name and not rest and not _platform(name)}


def text(head: dict[str, str], labels: dict[str, set[str]]) -> str:
    """One listing file."""
    lines = ["# Written by scripts/elections_build.py. A list says what its makers think of an outlet; Tocsin does not judge.\n"]
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in head.items()]
    lines.append("\n[labels]\n")
    for label in sorted(labels):
        lines.append(f"{json.dumps(label)} = [\n" + "".join(f'  "{name}",\n' for name in sorted(labels[label])) + "]\n")
    return "".join(lines)


def write_listings(data: Path, folder: Path) -> Iterator[str]:
    """The files; yields a line for each that says what is in it."""
    folder.mkdir(parents=True, exist_ok=True)
    table = data / "asd_laundromat" / "sites_of_concern.csv"
    by, where, licence, origin = MEDIALAB
    lists = {
        "medialab": ({"by": by, "where": where, "licence": licence, "origin": origin}, medialab(data / "medialab_fr_media" / "medias.csv")),
        "viginum": (
            {
                "by": "VIGINUM",
                "where": "VIGINUM, technical report on Portal Kombat, 12 February 2024",
            },
            {"Portal Kombat network": concern(table, "Viginum (Portal Kombat)")},
        ),
        "euvsdisinfo": (
            {"by": "EUvsDisinfo", "where": "https://euvsdisinfo.eu/disinformation-cases/"},
            {"named in EUvsDisinfo cases": {name for name in concern(table, "EuVsDisinfo") if FAMILIES.search(name)}},
        ),
    }
    for name, (head, labels) in lists.items():
        (folder / f"{name}.toml").write_text(text({"licence": "MIT", "origin": LAUNDROMAT} | head, labels), "utf-8")
        yield f"listings/{name}: " + ", ".join(f"{label} {len(hosts)}" for label, hosts in sorted(labels.items()))
