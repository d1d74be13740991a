"""A table of posts: CSV, NDJSON or Parquet with account, time, text and what else is known.

Further columns: id, urls, hashtags, mentions, repost_of, repost_author, reply_to, quote_of, media, objects, language, platform, title,
account_name, url, source. Common other names of these are understood and told; any is set with `--map account=user_id`. Times are ISO 8601
with a zone (or `--tz`), or epoch seconds; lists are separated by blanks, JSON, Python lists as text, or Parquet lists. Where urls,
hashtags or mentions are no column they are read from the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange import build, sniffing, values
from exchange.raw import Loaded, Names, Options, Problems, Source
from exchange.times import moments
from models.errors import SkipRecord, UsageError
from models.records import Document

ALIASES: dict[str, tuple[str, ...]] = {
    "account": (
        "account_id", "user_id", "userid", "author_id", "user.id_str", "user.id", "external_author_id", "from_id", "account.id", "author",
        "username", "user_screen_name", "screen_name", "user", "handle", "channel_id", "channel", "channel_name",
    ),
    "time": (
        "unix_timestamp", "date_unixtime", "timestamp", "created_at", "date", "datetime", "published", "published_at", "publishedat",
        "created", "creation_time", "create_time", "created_time", "timestamp_share", "tweet_time", "posted_at", "post_created",
        "created_utc", "publish_date",
    ),
    "text": ("full_text", "content", "message", "body", "tweet_text", "message_text", "post_text", "tweet", "caption", "video_description"),
    "id": ("id_str", "post_id", "tweet_id", "tweetid", "message_id", "content_id", "status_id", "item_id", "video_id"),
    "urls": ("links", "expanded_urls", "outlinks", "url_list", "entities.urls"),
    "hashtags": ("tags", "hashtag_names", "entities.hashtags"),
    "mentions": ("user_mentions", "entities_mentioned", "entities.mentions"),
    "repost_of": (
        "repost_id", "retweet_id", "retweet_tweetid", "retweeted_status_id", "retweeted_id", "retweeted_status.id_str",
        "reblog_of", "reblog_of_id", "shared_post_id",
    ),
    "repost_author": ("retweet_userid", "retweeted_user_id", "retweeted_user"),
    "reply_to": ("reply_id", "in_reply_to", "in_reply_to_id", "in_reply_to_status_id", "in_reply_to_tweetid", "replied_to_post"),
    "quote_of": ("quoted_id", "quoted_status_id", "quoted_tweet_tweetid", "quoted_post"),
    "media": ("media_hashes", "media_hash", "phash"),
    "objects": ("object_id",),
    "language": ("lang", "tweet_language", "language_guess"),
    "platform": ("source_platform",),
    "title": (),
    "account_name": ("username", "user_screen_name", "screen_name", "user_name", "author_name", "author_fullname", "display_name"),
    "url": ("permalink", "post_url", "tweet_url", "mcl_url"),
    "source": (),
}  # fmt: skip
"""Our name of a column to the names others give it, the better ones first."""

_LISTS: dict[str, tuple[str, Callable[[str], Any], Callable[[str], str]]] = {
    "urls": ("links", values.split_addresses, values.address),
    "hashtags": ("hashtags", values.split_words, values.hashtag),
    "mentions": ("mentions", values.split_words, values.mention),
    "media": ("media_hashes", values.split_words, values.word),
    "objects": ("objects", values.split_words, values.word),
}
_FROM_TEXT = {
    "urls": ("://", values.addresses_in),
    "hashtags": ("#", values.hashtags_in),
    "mentions": ("@", values.mentions_in),
}
_SHARED = ("text", "urls", "hashtags", "mentions", "repost_of", "reply_to", "quote_of", "media", "objects")
_PLAIN = ("title", "account_name", "url")
_LINKS = ("repost_of", "reply_to", "quote_of", "repost_author")
MAX_TEXT = 1_000_000


def fold(name: str) -> str:
    """A column's name without case, blanks and hyphens."""
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def sniff(names: list[str], mapping: Mapping[str, str]) -> float:
    """How sure the columns (with ``mapping``) are a table of posts, 0 to 1."""
    there = {fold(n) for n in names}
    has = {ours for ours, others in ALIASES.items() if ours in mapping or there & {ours, *others}}
    if not {"account", "time"} <= has or not has & set(_SHARED):
        return 0.0
    return 0.5 + 0.4 * len(has & there) / len(ALIASES)


