"""What an index holds, what it answers, and what every backend can do."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self

from index import analysis
from index.fields import key
from index.rejected import Rejected
from index.syntax import Node
from models import urls
from models.codec import Record
from models.records import Annotation, Document

FACETS = ("lang", "kind", "platform", "source", "narrative", "flagged", "hashtag", "domain", "entity", "account")
"""Fields whose values can be counted."""

INTERVALS = ("day", "week", "month")
SORTS = ("date", "relevance")
LONGEST_KEY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexDocument(Record):
    """A document as it is searched: what is shown as written, what is compared folded. ``published`` falls back on the fetch time."""

    id: str
    kind: str
    platform: str
    source: str
    language: str
    title: str
    text: str
    url: str
    account: str
    account_name: str
    published: datetime
    domains: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    narratives: tuple[str, ...] = ()
    flagged: bool = False
    vector: tuple[float, ...] = ()

    @classmethod
    def of(
        cls,
        document: Document,
        annotation: Annotation | None = None,
        narratives: Collection[str] = (),
        *,
        flagged: bool = False,
        vector: tuple[float, ...] = (),
    ) -> Self:
        """The document with what was read from it, the narratives it belongs to, whether one of them is flagged, an encoder's vector."""
        links = [urls.canonical(link) for link in (document.canonical_url, document.url, *document.links)]
        links = [link for link in dict.fromkeys(links) if link and len(link) <= 2_000]
        named = [part for mention in annotation.entities for part in (mention.id, mention.surface)] if annotation else []
        return cls(
            id=document.id,
            kind=document.kind,
            platform=document.platform,
            source=document.source,
            language=(annotation.language if annotation else "") or document.language or "und",
            title=analysis.clean(document.title),
            text=analysis.clean(document.text),
            url=document.url or document.canonical_url,
            account=document.account,
            account_name=document.account_name,
            published=document.time,
            domains=tuple(dict.fromkeys(name for link in links for name in _domains(link))),
            links=tuple(links),
            hashtags=_keys(tag.lstrip("#") for tag in document.hashtags),
            mentions=_keys(name.lstrip("@") for name in document.mentions),
            entities=_keys(named),
            narratives=tuple(sorted(narratives)),
            flagged=flagged,
            vector=vector,
        )

    @property
    def seconds(self) -> int:
        """When it was published, in seconds since 1970."""
        return int(self.published.timestamp())

    @property
    def order(self) -> int:
        """A number that sorts by time and, within a second, by a hash of the id: the same order in every backend. Fits 63 bits."""
        return max(0, self.seconds) << 29 | zlib.crc32(self.id.encode("utf-8", "surrogatepass")) >> 3

    def keys(self) -> dict[str, tuple[str, ...]]:
        """The values of the query language's exact fields, by field."""
        return {
            "lang": (self.language,),
            "kind": (self.kind,),
            "platform": _keys([self.platform]),
            "source": _keys([self.source]),
            "account": _keys([self.account.lstrip("@"), self.account_name.lstrip("@")]),
            "mention": self.mentions,
            "domain": self.domains,
            "link": self.links,
            "hashtag": self.hashtags,
            "entity": self.entities,
            "narrative": _keys(self.narratives),
            "flagged": ("yes" if self.flagged else "no",),
        }


def _keys(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for value in values if (found := key(value))))


def _domains(link: str) -> Iterator[str]:
    """The host of a canonical link and each domain above it: a.example.org, example.org, org."""
    host = urls.host(link).rpartition(":")[0] or urls.host(link)
    labels = host.split(".")
    if labels[-1].isdigit():
        yield host
        return
    for start in range(len(labels)):
        yield ".".join(labels[start:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A document found. ``marks``: start and end of what matched, in ``snippet``; ``title_marks``: in ``title``."""

    id: str
    title: str
    snippet: str
    score: float
    published: datetime
    source: str
    platform: str
    kind: str
    language: str
    url: str
    account: str
    account_name: str
    narratives: tuple[str, ...]
    flagged: bool
    marks: tuple[tuple[int, int], ...] = ()
    title_marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many documents fall into a period that begins then."""

    start: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Results:
    """The documents asked for, how many there are in all, counts by value of the facets asked for, counts by period."""

    total: int
    hits: tuple[Hit, ...] = ()
    facets: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    histogram: tuple[Bucket, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is well, what was found, and what to do if it is not."""

    what: str
    good: bool
    said: str
    hint: str = ""


class Index(Protocol):
    """What every backend can do. Reading needs an index that exists; writing makes one. Errors are StopRun with the next step."""

    def add(self, documents: Iterable[IndexDocument]) -> int:
        """Put documents in, in place of those of the same id; searchable when it returns. Number of documents."""

    def delete(self, ids: Iterable[str]) -> None:
        """Take documents out; ids that are not there are nothing."""

    def replace(self, documents: Iterable[IndexDocument], generation: str) -> int:
        """Build the index anew beside the old one, which serves until the new one is whole. Number of documents."""

    def search(
        self, node: Node, *, limit: int = 20, offset: int = 0, sort: str = "date", facets: Collection[str] = (), histogram: str = ""
    ) -> Results:
        """Documents of a query. ``sort`` is one of SORTS, ``facets`` some of FACETS, ``histogram`` one of INTERVALS or ""."""

    def count(self) -> int:
        """Number of documents; 0 if there is no index yet."""

    def ids(self, node: Node | None = None) -> Iterator[str]:
        """Ids of a query's documents, newest first; of all documents without one."""

    def held(self) -> Iterator[tuple[str, int]]:
        """Id and publishing time of all documents, in seconds since 1970 (0 if earlier), newest first; nothing without an index."""

    def similar(self, name: str, limit: int = 10) -> tuple[Hit, ...]:
        """The documents most like the one of that id, best first. Raises UsageError if there is no such document.

        By an encoder's vectors where the index holds some and that document has one, else by the words that tell it from the others.
        """

    def rejected(self) -> Sequence[Rejected]:
        """Documents that could not be taken in, with the reason; the others are in."""

    def retry(self) -> int:
        """Try the rejected documents again. Number of those that are in now."""

    def share(self, kind: str, records: Iterable[Record]) -> int:
        """Put records of a kind (narratives, flags, edges, accounts) beside the documents, in place of all that were there.

        For a team's other programs; an index that only Tocsin reads keeps none, and does not look at ``records``. Number of records.
        """

    def check(self) -> Sequence[Finding]:
        """What a doctor looks at, each with a verdict; nothing is raised."""

    def clear(self) -> None:
        """Take everything out, also out of a damaged index."""

    @property
    def generation(self) -> str:
        """What the index was last said to hold; "" if nothing."""

    def set_generation(self, generation: str) -> None:
        """Say what the index holds."""

    def close(self) -> None:
        """Free locks and connections."""
