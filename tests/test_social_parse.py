"""What any JSON may do to the readers of posts: become a document that can be stored, or cost itself with a cause."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers import parse_bluesky, parse_mastodon
from crawlers.causes import cause_of
from crawlers.html_text import read
from crawlers.parse_bluesky import POST, REPOST, account_name, base, document, identity, tid, tid_time
from crawlers.parse_social import MAX_DEPTH, addresses_in, language, loads, pause
from models.errors import SkipRecord
from models.records import Document
from tests.support.social import NOW, status

DID = "did:plc:abcdefghijklmnopqrstuvwx"
RKEY = tid(NOW)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def record(value: Any, rkey: str = RKEY, kind: str = POST) -> dict[str, Any]:
    return {"uri": f"at://{DID}/{kind}/{rkey}", "cid": "bafy", "value": {"$type": kind, "createdAt": NOW.isoformat()} | value}


def made(value: Any, rkey: str = RKEY, kind: str = POST) -> Document:
    return document(record(value, rkey, kind), source="s", did=DID, handle="a.example", received=NOW)


def stored(make: Any) -> None:
    try:
        kept = make()
    except SkipRecord as lost:
        cause = (cause_of(lost), lost.message)
    else:
        assert Document.from_json(kept.to_json().encode("utf-8").decode()) == kept
        return
    assert cause[0] == cause[1]  # a slug of its own, not the general "bad-page"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(status(1, NOW))), anything, max_size=5), anything)
def test_any_status_is_stored_or_skipped(change: dict[str, Any], whole: Any) -> None:
    for data in (status(1, NOW) | change, whole):
        stored(lambda data=data: parse_mastodon.post(data, source="s", home="h.example", received=NOW))


FIELDS = ["text", "facets", "embed", "reply", "langs", "tags", "createdAt", "subject", "$type"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(FIELDS), anything, max_size=5), anything, st.sampled_from([POST, REPOST]))
def test_any_record_is_stored_or_skipped(change: dict[str, Any], whole: Any, kind: str) -> None:
    for data in (record(change, kind=kind), {"uri": f"at://{DID}/{kind}/x", "value": whole}, whole):
        stored(lambda data=data: document(data, source="s", did=DID, handle="", received=NOW))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/abp=\"' &;#x!-[]\n"))
def test_any_html_is_read(html: str) -> None:
    read(html)


@pytest.mark.parametrize(
    "piece", ["<", "<!--", "<a ", '<a "', "<p>", "<a b='", "<![CDATA[", "</", "<b><i>", "&#", "<textarea></texta", "<br> "]
)
def test_hostile_html_takes_no_time(piece: str) -> None:
    begun = time.process_time()
    read(piece * (100_000 // len(piece)))
    assert time.process_time() - begun < 2


def test_hostile_json_costs_what_is_too_deep() -> None:
    deep = b'[{"a":1},' + b"[" * 100_000 + b"]" * 100_000 + b',{"b":"]}[[[\\""},' + b"1" * 5000 + b"]"
    first, nested, third, number = loads(deep, "x")
    assert (first, third, number) == ({"a": 1}, {"b": ']}[[["'}, None)
    for _ in range(MAX_DEPTH - 1):
        nested = nested[0]
    assert nested is None
    with pytest.raises(SkipRecord, match="not-json"):
        loads(b"[" * 100_000, "x")


def test_addresses_written_out_lose_the_punctuation_after_them() -> None:
    text = "Siehe https://a.example/x_(y)) und (https://b.example/?q=1). „https://c.example/z“ http://d.example…"
    assert addresses_in(text) == ["https://a.example/x_(y)", "https://b.example/?q=1", "https://c.example/z", "http://d.example"]


def test_a_declared_language_is_its_first_part() -> None:
    assert [language(t) for t in ("de", "fr-CA", "zh_Hant", "FRA", "deutsch", "", "x", "d3")] == ["de", "fr", "zh", "fra", "", "", "", ""]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"x-ratelimit-remaining": "4", "x-ratelimit-reset": "2099-01-01T00:00:00Z"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": (NOW + timedelta(seconds=90)).isoformat()}, 90),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": (NOW - timedelta(seconds=90)).isoformat()}, 0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": str(int(NOW.timestamp()) + 7)}, 7),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, 60),
        # the server's clock is an hour behind: what counts is the distance between its own two times
        (
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": (NOW - timedelta(seconds=3550)).isoformat(),
                "date": (NOW - timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT"),
            },
            50,
        ),
    ],
)
def test_rest_that_headers_ask_for(headers: dict[str, str], seconds: float) -> None:
    assert pause(headers, NOW) == seconds


def test_record_keys_hold_a_time() -> None:
    when = datetime(2023, 6, 30, 15, 3, 1, 887007, UTC)
    assert tid_time("3jzfcijpj2z2a") == when  # the example of atproto.com/specs/tid
    assert tid_time(tid(when)) == when
    assert tid(when) <= "3jzfcijpj2z2a" < tid(when + timedelta(microseconds=1))
    assert [tid_time(key) for key in ("", "self", "3jzfcijpj2z2A", "zzzzzzzzzzzzz")] == [None] * 4


def test_offsets_of_facets_count_bytes() -> None:
    text = "🐘 Straße"
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example/1"}
    end = len(text.encode())
    facets = [
        {"index": {"byteStart": 5, "byteEnd": end}, "features": [link]},  # 12 bytes, though only 8 characters
        {"index": {"byteStart": 5, "byteEnd": end + 1}, "features": [link | {"uri": "https://b.example/beyond"}]},
        {"index": {"byteStart": 6, "byteEnd": 6}, "features": [link | {"uri": "https://c.example/empty"}]},
        {"index": {"byteStart": True, "byteEnd": 4.0}, "features": [link | {"uri": "https://d.example/types"}]},
    ]
    assert made({"text": text, "facets": facets}).links == ("https://a.example/1",)


def test_an_address_without_facet_is_a_link_too() -> None:
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example/long/way"}
    text = "https://a.example/long… und https://b.example/x."
    facets = [{"index": {"byteStart": 0, "byteEnd": 22}, "features": [link]}]
    assert made({"text": text, "facets": facets}).links == ("https://a.example/long/way", "https://b.example/x")


@pytest.mark.parametrize(
    ("claimed", "source"),
    [
        (NOW, "platform"),
        (NOW - timedelta(hours=20), "platform"),
        (NOW - timedelta(days=300), "claimed"),
        (NOW + timedelta(days=2), ""),
        (datetime(1970, 1, 1, tzinfo=UTC), ""),
    ],
)
def test_a_claimed_time_is_trusted_as_far_as_the_key_bears_it_out(claimed: datetime, source: str) -> None:
    kept = made({"text": "x", "createdAt": claimed.isoformat()})
    assert kept.date_source == source
    assert kept.published == (claimed if source else None)


def test_a_record_of_somebody_else_is_refused() -> None:
    with pytest.raises(SkipRecord, match="foreign-record"):
        document(record({"text": "x"}), source="s", did="did:plc:" + "b" * 24, handle="", received=NOW)


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("@Name.Example", "name.example"),
        ("at://" + DID, DID),
        (f"https://bsky.app/profile/{DID}", DID),
        ("https://bsky.app/profile/name.example/post/3jzfcijpj2z2a", "name.example"),
        ("did:web:name.example", "did:web:name.example"),
        ("https://bsky.app/", ""),
        ("did:plc:short", ""),
        ("name", ""),
        ("name.example/../x", ""),
        ("127.0.0.1", ""),
        ("", ""),
    ],
)
def test_ways_to_write_an_account(written: str, account: str) -> None:
    assert account_name(written) == account


def directory(endpoint: str, did: str = DID) -> dict[str, Any]:
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": endpoint}
    return {"id": did, "alsoKnownAs": ["at://Name.example"], "service": [service]}


def test_where_an_account_lies() -> None:
    assert identity(directory("https://pds.example/"), DID, open_only=True) == ("https://pds.example", "name.example")
    assert identity(directory("http://localhost:2583"), DID, open_only=False) == ("http://localhost:2583", "name.example")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://pds.example",
        "https://10.0.0.1",
        "https://[::1]",
        "https://localhost",
        "https://a.internal",
        "ftp://a.example",
        "",
        "https://u@a.example",
    ],
)
def test_an_account_cannot_send_its_reader_inside(endpoint: str) -> None:
    with pytest.raises(SkipRecord, match="no-server"):
        identity(directory(endpoint), DID, open_only=True)


def test_a_directory_that_answers_about_another_account_is_refused() -> None:
    with pytest.raises(SkipRecord, match="no-server"):
        identity(directory("https://pds.example", "did:plc:" + "b" * 24), DID, open_only=True)
    assert base("https://pds.example:8443/x?y", open_only=True) == "https://pds.example:8443"


def test_answers_of_another_shape_are_no_timeline() -> None:
    for read_list in (parse_bluesky.records, parse_mastodon.statuses):
        for data in (None, 3, "x", {"records": 1}, {"error": "gone"}):
            with pytest.raises(SkipRecord, match="not-a-timeline"):
                read_list(json.loads(json.dumps(data)), "x")
