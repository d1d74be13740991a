"""Hashtags of a Mastodon instance: what becomes of a post, and that no night, kill or odd answer loses one or keeps it twice."""

from __future__ import annotations

import itertools
import json
import os
import signal
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawlers.parse_mastodon import snowflake_time
from models.records import Document, Source
from tests.support.crawl import Reply, documents, finish, night, start
from tests.support.social import NOW, Mastodon, ago, mastodon, status


def tags(server: Mastodon, *names: str, **options: Any) -> Source:
    return Source(name="instance", access="mastodon", urls=(server.url,), options={"tags": list(names or ("btw25",))} | options)


def many(server: Mastodon, count: int, first: int = 0, **more: Any) -> set[str]:
    """``count`` posts a minute apart, the newest a minute ago; their uris."""
    made = [status(first + n, ago(minutes=count - n), **more) for n in range(count)]
    server.add(*made)
    return {p["uri"] for p in made}


def uris(found: list[Document]) -> list[str]:
    return [d.platform_id for d in found]


def test_two_nights(tmp_path: Path) -> None:
    with mastodon() as server:
        old = status(9000, ago(days=20))
        server.add(old)
        expected = many(server, 130) | many(server, 5, 500, tag="wahl")
        source = tags(server, "btw25", "wahl")
        first = night(tmp_path, [source], crawl__max_age_days=14)
        assert (first.exit_code, first.only.failed, first.only.new) == (0, {}, 135)
        assert set(uris(first.documents)) == expected  # the post of 20 days ago is not among them
        in_order = [d.published for d in first.documents if "btw25" in d.hashtags]
        assert in_order == sorted(in_order)

        server.asked_timelines.clear()
        again = night(tmp_path, [source], crawl__max_age_days=14)
        assert (again.only.new, len(again.documents)) == (0, 135)
        assert "archived before" in again.only.note

        late = status(700, ago(hours=3), host="slow.example")  # delivered now, with an id of three hours ago
        server.add(late, *(status(800 + n, NOW) for n in range(3)))
        third = night(tmp_path, [source], crawl__max_age_days=14)
        assert third.only.new == 4
        assert late["uri"] in uris(third.documents)
        assert len(set(uris(third.documents))) == len(third.documents) == 139


def test_a_post_under_two_tags_is_kept_once(tmp_path: Path) -> None:
    with mastodon() as server:
        server.add(status(1, ago(hours=1), tags=[{"name": "btw25"}, {"name": "wahl"}]))
        source = Source(name="instance", access="mastodon", urls=(f"{server.url}/tags/BTW25", f"{server.url}/tags/wahl"))
        assert uris(night(tmp_path, [source]).documents) == ["https://social.example/users/user1/statuses/1"]


@pytest.mark.parametrize("ids", ["snowflake", "ulid"])
def test_killed_in_the_middle_nothing_is_lost(tmp_path: Path, ids: str) -> None:
    with mastodon() as server:
        expected = many(server, 200)
        if ids == "ulid":
            for number, item in enumerate(server.posts):
                item["id"] = f"01J{number:023d}"
        source = tags(server)
        server.slow = 0.3
        process = start(tmp_path, [source])
        deadline = time.monotonic() + 40
        while len(documents(tmp_path)) < 60 and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        finish(process, tmp_path)
        before = uris(documents(tmp_path))
        assert 60 <= len(before) < 200
        server.slow = 0.0
        server.asked_timelines.clear()
        done = night(tmp_path, [source])
        assert len(done.documents) == len(expected) == 200
        assert set(uris(done.documents)) == expected
        assert done.only.new == 200 - len(before)


