"""What the two sitemap accesses share: index files, robots.txt, what is too old, what has not changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawlers.causes import Lost
from crawlers.dates import parse, plausible, zone_of
from crawlers.parse_sitemap import Entry, read
from crawlers.sniff import joined
from crawlers.steps import Article, Fetch, Note, Page, Remember, Step
from models.protocols import Memory
from models.records import Source
from models.settings import Settings

DEPTH = 3
"""Index files in index files that are followed."""
MOST_FILES = 200
"""Sitemap files of one source in one scan."""


class Sitemaps:
    """Sitemaps to articles; ``news``: only entries with the news extension count, and their date is believed."""

    news = False

    def __init__(self, source: Source, memory: Memory, options: Settings) -> None:
        self.source, self.memory = source, memory
        self.days: int = options["crawl.max_age_days"]
        self.zone = zone_of(source.country)
        self.asked: set[str] = set()

    def start(self) -> Iterable[Step]:
        """The sitemaps, or for a homepage the ones that its robots.txt names."""
        for url in self.source.urls:
            if urlsplit(url).path in ("", "/"):
                yield Fetch(joined(url, "/robots.txt"), self.robots, kind="api", expect=frozenset({404, 410}))
            else:
                yield from self._ask(url, 0)

    def robots(self, page: Page) -> Iterator[Step]:
        """The ``Sitemap:`` lines of a robots.txt."""
        lines = (line.partition(":") for line in page.text.splitlines())
        named = [joined(page.url, value) for key, _, value in lines if key.strip().lower() == "sitemap" and value.strip()]
        wanted = [url for url in named if not self.news or "news" in url.lower()] or named
        if page.status != 200 or not wanted:
            yield Note("no-sitemap", "robots.txt names no sitemap; give its address in the source's urls", page.url)
        for url in wanted:
            yield from self._ask(url, 0)

    def _ask(self, url: str, depth: int) -> Iterator[Step]:
        if url in self.asked:
            return
        if len(self.asked) >= MOST_FILES:
            yield Note("too-many-sitemaps", f"more than {MOST_FILES} files", url)
            return
        self.asked.add(url)
        kept = json.loads(self.memory.get(self.source.name, f"sitemap:{url}") or "{}")
        headers = {name: kept[name] for name in ("If-None-Match", "If-Modified-Since") if kept.get(name)}
        meta = {"depth": depth, "listed": kept.get("listed", 0)}
        yield Fetch(url, self.sitemap, headers, kind="sitemap", expect=frozenset({304}), meta=meta)

    def sitemap(self, page: Page) -> Iterator[Step]:
        """The files of an index, or the pages of a sitemap."""
        if page.status == 304:
            yield Note("", "unchanged since the last scan", page.url, known=page.meta["listed"])
            return
        found = read(page.body, page.url)
        if found.broken:
            yield Note("broken-xml", f"read up to a mistake: {found.broken}", page.url)
        if not found.entries:
            yield Note("empty-sitemap", "the sitemap lists nothing", page.url)
        elif found.index:
            yield from self._index(found.entries, page)
        else:
            yield from self._pages(found.entries, page, complete=not found.broken)

    def _index(self, entries: list[Entry], page: Page) -> Iterator[Step]:
        depth = page.meta["depth"] + 1
        young = [entry for entry in entries if not self._old(entry.lastmod, page.received)]
        if depth > DEPTH:
            raise Lost("too-many-sitemaps", f"index files more than {DEPTH} deep", where=page.url)
        if not young:
            yield Note("", f"all {len(entries)} sitemaps of the index are older than {self.days} days", page.url)
        for entry in sorted(young, key=lambda entry: entry.lastmod, reverse=True):  # the newest first, in case there are too many
            yield from self._ask(joined(page.url, entry.url), depth)

    def _pages(self, entries: list[Entry], page: Page, *, complete: bool) -> Iterator[Step]:
        wanted = [entry for entry in entries if not self.news or entry.published or entry.title]
        young = [entry for entry in wanted if not self._old(entry.published or entry.lastmod, page.received)]
        yield from (self._article(entry, page) for entry in sorted(young, key=lambda e: e.published or e.lastmod, reverse=True))
        if not wanted:
            yield Note("not-news", "no entry has the news extension; use the access sitemap for this address", page.url)
        elif not young:
            yield Note("", f"all {len(wanted)} entries are older than {self.days} days", page.url)
        if complete:
            headers = {"If-None-Match": page.headers.get("etag", ""), "If-Modified-Since": page.headers.get("last-modified", "")}
            kept = {"listed": len(young)} | {name: value for name, value in headers.items() if value}
            yield Remember(f"sitemap:{page.asked}", json.dumps(kept))

    def _article(self, entry: Entry, page: Page) -> Article:
        when = parse(entry.published, self.zone) if entry.published else None
        # lastmod is no publication date: it says when a template was touched
        return Article(
            url=joined(page.url, entry.url),
            title=entry.title[:1000],
            published=when.moment if when else None,
            date_source="sitemap" + when.vague if when else "",
            language=entry.language[:16],
        )

    def _old(self, said: str, now: datetime) -> bool:
        when = parse(said, self.zone) if said and self.days else None
        if when is None or not plausible(when.moment, now):
            return False
        return when.moment < now - timedelta(days=self.days + (1 if when.vague else 0))
