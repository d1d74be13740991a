"""What the reasons of one narrative are judged on, and the small questions they share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from models.records import Annotation, Document, Edge, Flag, Group, Listing, Narrative, Pair, Source, Verdict
from models.settings import Settings
from models.urls import host
from nlp.reasons._gatherings import Gathering, gatherings
from nlp.resemblance.night import Known, Likeness
from nlp.stance import AGAINST, stances

EVIDENCE = 100
"""Most evidence ids that a reason keeps; its numbers say how many there were."""

ORDINARY = frozenset(
    {"mainstream", "opinion", "periphery", "press", "news", "news agency", "newspaper", "broadcaster", "public broadcaster"}
)
"""Labels under which a list counts an outlet as ordinary media: being listed so is no reason to look."""

_AGENCY = (
    r"AFP|dpa(?:-\w+)?|Reuters|AP|Associated Press|KNA|epd|APA|ANSA|EFE|Belga|ATS|Keystone-ATS|Keystone-SDA|SDA|SID|AFX|"
    r"Agence France[- ]Presse|Deutsche Presse-Agentur|Evangelischer Pressedienst|Katholische Nachrichten-Agentur"
)
_CREDIT = re.compile(
    rf"\((?:[^()\n]{{0,40}}[\s/,])?(?:{_AGENCY})(?:[\s/,][^()\n]{{0,40}})?\)"
    rf"|\b(?:avec|par|by|von|mit(?: Material (?:von|der))?|Quelle:|Source\s*:|©|Foto:)\s+(?:l['’])?(?:{_AGENCY})\b"
    rf"|(?:^|\n)\s*(?:[A-ZÄÖÜÉÈ][\w .-]{{1,30}},?\s+)?[-–—]?\s*(?:{_AGENCY})\s*(?:[-–—:/]|$)"
    r"|(?:^|\n)(?:[^\n]{0,60}\s)?[A-ZÄÖÜÉÈ][\w-]{2,30}\s\([A-Za-z]{2,5}(?:[/,]\s?[A-Za-z]{2,5})*\)\s[-–—]\s"  # any: Riga (leta) -
)


def credits_agency(document: Document) -> bool:
    """Does the text name a news agency as its origin: at its head, at its end, or in brackets?"""
    return credited(document.title, document.text)


def credited(title: str, body: str) -> bool:
    """The same of a title and a text."""
    text = f"{title}\n{body}"
    return any(_CREDIT.search(part) for part in ((text,) if len(text) <= 1200 else (text[:600], text[-600:])))


def publisher(document: Document) -> str:
    """Who answers for a document: an account, or a site."""
    if document.kind == "article":
        return host(document.canonical_url or document.url) or document.source
    return f"{document.platform}:{document.account}" if document.account else document.source


def doubted(source: Source | None) -> tuple[Listing, ...]:
    """The listings of a source that say more than "this is ordinary media"."""
    return tuple(entry for entry in source.listing if entry.label.strip().lower() not in ORDINARY) if source else ()


def ordinary(source: Source | None) -> bool:
    """Listed, and only as ordinary media."""
    return source is not None and bool(source.listing) and not doubted(source)


def count(number: int, singular: str, plural: str = "") -> str:
    """``1 account``, ``12 accounts``."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def duration(seconds: float) -> str:
    """``60 s``, ``5 min``, ``3 h``, ``2 days``."""
    for size, unit in ((172_800, "days"), (7_200, "h"), (120, "min")):
        if seconds >= size:
            return f"{seconds / ({'days': 86_400, 'h': 3_600, 'min': 60}[unit]):.3g} {unit}"
    return f"{seconds:.3g} s"


def small(number: float) -> str:
    """A probability or an expectation as a reader likes it: ``0.3``, ``0.002``, ``1e-09``."""
    return f"{number:.2g}"


