"""A Mastodon status into a document, field by field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crawlers.parse_mastodon import cursor, post, snowflake_time
from models.errors import SkipRecord
from models.records import Document
from tests.support.social import NOW, ago, snowflake, status


def read(data: Any) -> Document:
    return post(data, source="s", home="social.example", received=NOW)


def test_every_field_of_a_post() -> None:
    html = (
        '<p>Wählt <span class="h-card"><a href="https://chaos.example/@Eva" class="u-url mention">@<span>Eva</span></a></span>! '
        '<a href="https://social.example/tags/BTW25" class="mention hashtag" rel="tag">#<span>BTW25</span></a><br>Mehr: '
        '<a href="https://zeitung.example/a/b?x=1&amp;utm_source=m" rel="nofollow"><span class="invisible">https://</span>'
        '<span class="ellipsis">zeitung.example/a</span><span class="invisible">/b?x=1&amp;utm_source=m</span></a></p>'
        "<p>Zweiter &lt;Absatz&gt;</p>"
    )
    when = ago(hours=2)
    data = status(
        5,
        when,
        user="Max",
        content=html,
        language="de-AT",
        spoiler_text="Wahl",
        in_reply_to_id="109000000000000001",
        tags=[{"name": "BTW25"}, {"name": "btw25"}],
        mentions=[{"acct": "Eva@chaos.example"}, {"acct": "lokal"}],
        card={"url": "https://zeitung.example/a/b"},
        media_attachments=[{"blurhash": "LEHV6nWB2yk8pyo0adR*", "meta": {"original": {"width": 640, "height": 480}}}, {"blurhash": None}],
        quote={"state": "accepted", "quoted_status": {"uri": "https://q.example/1"}},
    )
    made = read(data)
    assert made.platform_id == "https://social.example/users/Max/statuses/5"
    assert made.url == "https://social.example/@Max/5"
    assert (made.kind, made.platform, made.source, made.fetched) == ("post", "mastodon", "s", NOW)
    assert (made.account, made.account_name) == ("acct:max@social.example", "Max")
    assert (made.published, made.date_source, made.language) == (when, "platform", "de")
    assert made.text == "Wahl\n\nWählt @Eva! #BTW25\nMehr: https://zeitung.example/a/b?x=1&utm_source=m\n\nZweiter <Absatz>"
    assert made.links == ("https://zeitung.example/a/b?x=1&utm_source=m", "https://zeitung.example/a/b")
    assert made.hashtags == ("btw25",)
    assert made.mentions == ("acct:eva@chaos.example", "acct:lokal@social.example")
    assert made.reply_to == "https://social.example/api/v1/statuses/109000000000000001"
    assert made.quote_of == "https://q.example/1"
    assert made.media_hashes == ("blurhash:LEHV6nWB2yk8pyo0adR*:640x480",)


def test_a_boost_names_what_it_boosts_and_repeats_no_text() -> None:
    original = status(1, ago(hours=3), user="anna", host="other.example")
    made = read(status(2, ago(hours=1), reblog=original))
    assert (made.repost_of, made.repost_author) == (original["uri"], "acct:anna@other.example")
    assert (made.text, made.links) == ("", ())


def test_one_account_has_one_name_from_whatever_instance() -> None:
    far = read(status(1, ago(hours=1), user="Anna", host="other.example"))
    near = post(status(1, ago(hours=1), user="Anna"), source="s", home="other.example", received=NOW)
    assert far.account == near.account == "acct:anna@other.example"


def test_a_quotation_written_out_for_old_programs_is_not_text() -> None:
    html = '<p class="quote-inline">RE: <a href="https://q.example/@a/1">https://q.example/@a/1</a></p><p>Genau!</p>'
    made = read(status(1, ago(hours=1), content=html))
    assert (made.text, made.quote_of, made.links) == ("Genau!", "https://q.example/@a/1", ())


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"account": {"acct": "a", "indexable": False}}, "not-indexable"),
        ({"visibility": "private"}, "not-public"),
        ({"uri": None}, "not-a-post"),
        ({"account": []}, "not-a-post"),
        ({"account": {"acct": "a b@c"}}, "not-a-post"),
        ({"content": "x" * 100_001}, "too-long"),
    ],
)
def test_what_is_not_kept(change: dict[str, Any], cause: str) -> None:
    with pytest.raises(SkipRecord, match=cause):
        read(status(1, ago(hours=1)) | change)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "yesterday", "", None, 7, "9999-12-31T23:59:59-12:00"])
def test_an_absurd_date_is_no_date(text: Any) -> None:
    made = read(status(1, ago(hours=1)) | {"created_at": text})
    assert (made.published, made.date_source) == (None, "")


def test_link_header_gives_ids_only() -> None:
    header = '<https://elsewhere.example/x?max_id=1&min_id=2>; rel="next", <https://elsewhere.example/x?min_id=abc%20>; rel="prev"'
    assert cursor({"link": header}, "next") == "1"
    assert cursor({"link": header}, "prev") == ""
    assert cursor({"link": "<" * 50_000}, "next") == ""


def test_ids_hold_a_time() -> None:
    when = datetime(2025, 2, 23, 17, tzinfo=UTC)
    assert snowflake_time(str(snowflake(when, 7))) == when
    assert [snowflake_time(i) for i in ("12", "01HXYZABC", "9" * 19, "", "٣" * 17)] == [None] * 5
