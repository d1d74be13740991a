"""The records that travel between the rooms: small, frozen, with ids made from content. All times are aware and UTC."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.codec import Record

TRUSTED_DATES = frozenset({"platform", "feed", "json-ld", "sitemap", "import"})
"""Values of ``Document.date_source`` precise enough for a time-window test; a guessed date never enters one."""


def digest(*parts: str) -> str:
    """32 hexadecimal characters (128 bits of BLAKE2b) over the parts, each ended by a NUL."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        state.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return state.hexdigest()


def article_id(canonical_url: str) -> str:
    """The id of an article: the hash of its canonical URL."""
    return digest("url", canonical_url)


def post_id(platform: str, platform_id: str) -> str:
    """The id of a post: the hash of platform and platform id."""
    return digest("post", platform, platform_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Record):
    """Who lists an outlet (``by``), as what (``label``), and where that can be read (``where``)."""

    by: str
    label: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Record):
    """Something we may read. ``promise`` is the least number of documents a night should yield, 0 for none."""

    name: str
    access: str
    urls: tuple[str, ...]
    country: str = ""
    language: str = ""
    homepage: str = ""
    listing: tuple[Listing, ...] = ()
    basis: str = ""
    promise: int = 0
    schedule: str = "nightly"
    origin: str = ""
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Record):
    """An article or a post. ``objects``: opaque shared objects of imported action lists. ``published`` may be unknown."""

    id: str
    kind: str
    platform: str
    source: str
    fetched: datetime
    platform_id: str = ""
    url: str = ""
    canonical_url: str = ""
    account: str = ""
    account_name: str = ""
    published: datetime | None = None
    date_source: str = ""
    language: str = ""
    title: str = ""
    text: str = ""
    links: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    repost_of: str = ""
    repost_author: str = ""
    reply_to: str = ""
    quote_of: str = ""
    media_hashes: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    raw: str = ""
    revision: int = 0

    @property
    def time(self) -> datetime:
        """When it was published, or when it was fetched if nobody says."""
        return self.published or self.fetched

    @property
    def content_key(self) -> str:
        """Changes when title or text change; decides whether a second fetch is a new revision."""
        return digest("content", self.title, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity(Record):
    """Somebody or something an election is about. ``aliases`` maps a language code to names; ``source`` says who states it."""

    id: str
    kind: str
    name: str
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hashtags: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention(Record):
    """An entity found in a text: characters ``start`` to ``end`` of title, line end and text joined."""

    id: str
    surface: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Record):
    """Words that say how a text stands to what it tells: a quote, report, negation, denial, check or endorsement; spans as in Mention."""

    kind: str
    surface: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation(Record):
    """What was read from one document. ``text_key``: equal for same text; ``signature``: MinHash, hexadecimal, for near-same text.

    ``stance``: checked, denied or reported, and empty for a text that speaks for itself; ``marks``: why, see docs/narratives.md.
    """

    document: str
    version: str
    language: str
    margin: float
    profile: str = ""
    entities: tuple[Mention, ...] = ()
    terms: tuple[str, ...] = ()
    lemmas: str = ""
    text_key: str = ""
    signature: str = ""
    stance: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Record):
    """One account did something to one object at one time."""

    trace: str
    account: str
    object: str
    document: str
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Record):
    """One co-action: document ``a`` of the edge's account a and ``b`` of account b did the same to ``object``."""

    trace: str
    object: str
    a: str
    b: str
    time_a: datetime
    time_b: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge(Record):
    """Two accounts acted alike. ``lead``: share of co-actions in which ``a`` came first; ``pairs`` is capped, ``pairs_total`` not."""

    a: str
    b: str
    traces: tuple[str, ...]
    window: float
    weight: int
    expected: float
    p: float
    q: float
    lead: float
    first_seen: datetime
    last_seen: datetime
    pairs: tuple[Pair, ...] = ()
    pairs_total: int = 0

    @property
    def id(self) -> str:
        """The hash of the accounts, traces and window."""
        return digest("edge", self.a, self.b, *self.traces, f"{self.window:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Record):
    """Accounts tied by edges, and their test together: ``joins`` in ``trace`` and ``window`` where chance gives ``expected``."""

    id: str
    members: tuple[str, ...]
    edges: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    trace: str = ""
    window: float = 0.0
    joins: int = 0
    expected: float = 0.0
    q: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrative(Record):
    """Documents saying the same thing, under an id that survives the night. ``documents`` in order of time; last told on ``night``."""

    id: str
    label: str
    terms: tuple[str, ...]
    entities: tuple[str, ...]
    languages: tuple[str, ...]
    documents: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    parents: tuple[str, ...] = ()
    status: str = "new"
    grown: int = 0
    night: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Record):
    """Why ``a`` and ``b`` are in one narrative; ``shared`` by kind: copy, link, entity, hashtag, date, number, name, word, meaning."""

    narrative: str
    a: str
    b: str
    languages: tuple[str, ...]
    similarity: float
    shared: dict[str, tuple[str, ...]]
    night: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason(Record):
    """Why, in numbers: a sentence a reader can check, its evidence ids, and the innocent explanations still open."""

    kind: str
    sentence: str
    numbers: dict[str, float] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    innocent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Record):
    """Why a narrative deserves a look tonight. ``level`` 1 (look) to 3 (look first); ``state`` new, growing or known."""

    narrative: str
    level: int
    reasons: tuple[Reason, ...]
    state: str
    night: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Record):
    """What an analyst said. ``judgement`` is coordinated, organic or unsure; verdicts are only ever added."""

    about: str
    kind: str
    judgement: str
    note: str
    who: str
    when: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport(Record):
    """What one source gave in one scan. ``failed`` counts by cause; ``note`` says why there was nothing."""

    source: str
    fetched: int = 0
    new: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    promise: int = 0
    promise_met: bool = True
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReport(Record):
    """What one stage did."""

    stage: str
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReport(Record):
    """What matches a saved search: ``found`` in all, ``new`` since it was read at ``since``; ``documents``: new ids, newest first."""

    name: str
    query: str
    found: int = 0
    new: int = 0
    documents: tuple[str, ...] = ()
    since: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport(Record):
    """What a night did. ``broken`` names the promises of the whole scan that were not kept; empty means exit code 0."""

    id: str
    started: datetime
    ended: datetime
    sources: tuple[SourceReport, ...] = ()
    stages: tuple[StageReport, ...] = ()
    flags: tuple[Flag, ...] = ()
    broken: tuple[str, ...] = ()
    watches: tuple[WatchReport, ...] = ()
