"""A status of the Mastodon API (``/api/v1/timelines/tag/…``) into a Document.

Field names: docs.joinmastodon.org, entities Status and Account.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawlers.html_text import read
from crawlers.parse_social import MAX_TEXT, address, body_text, hashtag, language, list_at, moment, part, text_at, unique
from models.errors import SkipRecord
from models.records import Document, post_id
from models.urls import canonical

PLATFORM = "mastodon"
_ACCT = re.compile(r"([^\s@/:?#]{1,128})(?:@([^\s@/?#]{1,253}))?")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LINK = re.compile(r'<([^<>]{1,4000})>\s*;[^,<>]{0,200}?\brel="?(next|prev)\b', re.IGNORECASE)
_SHARED = ("public", "unlisted")
_SNOWFLAKES_FROM = datetime(2016, 1, 1, tzinfo=UTC)


def post(data: Any, *, source: str, home: str, received: datetime) -> Document:
    """One status as a Document. ``home``: the instance's host (with port), which local accounts and ids belong to.

    ``published`` is None when ``created_at`` is absurd. Raises SkipRecord ``not-a-post``, ``not-public``, ``not-indexable``, ``too-long``.
    """
    uri, account = text_at(data, "uri"), part(data, "account")
    _refuse(data, uri, account)
    body = read(_html(data))
    url = address(text_at(data, "url")) or address(uri)
    published = moment(text_at(data, "created_at"), received)
    shared = part(data, "reblog")
    return Document(
        id=post_id(PLATFORM, uri),
        kind="post",
        platform=PLATFORM,
        source=source,
        fetched=received,
        platform_id=uri,
        url=url,
        canonical_url=canonical(url),
        account=acct(account, home),
        account_name=text_at(account, "display_name").strip()[:200] or text_at(account, "username")[:200],
        published=published,
        date_source="platform" if published else "",
        language=language(text_at(data, "language")),
        text="" if shared else _text(data, body.text),
        links=() if shared else unique([*(address(link) for link in body.links), address(text_at(data, "card", "url"))]),
        hashtags=unique([hashtag(text_at(tag, "name")) for tag in list_at(data, "tags")]),
        mentions=unique([acct(person, home) for person in list_at(data, "mentions")]),
        repost_of=text_at(shared, "uri"),
        repost_author=acct(part(shared, "account"), home),
        reply_to=_reply(data, home),
        quote_of=_quoted(data, body.quoted),
        media_hashes=unique([_picture(item) for item in list_at(data, "media_attachments")]),
    )


def _refuse(data: Any, uri: str, account: Any) -> None:
    if not uri or len(uri) > 2048 or any(c.isspace() for c in uri) or not acct(account, "here"):
        raise SkipRecord("not-a-post", hint="a status without uri or account")
    if text_at(data, "visibility") not in ("", *_SHARED):
        raise SkipRecord("not-public", hint="posts that are not public are not kept")
    if part(account, "indexable") is False:
        raise SkipRecord("not-indexable", hint="posts of accounts that do not want to be indexed are not kept")


def _html(data: Any) -> str:
    html = text_at(data, "content")
    if len(html) > MAX_TEXT:
        raise SkipRecord("too-long", where=text_at(data, "uri"), hint=f"a post of {len(html):,} characters")
    return html


def _text(data: Any, text: str) -> str:
    warning = text_at(data, "spoiler_text").strip()
    return body_text(f"{warning}\n\n{text}" if warning else text)


def acct(account: Any, home: str) -> str:
    """``acct:user@host`` in lower case, the same from whatever instance it is read; "" for what is no account."""
    match = _ACCT.fullmatch(text_at(account, "acct"))
    return f"acct:{match.group(1)}@{match.group(2) or home}".lower() if match else ""


def _reply(data: Any, home: str) -> str:
    # the API names the parent only by its id on this instance; this address answers with the parent's own uri
    parent = text_at(data, "in_reply_to_id")
    return f"https://{home}/api/v1/statuses/{parent}" if _ID.fullmatch(parent) else ""


def _quoted(data: Any, fallback: str) -> str:
    return text_at(data, "quote", "quoted_status", "uri") or text_at(data, "quote", "uri") or address(fallback)


def _picture(item: Any) -> str:
    # not a hash of the bytes, which the API does not tell: the blurred look, with the size to keep plain pictures apart
    blurred = text_at(item, "blurhash")
    width, height = part(item, "meta", "original", "width"), part(item, "meta", "original", "height")
    size = f":{width}x{height}" if isinstance(width, int) and isinstance(height, int) else ""
    return f"blurhash:{blurred}{size}" if re.fullmatch(r"[!-~]{6,200}", blurred) else ""


def statuses(data: Any, where: str) -> list[Any]:
    """The statuses of an answer, newest first as the API gives them. Raises SkipRecord ``not-a-timeline`` for any other JSON."""
    if not isinstance(data, list):
        raise SkipRecord("not-a-timeline", where=where, hint=text_at(data, "error")[:200] or "the answer is JSON, but not a list of posts")
    return data


def status_id(data: Any) -> str:
    """The id on this instance, or ""."""
    value = text_at(data, "id")
    return value if _ID.fullmatch(value) else ""


def cursor(headers: Mapping[str, str], rel: str) -> str:
    """The id that the ``Link`` header gives for ``next`` (its max_id) or ``prev`` (its min_id); "" if there is none.

    Only the id is taken over, never the address: a timeline cannot send its reader to another host.
    """
    for target, name in _LINK.findall(headers.get("link", "")):
        if name.lower() == rel:
            try:
                value = parse_qs(urlsplit(target).query).get({"next": "max_id", "prev": "min_id"}[rel], [""])[0]
            except ValueError:
                value = ""
            return value if _ID.fullmatch(value) else ""
    return ""


def snowflake_time(status: str) -> datetime | None:
    """When a Mastodon id was made (48 bits of milliseconds, then 16 of sequence: ``lib/mastodon/snowflake.rb``); None for other ids."""
    if not re.fullmatch(r"[0-9]{15,19}", status):
        return None
    made = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(status) >> 16)
    return made if _SNOWFLAKES_FROM <= made < datetime(2100, 1, 1, tzinfo=UTC) else None


def snowflake(when: datetime) -> str:
    """The least Mastodon id of a moment."""
    return str(max(1, int(when.timestamp() * 1000) << 16))


def later(a: str, b: str) -> bool:
    """Whether id ``a`` comes after ``b``: numbers by size, others (ULID, flake) by length and letters."""
    return (len(a), a) > (len(b), b)
