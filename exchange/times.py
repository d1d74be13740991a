"""Times as people write them, a column at a time: ISO 8601, epoch seconds (or ms, µs, ns by their size), and two spoken forms.

A time without a zone is refused unless the user says which one it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from exchange.raw import EPOCH, Problems
from exchange.values import array, texts

TIME = pa.timestamp("us", "UTC")
Ints = NDArray[np.int64]
_NUMBER = r"^[+-]?\d+(\.\d+)?$"
_ISO = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?)?"
_ZONE = r" ?(Z|z|UTC|GMT|[+-]\d\d(:?\d\d)?)$"
_MICRO = 1_000_000
_LEAST, _MOST = (int((datetime(year, 1, 1, tzinfo=UTC) - EPOCH) / timedelta(microseconds=1)) for year in (1, 9999))
_ZONE_HINT = "say which zone it is: --tz Europe/Paris, or --tz UTC"
_FORM_HINT = "write it as 2027-04-11T20:15:00+02:00 or as epoch seconds"


@dataclass
class Moments:
    """``values``: timestamp[us, UTC], null where there is none (``good``); ``by_day``: only a day was given; notes for the user."""

    values: pa.Array
    good: NDArray[np.bool_]
    by_day: NDArray[np.bool_]
    notes: list[str] = field(default_factory=list)


def moments(column: pa.ChunkedArray, rows: Ints, tz: str, problems: Problems) -> Moments:
    """The column as times; rows that hold none are told as problems. ``tz``: zone of times that name none, "" to refuse them."""
    reading = _Reading(len(rows), tz)
    values = array(column)
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        reading.timestamps(values)
    elif pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        reading.numbers(values)
    else:
        values = texts(column, len(rows))
        reading.strings(values)
    reading.tell(values, rows, problems)
    return Moments(pa.array(reading.micros, mask=~reading.good).cast(TIME), reading.good, reading.by_day, reading.notes)


class _Reading:
    def __init__(self, count: int, tz: str) -> None:
        self.tz = tz
        self.micros = np.zeros(count, np.int64)
        self.good = np.zeros(count, bool)
        self.by_day = np.zeros(count, bool)
        self.naive = np.zeros(count, bool)
        self.notes: list[str] = []

    def timestamps(self, values: pa.Array) -> None:
        """Times of a Parquet file; without a zone they need ``tz`` as texts do."""
        valid = pc.is_valid(values).to_numpy(zero_copy_only=False)
        if pa.types.is_date(values.type):
            values, self.by_day = values.cast(pa.timestamp("us")), valid.copy()
        values = values.cast(pa.timestamp("us", values.type.tz), safe=False)
        if values.type.tz is None:
            self.naive = valid.copy()
            self._settle(np.flatnonzero(valid), values.drop_null())
        else:
            self._put(np.flatnonzero(valid), values.drop_null())

    def numbers(self, values: pa.Array) -> None:
        """Epoch seconds, or a finer unit by the size of the number."""
        valid = pc.is_valid(values).to_numpy(zero_copy_only=False)
        at = np.flatnonzero(valid)
        self._epoch(at, values.drop_null().to_numpy(zero_copy_only=False))

    def strings(self, values: pa.Array) -> None:
        """Texts: numbers first, then ISO 8601 all at once, then what is left one by one."""
        number = _mask(pc.match_substring_regex(values, _NUMBER))
        at = np.flatnonzero(number)
        whole = values.take(pa.array(at))
        if len(at):
            self._epoch(at, _numbers(whole))
        iso = ~number & _mask(pc.match_substring_regex(values, _ISO))
        zoned = iso & _mask(pc.match_substring_regex(values, _ISO + _ZONE))
        self._zoned(np.flatnonzero(zoned), values)
        bare = iso & ~zoned & _mask(pc.match_substring_regex(values, _ISO + "$"))
        self.by_day |= bare & _mask(pc.equal(pc.utf8_length(values), 10))
        self.naive |= bare
        if bare.any():
            at = np.flatnonzero(bare)
            self._settle(at, _cast(_tidy(values.take(pa.array(at))), None))
        rest = np.flatnonzero(~number & ~zoned & ~bare & ~_mask(pc.equal(values, "")))
        for place in rest.tolist():
            self._spoken(place, values[place].as_py())

    def _zoned(self, at: Ints, values: pa.Array) -> None:
        if len(at):
            tidy = pc.replace_substring_regex(_tidy(values.take(pa.array(at))), r" ?(UTC|GMT|z)$", "Z")
            self._put(at, _cast(pc.replace_substring_regex(tidy, r" ([+-]\d\d)", r"\1"), "UTC"))

    def _settle(self, at: Ints, values: pa.Array) -> None:
        """Times without a zone are put into ``tz``: in the hour that comes twice the first one, in the one that never was the next."""
        if self.tz:
            self._put(at, pc.assume_timezone(values.cast(pa.timestamp("us")), self.tz, ambiguous="earliest", nonexistent="latest"))
            self.naive[at] = False

    def _put(self, at: Ints, values: pa.Array) -> None:
        valid = pc.is_valid(values).to_numpy(zero_copy_only=False)
        micros = pc.fill_null(values.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
        valid &= (micros >= _LEAST) & (micros < _MOST)
        self.micros[at], self.good[at] = np.where(valid, micros, 0), valid

    def _epoch(self, at: Ints, numbers: NDArray[Any]) -> None:
        size = np.abs(numbers.astype(np.float64))
        finite = np.isfinite(size)
        step = np.select([size < 1e11, size < 1e14, size < 1e17], [_MICRO, 1000, 1], 0)
        if numbers.dtype.kind in "iu":
            micros = np.where(step > 0, numbers * np.maximum(step, 1), numbers // 1000)
        else:
            scaled = np.where(step > 0, numbers * np.maximum(step, 1), numbers / 1000)
            micros = np.round(np.where(finite & (size < 1e19), scaled, 0)).astype(np.int64)
        good = finite & (size < 1e19) & (micros >= _LEAST) & (micros < _MOST)
        self.micros[at], self.good[at] = np.where(good, micros, 0), good
        for wanted, unit in ((1000, "milliseconds"), (1, "microseconds"), (0, "nanoseconds")):
            if (step[finite] == wanted).any():
                self.notes.append(f"times read as epoch {unit}, by their size")

    def _spoken(self, place: int, text: str) -> None:
        moment = _spoken(text)
        if moment is not None and moment.tzinfo is None:
            self.naive[place] = not self.tz
            moment = moment.replace(tzinfo=ZoneInfo(self.tz)) if self.tz else None
        if moment is not None:
            try:
                self.micros[place] = (moment - EPOCH) // timedelta(microseconds=1)
                self.good[place] = True
            except OverflowError:
                return

    def tell(self, values: pa.Array, rows: Ints, problems: Problems) -> None:
        """Name the rows without a time and say why."""
        for at in np.flatnonzero(~self.good).tolist():
            value = values[at].as_py()
            if value is None or value == "":
                problems.add(int(rows[at]), "no time", None, "every row needs one")
            elif self.naive[at]:
                problems.add(int(rows[at]), "a time without a zone", value, _ZONE_HINT)
            else:
                problems.add(int(rows[at]), "not a time", value, _FORM_HINT)


def _mask(flags: Any) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = flags.to_numpy(zero_copy_only=False).astype(bool)
    return found


def _numbers(values: pa.Array) -> NDArray[Any]:
    try:
        whole: NDArray[Any] = values.cast(pa.int64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        whole = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return whole


def _tidy(values: pa.Array) -> pa.Array:
    """A decimal comma becomes a point, and digits finer than microseconds go."""
    return pc.replace_substring_regex(pc.replace_substring(values, ",", "."), r"(\.\d{6})\d+", r"\1")


def _cast(values: pa.Array, tz: str | None) -> pa.Array:
    """Texts of the right form as times, null where a day or an hour does not exist."""
    kind = pa.timestamp("us", tz)
    try:
        return values.cast(kind)
    except pa.ArrowInvalid:
        return pa.array([_one(v, tz is not None) for v in values.to_pylist()], pa.int64()).cast(pa.timestamp("us")).cast(kind)


def _one(text: str, zoned: bool) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo if zoned else UTC) - EPOCH) // timedelta(microseconds=1)


def _spoken(text: str) -> datetime | None:
    """``Wed Oct 10 20:19:24 +0000 2018`` (Twitter), ``Wed, 10 Oct 2018 20:19:24 GMT`` (mail), rarer ISO 8601; None for others."""
    for read in (lambda t: datetime.strptime(t, "%a %b %d %H:%M:%S %z %Y"), datetime.fromisoformat, _mail_time):
        try:
            return read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _mail_time(text: str) -> datetime:
    if not re.search(r"([+-]\d{4}|GMT|UTC)$", text):
        raise ValueError(text)
    return parsedate_to_datetime(text)
