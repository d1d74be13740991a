"""XML sitemaps: every listed page that is young enough is fetched and its article kept.

``urls`` are sitemaps or index files, plain or gzipped; a homepage means the sitemaps its robots.txt names. ``lastmod`` only decides what is
too old to look at, it never becomes a publication date. For news outlets the access ``news_sitemap`` is better.
"""

from __future__ import annotations

from crawlers.spiders._sitemaps import Sitemaps


class Access(Sitemaps):
    """Sitemaps to articles."""
