"""The world of the exercise: what its press and its people publish in thirteen days, two nights, and what is planted among it.

Pure and seeded: the same moment and seed give the same world. Night 1 ends a day before ``now``, night 2 at ``now``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from demo import country, posting, writing
from demo.country import Outlet

COPYING = ("direct", "ouest", "carnet", "aktuell", "suedblick")
"""Outlets that print the planted rumour; on other days they report like the rest."""
MINUTES = {"direct": 0.0, "ouest": 3.7, "carnet": 6.1, "aktuell": 8.4, "suedblick": 11.9}
"""How long after the first of them each follows."""
DAYS = 12
"""Length of the world's past before the first night."""


@dataclass(frozen=True, slots=True)
class Article:
    """A page of an outlet. ``night``: the first night on which it is there; ``planted``: part of the campaign."""

    outlet: str
    path: str
    language: str
    title: str
    paragraphs: tuple[str, ...]
    published: datetime
    author: str
    story: str
    night: int = 1
    planted: bool = False
    wire: bool = False

    @property
    def key(self) -> str:
        """``outlet/path``, what posts link to."""
        return f"{self.outlet}{self.path}"


@dataclass(frozen=True, slots=True)
class World:
    """Everything published, in order of time."""

    now: datetime
    first_night: datetime
    articles: tuple[Article, ...]
    posts: tuple[posting.Post, ...]
    accounts: tuple[posting.Account, ...] = field(default=())

    def night(self, number: int) -> tuple[tuple[Article, ...], tuple[posting.Post, ...]]:
        """What is there on night 1 or 2."""
        return tuple(a for a in self.articles if a.night <= number), tuple(p for p in self.posts if p.night <= number)

    def truth(self, night: int = 2) -> dict[str, Any]:
        """What is planted, and which story each document belongs to: article keys and post ids, account names."""
        articles, posts = self.night(night)
        return {
            "planted_articles": sorted(a.key for a in articles if a.planted),
            "planted_posts": sorted(p.id for p in posts if p.planted),
            "planted_accounts": sorted({p.account for p in posts if p.planted}),
            "copying_outlets": sorted(COPYING),
            "wire_articles": sorted(a.key for a in articles if a.wire),
            "stories": {**{a.key: a.story for a in articles}, **{p.id: p.story for p in posts}},
        }


def make(now: datetime, seed: int = 2027) -> World:
    """The world whose second night ends at ``now`` (aware, UTC)."""
    rng = random.Random(seed)
    now = now.replace(microsecond=0)
    night = now - timedelta(days=1)
    found = [*_stories(night, rng), *_wires(night, rng), *_locals(night, rng), *_rumour(night, rng)]
    articles = _numbered(sorted(found, key=lambda a: (a.published, a.outlet)), night)
    accounts = posting.accounts(night, rng)
    posts = posting.write(articles, accounts, night, rng)
    return World(now=now, first_night=night, articles=articles, posts=posts, accounts=accounts)


def _at(night: datetime, day: float, hour: float) -> datetime:
    """``day`` days before the first night's date at ``hour`` (UTC); with ``day`` below 0, at ``hour`` of the day between the two nights.

    Never in the last three hours before the second night: what follows an event should still happen.
    """
    midnight = night.replace(hour=0, minute=0, second=0)
    if day >= 0:
        return midnight - timedelta(days=int(day)) + timedelta(hours=hour)
    moment = midnight + timedelta(hours=hour)
    return min(moment if moment > night else moment + timedelta(days=1), night + timedelta(hours=21))


def _sites(language: str, rng: random.Random, most: int = 9) -> list[Outlet]:
    """The outlets that cover a story: all of the press, and one of the others now and then."""
    press = [o for o in country.readable(language) if o.key not in COPYING]
    others = [o for o in country.readable(language) if o.key in COPYING]
    return rng.sample(press, min(most, len(press))) + (rng.sample(others, 1) if most > 4 and rng.random() < 0.7 else [])


