"""Posts and reposts of Bluesky accounts, each read from the account's own server (`com.atproto.repo.listRecords`).

Accounts are given in the option `accounts` (DIDs or handles) or as profile addresses in `urls` (`https://bsky.app/profile/name.example`).
A further address in `urls` is the server they all lie on; without it, the directory is asked where each account lies.
Options: `accounts`, `plc` (another directory than https://plc.directory), `resolver` (a server that turns handles into DIDs, for
handles that their own site does not vouch for), `overlap_hours` (6).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from crawlers.parse_bluesky import (
    POST,
    REPOST,
    account_name,
    base,
    document,
    handle_of,
    identity,
    is_did,
    records,
    split_uri,
    tid,
    tid_time,
)
from crawlers.parse_social import loads, part, text_at
from crawlers.social import kept, onward, overlap
from crawlers.steps import Fetch, Note, Page, Remember, Step
from models.errors import SkipRecord, UsageError
from models.protocols import Memory
from models.records import Document, Source
from models.safe import printable
from models.settings import Settings

LIMIT = 100
"""Records of one answer: the most that the protocol gives."""
PLC = "https://plc.directory"
GONE = frozenset({400, 404, 410})
"""How servers and the directory answer about accounts that are not there (any more)."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A way through one collection of one account. ``at``: the cursor asked for last; ``mark``: the record key remembered."""

    server: str
    did: str
    handle: str
    collection: str
    left: int
    at: str = ""
    mark: str = ""

    @property
    def key(self) -> str:
        """Where the memory keeps ``mark``."""
        return f"cursor:{self.did}:{self.collection}"


