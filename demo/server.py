"""The exercise on the loopback address: each outlet a web server of its own at 127.0.0.<n>, the post network another.

    with serve(make(datetime.now(UTC))) as site:
        site.write_election(workspace)      # the exercise with these addresses, over the shipped one
        ...                                 # scan
        site.advance()                      # a night later

``python -m demo.server`` serves until Ctrl-C; ``POST http://127.0.0.1:<port>/advance`` moves it to the next night.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from demo import country, election, listings, pages, timeline
from demo.country import Outlet
from demo.world import Article, World, make

PORT = 8731
"""The port of the shipped exercise; another one is taken when it is not free."""
RATE = 300
"""Requests that the post network answers in five minutes."""
LAST_NIGHT = 2


class Site:
    """The running exercise. ``requests``: (outlet key, path) of every request so far, for tests."""

    def __init__(self, world: World, night: int, port: int, rate: int) -> None:
        self.world, self.port, self.rate = world, port, rate
        self.requests: list[tuple[str, str]] = []
        self.asked: deque[datetime] = deque()
        self._lock = threading.Lock()
        self._people = {account.name: account for account in world.accounts}
        self._show(night)

    def _show(self, night: int) -> None:
        articles, posts = self.world.night(night)
        by_outlet: dict[str, list[Article]] = {}
        for article in reversed(articles):
            by_outlet.setdefault(article.outlet, []).append(article)
        with self._lock:
            self.night, self.posts, self._articles = night, posts, by_outlet

    def advance(self) -> int:
        """A night later: what was published since is there. Returns the night's number."""
        self._show(min(LAST_NIGHT, self.night + 1))
        return self.night

    def base(self, octet: int) -> str:
        """The address of a site, without a slash at its end."""
        return f"http://127.0.0.{octet}:{self.port}"

    def address(self, key: str) -> str:
        """Where the article of that key lies."""
        outlet, _, path = key.partition("/")
        return f"{self.base(country.by_key(outlet).octet)}/{path}"

    def articles(self, outlet: str) -> list[Article]:
        """What the outlet shows tonight, newest first."""
        return self._articles.get(outlet, [])

    def truth(self) -> dict[str, Any]:
        """What is planted, in the addresses and ids that an archive holds."""
        raw = self.world.truth(self.night)
        home = f"https://{country.SOCIAL_DOMAIN}/users"
        posts = {p.id: f"{home}/{p.account}/statuses/{p.id}" for p in self.posts}
        return {
            "articles": [self.address(key) for key in raw["planted_articles"]],
            "posts": [posts[key] for key in raw["planted_posts"]],
            "accounts": [f"acct:{name}@{country.SOCIAL_DOMAIN}" for name in raw["planted_accounts"]],
            "stories": {posts.get(k) or self.address(k): story for k, story in raw["stories"].items()},
        }

    def write_election(self, workspace: Path) -> Path:
        """The exercise with this server's addresses into the workspace's ``elections/``; returns its folder."""
        return election.write(workspace / "elections" / "exercise", self.world.first_night, self.port)

    def status(self, tag: str, query: dict[str, str]) -> tuple[bytes, str]:
        """Body and Link header of a tag's timeline."""
        base = self.base(country.SOCIAL_OCTET)
        found = timeline.page(self.posts, tag, query)
        body = [timeline.status(p, self._people[p.account], base, self.address) for p in found]
        return json.dumps(body, ensure_ascii=False).encode(), timeline.links(found, base, tag)

    def left(self, now: datetime) -> int:
        """How many requests the post network still answers in this window; counts this one."""
        with self._lock:
            while self.asked and now - self.asked[0] > timedelta(minutes=5):
                self.asked.popleft()
            if len(self.asked) < self.rate:
                self.asked.append(now)
                return self.rate - len(self.asked)
            return -1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    site: Site
    outlet: Outlet | None = None


