"""What a body is, whatever its Content-Type says."""

from __future__ import annotations

import html
import re
from urllib.parse import urldefrag, urljoin, urlsplit

_MAGIC = (
    b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x7fELF", b"RIFF", b"OggS", b"ID3", b"\x1f\x8b", b"BZh",
    b"\x00\x00\x00", b"\xd0\xcf\x11\xe0", b"wOFF", b"wOF2", b"\x1aE\xdf\xa3", b"MZ",
)  # fmt: skip
_OTHER_TYPES = ("image/", "video/", "audio/", "font/", "application/pdf", "application/zip", "application/octet-stream", "application/json")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})
_TAG = re.compile(rb"<(!doctype|html|head|body|article|div|p|meta|title)\b", re.IGNORECASE)
_NOSCRIPT = re.compile(r"<noscript.*?</noscript>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_REFRESH = re.compile(r"<meta\b[^>]{0,200}http-equiv\s*=\s*[\"']?refresh[\"']?[^>]{0,2000}>", re.IGNORECASE)
_CONTENT = re.compile(r"content\s*=\s*([\"'])\s*(\d+(?:\.\d+)?)\s*[;,]\s*url\s*=\s*['\"]?(.*?)['\"]?\s*\1", re.IGNORECASE | re.DOTALL)


def not_a_page(body: bytes, content_type: str = "") -> bool:
    """Whether ``body`` is certainly no HTML: a known magic number, many control characters, or another type and no tag."""
    head = body[:4096].lstrip()
    if body[:2] in _WIDE:
        return False
    if head.startswith(_MAGIC):
        return True
    if len(head.translate(None, _CONTROL)) < len(head) * 0.95:
        return True
    return content_type.lower().startswith(_OTHER_TYPES) and not _TAG.search(head)


def refresh_target(body: bytes, base: str, within: float) -> str:
    """Where a ``<meta http-equiv=refresh>`` leads within so many seconds, absolute, or "": not those in noscript, not plain reloads."""
    head = body[:16_384].decode("latin-1")
    if "refresh" not in head.lower():
        return ""
    tag = _REFRESH.search(_NOSCRIPT.sub("", head))
    found = _CONTENT.search(tag.group(0)) if tag else None
    if not found or float(found.group(2)) >= within or not found.group(3).strip():
        return ""
    return joined(base, html.unescape(found.group(3)))


def joined(base: str, link: str) -> str:
    """``link`` as seen from ``base``, without its fragment; "" for what is no address."""
    try:
        return urldefrag(urljoin(base, link.strip())).url
    except ValueError:
        return ""


def without_user(url: str) -> str:
    """``url`` without the user name and password that may stand before its host: a link never makes us log in."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if "@" in parts.netloc else url
