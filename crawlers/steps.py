"""What an access and the engine say to each other.

An *access* (a module of ``crawlers/spiders/``) knows how one kind of source is read; the *engine* (``crawlers/run.py`` and the files beside
it) fetches politely, extracts, and writes. The access never touches network, disk or clock: it is given pages and yields steps.

    class Access:
        def __init__(self, source: Source, memory: Memory, options: Settings) -> None: ...
        def start(self) -> Iterable[Step]:               # called once; usually yields Fetch
            yield Fetch(url, self.listing, kind="api")
        def listing(self, page: Page) -> Iterable[Step]: # a callback: called once for each page that came
            for item in page.json(): yield self.document(item, page.received)
            yield Remember("cursor", ...)                # kept only once the documents above are on disk
            yield Fetch(next_url, self.listing, kind="api")

What a step does:

    Fetch      get this address, give the page to the callback
    Article    get this address, extract title, text and date, keep it as a Document: the access hears no more of it
    Document   a finished record (``models.records``), such as a post: kept as it is
    Remember   put a value into the memory, after everything this source yielded before is on disk
    Pause      ask nothing of this host for a while (rate limits told in headers)
    Note       a failure to be counted, or an explanation for the reader of the report

What the engine does by itself, for every address: robots.txt, delay per host, Retry-After with 429 and 503, retries of what may pass,
size and time limits, redirects. What cannot be had becomes a Note with its cause (``http-404``, ``timeout``, ``robots`` …); the callback
is not called then, unless the status is one the Fetch expects. A Document or Article whose id is archived already is counted as known and
not kept again, except a Document with ``revision`` above 0. A callback may raise SkipRecord for a page that makes no sense: it is counted
(its message is the cause if it is a slug), and the run goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from crawlers.charset import decode
from models.errors import SkipRecord
from models.protocols import Memory
from models.records import Document, Source
from models.settings import Settings


@dataclass(frozen=True, slots=True)
class Page:
    """What came. ``headers``: lower-case names; ``body``: bytes, unpacked from the transfer; ``received``: aware, UTC: the only clock."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    received: datetime
    asked: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body as text: byte order mark, header, declaration in the bytes, then a guess; never raises."""
        return decode(self.body, self.headers.get("content-type", ""))

    def json(self) -> Any:
        """The body as JSON. Raises SkipRecord ``not-json`` if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise SkipRecord("not-json", where=self.url) from None


@dataclass(frozen=True, slots=True)
class Fetch:
    """Get ``url`` and call ``callback`` with the page.

    ``kind``: feed, sitemap, api or page; decides the Accept header and what the report calls it. ``headers`` are sent as given.
    ``expect``: statuses besides 2xx that the callback wants to see (304, 401 …); all others become a Note ``http-<status>``.
    ``meta``: anything the callback wants back as ``page.meta``.
    """

    url: str
    callback: Callable[[Page], Iterable[Step]]
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "page"
    expect: frozenset[int] = frozenset()
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Article:
    """Get ``url`` and keep the article in it. ``published`` (aware) with its ``date_source`` (feed, sitemap) and the rest are hints."""

    url: str
    title: str = ""
    published: datetime | None = None
    date_source: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep ``value`` under ``key`` for this source.

    Written after every Document and Article that the source yielded before it is on disk; dropped when one of those articles could not
    be had for a reason that may pass (timeout, 5xx, 429) or was put off by ``crawl.max_pages``, so that the next scan asks again.
    """

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Send nothing to the host of ``url`` for ``seconds`` (capped by the engine)."""

    url: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Note:
    """A failure under its ``cause`` (a short slug such as ``not-a-feed``), counted; or, with the cause "", only an explanation.

    ``text``: a sentence for the report. ``known``: documents the source still offers that were archived before (an unchanged feed), so that
    the promise of a source is judged by what it offers, not by how often it is asked.
    """

    cause: str
    text: str = ""
    url: str = ""
    known: int = 0


Step: TypeAlias = Fetch | Article | Document | Remember | Pause | Note


class Access(Protocol):
    """One kind of source: ``crawlers/spiders/<access>.py`` has a class of this shape, and a module docstring that users read."""

    def __init__(self, source: Source, memory: Memory, options: Settings) -> None: ...

    def start(self) -> Iterable[Step]:
        """The first steps."""
