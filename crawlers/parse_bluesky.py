"""Records of the AT protocol (``app.bsky.feed.post``, ``app.bsky.feed.repost``) into Documents; who an account is and where it lies.

Field names: the lexicons of github.com/bluesky-social/atproto; record keys (TID): atproto.com/specs/tid.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from crawlers.parse_social import address, addresses_in, body_text, hashtag, language, list_at, moment, part, text_at, unique
from models.errors import SkipRecord
from models.records import Document, post_id
from models.urls import canonical

PLATFORM = "bluesky"
POST, REPOST = "app.bsky.feed.post", "app.bsky.feed.repost"
_URI = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,200})/([A-Za-z0-9.-]{1,317})/([A-Za-z0-9._:~-]{1,512})")
_DID = re.compile(r"did:(?:plc:[a-z2-7]{24}|web:[A-Za-z0-9.-]{1,253})")
_HANDLE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_CID = re.compile(r"[A-Za-z0-9]{8,128}")
_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


def document(item: Any, *, source: str, did: str, handle: str, received: datetime) -> Document:
    """One element of ``listRecords`` as a Document.

    ``date_source`` is "platform", or "claimed" (which no time-window test trusts) when ``createdAt`` is more than a day off the time
    in the record's key; ``published`` is None when it is absurd.
    Raises SkipRecord ``not-a-post``, ``foreign-record`` (another account's), ``too-long``.
    """
    uri, value = text_at(item, "uri"), part(item, "value")
    owner, collection, rkey = split_uri(uri)
    kind = text_at(value, "$type")
    if not owner or kind != collection or kind not in (POST, REPOST):
        raise SkipRecord("not-a-post", where=uri[:200], hint=f"a record of type {kind[:100]!r}")
    if owner != did:
        raise SkipRecord("foreign-record", where=uri[:200], hint=f"offered as a record of {did}")
    made = {POST: _post, REPOST: _repost}[kind](value, did, rkey)
    published = moment(text_at(value, "createdAt"), received)
    return Document(
        id=post_id(PLATFORM, uri),
        kind="post",
        platform=PLATFORM,
        source=source,
        fetched=received,
        platform_id=uri,
        account=did,
        account_name=handle,
        published=published,
        date_source=_date_source(published, rkey),
        **made,
    )


def _date_source(published: datetime | None, rkey: str) -> str:
    if published is None:
        return ""
    made = tid_time(rkey)
    return "platform" if made is None or abs(made - published) <= timedelta(days=1) else "claimed"


def _post(value: Any, did: str, rkey: str) -> dict[str, Any]:
    text = body_text(value["text"]) if isinstance(part(value, "text"), str) else ""
    links, tags, people = _facets(value)
    url = f"https://bsky.app/profile/{did}/post/{rkey}"
    return {
        "url": url,
        "canonical_url": canonical(url),
        "language": next((code for code in map(_language, list_at(value, "langs")) if code), ""),
        "text": text,
        "links": unique([*links, *_bare_links(text, links), *_card(value)]),
        "hashtags": unique([*tags, *(hashtag(tag) for tag in list_at(value, "tags") if isinstance(tag, str))]),
        "mentions": unique(people),
        "reply_to": _at(text_at(value, "reply", "parent", "uri")),
        "quote_of": _quoted(value),
        "media_hashes": unique(_pictures(value)),
    }


def _repost(value: Any, did: str, rkey: str) -> dict[str, Any]:
    subject = text_at(value, "subject", "uri")
    author, collection, key = split_uri(subject)
    if not author:
        raise SkipRecord("not-a-post", where=f"at://{did}/{REPOST}/{rkey}", hint="a repost of nothing")
    # a repost has no page of its own: what one can look at is the post it repeats
    url = f"https://bsky.app/profile/{author}/post/{key}" if collection == POST else ""
    return {"url": url, "repost_of": subject, "repost_author": author}


def _language(value: Any) -> str:
    return language(value) if isinstance(value, str) else ""


def _facets(value: Any) -> tuple[list[str], list[str], list[str]]:
    """Links, hashtags and mentioned accounts; offsets count UTF-8 bytes, and a facet that points outside the text shows nowhere."""
    size = len(part(value, "text").encode("utf-8", "replace")) if isinstance(part(value, "text"), str) else 0
    links, tags, people = [], [], []
    for facet in list_at(value, "facets"):
        start, end = part(facet, "index", "byteStart"), part(facet, "index", "byteEnd")
        if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= size:
            continue
        for feature in list_at(facet, "features"):
            links.append(address(text_at(feature, "uri")))
            tags.append(hashtag(text_at(feature, "tag")))
            people.append(text_at(feature, "did") if is_did(text_at(feature, "did")) else "")
    return links, tags, people


def _bare_links(text: str, known: list[str]) -> list[str]:
    # a program that posts may leave the facet out: the address is in the text all the same
    return [link for link in map(address, addresses_in(text)) if not any(other.startswith(link) for other in known)]


def _embeds(value: Any) -> list[Any]:
    """The embed itself, and the media of a quotation with media."""
    embed = part(value, "embed")
    return [e for e in (embed, part(embed, "media")) if e is not None]


def _card(value: Any) -> list[str]:
    return [address(text_at(embed, "external", "uri")) for embed in _embeds(value)]


def _quoted(value: Any) -> str:
    record = part(value, "embed", "record")
    return _at(text_at(record, "uri") or text_at(record, "record", "uri"))


def _pictures(value: Any) -> list[str]:
    blobs = [part(image, "image") for embed in _embeds(value) for image in list_at(embed, "images")]
    blobs += [part(embed, "video") for embed in _embeds(value)]
    cids = [text_at(blob, "ref", "$link") or text_at(blob, "cid") for blob in blobs]
    return [f"cid:{cid}" if _CID.fullmatch(cid) else "" for cid in cids]


def _at(uri: str) -> str:
    return uri if _URI.fullmatch(uri) else ""


def split_uri(uri: str) -> tuple[str, str, str]:
    """DID, collection and record key of an ``at://`` address; three times "" for anything else."""
    match = _URI.fullmatch(uri)
    return (match.group(1), match.group(2), match.group(3)) if match else ("", "", "")


def records(data: Any, where: str) -> list[Any]:
    """The elements of a ``listRecords`` answer. Raises SkipRecord ``not-a-timeline`` for any other JSON."""
    found = part(data, "records")
    if not isinstance(found, list):
        raise SkipRecord("not-a-timeline", where=where, hint="the answer is JSON, but has no records")
    return found


def is_did(text: str) -> bool:
    """Whether ``text`` is an account's stable id (``did:plc:…`` or ``did:web:…``)."""
    return bool(_DID.fullmatch(text))


def account_name(text: str) -> str:
    """A DID or handle out of what a person writes (``@name.example``, ``at://…``, a profile's address); "" for anything else."""
    text = text.strip().removeprefix("at://").removeprefix("@")
    parts = urlsplit(text) if text.startswith(("https://", "http://")) else None
    if parts is not None:
        steps = [unquote(step) for step in parts.path.split("/") if step]
        text = steps[1] if len(steps) >= 2 and steps[0] == "profile" else ""
    return text if is_did(text) else text.lower() if _HANDLE.fullmatch(text.lower()) and len(text) <= 253 else ""


def identity(document_: Any, did: str, *, open_only: bool) -> tuple[str, str]:
    """Server and handle out of a DID document. Raises SkipRecord ``no-server``.

    Whoever owns the account writes this document, so the server must be https and no address of an inner network; ``open_only=False`` (a
    directory that is itself plain http, as in a laboratory) lifts that.
    """
    if text_at(document_, "id") != did:
        raise SkipRecord("no-server", where=did, hint="the directory answered about another account")
    for service in list_at(document_, "service"):
        if text_at(service, "id").endswith("#atproto_pds"):
            server = base(text_at(service, "serviceEndpoint"), open_only=open_only)
            if server:
                return server, handle_of(document_)
    raise SkipRecord("no-server", where=did, hint="the account's document names no server that may be asked")


def handle_of(document_: Any) -> str:
    """The handle a DID document claims, or ""."""
    names = [account_name(name) for name in list_at(document_, "alsoKnownAs") if isinstance(name, str)]
    return next((name for name in names if name and not is_did(name)), "")


def base(url: str, *, open_only: bool) -> str:
    """Scheme, host and port of a server, or "" if it may not be asked."""
    try:
        parts = urlsplit(address(url))
        host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if not host or parts.username or (open_only and (parts.scheme != "https" or _inner(host))):
        return ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def _inner(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa"))


def tid_time(rkey: str) -> datetime | None:
    """When a record key was made, to the microsecond (13 letters of base 32: 53 bits of time, 10 of clock); None for other keys."""
    if not re.fullmatch(r"[2-7a-j][2-7a-z]{12}", rkey):
        return None
    number = 0
    for letter in rkey:
        number = number * 32 + _LETTERS.index(letter)
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=number >> 10)


def tid(when: datetime) -> str:
    """The least record key of a moment (not before 1970)."""
    number = max(0, (when - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)) << 10
    letters = [_LETTERS[(number >> shift) & 31] for shift in range(60, -1, -5)]
    return "".join(letters)