def at(moment: datetime) -> str:
    """``2027-04-11 06:00 UTC``."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def capped(ids: Iterable[str]) -> tuple[str, ...]:
    """The first EVIDENCE ids, once each, in order."""
    return tuple(dict.fromkeys(ids))[:EVIDENCE]


@dataclass(frozen=True)
class Night:
    """What all narratives of a night are judged against."""

    documents: Mapping[str, Document]
    annotations: Mapping[str, Annotation]
    edges: Sequence[Edge]
    groups: Sequence[Group]
    sources: Mapping[str, Source]
    verdicts: Sequence[Verdict]
    settings: Settings
    when: datetime
    known: Known = field(default_factory=Known)

    @cached_property
    def likeness(self) -> Likeness:
        """What the documents resemble, of what the user gave to compare with."""
        return Likeness(self.known, self.documents, self.annotations, publisher)

    @cached_property
    def verdict(self) -> dict[str, Verdict]:
        """The last verdict about each narrative, group, account or source."""
        return {v.about: v for v in sorted(self.verdicts, key=lambda v: v.when)}

    @cached_property
    def cleared(self) -> frozenset[str]:
        """Accounts and sources whose last verdict is organic, and the members of groups so judged."""
        organic = {about for about, verdict in self.verdict.items() if verdict.judgement == "organic"}
        return frozenset(organic | {member for group in self.groups if group.id in organic for member in group.members})

    @cached_property
    def touching(self) -> dict[str, list[Edge]]:
        """Significant edges between accounts that nobody cleared, by the ids of their evidence documents."""
        index: dict[str, list[Edge]] = {}
        for edge in sorted(self.edges, key=lambda e: (e.q, e.window, e.id)):
            if edge.q <= self.settings["coordination.q"] and not {edge.a, edge.b} & self.cleared:
                for document in sorted({d for pair in edge.pairs for d in (pair.a, pair.b)}):
                    index.setdefault(document, []).append(edge)
        return index

    @cached_property
    def gathered(self) -> tuple[Gathering, ...]:
        """Accounts nobody cleared that share the same links within the shortest window, again and again."""
        posts = (d for d in self.documents.values() if not {publisher(d), d.account} & self.cleared)
        return gatherings(posts, min(self.settings["coordination.windows"], default=60.0), self.settings["coordination.q"])

    @cached_property
    def volume(self) -> list[int]:
        """All documents of each 24 hours back from the night, tonight's first."""
        return daily(self.documents.values(), self.when, int(self.settings["narratives.days"]))

    @cached_property
    def listed_share(self) -> float:
        """The share of all documents that come from doubted outlets."""
        listed = sum(1 for d in self.documents.values() if doubted(self.sources.get(d.source)))
        return listed / max(1, len(self.documents))


def daily(documents: Iterable[Document], night: datetime, days: int) -> list[int]:
    """Counts for each 24 hours back from ``night``, tonight's first (with what claims to be later); older ones are left out."""
    counts = [0] * (days + 1)
    for document in documents:
        back = max(0, int((night - document.time).total_seconds() // 86_400))
        if back <= days:
            counts[back] += 1
    return counts


@dataclass(frozen=True)
class Case:
    """One narrative before the court: its own documents, what ties them, and what was said before."""

    narrative: Narrative
    night: Night
    past: Sequence[Flag]

    @cached_property
    def own(self) -> list[Document]:
        """The narrative's documents at hand, in order of time."""
        found = (self.night.documents[d] for d in self.narrative.documents if d in self.night.documents)
        return sorted(found, key=lambda d: (d.time, d.id))

    @cached_property
    def own_ids(self) -> frozenset[str]:
        """Their ids."""
        return frozenset(d.id for d in self.own)

    @cached_property
    def stances(self) -> dict[str, str]:
        """How each of its documents stands to what it tells."""
        notes = self.night.annotations
        return stances([(d, notes[d.id]) for d in self.own if d.id in notes])

    @cached_property
    def telling(self) -> list[Document]:
        """Its own documents without those that deny or check what it says, which are no spread of it.

        A doubted outlet is not believed when it says that it checks.
        """
        sources = self.night.sources
        return [d for d in self.own if self.stances.get(d.id) not in AGAINST or doubted(sources.get(d.source))]

    @property
    def against(self) -> str:
        """For the end of a sentence: how many documents were left out because they deny or check; "" if none was."""
        left = len(self.own) - len(self.telling)
        return f"; {count(left, 'document')} that {'denies or checks' if left == 1 else 'deny or check'} it not counted" if left else ""

    @cached_property
    def copies(self) -> list[list[Document]]:
        """Sets of same or near-same texts, translations among them, each in order of time."""
        from nlp.reasons._translations import joined
        from nlp.stories import collapsed

        notes = self.night.annotations
        items = [(d, notes[d.id]) for d in self.own if d.id in notes and notes[d.id].text_key]
        return joined([[items[position][0] for position in node] for node in collapsed(items)], notes)

    @cached_property
    def wire(self) -> frozenset[str]:
        """Ids of copies of an agency text: sets of which a third or more are articles that credit an agency.

        A credit in a post, on a listed outlet, or in one copy of many explains nothing: anyone can write "(AFP)".
        """
        ids: set[str] = set()
        for found in self.copies:
            articles = [d for d in found if d.kind == "article" and not doubted(self.night.sources.get(d.source))]
            if sum(map(credits_agency, articles)) * 3 >= len(found):
                ids |= {d.id for d in found}
        return frozenset(ids)

    @cached_property
    def acting(self) -> list[Edge]:
        """Significant edges with evidence among the narrative's own documents, the strongest one for each pair of accounts."""
        best: dict[tuple[str, str], Edge] = {}
        for document in sorted(self.own_ids):
            for edge in self.night.touching.get(document, ()):
                key = (min(edge.a, edge.b), max(edge.a, edge.b))
                if self.shared(edge) and (key not in best or _rank(edge) < _rank(best[key])):
                    best[key] = edge
        return sorted(best.values(), key=_rank)

    def shared(self, edge: Edge) -> list[Pair]:
        """The edge's evidence that lies in this narrative and does not come from a news agency."""
        return [p for p in edge.pairs if {p.a, p.b} <= self.own_ids and not {p.a, p.b} & self.wire]


def _rank(edge: Edge) -> tuple[float, float, str]:
    return edge.q, edge.window, edge.id
