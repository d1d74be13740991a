"""Invented nights: short news stories in French and German, read by the real pipeline."""

import tomllib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from models.protocols import silent
from models.records import Annotation, Document, Edge, Entity, Pair
from models.settings import Settings
from nlp.reading import annotate

NIGHT = datetime(2027, 4, 9, 2, 30, tzinfo=UTC)
SETTINGS = Settings()

ENTITIES = (
    Entity(id="Q-ferrand", kind="person", name="Louise Ferrand"),
    Entity(id="Q-valbrune", kind="place", name="Valbrune"),
    Entity(id="Q-commission", kind="institution", name="Commission électorale", aliases={"de": ("Wahlkommission",)}),
)

TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
FRAUD_FR, FRAUD_DE, STORM_FR, DEBATE_FR, MILK_DE = (
    tuple(TEXTS[name]) for name in ("FRAUD_FR", "FRAUD_DE", "STORM_FR", "DEBATE_FR", "MILK_DE")
)
SUBJECTS = (
    "la piscine municipale de {0} rouvre après onze mois de travaux et trois reports du chantier",
    "le marché de {0} accueille une fromagère qui élève ses chèvres dans les collines",
    "la bibliothèque de {0} prête désormais des instruments de musique aux enfants",
    "un chevreuil égaré dans la gare de {0} a retardé le premier train du matin",
    "les pompiers de {0} cherchent des volontaires pour les gardes du dimanche",
    "l'orchestre de {0} joue Fauré samedi dans l'ancienne filature",
    "le pont de {0} ferme aux camions pendant l'inspection de ses câbles",
    "une apicultrice de {0} reçoit le prix régional pour son miel de bruyère",
)
TOWNS = ("Ormesson-le-Vieux", "Quintal", "Brassac", "Trélon", "Vézac", "Luzy", "Marnay", "Sorède")


def article(name: str, text: str, *, hours: float = 10, title: str = "", source: str = "", links: Sequence[str] = ()) -> Document:
    """An article published ``hours`` before NIGHT."""
    site = source or f"{name}.example"
    when = NIGHT - timedelta(hours=hours)
    url = f"https://{site}/{name}"
    return Document(
        id=name, kind="article", platform="web", source=site, url=url, canonical_url=url, fetched=when, published=when,
        date_source="feed", title=title, text=text, links=tuple(links),
    )  # fmt: skip


def post(
    name: str, text: str, *, account: str = "", hours: float = 10, hashtags: Sequence[str] = (), links: Sequence[str] = ()
) -> Document:
    """A post published ``hours`` before NIGHT."""
    when = NIGHT - timedelta(hours=hours)
    return Document(
        id=name, kind="post", platform="mastodon", source="mastodon", account=account or f"acct:{name}", fetched=when, published=when,
        date_source="platform", text=text, hashtags=tuple(hashtags), links=tuple(links),
    )  # fmt: skip


def several(name: str, texts: Iterable[str], **options: float) -> list[Document]:
    """One article for each text, on sites of their own, an hour apart."""
    return [article(f"{name}{i}", text, hours=options.get("hours", 10) - i / 10) for i, text in enumerate(texts)]


def background(hours: float = 20) -> list[Document]:
    """Eight small local stories that have nothing to do with each other."""
    return [
        article(f"local{i}", f"{s.format(t)}.".capitalize(), hours=hours + i) for i, (s, t) in enumerate(zip(SUBJECTS, TOWNS, strict=True))
    ]


def read(documents: Sequence[Document]) -> list[tuple[Document, Annotation]]:
    """The documents with their annotations."""
    return [(document, _annotation(document)) for document in documents]


@cache
def _annotation(document: Document) -> Annotation:
    return next(iter(annotate([document], ENTITIES, Settings({"nlp.workers": 1}), silent)))


def acted(a: Document, b: Document, *, trace: str = "same_text", weight: int = 8, expected: float = 0.01, q: float = 1e-6) -> Edge:
    """An edge between the accounts of two posts, with the two as evidence."""
    return Edge(
        a=a.account, b=b.account, traces=(trace,), window=60.0, weight=weight, expected=expected, p=q / 10, q=q, lead=0.5,
        first_seen=a.time, last_seen=b.time, pairs_total=weight,
        pairs=(Pair(trace=trace, object="o", a=a.id, b=b.id, time_a=a.time, time_b=b.time),),
    )  # fmt: skip
