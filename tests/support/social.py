"""Networks for tests: a Mastodon instance whose timelines behave like the real one's, and a real Bluesky server.

No Mastodon server can be had from a package registry, so :class:`Mastodon` follows its source: ``app/models/concerns/paginable.rb``
(which posts ``max_id``, ``since_id`` and ``min_id`` give), ``api/v1/timelines/tag_controller.rb`` (Link header, none for an empty answer),
``rack_attack.rb`` (429 without Retry-After, X-RateLimit headers), ``lib/mastodon/snowflake.rb`` (an id from the post's own date).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest

from tests.support.crawl import Reply, Site

BLUESKY = Path(__file__).resolve().parent / "bluesky"
NOW = datetime.now(UTC).replace(microsecond=0)


def snowflake(when: datetime, sequence: int = 0) -> int:
    return (int(when.timestamp() * 1000) << 16) + sequence


def status(number: int, when: datetime, tag: str = "btw25", **more: Any) -> dict[str, Any]:
    """A status as the API shows it, all fields that matter and some that do not."""
    user = more.pop("user", f"user{number % 7}")
    host = more.pop("host", "social.example")
    html = more.pop(
        "content", f'<p>Post {number} <a href="https://social.example/tags/{tag}" class="mention hashtag" rel="tag">#{tag}</a></p>'
    )
    return {
        "id": str(snowflake(when, number)),
        "created_at": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "edited_at": None,
        "in_reply_to_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "de",
        "uri": f"https://{host}/users/{user}/statuses/{number}",
        "url": f"https://{host}/@{user}/{number}",
        "replies_count": 0,
        "content": html,
        "reblog": None,
        "account": {
            "id": str(1000 + number % 7),
            "username": user,
            "acct": user if host == "social.example" else f"{user}@{host}",
            "display_name": user.title(),
            "bot": False,
            "discoverable": True,
            "indexable": True,
            "uri": f"https://{host}/users/{user}",
            "url": f"https://{host}/@{user}",
        },
        "media_attachments": [],
        "mentions": [],
        "tags": [{"name": tag, "url": f"https://social.example/tags/{tag}"}],
        "card": None,
    } | more


class Mastodon(Site):
    """An instance: ``posts`` (JSON), found by their tags; ``allowed`` requests in ``period`` seconds; ``slow`` seconds per answer."""

    def __init__(self) -> None:
        super().__init__()
        self.posts: list[Any] = []
        self.allowed, self.period, self.slow = 300, 300.0, 0.0
        self.retry_after: int | None = None
        self.refused = 0
        self.instead: dict[int, Reply] = {}  # number of the timeline request (from 1) to what is answered in place of posts
        self.link_host = ""
        self._window: tuple[int, int] = (0, 0)
        self.asked_timelines: list[dict[str, str]] = []

    def add(self, *posts: Any) -> None:
        self.posts.extend(posts)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        if parts.path.startswith("/api/v1/timelines/tag/"):
            reply = self._timeline(unquote(parts.path.rpartition("/")[2]), {k: v[0] for k, v in parse_qs(parts.query).items()})
            self.routes = {request.path: reply}
        super().answer(request)

    def _timeline(self, tag: str, asked: dict[str, str]) -> Reply:
        self.asked_timelines.append({"tag": tag} | asked)
        time.sleep(self.slow)
        headers, over = self._rate()
        if over:
            self.refused += 1
            return Reply(b'{"error":"Too many requests"}', 429, headers)
        odd = self.instead.get(len(self.asked_timelines))
        if odd is not None:
            return Reply(odd.body, odd.status, headers | odd.headers)
        found = self._found(tag, asked)
        if found:
            headers["Link"] = self._link(tag, asked, found)
        return Reply(_json(found), 200, headers | {"Content-Type": "application/json; charset=utf-8"})

    def _found(self, tag: str, asked: dict[str, str]) -> list[Any]:
        limit = min(40, int(asked.get("limit", 20)))
        mine = sorted((p for p in self.posts if any(t["name"] == tag for t in p["tags"])), key=lambda p: _order(p["id"]))
        for key in ("max_id", "since_id", "min_id"):
            if key in asked:
                mine = [p for p in mine if (_order(p["id"]) < _order(asked[key])) == (key == "max_id") and p["id"] != asked[key]]
        chosen = mine[:limit] if "min_id" in asked else mine[-limit:]
        return chosen[::-1]

    def _link(self, tag: str, asked: dict[str, str], found: list[Any]) -> str:
        base = f"{self.link_host or self.url}/api/v1/timelines/tag/{quote(tag)}?limit={asked.get('limit', 20)}"
        return f'<{base}&max_id={found[-1]["id"]}>; rel="next", <{base}&min_id={found[0]["id"]}>; rel="prev"'

    def _rate(self) -> tuple[dict[str, str], bool]:
        now = time.time()
        window = int(now // self.period)
        self._window = (window, self._window[1] + 1) if self._window[0] == window else (window, 1)
        reset = datetime.fromtimestamp((window + 1) * self.period, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        left = self.allowed - self._window[1]
        headers = {"X-RateLimit-Limit": str(self.allowed), "X-RateLimit-Remaining": str(max(0, left)), "X-RateLimit-Reset": reset}
        if left < 0 and self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return headers, left < 0


def _order(number: str) -> tuple[int, str]:
    return len(number), number


def _json(found: list[Any]) -> bytes:
    # a post may hold, under "raw", the very JSON that is sent in its place
    return ("[" + ",".join(p.get("raw") or json.dumps(p) for p in found) + "]").encode("utf-8", "surrogatepass")


@contextmanager
def mastodon() -> Iterator[Mastodon]:
    made = Mastodon()
    try:
        yield made
    finally:
        made.close()


class Bluesky:
    """A running directory and server, and the calls that a client makes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        addresses = json.loads(process.stdout.readline() or "{}")
        self.plc, self.pds = addresses["plc"], addresses["pds"]

    def call(self, method: str, data: Any = None, token: str = "", kind: str = "application/json", **query: str) -> Any:
        """One XRPC call: GET without ``data``, POST with it."""
        url = f"{self.pds}/xrpc/{method}?" + "&".join(f"{k}={quote(v)}" for k, v in query.items())
        body = data if isinstance(data, bytes | None) else json.dumps(data).encode()
        headers = ({"Content-Type": kind} if body is not None else {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
            return json.loads(answer.read() or "null")

    def account(self, name: str) -> Account:
        data = {"handle": f"{name}.test", "email": f"{time.monotonic_ns()}@example.test", "password": "a long one"}
        made = self.call("com.atproto.server.createAccount", data)
        return Account(self, made["did"], f"{name}.test", made["accessJwt"])


class Account:
    """Somebody with an account on the server."""

    def __init__(self, network: Bluesky, did: str, handle: str, token: str) -> None:
        self.network, self.did, self.handle, self.token = network, did, handle, token

    def create(self, record: dict[str, Any], collection: str = "app.bsky.feed.post", **more: Any) -> dict[str, Any]:
        data = {"repo": self.did, "collection": collection, "record": {"$type": collection} | record} | more
        return self.network.call("com.atproto.repo.createRecord", data, self.token)

    def post(self, text: str, when: datetime | None = None, **more: Any) -> dict[str, Any]:
        return self.create({"text": text, "createdAt": stamp(when or datetime.now(UTC))} | more)

    def posts(self, texts: list[str]) -> None:
        """Many posts in one write."""
        for start in range(0, len(texts), 100):
            writes = [
                {
                    "$type": "com.atproto.repo.applyWrites#create",
                    "collection": "app.bsky.feed.post",
                    "value": {"$type": "app.bsky.feed.post", "text": text, "createdAt": stamp(datetime.now(UTC))},
                }
                for text in texts[start : start + 100]
            ]
            self.network.call("com.atproto.repo.applyWrites", {"repo": self.did, "writes": writes}, self.token)

    def delete(self, uri: str) -> None:
        _, _, _, collection, rkey = uri.split("/")
        self.network.call("com.atproto.repo.deleteRecord", {"repo": self.did, "collection": collection, "rkey": rkey}, self.token)


def stamp(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@contextmanager
def bluesky() -> Iterator[Bluesky]:
    """A real network; the test is skipped, with the reason, where node or its packages are absent."""
    folder = Path(os.environ.get("TOCSIN_BLUESKY", BLUESKY))
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if not (folder / "node_modules" / "@atproto" / "dev-env").is_dir():
        pytest.skip(f"no node_modules in {folder}: run `npm ci` there, or name a folder that has them in TOCSIN_BLUESKY")
    # node looks for packages from where the script lies, so it is read from the standard input's place: the folder with the modules
    command = ["node", "--input-type=module", "--eval", (BLUESKY / "server.mjs").read_text("utf-8")]
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Bluesky(process)
    finally:
        process.stdin.close()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
