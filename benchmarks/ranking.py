"""Whether a night's first flags hold the campaign that was planted in real posts and articles, and what a night without one shows.

    python benchmarks/ranking.py [--seeds 100] [--nights 20] [--first 0] [--verbose]

Organic: articles and share posts of FANG-COVID (German, 2020), posts of German politicians (2021) and of French candidates (2021-22), from
the folder that TOCSIN_SHARED names, or ../shared. A night is fourteen days of the first, ending on a day that the seed draws, with
accounts drawn by the seed, and fourteen days of the others moved to the same days. Outlets carry the label of the set. Planted: an
invented campaign, each seed another kind and size (KINDS, SIZES). Prints how often the first ten flags hold it (at least half of its
documents in their narratives, or half of those of the last day), and how many flags of the highest level the same night shows without
it. What organic accounts do together is left as it is: share buttons, fans, bots.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from models.records import (  # noqa: E402  the folder must be on the path first
    Annotation,
    Document,
    Flag,
    Listing,
    Narrative,
    Source,
    article_id,
    digest,
    post_id,
)
from models.settings import Settings  # noqa: E402

SETTINGS = Settings({"nlp.workers": 1})
DAYS = 14
FIRST, LAST = datetime(2020, 3, 16, 3, tzinfo=UTC), datetime(2020, 5, 18, 3, tzinfo=UTC)
SIZES = (5, 8, 12, 20, 30)
TEN = 10
ENOUGH = 0.5
ARTICLES_END = datetime(2020, 3, 30, 3, tzinfo=UTC)
PRESS, SHARES, TALK = 0.2, 0.03, 0.05
"""Share of the articles, of the accounts of FANG-COVID and of those of the other sets that are in one night."""

LEADS = (
    "Was im Lager Krummbach wirklich geschieht, erfahren wir erst jetzt",
    "Niemand spricht über die Akten aus dem Archiv Steinfelde",
    "Die Brücke von Altwied wurde heimlich verkauft, sagt ein Zeuge",
    "Im Wasserwerk Hollerau fehlen seit Wochen die Protokolle",
    "Der Vertrag mit der Firma Nordlux bleibt unter Verschluss",
    "In Tiefenbrunn verschwinden Kisten aus dem Rathauskeller",
    "Die Fähre nach Lindwerder transportiert nachts etwas anderes",
    "Das Labor in Ferchau hat seine Messwerte nachträglich geändert",
)
TAILS = (
    "Fragt eure Abgeordneten danach, bevor es zu spät ist.",
    "Teilt das, solange es noch zu sehen ist.",
    "Warum berichtet darüber kein einziger Sender?",
    "Wer dort war, weiß, was gemeint ist.",
    "Die Unterlagen liegen seit Montag offen auf dem Tisch.",
    "Man will, dass wir darüber schweigen.",
)
ENDINGS = ("", " !", " 👇", " Bitte lesen.", " Unfassbar.", " #aufwachen", "…")
OWN = (
    "Lest das hier", "Das muss man gesehen haben", "Sehr interessant", "Wichtig für alle", "Hier steht es endlich",
    "Genau mein Punkt",
    "Sollte jeder wissen", "Dazu schweigen sie", "Kein Kommentar nötig",
    "Unbedingt anschauen", "So läuft das also", "Wer hätte das gedacht",
)  # fmt: skip

Item = tuple[Document, Annotation]


def folder() -> Path | None:
    """Where the sets lie, or None."""
    base = Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared")) / "data"
    return base if all((base / name).is_file() for name in FILES) else None


FILES = (
    "internal/fang_articles_2020-02_03.parquet",
    "internal/fang_shares_2020-02_05_pseudonymised.parquet",
    "internal/fr_candidates_2021-10_2022-04.parquet",
    "open/de_politicians_2021/tw_data.parquet",
)


def fingerprint(base: Path) -> str:
    return digest(*(digest((base / name).read_bytes().hex()) for name in FILES))


def _post(key: str, account: str, text: str, when: datetime, language: str, links: Sequence[str] = ()) -> Document:
    tags = tuple(dict.fromkeys(w[1:].lower().strip(".,:;!?") for w in text.split() if w.startswith("#") and len(w) > 2))
    return Document(
        id=post_id("twitter", key), kind="post", platform="twitter", source="twitter", platform_id=key, account=account,
        account_name=account, fetched=when, published=when, date_source="platform", language=language, text=text,
        links=tuple(links), hashtags=tags,
    )  # fmt: skip


def _article(url: str, source: str, title: str, text: str, when: datetime) -> Document:
    return Document(
        id=article_id(url), kind="article", platform="web", source=source, url=url, canonical_url=url, fetched=when,
        published=when, date_source="feed", language="de", title=title, text=text[:6000],
    )  # fmt: skip


@dataclass(frozen=True)
class Pool:
    """All organic documents, and the sources with their listing."""

    articles: list[Document]
    shares: list[Document]
    talk: list[Document]
    sources: dict[str, Source]


@cache
def pool(base: Path) -> Pool:
    import pyarrow.parquet as pq

    def rows(name: str) -> list[dict[str, Any]]:
        return list(pq.read_table(base / name).to_pylist())

    articles, sources = [], {}
    for row in rows(FILES[0]):
        try:
            when = datetime.fromisoformat(row["date"]).astimezone(UTC)
        except ValueError:
            continue
        articles.append(_article(row["url"], row["source"], row["header"] or "", row["article"] or "", when))
        listing = (Listing(by="FANG-COVID", label="fake"),) if row["label"] == "fake" else (Listing(by="FANG-COVID", label="mainstream"),)
        sources[row["source"]] = Source(name=row["source"], access="feed", urls=(f"https://{row['source']}/",), listing=listing)
    shares = [
        _post(r["tweet_id"], f"f{r['user_id']}", r["text"], r["created_at"].replace(tzinfo=UTC), "de", (r["article_url"],))
        for r in rows(FILES[1])
    ]
    talk = [
        _post(f"p{r['status_id']}", f"p{r['user_id']}", r["full_text"], r["created_at"].replace(tzinfo=UTC), "de") for r in rows(FILES[3])
    ]
    talk += [_post(f"c{r['id']}", f"c{r['username']}", r["text"] or "", r["datetime"].replace(tzinfo=UTC), "fr") for r in rows(FILES[2])]
    return Pool(articles, shares, talk, sources)


def organic(made: Pool, seed: int) -> tuple[list[Document], datetime]:
    """The documents of a night, and its moment."""
    rng = random.Random(seed)
    night = FIRST + timedelta(days=rng.randrange((LAST - FIRST).days))
    begin = night - timedelta(days=DAYS)
    away = timedelta(days=max(0, (night - ARTICLES_END).days))  # the articles end in March: later nights have those days', moved
    kept = [_moved(d, away) for d in made.articles if begin <= d.time + away < night and rng.random() < PRESS]
    kept += _drawn((d for d in made.shares if begin <= d.time < night), SHARES, rng)
    for first in "pc":
        own = [d for d in made.talk if d.account[0] == first]
        start = datetime(2021, 2, 1, 3, tzinfo=UTC) if first == "p" else datetime(2021, 11, 1, 3, tzinfo=UTC)
        away = night - start - timedelta(days=7 * rng.randrange(4, 22))
        kept += _drawn((_moved(d, away) for d in own if begin <= d.time + away < night), TALK, rng)
    return list({d.id: d for d in kept}.values()), night


def _moved(document: Document, by: timedelta) -> Document:
    from dataclasses import replace

    return replace(document, published=document.time + by, fetched=document.time + by)


def _drawn(documents: Iterator[Document], share: float, rng: random.Random) -> list[Document]:
    """The documents of a share of the accounts."""
    found = list(documents)
    accounts = sorted({d.account for d in found})
    chosen = set(rng.sample(accounts, int(share * len(accounts))))
    return [d for d in found if d.account in chosen]


class Plot:
    """A campaign of one seed: who, and what is drawn."""

    def __init__(self, seed: int, size: int, night: datetime, there: Sequence[Document]) -> None:
        self.rng = random.Random(seed * 7919 + 1)
        self.night, self.there = night, there
        self.accounts = [f"z{seed}-{i}" for i in range(size)]
        self.made: list[Document] = []
        self.mark = ""

    def wave(self, hours: float) -> datetime:
        return self.night - timedelta(hours=hours)

    def post(self, account: str, text: str, when: datetime, links: Sequence[str] = ()) -> None:
        self.made.append(_post(f"{self.mark}{account}-{len(self.made)}", account, text, when, "de", links))

    def most(self, share: float = 0.8) -> list[str]:
        return [a for a in self.accounts if self.rng.random() < share] or self.accounts[:2]

    def call(self) -> str:
        return f"{self.rng.choice(LEADS)}. {self.rng.choice(TAILS)}"

    def own_life(self) -> None:
        """What the accounts post besides: shares of organic articles, at times of their own."""
        pages = [d.url for d in self.there if d.kind == "article"]
        for account in self.accounts:
            for _ in range(self.rng.randrange(2, 9)):
                self.post(account, self.rng.choice(OWN), self.wave(self.rng.uniform(1, 24 * DAYS - 1)), (self.rng.choice(pages),))


def copies(plot: Plot) -> None:
    """One text with small endings, three waves, most accounts within two minutes."""
    text = plot.call()
    for hours in (52.3, 28.7, plot.rng.uniform(3, 20)):
        for account in plot.most():
            plot.post(account, text + plot.rng.choice(ENDINGS), plot.wave(hours) + timedelta(seconds=plot.rng.uniform(0, 110)))


def cosharing(plot: Plot) -> None:
    """Six to ten articles that are there anyhow, of one outlet, shared within a minute: the headline, with or without a word."""
    pages = [d for d in plot.there if d.kind == "article" and (plot.night - d.time).days < DAYS - 2]
    number = plot.rng.randrange(6, 11)
    usual = Counter(d.source for d in pages)
    outlet = plot.rng.choice(sorted(name for name, n in usual.items() if n >= number))
    for page in plot.rng.sample([d for d in pages if d.source == outlet], k=number):
        when = min(page.time + timedelta(hours=plot.rng.uniform(1, 20)), plot.wave(1))
        for account in plot.most():
            words = f"{plot.rng.choice(OWN)}: {page.title}" if plot.rng.random() < 0.5 else page.title
            plot.post(account, words, when + timedelta(seconds=plot.rng.uniform(0, 55)), (page.url,))


def pushing(plot: Plot) -> None:
    """Links to pages of one unknown site, on one subject, several a day, in own words, within a few minutes of each other."""
    lead = plot.rng.choice(LEADS)
    for k in range(6):
        when = plot.wave(plot.rng.uniform(2, 90))
        for account in plot.most(0.7):
            words = f"{plot.rng.choice(OWN)}: {lead}"
            plot.post(account, words, when + timedelta(seconds=plot.rng.uniform(0, 50)), (f"https://blick-{plot.accounts[0]}.example/{k}",))


def sites(plot: Plot) -> None:
    """Sites that nobody lists carry one text, some with a paragraph less, and a few of the accounts post it."""
    leads = plot.rng.sample(LEADS, 4)
    paragraphs = [f"{lead}. {plot.rng.choice(TAILS)} Das berichten Anwohner, die ungenannt bleiben wollen." for lead in leads]
    for k in range(max(4, len(plot.accounts) // 2)):
        body = paragraphs if plot.rng.random() < 0.6 else paragraphs[:3]
        when = plot.wave(14) + timedelta(minutes=plot.rng.uniform(0, 200))
        plot.made.append(_article(f"https://bote-{plot.accounts[0]}-{k}.example/a", f"bote{k}", leads[0], "\n".join(body), when))
    for account in plot.most(0.6):
        when = plot.wave(10) + timedelta(seconds=plot.rng.uniform(0, 100))
        plot.post(account, f"{leads[0]}. {leads[1]}.", when, (plot.made[0].url,))


KINDS: dict[str, Callable[[Plot], None]] = {f.__name__: f for f in (copies, cosharing, pushing, sites)}


def planted(seed: int, night: datetime, there: Sequence[Document]) -> tuple[str, int, list[Document]]:
    """Kind, size and documents of the campaign of a seed; the accounts' other posts are not among the documents."""
    kind, size = list(KINDS)[seed % len(KINDS)], SIZES[seed // len(KINDS) % len(SIZES)]
    plot = Plot(seed, size, night, there)
    KINDS[kind](plot)
    return kind, size, plot.made


def lives(seed: int, size: int, night: datetime, there: Sequence[Document]) -> list[Document]:
    plot = Plot(seed + 10**6, size, night, there)
    plot.accounts = [f"z{seed}-{i}" for i in range(size)]
    plot.mark = "life-"
    plot.own_life()
    return plot.made


@dataclass
class Reader:
    """Annotations, kept from night to night as the archive does."""

    notes: dict[str, Annotation]

    def read(self, documents: Sequence[Document]) -> list[Item]:
        from nlp.reading import annotate

        fresh = [d for d in documents if d.id not in self.notes]
        self.notes |= {a.document: a for a in annotate(fresh, (), SETTINGS)}
        return [(d, self.notes[d.id]) for d in documents]


def judged(items: Sequence[Item], sources: dict[str, Source], night: datetime) -> tuple[tuple[Narrative, ...], tuple[Flag, ...]]:
    """The night's narratives and flags, by the stages that a scan runs."""
    import pyarrow as pa

    from archive.columns import table
    from coordination import engine
    from nightly.findings import one_each, with_facts
    from nlp import flags, narratives

    documents = {d.id: d for d, _ in items}
    posts = table(Document, list(documents.values()))
    notes = {a.document: a for _, a in items}
    posts = posts.append_column("text_key", pa.array([notes[i].text_key for i in documents], pa.string()))
    found = engine.coordinate(posts, SETTINGS)
    told = narratives.narrate([(d, notes[i]) for i, d in documents.items()], (), SETTINGS, night).narratives
    raised = flags.flag(
        told,
        documents,
        notes,
        one_each(found.fused, found.edges),
        with_facts(found.groups, found.facts),
        sources,
        (),
        SETTINGS,
        night,
    )
    return told, raised


def held(told: Sequence[Narrative], raised: Sequence[Flag], mine: Sequence[Document], night: datetime) -> bool:
    """Do the narratives of the first ten flags hold half of the campaign, or half of what it did in the last day?"""
    first = {f.narrative for f in raised[:TEN]}
    within = {d for n in told if n.id in first for d in n.documents}
    recent = [d for d in mine if (night - d.time).total_seconds() < 86_400]
    return any(part and sum(d.id in within for d in part) >= ENOUGH * len(part) for part in (mine, recent))


@dataclass
class Outcome:
    """Of one seed: what was planted, whether it is held, and the flags of the highest level without it."""

    seed: int
    kind: str
    size: int
    held: bool
    quiet: int
    flags: int


@dataclass
class Quiet:
    """A night without campaign: its documents, its moment, and its flags of the highest level."""

    items: list[Item]
    night: datetime
    highest: int


def quiet(base: Path, reader: Reader, seed: int, *, verbose: bool = False) -> Quiet:
    made = pool(base)
    there, night = organic(made, seed)
    items = reader.read(there)
    told, raised = judged(items, made.sources, night)
    highest = [f for f in raised if f.level == 3]
    if verbose:
        explain("quiet", told, highest)
    return Quiet(items, night, len(highest))


def one(base: Path, reader: Reader, seed: int, without: Quiet, *, verbose: bool = False) -> Outcome:
    made, night = pool(base), without.night
    there = [d for d, _ in without.items]
    kind, size, mine = planted(seed, night, there)
    more = reader.read([*mine, *lives(seed, size, night, there)])
    told, loud = judged([*without.items, *more], made.sources, night)
    found = held(told, loud, mine, night)
    if verbose and not found:
        homes = {d: n.id for n in told for d in n.documents}
        print(f"   missed: {Counter(homes.get(d.id, '-') for d in mine).most_common(5)}")
        explain("loud", told, loud[:TEN])
    for document, _ in more:
        reader.notes.pop(document.id, None)
    return Outcome(seed, kind, size, found, without.highest, len(loud))


def explain(word: str, told: Sequence[Narrative], raised: Sequence[Flag]) -> None:
    size = {n.id: len(n.documents) for n in told}
    for flag in raised:
        print(f"   {word} level {flag.level} {flag.narrative} of {size[flag.narrative]}:")
        for reason in flag.reasons:
            print(f"      {reason.kind}: { {k: round(v, 3) for k, v in reason.numbers.items()} }")


def summary(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """The two measures, and the share of nights without campaign that show at most one flag of the highest level."""
    number = len(outcomes)
    return {
        "first_ten": sum(o.held for o in outcomes) / number,
        "quiet_nights": sum(o.quiet <= 1 for o in outcomes) / number,
        "worst_quiet_night_at_most": max(o.quiet for o in outcomes),
    }


def run(base: Path, seeds: Sequence[int], nights: int, *, verbose: bool = False) -> list[Outcome]:
    """The outcome of each seed, printed as it comes."""
    reader, outcomes = Reader({}), []
    without: dict[int, Quiet] = {}
    for seed in seeds:
        begin = time.perf_counter()
        number = seed % nights
        if number not in without:
            without[number] = quiet(base, reader, number, verbose=verbose)
        outcomes.append(one(base, reader, seed, without[number], verbose=verbose))
        print(outcomes[-1], f"{time.perf_counter() - begin:.0f} s", flush=True)
    return outcomes


def main() -> int:
    """Print the table; 1 below a floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--nights", type=int, default=20, help="organic nights, used in turn")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    base = folder()
    if base is None:
        print("the sets are not there: set TOCSIN_SHARED")
        return 0
    outcomes = run(base, range(arguments.first, arguments.first + arguments.seeds), arguments.nights, verbose=arguments.verbose)
    by: dict[tuple[str, int], list[bool]] = defaultdict(list)
    for outcome in outcomes:
        by[outcome.kind, outcome.size].append(outcome.held)
    for (kind, size), found in sorted(by.items()):
        print(f"{kind:<10} {size:>3} accounts: {sum(found)} of {len(found)}")
    scores = summary(outcomes)
    print(scores, "data", fingerprint(base))
    floors = json.loads((ROOT / "benchmarks" / "floors.json").read_text("utf-8")).get("flags", {}).get("ranking", {})
    low = [k for k, v in floors.items() if k in scores and (scores[k] > v if k.endswith("at_most") else scores[k] < v)]
    print(f"below the floor: {', '.join(low)}" if low else "all floors kept")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
