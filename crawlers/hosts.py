"""One gate per host: how many at once, how far apart, how long to keep quiet, and what its robots.txt allows.

The robots rules are those of RFC 9309: 4xx means no rules, 5xx or no answer means everything is forbidden, at most 500 KiB are read.
There is no switch that disobeys them. Crawl-delay (not in the RFC, but asked for) raises the delay of the host.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from crawlers.causes import Lost

ROBOTS_NAME = "Tocsin"
"""The product token that robots.txt may name."""
ROBOTS_BYTES = 512_000
LEAST_DELAY = 0.5
"""Seconds between two requests to a host that is not this machine: no setting goes below."""
MOST_AT_ONCE = 2
"""Requests at the same time to a host that is not this machine."""
PATIENCE = 120.0
"""Longest time in seconds that a scan waits because a host told it to; a longer wait is left to the next scan."""


class Rules(Protocol):
    """What a robots.txt says (protego)."""

    def can_fetch(self, url: str, user_agent: str) -> bool:
        """Whether the address may be read."""

    def crawl_delay(self, user_agent: str) -> float | None:
        """Seconds between two requests, or None."""

    @property
    def sitemaps(self) -> object:
        """Addresses of sitemaps."""


@dataclass(slots=True)
class Host:
    """The gate of one host and port; ``delay`` in seconds from the start of one request to the next."""

    name: str
    delay: float
    width: asyncio.Semaphore
    next_at: float = 0.0
    quiet_until: float = 0.0
    rules: Rules | None = None
    sitemaps: tuple[str, ...] = ()
    denied: str = ""
    read: bool = False
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a turn and hold one of the places. Raises Lost ``told-to-wait`` if the host wants quiet for longer than PATIENCE."""
        async with self.width:
            async with self.turn:
                while (wait := max(self.next_at, self.quiet_until) - time.monotonic()) > 0:
                    if self.quiet_until - time.monotonic() > PATIENCE:
                        raise Lost("told-to-wait", f"{self.name} asks for more than {PATIENCE:g} s of quiet", may_pass=True)
                    await asyncio.sleep(wait)
                self.next_at = time.monotonic() + self.delay
            yield

    def pause(self, seconds: float) -> None:
        """Keep quiet from now for ``seconds``, all requests to this host together."""
        self.quiet_until = max(self.quiet_until, time.monotonic() + max(0.0, seconds))

    def allows(self, url: str) -> None:
        """Raises Lost ``robots`` or ``robots-unreachable`` if robots.txt forbids the address."""
        if self.denied:
            raise Lost("robots-unreachable", self.denied, where=url, may_pass=True)
        if self.rules is not None and not self.rules.can_fetch(url, ROBOTS_NAME):
            raise Lost("robots", "robots.txt forbids it", where=url)

    def follow(self, body: bytes) -> None:
        """Take over the rules of a robots.txt."""
        from protego import Protego

        self.rules = Protego.parse(body[:ROBOTS_BYTES].decode("utf-8", "replace"))
        self.delay = max(self.delay, min(float(self.rules.crawl_delay(ROBOTS_NAME) or 0.0), 3600.0))
        self.sitemaps = tuple(str(url) for url in self.rules.sitemaps)[:100]


class Hosts:
    """All hosts of a scan; a host that is not this machine gets LEAST_DELAY and MOST_AT_ONCE whatever the settings say.

    ``read_robots(url)`` gets a robots.txt: its bytes, or b"" for 4xx; raises Lost for no answer and 5xx.
    """

    def __init__(self, delay: float, per_host: int, read_robots: Callable[[str], Awaitable[bytes]]) -> None:
        self._delay, self._per_host, self._read_robots = delay, max(1, per_host), read_robots
        self._hosts: dict[str, Host] = {}

    def of(self, url: str) -> Host:
        """The gate of the address's host and port."""
        name = urlsplit(url).netloc.rpartition("@")[2].lower()
        if name not in self._hosts:
            own = _own_machine(urlsplit(url).hostname or "")
            delay, width = (self._delay, self._per_host) if own else (max(self._delay, LEAST_DELAY), min(self._per_host, MOST_AT_ONCE))
            self._hosts[name] = Host(name, delay, asyncio.Semaphore(width))
        return self._hosts[name]

    async def admit(self, url: str) -> Host:
        """The gate, once its robots.txt is read and allows the address. Raises Lost otherwise."""
        host = self.of(url)
        async with host.reading:
            if not host.read:
                await self._learn(host, url)
                host.read = True
        host.allows(url)
        return host

    async def _learn(self, host: Host, url: str) -> None:
        parts = urlsplit(url)
        try:
            host.follow(await self._read_robots(f"{parts.scheme}://{parts.netloc}/robots.txt"))
        except Lost as error:
            host.denied = f"robots.txt of {host.name} cannot be read ({error.cause}), so nothing is (RFC 9309)"


def _own_machine(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def retry_after(value: str, now: float) -> float | None:
    """Seconds told by a Retry-After header (a number or an HTTP date; ``now`` as a Unix time), or None for none or nonsense."""
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None