def test_ids_without_time_are_walked_from_new_to_old_and_remembered_at_the_end(tmp_path: Path) -> None:
    with mastodon() as server:
        expected = many(server, 100)
        server.add(status(9000, ago(days=30)))
        for number, item in enumerate(sorted(server.posts, key=lambda p: p["created_at"])):
            item["id"] = f"01J{number:023d}"
        done = night(tmp_path, [tags(server)], crawl__max_age_days=14)
        assert set(uris(done.documents)) == expected
        server.add(status(500, NOW) | {"id": f"01J{900:023d}"})
        server.asked_timelines.clear()
        assert night(tmp_path, [tags(server)], crawl__max_age_days=14).only.new == 1
        assert server.asked_timelines[0]["min_id"] == f"01J{100:023d}"


def test_requests_end_before_the_limit_and_go_on_after_it(tmp_path: Path) -> None:
    with mastodon() as server:
        expected = many(server, 200)
        server.allowed, server.period = 3, 2.0
        done = night(tmp_path, [tags(server)])
        assert set(uris(done.documents)) == expected
        assert server.refused == 0
        assert done.only.failed == {}


def test_a_limit_that_lasts_is_left_to_the_next_scan(tmp_path: Path) -> None:
    with mastodon() as server:
        expected = many(server, 200)
        server.allowed, server.period = 3, 36_000_000.0
        first = night(tmp_path, [tags(server)])
        assert first.only.failed == {"rate-limit": 1}
        assert "the next scan goes on from here" in first.only.note
        assert server.refused == 0
        server.allowed = 300
        second = night(tmp_path, [tags(server)])
        assert set(uris(second.documents)) == expected
        assert len(second.documents) == 200
        assert first.only.new == 80


def test_retry_after_of_429_is_waited_for(tmp_path: Path) -> None:
    with mastodon() as server:
        expected = many(server, 90)
        server.instead[2] = Reply(b'{"error":"Too many requests"}', 429, {"Retry-After": "1"})
        done = night(tmp_path, [tags(server)], crawl__retries=2)
        assert set(uris(done.documents)) == expected
        assert done.only.failed == {}


def test_an_instance_that_wants_a_token_says_so(tmp_path: Path) -> None:
    with mastodon() as old, mastodon() as new:
        old.instead[1] = Reply(b'{"error":"This method requires an authenticated user"}', 422)
        new.instead[1] = Reply(b'{"error":"The access token is invalid"}', 401)
        done = night(tmp_path, [replace(tags(old), name="old"), replace(tags(new), name="new")])
        for report in done.reports.values():
            assert report.failed == {"needs-token": 1}
            assert "signed in" in report.note


ODD = [
    (b"<!doctype html><title>Just a moment</title>", "not-json"),
    (b'[{"id": "1", "uri"', "not-json"),
    (b'{"error": "Sorry"}', "not-a-timeline"),
    (b"3", "not-a-timeline"),
    (b"", "empty"),
]


def test_an_odd_answer_loses_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        sources, expected, causes = [], {}, {}
        for number, ((body, cause), at) in enumerate(itertools.product(ODD, (1, 3))):
            server = stack.enter_context(mastodon())
            name = f"{number} at {at}"
            expected[name] = many(server, 100, first=1000 * number)
            server.instead[at] = Reply(body)
            sources.append(replace(tags(server), name=name))
            causes[name] = cause
        first = night(tmp_path, sources)
        assert first.exit_code == 0
        for name, report in first.reports.items():
            assert (report.failed, report.new) == ({causes[name]: 1}, 40 if name.endswith("at 3") else 0)
        second = night(tmp_path, sources)
        for name, wanted in expected.items():
            found = [d.platform_id for d in second.documents if d.source == name]
            assert (set(found), len(found)) == (wanted, 100)


