"""A table of texts of whatever kind: CSV, NDJSON or Parquet with ids and texts; times, titles and links if there are any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from exchange import values
from exchange.raw import EPOCH, Names, Options, Problems, checked_zone
from exchange.readers.posts import ALIASES, fold
from exchange.sniffing import opened
from exchange.times import moments
from models.errors import StopRun
from models.records import Document

_COLUMNS = ("id", "text", "time", "language", "title", "url", "urls", "hashtags")
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Texts:
    """The usable rows as documents under the file's own ids, in its order; what is wrong with the others; what a user should know."""

    documents: list[Document]
    skipped: list[str]
    notes: list[str]


def read(path: Path, mapping: Mapping[str, str], tz: str = "") -> Texts:
    """The texts of a file. Without a column of times all are of one time; texts may be empty, ids may not, and none may be there twice.

    Raises UsageError for missing columns, StopRun if no row can be used.
    """
    table = _Table(path, mapping, _COLUMNS, tz)
    times = table.times(tz)
    good = table.good()
    return Texts(_documents(table.names, table.keys, times, good), table.skipped(good), table.notes)


def read_plain(path: Path, mapping: Mapping[str, str]) -> tuple[list[tuple[str, str, str]], list[str], list[str]]:
    """Id, text and language (empty if not told) of each usable row; what is wrong with the others; notes. Errors as :func:`read`."""
    table = _Table(path, mapping, ("id", "text", "language"))
    good = table.good()
    text, language = (values.texts(table.names.get(n), len(table.keys)).to_pylist() for n in ("text", "language"))
    return [(table.keys[at], text[at], _code(language[at])) for at in good], table.skipped(good), table.notes


class _Table:
    """The columns of a file, its ids, and what is wrong with its rows."""

    def __init__(self, path: Path, mapping: Mapping[str, str], columns: Sequence[str], tz: str = "") -> None:
        self.path, source = path, opened(path)
        self.names = Names(source, Options(mapping=dict(mapping), tz=checked_zone(tz)), {name: ALIASES[name] for name in columns}, fold)
        self.names.need(("id", "text"))
        self.rows = values.array(self.names.columns.rows).to_numpy(zero_copy_only=False)
        self.problems = Problems(source)
        ids, _ = values.identifiers(self.names.get("id"), self.rows, "id", self.problems)
        self.keys: list[str] = values.texts(pa.chunked_array([ids]), len(self.rows)).to_pylist()
        _told_ids(self.keys, self.rows, self.problems)
        self.notes = [*source.notes, *self.names.notes]

    def times(self, tz: str) -> list[datetime]:
        return _times(self.names, self.rows, tz, self.problems, self.notes)

    def good(self) -> list[int]:
        bad = self.problems.found.keys()
        return [at for at, row in enumerate(self.rows.tolist()) if row not in bad]

    def skipped(self, good: list[int]) -> list[str]:
        """What is wrong with the other rows. Raises StopRun if no row is good."""
        skipped = [str(problem) for problem in (*self.names.columns.skipped, *self.problems.skipped())]
        if not good:
            hint = skipped[0] if skipped else "it has a header and nothing else"
            raise StopRun("no row could be used", where=str(self.path), hint=hint)
        return skipped


def _code(language: str) -> str:
    return language.lower().replace("_", "-").split("-")[0]


def _told_ids(keys: list[str], rows: Any, problems: Problems) -> None:
    seen: set[str] = set()
    for row, key in zip(rows.tolist(), keys, strict=True):
        if not key:
            problems.add(row, "no id", None, "")
        elif key in seen:
            problems.add(row, "an id that is there twice", key, "the first row with it counts")
        seen.add(key)


def _times(names: Names, rows: Any, tz: str, problems: Problems, notes: list[str]) -> list[datetime]:
    column = names.get("time")
    if column is None:
        notes.append("no times: all texts count as of one time")
        return [_NO_TIME] * len(rows)
    when = moments(column, rows, tz, problems)
    notes += when.notes
    micros = np.where(when.good, when.values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False), 0)
    return [EPOCH + np.timedelta64(m, "us").astype(object) for m in micros.tolist()]


def _documents(names: Names, keys: list[str], times: list[datetime], good: list[int]) -> list[Document]:
    count = len(keys)
    text, title, language, url = (values.texts(names.get(n), count).to_pylist() for n in ("text", "title", "language", "url"))
    links = values.lists(names.get("urls"), count, values.split_addresses, values.address).to_pylist()
    tags = values.lists(names.get("hashtags"), count, values.split_words, values.hashtag).to_pylist()
    return [
        Document(
            id=keys[at],
            kind="post",
            platform="file",
            source="file",
            url=url[at],
            fetched=times[at],
            published=times[at],
            language=_code(language[at]),
            title=title[at],
            text=text[at],
            links=tuple(links[at] or values.addresses_in(text[at])),
            hashtags=tuple(tags[at] or values.hashtags_in(text[at])),
        )
        for at in good
    ]
