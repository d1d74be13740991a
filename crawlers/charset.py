"""Bytes into text when header, declaration and bytes disagree: what decodes wins over what is claimed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})[\"']", re.IGNORECASE)
_WIDENED = {"iso8859-1": "cp1252", "ascii": "cp1252", "latin-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030"}
"""Labels that browsers read as a larger set (WHATWG Encoding Standard)."""
_NOT_FOR_PAGES = frozenset({"punycode", "idna", "unicode_escape", "raw-unicode-escape", "unicode-escape", "utf-7", "mbcs", "oem"})
"""Python codecs that no page is written in; some take quadratic time on a large body."""


def decode(body: bytes, content_type: str = "") -> str:
    """``body`` as text; never raises. Order: byte order mark, UTF-8 if it fits, declarations that fit, a guess, cp1252 with replacements.

    Valid UTF-8 with a character above 127 is practically never anything else, so it is preferred even over a declared 8-bit set.
    """
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    for name in ("utf-8", *declared(body, content_type)):
        text = _strict(body, name)
        if text is not None:
            return text
    return _guessed(body)


def declared(body: bytes, content_type: str = "") -> Iterator[str]:
    """Python names of the character sets that header, XML declaration and ``<meta>`` claim, in this order; unknown labels are left out."""
    header = _HEADER.search(content_type)
    found = [header.group(1).encode("ascii", "ignore")] if header else []
    found += [m.group(1) for m in (_XML.search(body[:400]), _META.search(body[:8192])) if m]
    for label in found:
        try:
            name = codecs.lookup(label.decode("ascii", "ignore")).name
        except LookupError:
            continue
        if name not in _NOT_FOR_PAGES:
            yield _WIDENED.get(name, name)


def _strict(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeDecodeError, LookupError, ValueError, TypeError):
        return None


def _guessed(body: bytes) -> str:
    # mostly UTF-8 with a few broken bytes: replacing those keeps the rest right
    mended = body.decode("utf-8", "replace")
    high = sum(byte > 127 for byte in body[:65_536])
    if high and mended[:65_536].count("\N{REPLACEMENT CHARACTER}") < high * 0.1:
        return mended
    from charset_normalizer import from_bytes

    best = from_bytes(body[:65_536]).best()
    return body.decode(best.encoding if best else "cp1252", "replace")
