"""RSS and Atom feeds: every entry's page is fetched and its article kept.

``urls`` are the feeds. A feed that has not changed since the last scan is not sent again by sites that support it (ETag,
If-Modified-Since). Dates come from the feed, also where it writes them in French or German words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from crawlers.dates import zone_of
from crawlers.parse_feed import MOST_ENTRIES, articles, fresh
from crawlers.steps import Fetch, Note, Page, Remember, Step
from models.protocols import Memory
from models.records import Source
from models.settings import Settings


class Access:
    """Feeds to articles."""

    def __init__(self, source: Source, memory: Memory, options: Settings) -> None:
        self.source, self.memory = source, memory
        self.days: int = options["crawl.max_age_days"]

    def start(self) -> Iterable[Step]:
        """One request for each feed, conditional if it was read before."""
        for url in self.source.urls:
            kept = json.loads(self.memory.get(self.source.name, f"feed:{url}") or "{}")
            headers = {name: kept[name] for name in ("If-None-Match", "If-Modified-Since") if kept.get(name)}
            yield Fetch(url, self.feed, headers, kind="feed", expect=frozenset({304}), meta={"listed": kept.get("listed", 0)})

    def feed(self, page: Page) -> Iterator[Step]:
        """The entries that are young enough."""
        if page.status == 304:
            yield Note("", "unchanged since the last scan", page.url, known=page.meta["listed"])
            return
        found = articles(page.body, page.url, page.headers.get("content-type", ""), zone_of(self.source.country))
        young = fresh(found, page.received, self.days)
        yield from young
        if len(found) >= MOST_ENTRIES:
            yield Note("", f"of its entries only the first {MOST_ENTRIES:,} are read", page.url)
        if not found:
            yield Note("", "the feed has no entries", page.url)
        elif not young:
            yield Note("", f"all {len(found)} entries are older than {self.days} days", page.url)
        yield Remember(f"feed:{page.asked}", _validators(page, len(young)))


def _validators(page: Page, listed: int) -> str:
    headers = {"If-None-Match": page.headers.get("etag", ""), "If-Modified-Since": page.headers.get("last-modified", "")}
    return json.dumps({"listed": listed} | {name: value for name, value in headers.items() if value})
