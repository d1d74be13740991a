"""Dates as people write them in a query, read in the time zone of the reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from models.errors import UsageError

FORMS = "write 2027-03-01, 2027-03, 2027, 7d, 12h, 2w, today or yesterday"
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,4})([hdw])")
_UNIT = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Clock:
    """Now (aware), and the time zone in which days begin."""

    now: datetime
    zone: tzinfo = UTC

    @classmethod
    def of(cls, zone: str, now: datetime | None = None) -> Clock:
        """The clock of a time zone's name. Raises UsageError if there is no such zone."""
        try:
            return cls(now or datetime.now(UTC), ZoneInfo(zone))
        except (ValueError, OSError, KeyError):
            raise UsageError(f"there is no time zone {zone!r}", where="display.timezone", hint="as in Europe/Paris") from None


def valid(text: str) -> bool:
    """Whether ``text`` is a date this module reads."""
    try:
        span(text, Clock(datetime(2027, 1, 1, tzinfo=UTC)))
    except (ValueError, OverflowError):
        return False
    return True


def span(text: str, clock: Clock) -> tuple[datetime, datetime]:
    """First moment and the moment after the last, UTC; both the same for `7d`. Raises ValueError for what is no date."""
    ago = _AGO.fullmatch(text)
    if ago:
        moment = clock.now - int(ago[1]) * _UNIT[ago[2]]
        return moment.astimezone(UTC), moment.astimezone(UTC)
    first, after = _day(text, clock)
    return first.replace(tzinfo=clock.zone).astimezone(UTC), after.replace(tzinfo=clock.zone).astimezone(UTC)


def _day(text: str, clock: Clock) -> tuple[datetime, datetime]:
    """Local, naive times, so that a day keeps its calendar length when clocks change."""
    today = clock.now.astimezone(clock.zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    named = {"today": 0, "yesterday": 1}.get(text)
    if named is not None:
        return today - timedelta(days=named), today - timedelta(days=named - 1)
    found = _DAY.fullmatch(text)
    if not found or not 1000 <= int(found[1]) < 9000:
        raise ValueError(text)
    year, month, day = (int(part) if part else 0 for part in found.groups())
    first = datetime(year, month or 1, day or 1)  # noqa: DTZ001  local wall time; the zone follows
    if day:
        return first, first + timedelta(days=1)
    if month:
        return first, (first + timedelta(days=31)).replace(day=1)
    return first, first.replace(year=year + 1)