class Access:
    """Walks each collection from old to new (``reverse=true``), so that what is remembered never lies ahead of what is on disk.

    The first time it begins ``crawl.max_age_days`` ago: record keys hold a time, so one can be made for that day. A key whose time lies
    ahead is never remembered: it would hide all that comes after. Later nights begin ``overlap_hours`` before the remembered key.
    A handle is turned into a DID once and remembered: the source stays with the account when the handle moves on.
    """

    def __init__(self, source: Source, memory: Memory, options: Settings) -> None:
        self._source, self._memory = source, memory
        self._days: int = options["crawl.max_age_days"]
        self._pages: int = options["crawl.max_pages"]
        self._overlap = overlap(source)
        self._plc = _option(source, "plc", PLC)
        self._resolver = _option(source, "resolver", "")
        self._open_only = not self._plc.startswith("http://")
        self._accounts = _accounts(source)
        self._server = _server(source)

    def start(self) -> Iterator[Step]:
        """The question where each account lies."""
        for account in self._accounts:
            who = account if is_did(account) else self._memory.get(self._source.name, f"did:{account}") or account
            if self._server:
                url = f"{self._server}/xrpc/com.atproto.repo.describeRepo?repo={quote(who, safe=':')}"
                yield Fetch(url, self.described, kind="api", expect=GONE, meta={"account": account, "who": who})
            elif is_did(who):
                yield self._look_up(who)
            elif self._resolver:
                url = f"{self._resolver}/xrpc/com.atproto.identity.resolveHandle?handle={who}"
                yield Fetch(url, self.resolved, kind="api", expect=GONE, meta={"account": account})
            else:
                yield Fetch(f"https://{who}/.well-known/atproto-did", self.vouched, kind="api", expect=GONE, meta={"account": account})

    def vouched(self, page: Page) -> Iterator[Step]:
        """The DID that the handle's own site names."""
        yield from self._named(page, page.text.strip())

    def resolved(self, page: Page) -> Iterator[Step]:
        """The DID that the resolver names."""
        yield from self._named(page, text_at(loads(page.body, page.url), "did"))

    def _named(self, page: Page, did: str) -> Iterator[Step]:
        handle = page.meta["account"]
        if page.status in GONE or not is_did(did):
            yield Note("no-did", f"nobody says which account {handle} is: give its DID, or a `resolver`", page.url)
            return
        yield Remember(f"did:{handle}", did)
        yield self._look_up(did)

    def _look_up(self, did: str) -> Fetch:
        kind, _, name = did.removeprefix("did:").partition(":")
        url = f"{self._plc}/{did}" if kind == "plc" else f"https://{name}/.well-known/did.json"
        return Fetch(url, self.identified, kind="api", expect=GONE, meta={"did": did})

    def identified(self, page: Page) -> Iterator[Step]:
        """The account's document: its server and handle."""
        did = page.meta["did"]
        if page.status in GONE:
            yield _gone(did, page)
            return
        server, handle = identity(loads(page.body, page.url), did, open_only=self._open_only)
        yield from self._walks(server, did, handle, page.received)

    def described(self, page: Page) -> Iterator[Step]:
        """What the given server says about the account."""
        account, who = page.meta["account"], page.meta["who"]
        if page.status in GONE:
            yield _gone(account, page)
            return
        data = loads(page.body, page.url)
        did = text_at(data, "did")
        if not is_did(did) or (is_did(who) and did != who):
            raise SkipRecord("no-server", where=page.url, hint=f"the server answers about another account than {who}")
        if not is_did(account):
            yield Remember(f"did:{account}", did)
        claimed = account_name(text_at(data, "handle")) or handle_of(part(data, "didDoc"))
        handle = claimed if part(data, "handleIsCorrect") is not False else ""
        yield from self._walks(self._server, did, handle, page.received)

    def _walks(self, server: str, did: str, handle: str, now: datetime) -> Iterator[Step]:
        left = max(2, self._pages // (2 * len(self._accounts)))
        first = tid(now - timedelta(days=self._days)) if self._days else ""
        for collection in (POST, REPOST):
            mark = self._memory.get(self._source.name, f"cursor:{did}:{collection}") or ""
            made = tid_time(mark)
            yield self._ask(Walk(server, did, handle, collection, left, tid(made - self._overlap) if made else first, mark))

    def _ask(self, walk: Walk) -> Fetch:
        url = f"{walk.server}/xrpc/com.atproto.repo.listRecords?repo={quote(walk.did, safe=':')}&collection={walk.collection}"
        url += f"&limit={LIMIT}&reverse=true" + (f"&cursor={quote(walk.at, safe='')}" if walk.at else "")
        return Fetch(url, self.listed, kind="api", expect=GONE, meta={"walk": walk})

    def listed(self, page: Page) -> Iterator[Step]:
        """Records in the order of their keys, then the question for those that follow."""
        walk: Walk = page.meta["walk"]
        if page.status in GONE:
            yield _gone(walk.did, page)
            return
        data = loads(page.body, page.url)
        found = records(data, page.url)
        yield from kept(found, lambda item: self._document(item, walk, page.received))
        safe = _last_safe(found, walk, page.received + timedelta(days=1))
        if safe > walk.mark:
            walk = replace(walk, mark=safe)
            yield Remember(walk.key, safe)
        here = text_at(data, "cursor") if found else ""
        if not here:
            return
        if here == walk.at:
            yield Note("paging-stuck", f"{walk.did}: the server gives the same records again", page.url)
        elif walk.left <= 1:
            yield Note("", f"{walk.handle or walk.did}: the rest waits for the next scan (crawl.max_pages)")
        else:
            yield from onward(page, self._ask(replace(walk, at=here, left=walk.left - 1)))

    def _document(self, item: Any, walk: Walk, received: datetime) -> Document:
        return document(item, source=self._source.name, did=walk.did, handle=walk.handle, received=received)


def _last_safe(found: Sequence[Any], walk: Walk, latest: datetime) -> str:
    """The last key of the account's own records whose time is known and not ahead; "" if there is none."""
    for item in reversed(found):
        owner, collection, rkey = split_uri(text_at(item, "uri"))
        made = tid_time(rkey)
        if (owner, collection) == (walk.did, walk.collection) and made is not None and made <= latest:
            return rkey
    return ""


def _gone(account: str, page: Page) -> Note:
    try:
        data = loads(page.body, page.url)
    except SkipRecord:
        data = None
    said = printable(text_at(data, "message") or text_at(data, "error"))[:200]
    return Note("account-gone", f"{account}: {said or f'the server answers {page.status}'}", page.url)


def _accounts(source: Source) -> tuple[str, ...]:
    given = source.options.get("accounts", ())
    texts = [*(given if isinstance(given, list | tuple) else [given]), *(url for url in source.urls if _is_account(url))]
    named = [account_name(text) if isinstance(text, str) else "" for text in texts]
    for text, name in zip(texts, named, strict=True):
        if not name:
            raise UsageError(f"{text!r} is neither a DID nor a handle", where=source.name, hint="such as did:plc:… or name.example")
    if not named:
        raise UsageError("names no account", where=source.name, hint="give `accounts` in its options, or an address with /profile/")
    return tuple(dict.fromkeys(named))


def _server(source: Source) -> str:
    servers = [base(url, open_only=False) for url in source.urls if not _is_account(url)]
    if len(servers) > 1 or "" in servers:
        raise UsageError("one server at most can be named", where=source.name, hint="without one, each account's own is looked up")
    return servers[0] if servers else ""


def _is_account(url: str) -> bool:
    return url.startswith(("at://", "did:", "@")) or urlsplit(url).path.startswith("/profile/")


def _option(source: Source, key: str, default: str) -> str:
    value = source.options.get(key, default)
    address = base(value, open_only=False) if isinstance(value, str) else ""
    if value and not address:
        raise UsageError(f"{key} must be the address of a server, not {value!r}", where=source.name)
    return address