def read(path: Path, mapping: Mapping[str, str]) -> Iterator[Document | SkipRecord]:
    """Documents and the rows that are none."""
    loaded = load(sniffing.opened(path), Options(mapping=mapping))
    yield from loaded.skipped
    yield from loaded.documents()


def load(source: Source, options: Options) -> Loaded:
    """The whole file. Raises UsageError if there is no account, no time or nothing that could be shared."""
    names = Names(source, options, ALIASES, fold)
    names.need(("account", "time"))
    if not any(n in names.found for n in _SHARED):
        raise UsageError("no column that posts could share", where=source.path.name, hint=f"name one of: {', '.join(_SHARED)}")
    return assembled("posts", source, options, names)


def assembled(format: str, source: Source, options: Options, names: Names, words: str = "") -> Loaded:  # noqa: A002  as everywhere here
    """The columns of Document out of the columns that ``names`` found.

    ``words``: the name of one more column, the urls as they stand, cut at blanks.
    """
    cells = names.columns
    rows = values.array(cells.rows).to_numpy(zero_copy_only=False)
    problems = Problems(source)
    account, bad = values.identifiers(names.get("account"), rows, "account", problems)
    bad |= values.need(account, rows, "account", problems)
    time_column = names.get("time")
    when = moments(time_column if time_column is not None else pa.chunked_array([pa.nulls(len(rows))]), rows, options.tz, problems)
    columns = build.common(source.path, len(rows)) | {
        "account": account,
        "published": when.values,
        "date_source": build.date_source(when.by_day),
        "raw": build.provenance(source.path, rows),
    }
    columns |= _texts(names, rows, options, problems)
    if words:
        columns[words] = values.mapped(values.texts(names.get("urls"), len(rows)), lambda cell: [word for word in cell.split(" ") if word])
    bad |= ~when.good | _links(names, rows, columns, problems)
    bad |= np.isin(rows, list(problems.found))
    table = _identified(build.table(columns, ~bad))
    notes = [*source.notes, *names.notes, *when.notes, *_day_note(when.by_day)]
    count = len(rows) + len(cells.skipped)
    if options.actions and (again := table.num_rows - (table := build.first_of_each(table)).num_rows):
        notes.append(f"{again:,} rows repeat an id; the first of each counts")
    return Loaded(format, table, [*cells.skipped, *problems.skipped()], notes, count)


def _day_note(by_day: Any) -> list[str]:
    return ["a day without an hour is too coarse for a time window: such posts are kept, not tested"] if by_day.any() else []


def _texts(names: Names, rows: Any, options: Options, problems: Problems) -> dict[str, pa.Array]:
    count = len(rows)
    text = values.texts(names.get("text"), count)
    for at in np.flatnonzero(pc.greater(pc.binary_length(text), MAX_TEXT).to_numpy(zero_copy_only=False)).tolist():
        problems.add(int(rows[at]), f"a text of more than {MAX_TEXT:,} bytes", text[at].as_py()[:60], "a quote that is not closed?")
    platform = values.texts(names.get("platform"), count)
    columns = {n: values.texts(names.get(n), count) for n in _PLAIN}
    language = values.texts(names.get("language"), count)
    columns |= {
        "text": text,
        "platform": pc.if_else(pc.equal(platform, ""), options.platform or "import", platform),
        "language": pc.utf8_lower(pc.replace_substring_regex(language, r"[-_].*$", "")),
    }
    if "source" in names.found:
        given = values.texts(names.get("source"), count)
        columns["source"] = pc.if_else(pc.equal(given, ""), build.source_name(problems.source.path), given)
    for ours, (field, split, clean) in _LISTS.items():
        if ours in names.found or ours not in _FROM_TEXT:
            columns[field] = values.lists(names.get(ours), count, split, clean)
        else:
            columns[field] = values.from_text(text, *_FROM_TEXT[ours])
    return columns


def _links(names: Names, rows: Any, columns: dict[str, pa.Array], problems: Problems) -> Any:
    """Ids that point to other posts, and the post's own; which rows have one that lost its digits."""
    bad = np.zeros(len(rows), bool)
    for ours, field in (("id", "platform_id"), *((n, n) for n in _LINKS)):
        columns[field], lost = values.identifiers(names.get(ours), rows, ours, problems)
        bad |= lost
    return bad


def _identified(table: pa.Table) -> pa.Table:
    parts = [values.array(table.column(n)) for n in ("platform", "platform_id", "account", "published", "text")]
    return table.append_column("id", build.post_ids(*parts))
