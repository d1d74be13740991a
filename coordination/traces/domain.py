"""A link to the same registered domain (public suffix list bundled with tldextract). Broad: telling over many days or in short windows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pyarrow as pa

from coordination.traces._columns import exploded, mapped, own
from models.urls import host


@lru_cache(maxsize=1)
def _extract() -> Any:
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def domain(url: str) -> str:
    """The registered domain of an address; the host itself when it has none (an IP address, a local name)."""
    name = host(url).partition(":")[0]
    return str(_extract()(name).top_domain_under_public_suffix) or name if name else ""


def objects(posts: pa.Table) -> pa.Table:
    """Rows and the registered domains of their links."""
    return mapped(own(posts, exploded(posts, "links")), domain)
