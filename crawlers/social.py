"""What the spiders of posts share: records one by one, and rest when a server says that no requests remain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from crawlers.causes import cause_of
from crawlers.hosts import PATIENCE
from crawlers.parse_social import pause
from crawlers.steps import Fetch, Note, Page, Pause, Step
from models.errors import SkipRecord, UsageError
from models.records import Document, Source


def kept(items: Iterable[Any], make: Callable[[Any], Document]) -> Iterator[Step]:
    """A Document of each item, or a Note for one that is lost; a post with an absurd date is kept without date, and noted."""
    for item in items:
        try:
            document = make(item)
        except SkipRecord as lost:
            yield Note(cause_of(lost), lost.hint, lost.where)
            continue
        yield document
        if document.published is None:
            yield Note("absurd-date", "the post is kept, without a time", document.url)


def overlap(source: Source) -> timedelta:
    """The option ``overlap_hours`` (6). Raises UsageError if it is no number from 0 to 8760."""
    hours = source.options.get("overlap_hours", 6)
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 <= hours <= 8760:
        raise UsageError(f"overlap_hours must be a number of hours, not {hours!r}", where=source.name)
    return timedelta(hours=hours)


def onward(page: Page, fetch: Fetch) -> Iterator[Step]:
    """``fetch``, after the rest that the page's rate limit asks for; a Note in its place if that is longer than a scan waits."""
    seconds = pause(page.headers, page.received)
    if seconds > PATIENCE:
        yield Note("rate-limit", f"no requests remain for {seconds:.0f} s; the next scan goes on from here", page.url)
        return
    if seconds > 0:
        yield Pause(page.url, seconds)
    yield fetch
