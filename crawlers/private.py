"""Addresses inside the own house: a public feed must not make the crawler read the intranet."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from crawlers.causes import Lost


class Guard:
    """Refuses private, loopback and link-local addresses for sources that are not there themselves; remembers what it looked up."""

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}

    async def check(self, url: str, *, inside: bool) -> None:
        """Raises Lost: ``bad-address`` for anything but http(s), ``private-address`` for a host inside when the source is not."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Lost("bad-address", "not an http address", where=url)
        if not inside and await self.private(parts.hostname):
            raise Lost("private-address", "leads from a public source to an address inside", where=url)

    async def inside(self, urls: Iterable[str]) -> bool:
        """Whether one of a source's own addresses is private, so that it may lead to others that are."""
        hosts = [urlsplit(url).hostname for url in urls]
        return any([await self.private(host) for host in hosts if host])

    async def private(self, host: str) -> bool:
        """Whether any address of ``host`` is not a public one; a host that is not known to DNS is left to the fetch to fail on."""
        if host not in self._known:
            self._known[host] = any(not_public(address) for address in await _addresses(host))
        return self._known[host]


def not_public(address: str) -> bool:
    """Whether an IP address (text) is private, loopback, link-local, multicast or reserved, also when wrapped into IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return not ip.is_global or ip.is_multicast or (inner is not None and not inner.is_global)


async def _addresses(host: str) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]
