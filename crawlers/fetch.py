"""One address into one page, politely: the only place that asks anything of the network.

Scrapy 2.19 does the HTTP (TLS, connections, limits of size and time). What it leaves silent or does not do is here, in the open: redirects
and meta refreshes with their loops, Retry-After, retries, compressed bodies that end early, bodies that are no page. Every way out is a
:class:`~crawlers.steps.Page` or a :class:`~crawlers.causes.Lost` with its cause.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urldefrag, urlsplit
from urllib.request import getproxies

from scrapy import Request, exceptions
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from twisted.internet.error import ConnectError, ConnectionClosed

from crawlers.causes import Lost
from crawlers.hosts import PATIENCE, ROBOTS_BYTES, Host, Hosts, retry_after
from crawlers.private import Guard, not_public
from crawlers.sniff import joined, not_a_page, refresh_target, without_user
from crawlers.steps import Page
from crawlers.unpack import ACCEPTED, unpack
from models.settings import Settings

REDIRECTS = 10
REFRESH_SECONDS = 10.0
SITEMAP_BYTES = 52_428_800
"""The size the sitemap protocol allows."""
BUSY = frozenset({429, 503})
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 522, 523, 524})
"""Statuses that may be different the next time."""
ACCEPT = {
    "feed": "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "sitemap": "application/xml, text/xml, */*;q=0.5",
    "api": "application/json, */*;q=0.5",
    "page": "text/html, application/xhtml+xml, */*;q=0.5",
}
CAUSES: tuple[tuple[type[Exception], str, bool], ...] = (
    (exceptions.DownloadTimeoutError, "timeout", True),
    (exceptions.CannotResolveHostError, "unknown-host", True),
    (exceptions.DownloadConnectionRefusedError, "refused", True),
    (exceptions.ResponseDataLossError, "truncated", True),
    (exceptions.DownloadCancelledError, "too-large", False),
    (exceptions.UnsupportedURLSchemeError, "bad-address", False),
    (ValueError, "bad-address", False),  # what Scrapy and Twisted make of a port, a host or a header that cannot be
    (exceptions.DownloadFailedError, "connection", True),
    (ConnectError, "connection", True),
    (ConnectionClosed, "connection", True),
    (OSError, "connection", True),
)
FAILURES = tuple(kind for kind, _, _ in CAUSES)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted: see :class:`~crawlers.steps.Fetch`. ``inside``: the source is at a private address itself and may lead to others."""

    url: str
    kind: str = "page"
    headers: tuple[tuple[str, str], ...] = ()
    expect: frozenset[int] = frozenset()
    inside: bool = False