def _stories(night: datetime, rng: random.Random) -> Iterator[Article]:
    for name in writing.stories():
        part = writing.grammar(name)
        start, until = _at(night, part["day"], part["hour"]), night if part.get("night", 1) == 1 else night + timedelta(days=1)
        for language in ("fr", "de"):
            sites = _sites(language, rng, part.get("outlets", 9))
            late = [s for s in sites if rng.random() < 0.75]
            texts = writing.told(name, language, len(sites) + len(late), rng)
            times = [start + timedelta(hours=rng.uniform(0.05, part["spread"] / 3)) for _ in sites]
            times += [start + timedelta(hours=rng.uniform(9, 30)) for _ in late]
            for site, moment, text in zip([*sites, *late], times, texts, strict=True):
                if moment < until:
                    yield _article(site, text, moment, name, rng)


def _article(site: Outlet, text: tuple[str, list[str]], moment: datetime, story: str, rng: random.Random) -> Article:
    language = site.language
    return Article(
        outlet=site.key,
        path="",
        language=language,
        title=text[0],
        paragraphs=tuple(text[1]),
        published=moment.replace(microsecond=0),
        author=writing.person(language, rng),
        story=story,
    )


def _wires(night: datetime, rng: random.Random) -> Iterator[Article]:
    """Agency copy: word for word, with its credit, on most of the press and now and then on one of the others."""
    for wire in writing.grammar("wire")["wire"]:
        start = _at(night, wire["day"], wire["hour"])
        guest = rng.choice((*COPYING, None, None))
        for language, credit in (("fr", "SAINT-ARNOUL (ALP) - "), ("de", "Sankt Arnulf (lpa) - ")):
            text = wire[language]["text"]
            press = [o for o in country.readable(language) if o.key not in COPYING]
            for site in rng.sample(press, 3) + [o for o in country.readable(language) if o.key == guest]:
                moment = start + timedelta(minutes=rng.uniform(2, 95))
                page = _article(site, (wire[language]["title"], [credit + text[0], *text[1:]]), moment, f"wire-{wire['id']}", rng)
                yield replace(page, wire=True, author="ALP" if language == "fr" else "lpa")


def _locals(night: datetime, rng: random.Random) -> Iterator[Article]:
    """Small news of one town, each outlet its own."""
    names = list(writing.grammar("locals"))
    for language in ("fr", "de"):
        sites = country.readable(language)
        for index, name in enumerate(names):
            for turn, row in enumerate(rng.sample((0b000000, 0b111111, 0b010110, 0b101001), 4)):
                site = sites[(index * 4 + turn) % len(sites)]
                text = writing.local(name, language, row, rng)
                moment = night - timedelta(hours=rng.uniform(1, DAYS * 24)) if turn else night + timedelta(hours=rng.uniform(1, 23))
                yield _article(site, text, moment, f"local-{name}", rng)


def _rumour(night: datetime, rng: random.Random) -> Iterator[Article]:
    """The planted articles: one text in each language, its copies within minutes, wave after wave."""
    for number, wave in enumerate(writing.grammar("rumour")["wave"], 1):
        start = _at(night, wave["day"], wave["hour"]) + timedelta(minutes=rng.uniform(0, 20))
        for key in COPYING:
            site = country.by_key(key)
            part = wave[site.language]
            title = part["titles"][[k for k in COPYING if country.by_key(k).language == site.language].index(key) % len(part["titles"])]
            text = list(part["text"]) if key != "carnet" else [*part["text"][:3], *part["text"][4:]]
            moment = start + timedelta(minutes=MINUTES[key] + rng.uniform(-0.5, 0.5))
            yield replace(_article(site, (title, text), moment, f"rumour-{number}", rng), planted=True)


def _numbered(articles: list[Article], night: datetime) -> tuple[Article, ...]:
    """With addresses in the style of each outlet, and the night on which each appears."""
    return tuple(replace(a, path=_path(a, 1200 + 7 * i), night=1 if a.published <= night else 2) for i, a in enumerate(articles))


def _path(article: Article, number: int) -> str:
    words, day = writing.slug(article.title), article.published
    styles = {
        "courrier": f"/{day:%Y/%m/%d}/{words}-{number}.html",
        "gazette": f"/actualites/{words}_{number}.php",
        "veilleur": f"/a/{number}/{words}",
        "arnulfer": f"/politik/{words}-a{number}.html",
        "rundfunk": f"/{'abo' if number % 5 == 0 else 'nachrichten'}/{words}-{number}",
        "bote": f"/{day:%Y-%m-%d}/{words}.html",
    }
    return styles.get(article.outlet, f"/{'article' if article.language == 'fr' else 'artikel'}/{day:%Y%m}/{number}-{words}")
