"""How the sites of the exercise say what they have: RSS, Atom, sitemaps, news sitemaps, robots.txt."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from email.utils import format_datetime
from html import escape

from demo.country import Outlet
from demo.world import Article

LISTED = {
    "rss": "/rss.xml",
    "atom": "/atom.xml",
    "news_sitemap": "/news-sitemap.xml",
    "news_sitemap_gz": "/news-sitemap.xml.gz",
    "sitemap": "/sitemap.xml",
    "sitemap_index": "/sitemap-index.xml",
}
"""Where each kind of listing lies."""
ACCESS = {
    "rss": "feed",
    "atom": "feed",
    "news_sitemap": "news_sitemap",
    "news_sitemap_gz": "news_sitemap",
    "sitemap": "sitemap",
    "sitemap_index": "sitemap",
}
"""The access kind that reads it."""


def robots(outlet: Outlet, base: str) -> str:
    """The site's robots.txt."""
    lines = ["User-agent: *", *([outlet.robots] if outlet.robots else ["Allow: /"])]
    return "\n".join([*lines, "", f"Sitemap: {base}{LISTED[outlet.access]}" if "sitemap" in outlet.access else "", ""])


def rss(outlet: Outlet, base: str, pages: Sequence[Article]) -> bytes:
    """RSS 2.0, newest first."""
    items = "".join(
        f"<item><title>{escape(p.title)}</title><link>{base}{p.path}</link><guid>{base}{p.path}</guid>"
        f"<pubDate>{format_datetime(p.published)}</pubDate><description>{escape(p.paragraphs[0])}</description></item>\n"
        for p in pages
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>{escape(outlet.name)}</title><link>{base}/</link><description>{escape(outlet.name)}</description>"
        f"<language>{outlet.language}</language>\n{items}</channel></rss>\n"
    ).encode()


def atom(outlet: Outlet, base: str, pages: Sequence[Article]) -> bytes:
    """Atom 1.0, newest first."""
    items = "".join(
        f'<entry><title>{escape(p.title)}</title><id>{base}{p.path}</id><link href="{base}{p.path}"/>'
        f"<published>{p.published.isoformat()}</published><updated>{p.published.isoformat()}</updated>"
        f"<author><name>{escape(p.author)}</name></author><summary>{escape(p.paragraphs[0])}</summary></entry>\n"
        for p in pages
    )
    updated = pages[0].published.isoformat() if pages else "2026-01-01T00:00:00+00:00"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">'
        f"<title>{escape(outlet.name)}</title><id>{base}/</id><updated>{updated}</updated>\n{items}</feed>\n"
    ).encode()


def news_sitemap(outlet: Outlet, base: str, pages: Sequence[Article]) -> bytes:
    """A sitemap with Google's news extension."""
    items = "".join(
        f"<url><loc>{base}{p.path}</loc><news:news><news:publication><news:name>{escape(outlet.name)}</news:name>"
        f"<news:language>{p.language}</news:language></news:publication><news:publication_date>{p.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(p.title)}</news:title></news:news></url>\n"
        for p in pages
    )
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {spaces}>\n{items}</urlset>\n'.encode()


def sitemap(base: str, pages: Sequence[Article]) -> bytes:
    """A plain sitemap with the dates of last change."""
    items = "".join(f"<url><loc>{base}{p.path}</loc><lastmod>{p.published.isoformat()}</lastmod></url>\n" for p in pages)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{items}</urlset>\n'.encode()
    )


def sitemap_index(base: str, pages: Sequence[Article]) -> bytes:
    """An index of one gzipped sitemap for each month."""
    months = sorted({f"{p.published:%Y-%m}" for p in pages})
    items = "".join(f"<sitemap><loc>{base}/sitemap-{month}.xml.gz</loc></sitemap>\n" for month in months)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{items}</sitemapindex>\n'.encode()


def listing(outlet: Outlet, path: str, base: str, pages: Sequence[Article]) -> tuple[str, bytes] | None:
    """Content type and body of the listing at ``path``, or None if it is none of this outlet's. ``pages``: newest first."""
    if outlet.access == "sitemap_index" and path.startswith("/sitemap-2") and path.endswith(".xml.gz"):
        month = path.removeprefix("/sitemap-").removesuffix(".xml.gz")
        return "application/gzip", gzip.compress(sitemap(base, [p for p in pages if f"{p.published:%Y-%m}" == month]), mtime=0)
    if path != LISTED[outlet.access]:
        return None
    if outlet.access == "rss":
        return "application/rss+xml; charset=utf-8", rss(outlet, base, pages)
    if outlet.access == "atom":
        return "application/atom+xml; charset=utf-8", atom(outlet, base, pages)
    if outlet.access == "sitemap":
        return "application/xml", sitemap(base, pages)
    if outlet.access == "sitemap_index":
        return "application/xml", sitemap_index(base, pages)
    body = news_sitemap(outlet, base, pages)
    return ("application/gzip", gzip.compress(body, mtime=0)) if outlet.access.endswith("_gz") else ("application/xml", body)
