"""What the readers of posts share: JSON that may be hostile, times that may be absurd, rate limits told in headers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from models.errors import SkipRecord

MAX_DEPTH = 40
"""Levels of JSON that are read; what lies deeper becomes null. Real answers need about twelve."""

MAX_TEXT = 100_000
"""Characters of one post beyond which it is refused: a thousand times what the networks themselves allow."""

MAX_ITEMS = 200
"""Most links, tags, mentions or pictures kept of one post."""

UNTOLD_PAUSE = 60.0
"""Seconds to keep quiet when no requests remain but nobody says until when."""

EARLIEST = datetime(2005, 1, 1, tzinfo=UTC)
"""Posts are older than the networks they lie on when somebody imported them, but not older than this."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+", re.IGNORECASE)


def loads(body: bytes, where: str) -> Any:
    """``body`` as JSON with whatever is nested deeper than MAX_DEPTH set to null. Raises SkipRecord ``not-json``.

    One record nested a hundred thousand times, or one number of a million digits, makes the standard reader refuse the whole page; here it
    costs that part of that record.
    """
    text = body.decode("utf-8-sig", "replace")
    try:
        return json.loads(text, parse_int=_whole)
    except RecursionError:
        return _pruned(text, where)
    except ValueError:
        raise SkipRecord("not-json", where=where, hint="the answer is not JSON") from None


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) < 40 else None


def _pruned(text: str, where: str) -> Any:
    try:
        return json.loads("".join(_shallow(text)), parse_int=_whole)
    except (ValueError, RecursionError):
        raise SkipRecord("not-json", where=where, hint="the answer is not JSON") from None


def _shallow(text: str) -> list[str]:
    kept, depth, start = [], 0, 0
    for token in _TOKEN.finditer(text):
        if token.group() in "[{":
            depth += 1
            if depth == MAX_DEPTH + 1:
                kept.append(text[start : token.start()] + "null")
        elif token.group() in "]}":
            depth -= 1
            if depth == MAX_DEPTH:
                start = token.end()
    kept.append(text[start:] if depth <= MAX_DEPTH else "")
    return kept


def part(data: Any, *path: str) -> Any:
    """What lies at ``path`` in nested objects, or None where one of them is missing or of another type."""
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def text_at(data: Any, *path: str) -> str:
    """The text at ``path``, made storable, or "" if there is none."""
    value = part(data, *path)
    return clean(value) if isinstance(value, str) else ""


def list_at(data: Any, *path: str) -> list[Any]:
    """At most MAX_ITEMS elements of the list at ``path``, or [] if there is none."""
    value = part(data, *path)
    return value[:MAX_ITEMS] if isinstance(value, list) else []


def clean(text: str) -> str:
    """``text`` without what no file can hold or show (control characters, lone surrogates), each replaced by U+FFFD.

    Direction marks stay: they are evidence, and part of Arabic and Hebrew; whoever shows text makes it harmless (``models.safe``).
    """
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def body_text(text: str) -> str:
    """The text of a post, stripped. Raises SkipRecord ``too-long`` beyond MAX_TEXT characters."""
    if len(text) > MAX_TEXT:
        raise SkipRecord("too-long", hint=f"a post of {len(text):,} characters")
    return clean(text).strip()


def address(text: str) -> str:
    """An http(s) address that can be stored, or "" if ``text`` is none (``javascript:``, blanks inside, no host)."""
    text = text.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or len(text) > 4096:
        return ""
    return "" if _CONTROL.search(text) or any(c.isspace() for c in text) else text


def addresses_in(text: str) -> list[str]:
    """The http(s) addresses written out in a text, without the punctuation after them."""
    found = []
    for match in _ADDRESS.findall(text):
        link = match.rstrip(".,;:!?…»“”’*_")
        while link.endswith((")", "]")) and link.count(link[-1]) > link.count({")": "(", "]": "["}[link[-1]]):
            link = link[:-1].rstrip(".,;:!?…")
        found.append(link)
    return found


def unique(values: list[str]) -> tuple[str, ...]:
    """The values in order, each once, without empty ones, at most MAX_ITEMS."""
    return tuple(dict.fromkeys(v for v in values if v))[:MAX_ITEMS]


def hashtag(text: str) -> str:
    """A hashtag as it is stored: lower case, without ``#``; "" for what is none."""
    text = text.strip().lstrip("#\uff03").lower()
    return "" if not text or len(text) > 200 or any(c.isspace() for c in text) else text


def language(text: str) -> str:
    """The primary subtag of a declared language (``fr`` of ``fr-CA``), or ""."""
    match = re.match(r"[A-Za-z]{2,3}(?=$|[-_])", text)
    return match.group().lower() if match else ""


def moment(text: str, received: datetime) -> datetime | None:
    """A plausible time in ISO 8601 (UTC), or None: unreadable, before EARLIEST, or more than a day after ``received``."""
    try:
        value = datetime.fromisoformat(text)
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return value if EARLIEST <= value <= received + timedelta(days=1) else None


def pause(headers: Mapping[str, str], received: datetime) -> float:
    """Seconds until the rate limit told in ``headers`` is lifted; 0.0 while requests remain or nobody says.

    Reads ``X-RateLimit-Remaining/-Reset`` (Mastodon; reset as ISO 8601) and ``RateLimit-Remaining/-Reset`` (Bluesky servers; seconds
    since 1970).
    Counted from the server's own ``Date`` where it is given, so that a wrong clock on either side does no harm.
    """
    for prefix in ("x-ratelimit", "ratelimit"):
        if headers.get(f"{prefix}-remaining", "").strip() == "0":
            reset = _reset(headers.get(f"{prefix}-reset", ""))
            now = _date(headers.get("date", "")) or received
            return max(0.0, (reset - now).total_seconds()) if reset else UNTOLD_PAUSE
    return 0.0


def _reset(text: str) -> datetime | None:
    try:
        value = datetime.fromtimestamp(float(text), UTC) if re.fullmatch(r"\d{9,11}(\.\d+)?", text) else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _date(text: str) -> datetime | None:
    try:
        value = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
