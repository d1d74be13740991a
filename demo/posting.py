"""The people of the exercise and what they post: ordinary lives, two parties' supporters, bursts, and the planted accounts."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from demo import country, writing

if TYPE_CHECKING:
    from demo.world import Article

PLANTED = {"fr": 7, "de": 5}
ROUNDS = 3
"""Rounds of planted posts after each wave of articles."""
PEOPLE = {"fr": 48, "de": 36}
FANS = {"elan": 22, "clair": 18}
PARTY_TAGS = {
    ("elan", "fr"): "AvecBrandhofer",
    ("elan", "de"): "AvecBrandhofer",
    ("clair", "fr"): "LesClairieres",
    ("clair", "de"): "DieLichtung",
}
GENERAL = {"fr": "ElectionsLorval", "de": "WahlLorwald"}
RUMOUR_TAGS = {"fr": "BulletinsTruques", "de": "Stimmzettelbetrug"}
BURSTS = (("storm", 46, 14.0), ("debate", 30, 45.0), ("library", 34, 16.0))
"""Story, how many people, and the mean number of minutes after an article at which they share it."""
ENDINGS = ("", "", "", " !!", " \N{POLICE CARS REVOLVING LIGHT}", " \N{WHITE DOWN POINTING BACKHAND INDEX}")
QUERIES = ("", "", "utm_source=laplace", "utm_medium=social&utm_campaign=nuit")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody on the network. ``role``: person, elan, clair, planted or ``outlet:<key>``; the server never shows it."""

    name: str
    shown: str
    language: str
    role: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """A post. ``link``: the key of an article, or ""; ``query``: what the poster's app hung to the address."""

    account: str
    time: datetime
    text: str
    language: str
    tags: tuple[str, ...]
    link: str = ""
    query: str = ""
    story: str = ""
    planted: bool = False
    id: str = ""
    night: int = 1


