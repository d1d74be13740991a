"""Posts under hashtags on a Mastodon instance, by its public API.

`urls` are addresses of instances, read for every tag of the option `tags`, or of one tag there (`https://mastodon.example/tags/btw25`).
Options: `tags`, `domain` (the name in the instance's account addresses, if it is not its web address), `overlap_hours` (6).
Posts of accounts that do not want to be indexed are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from crawlers.parse_mastodon import cursor, later, post, snowflake, snowflake_time, status_id, statuses
from crawlers.parse_social import hashtag, loads, moment, text_at
from crawlers.social import kept, onward, overlap
from crawlers.steps import Fetch, Note, Page, Remember, Step
from models.errors import UsageError
from models.protocols import Memory
from models.records import Document, Source
from models.settings import Settings

LIMIT = 40
"""Posts of one answer: the most that the API gives."""
SIGNED_IN_ONLY = frozenset({401, 422})


@dataclass(frozen=True, slots=True)
class Walk:
    """A way through one timeline. ``at``: the id asked for last; ``mark``: the id remembered; ``left``: requests that may follow."""

    base: str
    tag: str
    left: int
    at: str = ""
    mark: str = ""

    @property
    def home(self) -> str:
        """The instance's host, with a port that is not the scheme's own."""
        return urlsplit(self.base).netloc

    @property
    def key(self) -> str:
        """Where the memory keeps ``mark``."""
        return f"min_id:{self.home}:{self.tag}"


class Access:
    """Walks each tag's timeline from old to new (``min_id``), so that what is remembered never lies ahead of what is on disk.

    The first time it begins ``crawl.max_age_days`` ago: Mastodon's ids hold a time, so one can be made for that day. Other servers with
    the same API have ids without a time: there the first walk goes from new to old, and nothing is remembered before it has ended.
    Later nights begin ``overlap_hours`` before the remembered id: a post that another server delivered late gets an id by its date.
    """

    def __init__(self, source: Source, memory: Memory, options: Settings) -> None:
        self._source, self._memory = source, memory
        self._days: int = options["crawl.max_age_days"]
        self._pages: int = options["crawl.max_pages"]
        self._domain: str = str(source.options.get("domain", ""))
        self._overlap = overlap(source)

    def start(self) -> Iterator[Step]:
        """One walk for each timeline; the requests allowed are shared out evenly."""
        timelines = tuple(dict.fromkeys(_timelines(self._source.urls, self._source.options.get("tags", ()))))
        if not timelines:
            raise UsageError("names no hashtag", where=self._source.name, hint="give `tags` in its options, or an address with /tags/")
        for base, tag in timelines:
            mark = self._memory.get(self._source.name, f"min_id:{urlsplit(base).netloc}:{tag}") or ""
            walk = Walk(base, tag, max(2, self._pages // len(timelines)), mark=mark)
            yield self._ask(replace(walk, at=self._behind(mark)), self.forward) if mark else self._ask(walk, self.newest)

    def newest(self, page: Page) -> Iterable[Step]:
        """The first answer of all: tells which kind of ids this server has."""
        walk, found = _read(page)
        if page.status in SIGNED_IN_ONLY or not found:
            return self._nothing(page, walk)
        if snowflake_time(_newest_id(page, found)) is None:
            return self.backward(page)
        oldest = snowflake(page.received - timedelta(days=self._days)) if self._days else "1"
        return onward(page, self._ask(replace(walk, at=oldest), self.forward))

    def forward(self, page: Page) -> Iterator[Step]:
        """The posts that follow ``min_id``, then the question for those that follow them."""
        walk, found = _read(page)
        if page.status in SIGNED_IN_ONLY or not found:
            yield from self._nothing(page, walk)
            return
        yield from kept(reversed(found), lambda item: self._document(item, walk, page.received))
        here = _newest_id(page, found)
        if not later(here, walk.at):
            yield Note("paging-stuck", f"#{walk.tag}: the server gives the same posts again", page.url)
            return
        if later(here, walk.mark) and (snowflake_time(here) or page.received) <= page.received + timedelta(days=1):
            walk = replace(walk, mark=here)
            yield Remember(walk.key, here)
        yield from self._rest(page, replace(walk, at=here), self.forward)

    def backward(self, page: Page) -> Iterator[Step]:
        """The posts before ``max_id``; what is remembered at the end is the newest id, kept in ``mark`` on the way."""
        walk, found = _read(page)
        young = [item for item in found if self._young(item, page.received)]
        yield from kept(young, lambda item: self._document(item, walk, page.received))
        walk = replace(walk, mark=walk.mark or _newest_id(page, found))
        here = cursor(page.headers, "next") if young else ""
        if here and here != walk.at and walk.left > 1:
            yield from onward(page, self._ask(replace(walk, at=here, left=walk.left - 1), self.backward, "max_id"))
            return
        if here:
            yield Note("", f"#{walk.tag}: posts before {here} are left out (crawl.max_pages)")
        if walk.mark:
            yield Remember(walk.key, walk.mark)

    def _rest(self, page: Page, walk: Walk, callback: Any) -> Iterator[Step]:
        if walk.left <= 1:
            yield Note("", f"#{walk.tag}: the rest waits for the next scan (crawl.max_pages)")
        else:
            yield from onward(page, self._ask(replace(walk, left=walk.left - 1), callback))

    def _ask(self, walk: Walk, callback: Any, by: str = "min_id") -> Fetch:
        url = f"{walk.base}/api/v1/timelines/tag/{quote(walk.tag, safe='')}?limit={LIMIT}" + (f"&{by}={walk.at}" if walk.at else "")
        return Fetch(url, callback, kind="api", expect=SIGNED_IN_ONLY, meta={"walk": walk})

    def _nothing(self, page: Page, walk: Walk) -> Iterator[Step]:
        if page.status in SIGNED_IN_ONLY:
            yield Note("needs-token", f"{walk.home} shows its timelines only to people who are signed in", page.url)
        elif not walk.mark and not walk.at:
            yield Note("", f"#{walk.tag}: no posts at {walk.home}")

    def _document(self, item: Any, walk: Walk, received: datetime) -> Document:
        return post(item, source=self._source.name, home=self._domain or walk.home, received=received)

    def _young(self, item: Any, received: datetime) -> bool:
        published = moment(text_at(item, "created_at"), received)
        return not self._days or published is None or published >= received - timedelta(days=self._days)

    def _behind(self, mark: str) -> str:
        made = snowflake_time(mark)
        return snowflake(made - self._overlap) if made else mark


def _read(page: Page) -> tuple[Walk, Sequence[Any]]:
    found = [] if page.status in SIGNED_IN_ONLY else statuses(loads(page.body, page.url), page.url)
    return page.meta["walk"], found


def _newest_id(page: Page, found: Sequence[Any]) -> str:
    ids = [status_id(item) for item in found]
    return cursor(page.headers, "prev") or max(ids, key=lambda i: (len(i), i), default="")


def _timelines(urls: Iterable[str], tags: Any) -> Iterator[tuple[str, str]]:
    wanted = [hashtag(tag) for tag in tags if isinstance(tag, str)] if isinstance(tags, list | tuple) else []
    for url in urls:
        parts = urlsplit(url)
        path, _, tag = parts.path.partition("/tags/")
        base = f"{parts.scheme}://{parts.netloc.lower()}"
        for name in [hashtag(unquote(tag.strip("/")))] if tag else wanted:
            if name and not path.strip("/"):
                yield base, name
