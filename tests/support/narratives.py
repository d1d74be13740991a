"""Invented nights: short news stories in French and German, read by the real pipeline."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from models.protocols import silent
from models.records import Annotation, Document, Edge, Entity, Pair
from models.settings import Settings
from nlp.reading import annotate

NIGHT = datetime(2027, 4, 9, 2, 30, tzinfo=UTC)
SETTINGS = Settings()

ENTITIES = (
    Entity(id="Q-ferrand", kind="person", name="Louise Ferrand", aliases={"fr": ("Louise Ferrand",), "de": ("Louise Ferrand",)}),
    Entity(id="Q-valbrune", kind="place", name="Valbrune", aliases={"fr": ("Valbrune",), "de": ("Valbrune",)}),
    Entity(
        id="Q-commission",
        kind="institution",
        name="Commission électorale",
        aliases={"fr": ("Commission électorale",), "de": ("Wahlkommission",)},
    ),
)

FRAUD_FR = (
    "Des bulletins déjà cochés retrouvés dans un hangar de Valbrune, affirme une vidéo. On y voit des cartons de bulletins de vote "
    "empilés près du canal et un homme qui dit en avoir compté 4 300. La Commission électorale répond que le hangar sert à stocker du papier vierge.",
    "Une vidéo tournée dans un hangar de Valbrune montre des cartons de bulletins cochés à l'avance. Selon la Commission électorale, "
    "les cartons près du canal ne contiennent que du papier vierge, et aucun bulletin de vote.",
    "Hangar de Valbrune : la vidéo des bulletins cochés vue deux millions de fois. L'homme qui dit avoir compté 4 300 bulletins près du canal "
    "ne répond pas. La Commission électorale annonce une visite du hangar.",
)
FRAUD_DE = (
    "Angekreuzte Stimmzettel in einer Halle in Valbrune? Ein Video zeigt Kartons nahe dem Kanal, 4300 Stimmzettel will der Filmer gezählt haben. Die Wahlkommission "
    "sagt, in der Halle lagere nur leeres Papier. Louise Ferrand nennt das Video eine Fälschung von 2019.",
    "Video aus der Halle in Valbrune: 4300 angekreuzte Stimmzettel oder leeres Papier? Die Wahlkommission kündigt einen Besuch an, "
    "Louise Ferrand spricht von Bildern aus dem Jahr 2019.",
)
STORM_FR = (
    "La tempête Odile a coupé l'électricité à 40 000 foyers sur la côte. Des rafales de 148 km/h ont été mesurées au phare de Kermoal et "
    "plusieurs toits se sont envolés. Les trains restent à quai jusqu'à jeudi.",
    "Tempête Odile : rafales de 148 km/h au phare de Kermoal, 40 000 foyers sans électricité. Les toits de deux écoles se sont envolés, "
    "les trains de la côte restent à quai.",
)
DEBATE_FR = (
    "Débat : Louise Ferrand et Paul Osterloh s'opposent sur les retraites. Pendant deux heures, les candidats ont parlé de l'âge de départ, "
    "du pouvoir d'achat et du nucléaire. Les sondages donnent l'avantage à Ferrand.",
    "Retraites, nucléaire, pouvoir d'achat : ce qu'il faut retenir du débat entre Louise Ferrand et Paul Osterloh, regardé par neuf millions "
    "de personnes. L'âge de départ a occupé la première heure.",
    "Paul Osterloh a-t-il manqué le débat ? Face à Louise Ferrand, il a défendu l'âge de départ actuel et le nucléaire, sans convaincre sur "
    "le pouvoir d'achat, selon les sondages.",
)
MILK_DE = (
    "Der Milchpreis fällt auf 31 Cent, die Bauern in Hohenlaub blockieren zwei Molkereien. Der Verband fordert ein Gespräch mit dem Ministerium.",
    "Bauern blockieren Molkereien in Hohenlaub: 31 Cent für den Liter Milch seien zu wenig, sagt der Verband und fordert das Ministerium zum Gespräch auf.",
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
