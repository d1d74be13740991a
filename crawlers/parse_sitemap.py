"""Sitemaps into addresses: a small reader that keeps what Google's news extension says. Pure.

Safe on hostile XML: no entities are resolved, no DTD or network is used, lxml's own limits on depth and size stay on, and the file is read
as a stream, each element forgotten after it was looked at.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from crawlers.causes import Lost
from crawlers.unpack import gunzip

MOST_ADDRESSES = 50_000
"""The sitemap protocol's own limit for one file."""
UNPACKED = 52_428_800
NEWS = "news:"
_NEWS_SPACE = "http://www.google.com/schemas/sitemap-news/"


@dataclass(frozen=True, slots=True)
class Entry:
    """One address; dates as written, "" where nothing is said."""

    url: str
    lastmod: str = ""
    title: str = ""
    published: str = ""
    language: str = ""


@dataclass(slots=True)
class Sitemap:
    """``index``: the entries are sitemaps, not pages. ``broken``: what the parser said where it had to stop, or ""."""

    index: bool = False
    entries: list[Entry] = field(default_factory=list)
    broken: str = ""


def read(body: bytes, url: str = "") -> Sitemap:
    """The sitemap in ``body`` (XML, or that in gzip whatever it is called).

    Raises Lost: ``not-a-sitemap``, ``truncated``, ``too-large``. XML that breaks off keeps what came before, with ``broken`` set.
    """
    from lxml import etree

    found = Sitemap()
    seen_root = False
    try:
        for root, entry in _events(gunzip(body, UNPACKED)):
            seen_root, found.index = True, root == "sitemapindex"
            if entry is not None and entry.url:
                found.entries.append(entry)
            if len(found.entries) >= MOST_ADDRESSES:
                break
    except etree.XMLSyntaxError as error:
        found.broken = str(error)[:200]
    if not seen_root:
        raise Lost("not-a-sitemap", found.broken or "the XML is no urlset and no sitemapindex", where=url)
    return found


def _events(body: bytes) -> Iterator[tuple[str, Entry | None]]:
    from lxml import etree

    parser = etree.iterparse(
        io.BytesIO(body),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = ""
    for event, node in parser:
        name = _name(node)
        if not root:
            root = name
            if root not in ("urlset", "sitemapindex"):
                return
            yield root, None
        elif event == "end" and name in ("url", "sitemap") and node.getparent() is not None and node.getparent().getparent() is None:
            yield root, _entry(node)
            _forget(node)


def _forget(node: Any) -> None:
    node.clear()
    while node.getprevious() is not None:
        del node.getparent()[0]


def _name(node: Any) -> str:
    """The local name; those of the news namespace with ``news:`` in front."""
    space, _, name = str(node.tag).rpartition("}")
    return (NEWS if space[1:].startswith(_NEWS_SPACE) else "") + name


def _entry(node: Any) -> Entry:
    said: dict[str, str] = {}
    for part in node.iter():
        name = _name(part)
        if name in ("loc", "lastmod") and part.getparent() is not node:
            continue  # an image's or video's own address
        if isinstance(part.tag, str) and part.text and part.text.strip():
            said.setdefault(name, " ".join(part.text.split()))
    return Entry(
        said.get("loc", ""),
        said.get("lastmod", ""),
        said.get("news:title", ""),
        said.get("news:publication_date", ""),
        said.get("news:language", ""),
    )
