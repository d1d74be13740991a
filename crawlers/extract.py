"""A page's bytes into a Document: title, text, date, language, links. Pure: no network, no clock; trafilatura and htmldate do the reading.

Text: trafilatura 2.3 with ``favor_precision`` (boilerplate makes false matches later). Date: what the feed or sitemap said, then JSON-LD,
then htmldate in its fast mode (its extensive mode never says "unknown" and is wrong on 13 % of pages).
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from crawlers.charset import decode
from crawlers.dates import When, parse, plausible, zone_of
from crawlers.jsonld import Described, describe
from crawlers.sniff import joined
from models.codec import Record
from models.errors import SkipRecord
from models.records import Document, article_id
from models.urls import canonical, host

LEAST_TEXT = 80
"""Characters below which a page counts as one without text."""
MOST_LINKS = 500
MOST_CHILDREN = 60
"""Elements directly in a block above which it is layout, not a paragraph."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(?=[-_]|$)")
_BLOCKS = ("p", "li", "blockquote", "td", "h1", "h2", "h3", "h4", "figcaption", "div")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Record):
    """What is known of a page before it is read. ``url`` is where it was found after redirects; the rest are hints."""

    url: str
    source: str
    received: datetime
    content_type: str = ""
    title: str = ""
    published: datetime | None = None
    date_source: str = ""
    language: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Extracted:
    """The document, and what was odd on the way (``absurd-date``), counted."""

    document: Document
    odd: Counter[str] = field(default_factory=Counter)


def extract(body: bytes, job: Job) -> Extracted:
    """The article in ``body``. Raises SkipRecord ``no-text`` for a page without one."""
    from trafilatura import bare_extraction
    from trafilatura.utils import load_html

    tree = load_html(decode(body, job.content_type))
    if tree is None:
        raise SkipRecord("no-text", where=job.url, hint="nothing that could be read as HTML")
    head = _Head(tree, job)
    found = bare_extraction(tree, url=job.url, favor_precision=True, include_comments=False, with_metadata=False)
    text = _clean(getattr(found, "text", None) or "")
    if len(text) < LEAST_TEXT:
        raise SkipRecord("no-text", where=job.url, hint=f"less than {LEAST_TEXT} characters of text")
    odd: Counter[str] = Counter()
    published, date_source = _dated(tree, head.described, job, odd)
    address = head.canonical()
    document = Document(
        id=article_id(address),
        kind="article",
        platform="web",
        source=job.source,
        fetched=job.received,
        url=job.url,
        canonical_url=address,
        account=host(address),
        account_name=head.site() or job.source,
        published=published,
        date_source=date_source,
        language=head.language(),
        title=head.title(),
        text=text,
        links=tuple(_links(tree, text, job.url, address)),
    )
    return Extracted(document, odd)


class _Head:
    """What the page says about itself outside its text."""

    def __init__(self, tree: Any, job: Job) -> None:
        self.tree, self.job = tree, job
        self.described = describe([node.text or "" for node in tree.iter("script") if "ld+json" in (node.get("type") or "").lower()])
        self.metas = self._metas()

    def _metas(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for node in self.tree.iter("meta"):
            name = (node.get("property") or node.get("name") or node.get("itemprop") or "").lower()
            if name and node.get("content"):
                found.setdefault(name, _line(node.get("content")))
        return found

    def title(self) -> str:
        """The headline: JSON-LD, Open Graph, the only h1, the title element, the hint."""
        heads = [text for text in (_line(node.text_content()) for node in self.tree.iter("h1")) if text]
        named = next((_line(node.text_content()) for node in self.tree.iter("title")), "")
        choices = (self.described.headline, self.metas.get("og:title", ""), heads[0] if len(heads) == 1 else "", named, self.job.title)
        return self._without_site(next((text for text in choices if text), ""))[:1000]

    def _without_site(self, title: str) -> str:
        site = self.site()
        short = re.sub(rf"\s+[-|–—•·]\s+{re.escape(site)}\s*$", "", title, flags=re.IGNORECASE) if site else title
        return short or title

    def site(self) -> str:
        """The name of the site."""
        return (self.metas.get("og:site_name") or self.described.site)[:200]

    def language(self) -> str:
        """The declared language as two or three letters, else the hint."""
        declared = self.tree.get("lang") or self.metas.get("og:locale") or self.metas.get("content-language") or self.job.language
        found = _LANGUAGE.match((declared or "").strip().lower())
        return found.group(0) if found else ""

    def canonical(self) -> str:
        """rel=canonical if it stays on the site and does not name the front page, else the address itself; in canonical form."""
        own = canonical(self.job.url)
        for node in self.tree.iter("link"):
            if "canonical" in (node.get("rel") or "").lower().split() and node.get("href"):
                named = canonical(joined(self.job.url, node.get("href")))
                if named and _same_site(host(named), host(own)) and not (_front(named) and not _front(own)):
                    return named
        return own


def _front(url: str) -> bool:
    return url.count("/") < 3


def _same_site(one: str, other: str) -> bool:
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def _line(text: str) -> str:
    return " ".join(html.unescape(text).split())


def _clean(text: str) -> str:
    return "\n".join(line for line in (" ".join(part.split()) for part in text.split("\n")) if line)


def _dated(tree: Any, described: Described, job: Job, odd: Counter[str]) -> tuple[datetime | None, str]:
    for when, name in _candidates(tree, described, job):
        if plausible(when.moment, job.received):
            return when.moment, name + when.vague
        odd["absurd-date"] += 1
    return None, ""


def _candidates(tree: Any, described: Described, job: Job) -> Iterator[tuple[When, str]]:
    if job.published is not None:
        yield When(job.published.astimezone(UTC)), job.date_source
    said = parse(described.published, zone_of(job.country)) if described.published else None
    if said is not None:
        yield said, "json-ld"
    from htmldate import find_date

    guessed = find_date(tree, extensive_search=False, original_date=True, url=job.url, max_date=job.received)
    if guessed:
        yield When(datetime.fromisoformat(guessed).replace(tzinfo=UTC)), "htmldate"


def _links(tree: Any, text: str, base: str, own: str) -> Iterator[str]:
    """Addresses, in canonical form, of the links in those blocks of the page that are part of its text."""
    lines, seen = set(text.split("\n")), {own, ""}
    parts: dict[Any, bool] = {}
    for node in tree.iter("a"):
        href = node.get("href") or ""
        if not href or href.startswith(("#", "javascript:", "mailto:", "tel:")):
            continue
        block = next((up for up in node.iterancestors() if up.tag in _BLOCKS), None)
        if block not in parts:
            parts[block] = (
                block is not None and len(block) <= MOST_CHILDREN and _part_of(" ".join(block.text_content().split()), lines, text)
            )
        target = canonical(joined(base, href)) if parts[block] else ""
        if target not in seen and len(seen) < MOST_LINKS:
            seen.add(target)
            yield target


def _part_of(said: str, lines: set[str], text: str) -> bool:
    return said in lines or (40 <= len(said) < 20_000 and said in text)
