"""The CSV of the QUT coordination-network-toolkit: eight columns by position, whatever their names.

They are message id, user id, user name, repost id, reply id, message, timestamp, urls (separated by blanks, or a Python list as text).
An empty urls cell is no URL; convention qut takes the words of the cell as they stand, as the toolkit does.
A message id that comes again counts once, the first time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from exchange import sniffing
from exchange.raw import Loaded, Names, Options, Source
from exchange.readers import posts
from models.errors import SkipRecord, UsageError
from models.records import Document

COLUMNS = ("message_id", "user_id", "username", "repost_id", "reply_id", "message", "timestamp", "urls")
_OURS = ("id", "account", "account_name", "repost_of", "reply_to", "text", "time", "urls")


def sniff(names: list[str], mapping: Mapping[str, str]) -> float:
    """1 if the first eight columns have exactly the toolkit's names, else 0; with other names say ``--format qut``."""
    return float(tuple(posts.fold(n) for n in names[:8]) == COLUMNS and not mapping)


def read(path: Path, mapping: Mapping[str, str]) -> Iterator[Document | SkipRecord]:
    """Documents and the rows that are none."""
    loaded = load(sniffing.opened(path), Options(mapping=mapping))
    yield from loaded.skipped
    yield from loaded.documents()


def load(source: Source, options: Options) -> Loaded:
    """The whole file. Raises UsageError for fewer than eight columns. Times without a zone are UTC unless ``tz`` says otherwise."""
    if len(source.names) < len(_OURS):
        what = f"has {len(source.names)} columns, this format has eight by position"
        raise UsageError(what, where=source.path.name, hint="if it is a table of posts with names: --format posts")
    by_position = dict(zip(_OURS, source.names, strict=False))
    options = replace(options, mapping=by_position | dict(options.mapping), platform=options.platform or "qut", tz=options.tz or "UTC")
    names = Names(source, options, dict.fromkeys(posts.ALIASES, ()), posts.fold)
    return posts.assembled("qut", source, options, names, "link_words" if options.actions else "")