class _Handler(BaseHTTPRequestHandler):
    """What all sites have in common."""

    protocol_version = "HTTP/1.1"
    server_version = "Apache"
    sys_version = ""
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the standard library's
        """Quiet: the terminal belongs to the demo."""

    def _send(self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _html(self, status: int, text: str) -> None:
        self._send(status, "text/html; charset=utf-8", text.encode())

    def do_HEAD(self) -> None:
        """As GET, without the body."""
        self.do_GET()

    def do_GET(self) -> None:
        """Overridden by each kind of site."""
        raise NotImplementedError


class _Press(_Handler):
    """An outlet's site."""

    def do_GET(self) -> None:
        """A listing, a page, or that there is none."""
        outlet, site = self.server.outlet, self.server.site
        if outlet is None:
            return self._html(404, "")
        path = unquote(urlsplit(self.path).path)
        site.requests.append((outlet.key, path))
        if outlet.state == "down":
            return self._html(502, "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>")
        base, shown = site.base(outlet.octet), site.articles(outlet.key)
        if path == "/robots.txt":
            return self._send(200, "text/plain; charset=utf-8", listings.robots(outlet, base).encode())
        if path == "/" or outlet.state != "up":
            return self._html(200, pages.front(outlet, base, shown[:20]))
        found = listings.listing(outlet, path, base, shown)
        if found:
            return self._listing(*found, shown)
        for index, article in enumerate(shown):
            if article.path == path:
                return self._html(200, pages.article(article, outlet, base, (shown[index + 1 :] + shown[:index])[:4]))
        return self._html(404, "<html><head><title>404</title></head><body><h1>404</h1></body></html>")

    def _listing(self, kind: str, body: bytes, shown: list[Article]) -> None:
        tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
        changed = format_datetime(shown[0].published.astimezone(UTC), usegmt=True) if shown else ""
        headers = {"ETag": tag, "Last-Modified": changed, "Cache-Control": "max-age=300"}
        asked = self.headers.get("If-None-Match")
        if asked == tag or (asked is None and changed and self.headers.get("If-Modified-Since") == changed):
            return self._send(304, kind, b"", {"ETag": tag})
        return self._send(200, kind, body, headers)


class _Network(_Handler):
    """The post network."""

    def do_GET(self) -> None:
        """A tag's timeline; robots.txt; nothing else."""
        site, parts = self.server.site, urlsplit(self.path)
        path = unquote(parts.path)
        site.requests.append(("network", path))
        if path == "/robots.txt":
            return self._send(200, "text/plain", b"User-agent: *\nDisallow: /media_proxy/\n")
        if not path.startswith("/api/v1/timelines/tag/"):
            return self._send(404, "application/json", b'{"error":"Record not found"}')
        now = datetime.now(UTC)
        left = site.left(now)
        reset = (site.asked[0] if site.asked else now) + timedelta(minutes=5)
        headers = {
            "X-RateLimit-Limit": str(site.rate),
            "X-RateLimit-Remaining": str(max(0, left)),
            "X-RateLimit-Reset": reset.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        }
        if left < 0:
            return self._send(429, "application/json", b'{"error":"Too many requests"}', headers)
        body, link = site.status(path.rsplit("/", 1)[-1], dict(parse_qsl(parts.query)))
        return self._send(200, "application/json; charset=utf-8", body, headers | ({"Link": link} if link else {}))


class _Control(_Handler):
    """The desk of whoever runs the exercise, at 127.0.0.1."""

    def do_GET(self) -> None:
        """The night and the truth."""
        self._send(200, "application/json", json.dumps({"night": self.server.site.night, "truth": self.server.site.truth()}).encode())

    def do_POST(self) -> None:
        """``/advance``: a night later."""
        if urlsplit(self.path).path == "/advance":
            return self._send(200, "application/json", json.dumps({"night": self.server.site.advance()}).encode())
        return self._send(404, "application/json", b"{}")


def _places() -> Iterator[tuple[int, type[_Handler], Outlet | None]]:
    yield 1, _Control, None
    yield country.SOCIAL_OCTET, _Network, None
    for outlet in country.OUTLETS:
        yield outlet.octet, _Press, outlet


def _bound(port: int) -> list[_Server]:
    """One server at each address, all on one port; raises OSError if it is taken anywhere."""
    made: list[_Server] = []
    try:
        for octet, handler, outlet in _places():
            server = _Server((f"127.0.0.{octet}", port or (made[0].server_address[1] if made else 0)), handler)
            server.outlet = outlet
            made.append(server)
    except OSError:
        for server in made:
            server.server_close()
        raise
    return made


def _servers(port: int) -> list[_Server]:
    for wanted in (port, 0, 0, 0, 0, 0):
        try:
            return _bound(wanted)
        except OSError as error:
            last = error
    raise last


@contextmanager
def serve(world: World, night: int = 1, port: int = 0, rate: int = RATE) -> Iterator[Site]:
    """Serve ``world`` as of ``night`` while the block runs. ``port`` 0 takes a free one; a taken one is replaced by a free one.

    ``rate``: requests that the post network answers in five minutes. Raises OSError where 127.0.0.2 and its like cannot be bound.
    """
    servers = _servers(port)
    site = Site(world, night, int(servers[0].server_address[1]), rate)
    threads = []
    for server in servers:
        server.site = site
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        threads.append(thread)
    try:
        yield site
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join(5)


def main(arguments: list[str]) -> None:
    """Serve until Ctrl-C, and write the election into the workspace that is named, if one is."""
    with serve(make(datetime.now(UTC)), port=PORT) as site:
        if arguments:
            print(f"election written: {site.write_election(Path(arguments[0]))}")
        print(f"serving at 127.0.0.11 to 127.0.0.{country.SOCIAL_OCTET}, port {site.port}; next night: curl -X POST {site.base(1)}/advance")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main(sys.argv[1:])
