"""Canonical URLs without the network: one address for what a reader would call one page."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|msclkid|twclid|yclid|igshid|igsh|mc_[ce]id|ref_src|ref_url|wt_mc|at_\w+|xtor|cmpid|"
    r"_hs\w+|mkt_tok|s_kwcid|vero_\w+|oly_\w+|spm|share_?id|ocid|ncid|si|feature|amp)$",
    re.IGNORECASE,
)
"""Query keys that say how a reader came, not what is read."""

WRAPPERS = {"l.facebook.com": "u", "lm.facebook.com": "u", "www.google.com": "url", "out.reddit.com": "url", "t.umblr.com": "z"}
"""Hosts whose links only lead on, and the key that holds the true address."""

_SAFE_PATH = "/%:@!$&'()*+,;=~-._"


@lru_cache(maxsize=65_536)
def canonical(url: str) -> str:
    """The canonical address, or "" if ``url`` is not an http(s) address.

    Scheme https, host lower case (IDNA) without ``www.``, ``m.`` or ``amp.``, no port of the scheme, no fragment, no tracking keys,
    remaining keys in order, no trailing slash, no ``/amp`` at the end; link wrappers of Facebook, Google and Reddit are opened.
    """
    for _ in range(3):
        parts = _split(url)
        inner = _unwrapped(parts[0], parts[1], parts[2]) if parts else ""
        if not inner:
            break
        url = inner
    return _joined(*parts) if parts else ""


def _split(url: str) -> tuple[str, str, str, str] | None:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError):
        return None
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    return host, parts.path, parts.query, "" if port in (None, 80, 443) else f":{port}"


def _unwrapped(host: str, path: str, query: str) -> str:
    if host.endswith(".cdn.ampproject.org") and path.startswith(("/c/s/", "/v/s/")):
        return "https://" + path[5:]
    key = WRAPPERS.get(host)
    if key is None or (host == "www.google.com" and path != "/url"):
        return ""
    value = parse_qs(query).get(key, parse_qs(query).get("q", [""]))[0]
    return value if value.startswith(("http://", "https://")) else ""


def _joined(host: str, path: str, query: str, port: str) -> str:
    for prefix in ("www.", "m.", "mobile.", "amp."):
        if host.startswith(prefix) and host.count(".") > 1:
            host = host[len(prefix) :]
            break
    path = quote(unquote(path), safe=_SAFE_PATH) if "%" in path or not path.isascii() else path
    path = re.sub(r"/(amp|amp\.html)/?$", "", path).rstrip("/")
    kept = sorted((k, v) for k, v in parse_qsl(query, keep_blank_values=True) if not TRACKING.match(k))
    return urlunsplit(("https", host + port, path, urlencode(kept), ""))


def host(url: str) -> str:
    """The canonical host (with a port that is not the scheme's own), or ""."""
    return urlsplit(canonical(url)).netloc