def accounts(night: datetime, rng: random.Random) -> tuple[Account, ...]:
    """About 150 accounts; the planted ones are named and aged like many others."""
    wanted = [("person", language, n) for language, n in PEOPLE.items()]
    wanted += [(role, "fr", n * 3 // 5) for role, n in FANS.items()] + [(role, "de", n - n * 3 // 5) for role, n in FANS.items()]
    wanted += [("planted", language, n) for language, n in PLANTED.items()]
    found: dict[str, Account] = {}
    for role, language, number in wanted:
        for _ in range(number):
            account = _account(role, language, night, rng, found)
            found[account.name] = account
    return (*found.values(), *_newsrooms(night))


def _newsrooms(night: datetime) -> Iterator[Account]:
    for outlet in country.readable():
        if outlet.label:
            name = "".join(c for c in _plain(outlet.name).lower() if c.isalnum())[:24]
            yield Account(name, outlet.name, outlet.language, f"outlet:{outlet.key}", night - timedelta(days=900 + 10 * outlet.octet))


def _account(role: str, language: str, night: datetime, rng: random.Random, taken: dict[str, Account]) -> Account:
    while True:
        shown = writing.person(language, rng)
        first, last = _plain(shown).lower().split(" ", 1)
        styles = (
            f"{first}_{last[:4]}",
            f"{first}{last}",
            f"{last}{rng.randint(2, 99)}",
            f"{first}.{last}",
            f"{first[0]}{last}{rng.randint(50, 99)}",
        )
        name = rng.choice(styles)
        if name not in taken and all(shown != known.shown for known in taken.values()):
            young = role == "planted" or rng.random() < 0.25
            age = timedelta(days=rng.randint(40, 200) if young else rng.randint(200, 2600))
            return Account(name, shown, language, role, night - age)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()


def write(articles: Sequence[Article], people: Sequence[Account], night: datetime, rng: random.Random) -> tuple[Post, ...]:
    """All posts of the twelve days before ``night`` and the day after it, in order of time, with ids as Mastodon makes them."""
    start, end = night - timedelta(days=12), night + timedelta(days=1)
    kept = sorted((p for p in _Network(articles, people, night, rng).all() if start < p.time < end), key=lambda p: (p.time, p.account))
    return tuple(replace(p, id=_snowflake(p.time, i), night=1 if p.time <= night else 2) for i, p in enumerate(kept))


def _snowflake(moment: datetime, number: int) -> str:
    """48 bits of milliseconds, 16 of sequence, as Mastodon's ``lib/mastodon/snowflake.rb``."""
    return str((int(moment.timestamp() * 1000) << 16) + number % 65_536)


class _Network:
    """Who posts what; remembers what was put together, so that nobody but the planted accounts says what another has said."""

    def __init__(self, articles: Sequence[Article], people: Sequence[Account], night: datetime, rng: random.Random) -> None:
        self.articles, self.people, self.night, self.rng = articles, people, night, rng
        self.used: set[frozenset[str]] = set()

    def all(self) -> Iterator[Post]:
        """Every post, in no order."""
        yield from self.lives()
        yield from self.newsrooms()
        yield from self.supporters()
        for story, number, minutes in BURSTS:
            yield from self.burst(story, number, minutes)
        yield from self.campaign()

    def said(self, language: str, opener: str, core: Sequence[str], closer: str) -> str:
        """A core and something personal, in either order, between an opener and a closer; nobody has put these two together before."""
        voices, rng = writing.grammar("voices")[language], self.rng
        while True:
            middle = [rng.choice(core), rng.choice(voices["personal"])]
            if frozenset(middle) not in self.used:
                break
        self.used.add(frozenset(middle))
        rng.shuffle(middle)
        parts = (rng.choice(voices[opener]), *middle, rng.choice(voices[closer]))
        return " ".join(writing.fill(part, language, rng) for part in parts if part)

    def comment(self, person: Account, article: Article, moment: datetime) -> Post:
        """Somebody shares an article and says something about it."""
        part = writing.grammar(article.story)
        text = self.said(person.language, "openers", part[person.language]["comments"], "closers")
        own = part["tags"][0 if person.language == "fr" else 1]
        both = own not in country.TAGS or self.rng.random() < 0.5
        tags = tuple(dict.fromkeys((own, GENERAL[person.language]) if both else (own,)))
        return Post(person.name, moment, text, person.language, tags, article.key, story=article.story)

    def awake(self) -> datetime:
        """A moment at which people post: rarely at night, most in the evening."""
        while True:
            moment = self.night + timedelta(seconds=self.rng.uniform(-12 * 86_400, 86_400))
            if self.rng.random() < (0.04, 0.45, 0.6, 1.0)[moment.hour // 6]:
                return moment

    def lives(self) -> Iterator[Post]:
        """Ordinary posts: about the day, or about an article some hours after it appeared."""
        told = [a for a in self.articles if a.story in writing.stories()]
        for person in self.people:
            if person.role not in ("person", "planted"):
                continue
            for _ in range(self.rng.randint(4, 13) if person.role == "person" else self.rng.randint(3, 7)):
                if self.rng.random() < 0.45:
                    yield self.chat(person)
                else:
                    article = self.rng.choice([a for a in told if a.language == person.language])
                    yield self.comment(person, article, article.published + timedelta(hours=self.rng.lognormvariate(1.4, 0.9)))

    def chat(self, person: Account) -> Post:
        """A word about the day."""
        text = self.said(person.language, "openers", writing.grammar("voices")[person.language]["small_talk"], "closers")
        return Post(person.name, self.awake(), text, person.language, (GENERAL[person.language],), story="chat")

    def newsrooms(self) -> Iterator[Post]:
        """The press posts its articles, title and link; agency copy seldom."""
        for account in self.people:
            for article in self.articles:
                if account.role == f"outlet:{article.outlet}" and self.rng.random() < (0.1 if article.wire else 0.6):
                    moment, tags = article.published + timedelta(minutes=self.rng.uniform(1, 25)), (GENERAL[account.language],)
                    yield Post(account.name, moment, article.title, account.language, tags, article.key, story=article.story)

    def supporters(self) -> Iterator[Post]:
        """Two parties' supporters, every day under their party's hashtag, in their own words: alike, and innocent."""
        for person in self.people:
            for day in range(14):
                if person.role in FANS and self.rng.random() < 0.62:
                    morning = (self.night - timedelta(days=12 - day)).replace(hour=6, minute=0, second=0)
                    yield self.rally(person, morning + timedelta(hours=self.rng.lognormvariate(0.7, 0.8)))

    def rally(self, person: Account, moment: datetime) -> Post:
        """A supporter's post."""
        text = self.said(person.language, "fan_openers", writing.grammar("voices")[person.language][f"fan_{person.role}"], "fan_closers")
        general = (GENERAL[person.language],) if self.rng.random() < 0.4 else ()
        return Post(
            person.name, moment, text, person.language, (PARTY_TAGS[person.role, person.language], *general), story=f"fans-{person.role}"
        )

    def burst(self, story: str, number: int, minutes: float) -> Iterator[Post]:
        """Something happens, and many people share the first articles within minutes, each in own words."""
        first = {code: [a for a in self.articles if a.story == story and a.language == code][:4] for code in GENERAL}
        for person in self.rng.sample([p for p in self.people if p.role in ("person", *FANS)], number):
            article = self.rng.choice(first[person.language])
            yield self.comment(person, article, article.published + timedelta(minutes=1 + self.rng.expovariate(1 / minutes)))

    def campaign(self) -> Iterator[Post]:
        """The planted posts: soon after each wave, three rounds in which most accounts post one text and one link within a minute."""
        texts = writing.grammar("rumour")["posts"]
        for number, wave in enumerate(sorted({a.story for a in self.articles if a.planted})):
            for turn in range(ROUNDS):
                for language in GENERAL:
                    pages = [a for a in self.articles if a.story == wave and a.language == language]
                    yield from self.round(pages, texts[language][number * ROUNDS + turn], turn)

    def round(self, pages: Sequence[Article], text: str, turn: int) -> Iterator[Post]:
        """One text, one page, most of the crew, 52 seconds."""
        page, rng = pages[turn % len(pages)], self.rng
        crew = [p for p in self.people if p.role == "planted" and p.language == page.language]
        start = max(p.published for p in pages) + timedelta(minutes=rng.uniform(4, 9) + turn * rng.uniform(25, 50))
        for person in rng.sample(crew, len(crew) - rng.choice((0, 0, 1, 2))):
            general = (GENERAL[person.language],) if rng.random() < 0.5 else ()
            yield Post(
                person.name,
                start + timedelta(seconds=rng.uniform(0, 52)),
                text + rng.choice(ENDINGS),
                person.language,
                (RUMOUR_TAGS[person.language], *general),
                page.key,
                rng.choice(QUERIES),
                page.story,
                planted=True,
            )