def test_hostile_records_cost_themselves_only(tmp_path: Path) -> None:
    with mastodon() as server:
        expected = many(server, 10)
        when = ago(seconds=30)
        raw = [
            '{"id":"1","content":' + "[" * 100_000 + "]" * 100_000 + "}",
            '{"id":"2","uri":"https://h.example/1","content":null,"account":' + '{"a":' * 50_000 + "1" + "}" * 50_000 + "}",
            '{"id":"3","uri":' + "1" * 10_000 + "}",
            "null",
            '"text"',
            '{"uri":"https://h.example/2","account":{"acct":"\\ud800 \\u0000"},"created_at":{}}',
        ]
        for number, text in enumerate(raw):
            server.add(status(600 + number, when) | {"raw": text})
        odd = status(
            700, when, content="<p>\x00\x1b[31mrot\u202e \ud800</p>" + "<b>" * 30_000, tags=[{"name": "btw25"}, 3, None, {"name": ["x"]}]
        )
        odd |= {
            "uri": "https://h.example/kept",
            "card": 5,
            "mentions": {"a": 1},
            "media_attachments": "none",
            "language": 9,
            "url": "javascript:1",
        }
        server.add(odd, status(701, when, content="x" * 200_000), status(702, when) | {"created_at": "2999-01-01T00:00:00Z"})
        server.add(status(703, when, account={"acct": "shy", "indexable": False}))
        done = night(tmp_path, [tags(server)])
        kept = {d.platform_id: d for d in done.documents}
        assert expected <= set(kept)
        assert done.only.failed == {"absurd-date": 1, "not-a-post": 6, "not-indexable": 1, "too-long": 1}
        assert (
            kept["https://h.example/kept"].text
            == "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}[31mrot\u202e \N{REPLACEMENT CHARACTER}"
        )
        assert kept["https://h.example/kept"].url == "https://h.example/kept"
        assert night(tmp_path, [tags(server)]).only.new == 0


def test_a_timeline_cannot_send_its_reader_elsewhere(tmp_path: Path) -> None:
    with mastodon() as server, mastodon() as trap:
        many(server, 90)
        server.link_host = trap.url
        assert night(tmp_path, [tags(server)]).only.new == 90
        assert trap.log == []


def test_a_server_that_goes_in_circles_is_left(tmp_path: Path) -> None:
    with mastodon() as server:
        many(server, 90)
        item = status(1, ago(hours=5))
        page = Reply(json.dumps([item]).encode(), 200, {"Link": f'<x?min_id={item["id"]}>; rel="prev"'})
        server.instead = dict.fromkeys(range(2, 50), page)
        done = night(tmp_path, [tags(server)])
        assert done.only.failed == {"paging-stuck": 1}
        assert len(server.asked_timelines) == 3


def test_what_is_too_much_for_a_night_comes_the_next(tmp_path: Path) -> None:
    with mastodon() as server:
        expected = many(server, 200)
        first = night(tmp_path, [tags(server, overlap_hours=0)], crawl__max_pages=3)
        assert "waits for the next scan" in first.only.note
        assert first.only.new == 120
        second = night(tmp_path, [tags(server, overlap_hours=0)], crawl__max_pages=3)
        assert set(uris(second.documents)) == expected


def test_a_source_that_is_set_up_wrongly_says_so(tmp_path: Path) -> None:
    wrong = {"no": {}, "empty": {"tags": []}, "type": {"tags": 5}, "hours": {"tags": ["a"], "overlap_hours": "x"}}
    sources = [Source(name=name, access="mastodon", urls=("http://127.0.0.1:1",), options=options) for name, options in wrong.items()]
    done = night(tmp_path, sources)
    for name, report in done.reports.items():
        assert report.failed == {"settings": 1}
        assert ("overlap_hours" if name == "hours" else "names no hashtag") in report.note


def test_an_empty_timeline_is_said(tmp_path: Path) -> None:
    with mastodon() as server:
        done = night(tmp_path, [tags(server, "nothing")])
        assert (done.only.failed, done.only.new) == ({}, 0)
        assert "#nothing: no posts" in done.only.note


def test_first_night_asks_only_for_the_days_wanted(tmp_path: Path) -> None:
    with mastodon() as server:
        many(server, 3)
        night(tmp_path, [tags(server)], crawl__max_age_days=2)
        begun = snowflake_time(server.asked_timelines[1]["min_id"])
        assert begun is not None
        assert abs(begun - (datetime.now(UTC) - timedelta(days=2))) < timedelta(minutes=2)
