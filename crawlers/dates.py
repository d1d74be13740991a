"""Dates as feeds and pages write them, in French, German and English; and which of them can be believed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
"""No news page is older than the news web."""
FUTURE = timedelta(days=1)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan janv janvier januar jänner jän january",
            "fév févr février fev fevr fevrier feb febr februar february",
            "mar mars mär mrz märz maerz march",
            "avr avril apr april",
            "mai may",
            "juin jun juni june",
            "juil juillet jul juli july",
            "aoû août aout aug august",
            "sep sept septembre september",
            "oct octobre okt oktober october",
            "nov novembre november",
            "déc décembre dec decembre dez dezember december",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONES = {"z": 0, "gmt": 0, "utc": 0, "ut": 0, "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "bst": 60, "wet": 0, "west": 60}
_WORDS = re.compile(
    r"(?<!\d)(\d{1,2})(?:\.|er|th|st|nd|rd)?\s+([^\W\d_]{3,10})\.?,?\s+(\d{4})"
    r"(?:(?:\s*,|\s+à|\s+um|\s+at|\s*[-–|])?\s*(\d{1,2})\s*[:h.]\s*(\d{2})(?::(\d{2}))?)?(?:\s*uhr)?\s*([+-]\d{2}:?\d{2}|[a-z]{1,4}\b)?",
    re.IGNORECASE,
)
_DAY_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}|\d{4}-\d{2}")
_CENTRAL = frozenset({"fr", "de", "at", "ch", "be", "lu", "li", "nl", "it", "es", "pl"})


@dataclass(frozen=True, slots=True)
class When:
    """A moment in UTC. ``vague``: "" for an exact one, ``-day`` if only a day is given, ``-local`` if the zone had to be supposed."""

    moment: datetime
    vague: str = ""


def zone_of(country: str) -> tzinfo:
    """The time zone supposed for times without one: Central European for the countries that have it, else UTC."""
    try:
        return ZoneInfo("Europe/Paris") if country.lower()[:2] in _CENTRAL else UTC
    except ZoneInfoNotFoundError:  # a system without time zone data
        return UTC


def parse(text: str, zone: tzinfo = UTC) -> When | None:
    """The moment that ``text`` names, or None: ISO 8601, RFC 822, or day, month word, year in French, German or English."""
    text = " ".join(text.split())[:80]
    for reader in (_iso, _rfc, _worded):
        found = reader(text)
        if found is not None:
            return _utc(found[0], zone, found[1])
    return None


def plausible(moment: datetime, now: datetime) -> bool:
    """Whether a publication can have this date: not before 1995, not more than a day ahead of ``now``."""
    return EARLIEST <= moment <= now + FUTURE


def _utc(moment: datetime, zone: tzinfo, vague: str) -> When | None:
    try:
        if moment.tzinfo is None:
            return When(moment.replace(tzinfo=UTC if vague == "-day" else zone).astimezone(UTC), vague or "-local")
        return When(moment.astimezone(UTC), vague)
    except (OverflowError, ValueError):
        return None


def _iso(text: str) -> tuple[datetime, str] | None:
    if not text[:4].isdigit():
        return None
    try:
        return datetime.fromisoformat(text), "-day" if _DAY_ONLY.fullmatch(text) else ""
    except ValueError:
        return None


def _rfc(text: str) -> tuple[datetime, str] | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # a date without a time is read as midnight: that is a day, not a moment
    return moment, "" if ":" in text else "-day"


def _worded(text: str) -> tuple[datetime, str] | None:
    found = _WORDS.search(text)
    month = _MONTHS.get(found.group(2).lower()) if found else None
    if not found or month is None:
        return None
    day, year, hour, minute, second = (int(found.group(n) or 0) for n in (1, 3, 4, 5, 6))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=_offset(found.group(7) or ""))
    except ValueError:
        return None
    return moment, "" if found.group(4) else "-day"


def _offset(text: str) -> tzinfo | None:
    if text[:1] in ("+", "-"):
        digits = text[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
    minutes_east = _ZONES.get(text.lower())
    return None if minutes_east is None else timezone(timedelta(minutes=minutes_east))
