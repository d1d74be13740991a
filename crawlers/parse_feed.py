"""RSS and Atom into articles: feedparser on bytes, with our own dates where it gives up (``lun., 23 nov. 2026``). Pure."""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from crawlers.causes import Lost
from crawlers.charset import decode
from crawlers.dates import When, parse, plausible
from crawlers.sniff import joined
from crawlers.steps import Article

MOST_ENTRIES = 2_000
"""Entries of one feed that are read, the first ones."""
_ROOT = re.compile(r"<(?:\w+:)?(rss|feed|rdf)\b", re.IGNORECASE)
_HTML = re.compile(r"<(!doctype html|html|head|body)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^>]{0,200}>")


def articles(body: bytes, url: str, content_type: str, zone: tzinfo) -> list[Article]:
    """The entries that have an address, in the order of the feed.

    Raises Lost ``not-a-feed`` for HTML or anything else that is none.
    Dates are kept as they are told, absurd ones too: extraction refuses and counts those.
    """
    text = decode(body, content_type)
    head = text[:4096]
    if not _ROOT.search(head):
        what = "an HTML page" if _HTML.search(head) else "something else"
        raise Lost(
            "not-a-feed", f"is {what}, not RSS or Atom: the address of the feed has changed, or a consent page is in the way", where=url
        )
    import feedparser

    # decoded here (feedparser trusts a wrong charset header) and handed over as UTF-8 without the declaration that may contradict it
    clean = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text, count=1)
    parsed = feedparser.parse(
        io.BytesIO(clean.encode("utf-8", "replace")), response_headers={"content-type": "application/xml; charset=utf-8"}
    )
    language = str(parsed.feed.get("language", ""))
    return list(_found(parsed.entries[:MOST_ENTRIES], url, language, zone))


def fresh(found: list[Article], now: datetime, days: int) -> list[Article]:
    """Those not older than ``days`` (0: all), and those whose date is missing or absurd."""
    oldest = now - timedelta(days=days) if days else datetime.min.replace(tzinfo=UTC)
    return [a for a in found if a.published is None or a.published >= oldest or not plausible(a.published, now)]


def _found(entries: list[Any], base: str, language: str, zone: tzinfo) -> Iterator[Article]:
    for entry in entries:
        link = _link(entry)
        if not link:
            continue
        when = _when(entry, zone)
        yield Article(
            url=joined(base, link),
            title=" ".join(_TAG.sub(" ", str(entry.get("title", ""))).split())[:1000],
            published=when.moment if when else None,
            date_source="feed" + when.vague if when else "",
            language=str(entry.get("language", "") or language)[:16],
        )


def _link(entry: Any) -> str:
    for link in entry.get("links", []):
        if link.get("rel", "alternate") == "alternate" and link.get("href"):
            return str(link["href"])
    named = str(entry.get("id", ""))
    return str(entry.get("link", "")) or (named if named.startswith(("http://", "https://")) else "")


def _when(entry: Any, zone: tzinfo) -> When | None:
    for field in ("published", "created", "updated"):
        said = str(entry.get(field, ""))
        found = parse(said, zone) if said else None
        if found is None and said and entry.get(f"{field}_parsed"):
            found = _parts(entry[f"{field}_parsed"])
        if found is not None:
            return found
    return None


def _parts(parts: Any) -> When | None:
    try:
        return When(datetime.fromtimestamp(timegm(parts), UTC), "-local")
    except (ValueError, TypeError, OverflowError):
        return None
