"""A table of texts of whatever kind: CSV, NDJSON or Parquet with ids and texts; times, titles and links if there are any."""

from __future__ import annotations

from collections.abc import Mapping
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
    source = opened(path)
    names = Names(source, Options(mapping=dict(mapping), tz=checked_zone(tz)), {name: ALIASES[name] for name in _COLUMNS}, fold)
    names.need(("id", "text"))
    rows = values.array(names.columns.rows).to_numpy(zero_copy_only=False)
    problems = Problems(source)
    ids, _ = values.identifiers(names.get("id"), rows, "id", problems)
    keys = values.texts(pa.chunked_array([ids]), len(rows)).to_pylist()
    _told_ids(keys, rows, problems)
    notes = [*source.notes, *names.notes]
    times = _times(names, rows, tz, problems, notes)
    bad = problems.found.keys()
    good = [at for at, row in enumerate(rows.tolist()) if row not in bad]
    documents = _documents(names, keys, times, good)
    skipped = [str(problem) for problem in (*names.columns.skipped, *problems.skipped())]
    if not documents:
        raise StopRun("no row could be used", where=str(path), hint=skipped[0] if skipped else "it has a header and nothing else")
    return Texts(documents, skipped, notes)


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
            language=language[at].lower().replace("_", "-").split("-")[0],
            title=title[at],
            text=text[at],
            links=tuple(links[at] or values.addresses_in(text[at])),
            hashtags=tuple(tags[at] or values.hashtags_in(text[at])),
        )
        for at in good
    ]
