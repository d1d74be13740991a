"""News sitemaps (Google's extension): the articles of the last days with title, language and publication date.

``urls`` are sitemaps or index files, plain or gzipped; a homepage means the sitemaps its robots.txt names, those with ``news`` in their
address if there are any. Entries without the news extension are left out.
"""

from __future__ import annotations

from crawlers.spiders._sitemaps import Sitemaps


class Access(Sitemaps):
    """News sitemaps to articles."""

    news = True
