"""Texts of the exercise out of its grammars (``demo/stories/*.toml``): sentences chosen, slots filled."""

from __future__ import annotations

import random
import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "stories"
KICKERS = {
    "fr": ("Le point", "Récit", "Analyse", "Reportage", "Éclairage", "Retour"),
    "de": ("Überblick", "Bericht", "Analyse", "Reportage", "Hintergrund", "Rückblick"),
}


@cache
def grammar(name: str) -> dict[str, Any]:
    """One file of ``demo/stories``, read once."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


@cache
def stories() -> tuple[str, ...]:
    """Names of the stories that several outlets cover."""
    return tuple(sorted(p.stem for p in FOLDER.glob("*.toml") if grammar(p.stem).get("kind") == "story"))


def fill(text: str, language: str, rng: random.Random) -> str:
    """``text`` with its slots filled: {town} {who} {who2} {job} {street} {day} {n} {n2}; one value per slot and text."""
    voices = grammar("voices")[language]
    slots = {
        "town": rng.choice(voices["towns"]),
        "who": person(language, rng),
        "who2": person(language, rng),
        "job": rng.choice(voices["jobs"]),
        "street": rng.choice(voices["streets"]),
        "day": rng.choice(voices["days"]),
        "n": str(rng.randint(3, 29)),
        "n2": str(rng.randint(31, 98)),
    }
    return text.format_map(slots)


def person(language: str, rng: random.Random) -> str:
    """A first and a last name."""
    voices = grammar("voices")[language]
    return f"{rng.choice(voices['firsts'])} {rng.choice(voices['lasts'])}"


def street_voices(language: str, rng: random.Random, number: int) -> list[str]:
    """Paragraphs in which people of the street say what they think."""
    return [fill(line, language, rng) for line in rng.sample(grammar("voices")[language]["street"], number)]


def spread(beats: int, choices: int, articles: int, rng: random.Random) -> list[list[int]]:
    """Which wording of each beat each article takes: of forty tries the one whose most alike two articles share least."""
    best: list[list[int]] = []
    least = beats + 1
    for _ in range(40):
        columns = [rng.sample(range(articles), articles) for _ in range(beats)]
        rows = [[columns[b][a] % choices for b in range(beats)] for a in range(articles)]
        most = max((sum(x == y for x, y in zip(r, s, strict=True)) for i, r in enumerate(rows) for s in rows[:i]), default=0)
        if most < least:
            best, least = rows, most
    return best


def told(name: str, language: str, articles: int, rng: random.Random) -> list[tuple[str, list[str]]]:
    """``articles`` times one story in other words: title and paragraphs."""
    part = grammar(name)[language]
    beats, titles = part["beats"], rng.sample(part["titles"], len(part["titles"]))
    rows = spread(len(beats), min(map(len, beats)), articles, rng)
    return [
        (_title(titles, i, language), _arranged([b[w] for b, w in zip(beats, row, strict=True)], part["background"], language, rng))
        for i, row in enumerate(rows)
    ]


def _title(titles: list[str], index: int, language: str) -> str:
    title = titles[index % len(titles)]
    again = index // len(titles)
    return title if not again else f"{KICKERS[language][(again * 3 + index) % len(KICKERS[language])]} : {title}"


def _arranged(sentences: list[str], background: list[str], language: str, rng: random.Random) -> list[str]:
    """The first sentence first, some of the others shuffled, background and voices of the street between, joined to paragraphs."""
    head, rest = sentences[0], sentences[1:]
    if len(rest) > 4:
        middle = rest[1:-1]
        rng.shuffle(middle)
        rest = [rest[0], *middle[: rng.choice((len(middle), len(middle) - 1))], rest[-1]]
    for more in [*rng.sample(background, rng.choice((2, 3))), *street_voices(language, rng, rng.choice((2, 3, 3)))]:
        rest.insert(rng.randint(1, len(rest)), more)
    lines, paragraphs = [head, *rest], []
    while lines:
        take = rng.choice((1, 2, 2))
        paragraphs.append(" ".join(lines[:take]))
        lines = lines[take:]
    return paragraphs


def local(name: str, language: str, row: int, rng: random.Random) -> tuple[str, list[str]]:
    """A small story; ``row`` (bits) says which wording of each beat is taken."""
    part = grammar("locals")[name][language]
    beats = [beat[(row >> i) & 1] for i, beat in enumerate(part["beats"])]
    separator = "\x1f"
    filled = fill(separator.join([part["titles"][row & 1], *beats]), language, rng)
    title, *paragraphs = filled.split(separator)
    return title, paragraphs + street_voices(language, rng, 2)


def slug(title: str) -> str:
    """A title as part of an address."""
    plain = unicodedata.normalize("NFKD", title.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower())[:9])