class Fetcher:
    """Gets pages through ``download`` (Scrapy's), one gate per host; ``options`` are the ``crawl.*`` settings."""

    def __init__(self, download: Callable[[Request], Awaitable[Response]], options: Settings, at_once: int) -> None:
        self._download = download
        self._wires = asyncio.Semaphore(at_once)
        self._limit: int = options["crawl.max_bytes"]
        self._retries: int = options["crawl.retries"]
        self._proxied = bool(getproxies().keys() & {"http", "https"})
        self.guard = Guard()
        self.hosts = Hosts(options["crawl.delay"], options["crawl.per_host"], self._robots)

    async def get(self, ask: Ask) -> Page:
        """The page at the end of the redirects. Raises Lost; each hop is checked against its own robots.txt and for private addresses."""
        chain = [without_user(urldefrag(ask.url).url)]
        while True:
            try:
                page = await self._hop(chain[-1], ask)
            except Lost as lost:
                came = f" (led there by {ask.url})" if len(chain) > 1 else ""
                raise Lost(lost.cause, lost.hint + came, where=chain[-1], may_pass=lost.may_pass) from None
            target = without_user(_target(page, ask))
            if not target:
                return page
            if target in chain or len(chain) > REDIRECTS:
                why = f"leads back to {target[:200]}" if target in chain else f"more than {REDIRECTS} redirects"
                raise Lost("redirect-loop", why, where=ask.url)
            chain.append(target)

    async def _hop(self, url: str, ask: Ask) -> Page:
        await self.guard.check(url, inside=ask.inside)
        page = await self._patiently(await self.hosts.admit(url), url, ask, robots=False)
        return page if _target(page, ask) else _accepted(page, ask)

    async def _robots(self, url: str) -> bytes:
        ask = Ask(url, kind="robots", inside=True)
        for _ in range(6):  # RFC 9309 asks to follow at least five
            page = await self._patiently(self.hosts.of(url), url, ask, robots=True)
            target = _target(page, ask)
            if not target:
                break
            url = without_user(target)
            await self.guard.check(url, inside=False) if urlsplit(url).netloc != urlsplit(ask.url).netloc else None
        if page.status in PASSING or page.status >= 500:
            raise Lost(f"http-{page.status}", may_pass=True)
        return page.body if page.status < 300 else b""

    async def _patiently(self, host: Host, url: str, ask: Ask, *, robots: bool) -> Page:
        tries = 0
        while True:
            tries += 1
            last = tries > (min(1, self._retries) if robots else self._retries)
            try:
                page = await self._once(host, url, ask)
            except Lost as lost:
                if last or not lost.may_pass or lost.cause == "told-to-wait":
                    raise
                await asyncio.sleep(tries)
                continue
            if page.status not in PASSING or page.status in ask.expect:
                return page
            quiet = _quiet(page, tries)
            if page.status in BUSY:
                host.pause(quiet)
            if last or quiet > PATIENCE:
                return page
            if page.status not in BUSY:
                await asyncio.sleep(quiet)

    async def _once(self, host: Host, url: str, ask: Ask) -> Page:
        async with host.slot():
            try:
                async with self._wires:
                    response = await self._download(self._request(url, ask))
            except FAILURES as error:
                raise _lost(error, url) from None
        if not (ask.inside or self._proxied) and response.ip_address is not None and not_public(str(response.ip_address)):
            raise Lost("private-address", "the name leads to an address inside", where=url)
        headers = {name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in response.headers.items()}
        try:
            body = unpack(response.body, headers.pop("content-encoding", ""), self._size(ask.kind))
        except Lost as lost:
            raise Lost(lost.cause, lost.hint, where=url, may_pass=lost.may_pass) from None
        return Page(url, response.status, headers, body, datetime.now(UTC), ask.url)

    def _request(self, url: str, ask: Ask) -> Request:
        headers = {"Accept": ACCEPT.get(ask.kind, "*/*"), "Accept-Encoding": ACCEPTED}
        if urlsplit(url).netloc == urlsplit(ask.url).netloc:  # an ETag or a token is meant for the host it was made for
            headers |= dict(ask.headers)
        try:
            return Request(url, headers=headers, callback=NO_CALLBACK, meta={"download_maxsize": self._size(ask.kind)})
        except ValueError as error:
            raise Lost("bad-address", str(error), where=url) from None

    def _size(self, kind: str) -> int:
        return {"sitemap": max(self._limit, SITEMAP_BYTES), "robots": 4 * ROBOTS_BYTES}.get(kind, self._limit)


def _target(page: Page, ask: Ask) -> str:
    if page.status in (301, 302, 303, 307, 308):
        location = page.headers.get("location", "")
        return joined(page.url, location) if location and page.status not in ask.expect else ""
    if ask.kind == "page" and page.status == 200:
        return refresh_target(page.body, page.url, REFRESH_SECONDS)
    return ""


def _accepted(page: Page, ask: Ask) -> Page:
    if page.status in ask.expect:
        return page
    if not 200 <= page.status < 300:
        raise Lost(f"http-{page.status}", where=page.url, may_pass=page.status in PASSING)
    if not page.body.strip():
        raise Lost("empty", "nothing in the body", where=page.url, may_pass=True)
    if ask.kind == "page" and not_a_page(page.body, page.headers.get("content-type", "")):
        raise Lost("not-html", "the body is not a page", where=page.url)
    return page


def _quiet(page: Page, tries: int) -> float:
    """Seconds to wait before the next try; a date in Retry-After is measured against the server's own clock if it tells it."""
    now = time.time()
    with suppress(ValueError, TypeError, OverflowError):
        now = parsedate_to_datetime(page.headers.get("date", "")).timestamp()
    told = retry_after(page.headers.get("retry-after", ""), now)
    return min(told, 86_400.0) if told is not None else float(2 ** (tries - 1))


def _lost(error: Exception, url: str) -> Lost:
    cause, may_pass = next((slug, passing) for kind, slug, passing in CAUSES if isinstance(error, kind))
    if "certificate" in str(error).lower():
        cause = "certificate"
    return Lost(cause, " ".join(str(error).split())[:200], where=url, may_pass=may_pass)
