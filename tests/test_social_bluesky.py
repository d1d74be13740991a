"""Accounts on a real Bluesky server: what becomes of a record, and that no night, kill or deletion loses one or keeps it twice."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawlers.parse_bluesky import REPOST, tid
from models.records import Document, Source
from tests.support.crawl import Night, Reply, Site, documents, finish, night, site, start
from tests.support.social import Account, Bluesky, ago, bluesky, stamp

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def network() -> Iterator[Bluesky]:
    with bluesky() as made:
        yield made


_names = iter(range(10_000))


@pytest.fixture
def alice(network: Bluesky) -> Account:
    return network.account(f"alice{next(_names)}")


def on_server(account: Account, **options: Any) -> Source:
    """The account by its handle, on a server that is named."""
    return Source(name="accounts", access="bluesky", urls=(account.network.pds,), options={"accounts": [account.handle]} | options)


def by_id(done: Night) -> dict[str, Document]:
    return {d.platform_id: d for d in done.documents}


def facet(text: str, part: str, **feature: str) -> dict[str, Any]:
    at = text.encode().index(part.encode())
    kind = {"uri": "link", "tag": "tag", "did": "mention"}[next(iter(feature))]
    return {
        "index": {"byteStart": at, "byteEnd": at + len(part.encode())},
        "features": [{"$type": f"app.bsky.richtext.facet#{kind}"} | feature],
    }


def test_every_field_of_a_record(network: Bluesky, alice: Account, tmp_path: Path) -> None:
    bob = network.account(f"bob{next(_names)}")
    parent = bob.post("Der Anfang")
    blob = network.call("com.atproto.repo.uploadBlob", PIXEL, alice.token, kind="image/png")["blob"]
    text = f"🐘 Wählt! @{bob.handle} zeitung.example/la… #BTW25"
    when = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    strong = {"uri": parent["uri"], "cid": parent["cid"]}
    made = alice.post(
        text,
        when,
        langs=["de-DE", "en"],
        tags=["Wahlkampf"],
        facets=[
            facet(text, f"@{bob.handle}", did=bob.did),
            facet(text, "zeitung.example/la…", uri="https://zeitung.example/lang/er?utm_source=b"),
            facet(text, "#BTW25", tag="BTW25"),
        ],
        reply={"root": strong, "parent": strong},
        embed={
            "$type": "app.bsky.embed.recordWithMedia",
            "record": {"$type": "app.bsky.embed.record", "record": strong},
            "media": {"$type": "app.bsky.embed.images", "images": [{"image": blob, "alt": ""}]},
        },
    )
    card = {"uri": "https://blatt.example/x", "title": "X", "description": ""}
    linked = alice.post("Lest", embed={"$type": "app.bsky.embed.external", "external": card})
    quoted = alice.post("Zitat", embed={"$type": "app.bsky.embed.record", "record": strong})
    repeated = alice.create({"subject": strong, "createdAt": stamp(when)}, REPOST)

    done = night(tmp_path, [on_server(alice)])
    assert (done.exit_code, done.only.failed, done.only.new) == (0, {}, 4)
    kept = by_id(done)
    first = kept[made["uri"]]
    assert (first.kind, first.platform, first.source) == ("post", "bluesky", "accounts")
    assert (first.account, first.account_name) == (alice.did, alice.handle)
    assert (first.published, first.date_source, first.language) == (when, "platform", "de")
    assert first.text == text
    assert first.links == ("https://zeitung.example/lang/er?utm_source=b",)
    assert first.hashtags == ("btw25", "wahlkampf")
    assert first.mentions == (bob.did,)
    assert first.reply_to == first.quote_of == parent["uri"]
    assert first.media_hashes == (f"cid:{blob['ref']['$link']}",)
    assert first.url == f"https://bsky.app/profile/{alice.did}/post/{made['uri'].rpartition('/')[2]}"
    assert kept[linked["uri"]].links == ("https://blatt.example/x",)
    assert kept[quoted["uri"]].quote_of == parent["uri"]
    repost = kept[repeated["uri"]]
    assert (repost.repost_of, repost.repost_author, repost.text) == (parent["uri"], bob.did, "")
    assert repost.url == f"https://bsky.app/profile/{bob.did}/post/{parent['uri'].rpartition('/')[2]}"


def test_two_nights_and_what_was_deleted_between(alice: Account, tmp_path: Path) -> None:
    alice.posts([f"Beitrag {n}" for n in range(230)])
    gone = alice.post("bald weg")
    first = night(tmp_path, [on_server(alice)])
    assert first.only.new == 231
    assert night(tmp_path, [on_server(alice)]).only.new == 0

    alice.delete(gone["uri"])
    fresh = alice.post("neu")
    third = night(tmp_path, [on_server(alice)])
    assert (third.only.new, third.only.failed) == (1, {})
    assert {gone["uri"], fresh["uri"]} <= set(by_id(third))  # what was read stays in the archive, deleted or not
    assert len(third.documents) == len(by_id(third)) == 232


def test_killed_in_the_middle_nothing_is_lost(alice: Account, tmp_path: Path) -> None:
    alice.posts([f"Beitrag {n}" for n in range(350)])
    process = start(tmp_path / "killed", [on_server(alice)], crawl__delay=0.5)
    deadline = time.monotonic() + 40
    while len(documents(tmp_path / "killed")) < 120 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    finish(process, tmp_path / "killed")
    before = len(documents(tmp_path / "killed"))
    assert 120 <= before < 350
    after = night(tmp_path / "killed", [on_server(alice)])
    whole = night(tmp_path / "whole", [on_server(alice)])
    assert len(whole.documents) == len(after.documents) == 350
    assert {d.id for d in after.documents} == {d.id for d in whole.documents}
    assert after.only.new == 350 - before


def test_the_ways_to_an_account(network: Bluesky, alice: Account, tmp_path: Path) -> None:
    made = alice.post("Wo bin ich?")
    ways = {
        "did on a server": Source(name="1", access="bluesky", urls=(network.pds,), options={"accounts": [alice.did]}),
        "did by the directory": Source(
            name="2", access="bluesky", urls=(f"{network.pds}/profile/{alice.did}",), options={"plc": network.plc}
        ),
        "handle by a resolver": Source(
            name="3",
            access="bluesky",
            urls=(f"{network.pds}/profile/{alice.handle}",),
            options={"plc": network.plc, "resolver": network.pds},
        ),
    }
    for way, source in ways.items():
        (document,) = night(tmp_path / source.name, [source]).documents
        assert (document.platform_id, document.account_name) == (made["uri"], alice.handle), way
    assert json.loads((tmp_path / "3" / "memory.jsonl").read_text("utf-8").splitlines()[0]) == ["3", f"did:{alice.handle}", alice.did]


def test_a_source_stays_with_the_account_when_its_handle_moves_on(network: Bluesky, alice: Account, tmp_path: Path) -> None:
    alice.post("eins")
    source = on_server(alice)
    assert night(tmp_path, [source]).only.new == 1
    old = alice.handle
    alice.network.call("com.atproto.identity.updateHandle", {"handle": f"renamed{next(_names)}.test"}, alice.token)
    other = network.account(old.removesuffix(".test"))
    other.post("ich heiße jetzt so")
    alice.post("zwei")
    assert {d.text for d in night(tmp_path, [source]).documents} == {"eins", "zwei"}


def test_first_night_reads_only_the_days_wanted(alice: Account, tmp_path: Path) -> None:
    alice.create({"text": "alt", "createdAt": stamp(ago(days=40))}, rkey=tid(ago(days=40)))
    alice.create({"text": "jung", "createdAt": stamp(ago(days=4))}, rkey=tid(ago(days=4)))
    done = night(tmp_path, [on_server(alice)], crawl__max_age_days=14)
    assert [d.text for d in done.documents] == ["jung"]
    assert len(night(tmp_path / "all", [on_server(alice)]).documents) == 2


def test_a_key_from_the_future_hides_nothing(alice: Account, tmp_path: Path) -> None:
    alice.post("heute")
    alice.create({"text": "morgen", "createdAt": "2500-01-01T00:00:00Z"}, rkey=tid(datetime(2500, 1, 1, tzinfo=UTC)))
    first = night(tmp_path, [on_server(alice)])
    assert (first.only.new, first.only.failed) == (2, {"absurd-date": 1})
    assert {(d.text, d.published is None) for d in first.documents} == {("heute", False), ("morgen", True)}
    alice.post("danach")
    second = night(tmp_path, [on_server(alice)])
    assert {d.text for d in second.documents} == {"heute", "morgen", "danach"}


def test_what_is_too_much_for_a_night_comes_the_next(alice: Account, tmp_path: Path) -> None:
    alice.posts([f"Beitrag {n}" for n in range(330)])
    source = on_server(alice, overlap_hours=0)
    first = night(tmp_path, [source], crawl__max_pages=4)
    assert (first.only.new, "waits for the next scan" in first.only.note) == (200, True)
    assert len(night(tmp_path, [source], crawl__max_pages=4).documents) == 330


def test_an_account_that_is_gone_is_named(network: Bluesky, alice: Account, tmp_path: Path) -> None:
    alice.post("noch da")
    options = {"accounts": [alice.did, "did:plc:" + "a" * 24, "nobody.test"]}
    done = night(tmp_path, [Source(name="accounts", access="bluesky", urls=(network.pds,), options=options)])
    assert (done.only.new, done.only.failed) == (1, {"account-gone": 2})
    assert "Could not find" in done.only.note
    directory = Source(name="d", access="bluesky", urls=(f"{network.pds}/profile/did:plc:{'a' * 24}",), options={"plc": network.plc})
    assert night(tmp_path / "d", [directory]).only.failed == {"account-gone": 1}


DID = "did:plc:abcdefghijklmnopqrstuvwx"


def served(web: Site, answers: dict[str, bytes]) -> Source:
    """A server that answers ``listRecords`` as told, by cursor; for what the real one never does."""
    about = {"did": DID, "handle": "odd.example", "handleIsCorrect": True, "didDoc": {}}
    web.routes[f"/xrpc/com.atproto.repo.describeRepo?repo={DID}"] = json.dumps(about).encode()
    base = f"/xrpc/com.atproto.repo.listRecords?repo={DID}&collection="
    web.routes[f"{base}app.bsky.feed.repost&limit=100&reverse=true"] = b'{"records": []}'
    for at, body in answers.items():
        web.routes[f"{base}app.bsky.feed.post&limit=100&reverse=true" + (f"&cursor={at}" if at else "")] = body
    return Source(name="odd", access="bluesky", urls=(web.url,), options={"accounts": [DID], "overlap_hours": 0})


def line(rkey: str, text: str, **more: Any) -> str:
    value = {"$type": "app.bsky.feed.post", "text": text, "createdAt": stamp(ago(hours=1))} | more
    return json.dumps({"uri": f"at://{DID}/app.bsky.feed.post/{rkey}", "cid": "bafy", "value": value})


def test_hostile_records_cost_themselves_only(tmp_path: Path) -> None:
    keys = [tid(ago(hours=2) + timedelta(minutes=n)) for n in range(3)]
    deep = '{"uri":"at://x","value":' + "[" * 100_000 + "]" * 100_000 + "}"
    foreign = line(keys[1], "untergeschoben").replace(DID, "did:plc:" + "b" * 24)
    odd = [deep, "null", "7", foreign, line(keys[1], "x" * 200_000), '{"uri":"at://x/y/z","value":{"$type":[]}}']
    body = '{"records":[' + ",".join([line(keys[0], "gut"), *odd, line(keys[2], "auch\x00 gut")]) + f'],"cursor":"{keys[2]}"}}'
    with site() as web:
        source = served(web, {"": body.encode(), keys[2]: b'{"records":[],"cursor":"x"}'})
        done = night(tmp_path, [source])
        assert [d.text for d in done.documents] == ["gut", "auch\N{REPLACEMENT CHARACTER} gut"]
        assert done.only.failed == {"foreign-record": 1, "not-a-post": 4, "too-long": 1}


def test_odd_answers_lose_nothing(tmp_path: Path) -> None:
    answers = {"not-json": b"<html>", "not-a-timeline": b"[]", "http-502": Reply(b"", 502)}
    with ExitStack() as stack:
        sources, mended = [], []
        for number, (cause, odd) in enumerate(answers.items()):
            web = stack.enter_context(site())
            a, b = (tid(ago(hours=2 + number) + timedelta(minutes=n)) for n in range(2))
            one, two = (f'{{"records":[{line(key, text)}],"cursor":"{key}"}}'.encode() for key, text in ((a, "eins"), (b, "zwei")))
            sources.append(replace(served(web, {"": one, a: two, b: b'{"records":[]}'}), name=cause))
            path = next(p for p in web.routes if p.endswith(f"cursor={a}"))
            mended.append((web, path, two))
            web.routes[path] = odd
        for cause, report in night(tmp_path, sources).reports.items():
            assert (report.new, report.failed) == (1, {cause: 1})
        for web, path, two in mended:
            web.routes[path] = two
        done = night(tmp_path, sources)
        assert [report.new for report in done.reports.values()] == [1, 1, 1]
        assert sorted(d.text for d in done.documents) == ["eins"] * 3 + ["zwei"] * 3


def test_a_server_that_goes_in_circles_is_left(tmp_path: Path) -> None:
    key = tid(ago(hours=2))
    body = f'{{"records":[{line(key, "eins")}],"cursor":"{key}"}}'.encode()
    with site() as web:
        done = night(tmp_path, [served(web, {"": body, key: body})])
        assert (done.only.new, done.only.failed) == (1, {"paging-stuck": 1})


def test_a_source_that_is_set_up_wrongly_says_so(tmp_path: Path) -> None:
    wrong: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
        "names no account": ((), {}),
        "neither a DID nor a handle": ((), {"accounts": ["not a name"]}),
        "one server at most": (("https://a.example", "https://b.example"), {"accounts": ["c.example"]}),
        "plc must be the address of a server": ((), {"accounts": ["c.example"], "plc": "directory"}),
        "overlap_hours": ((), {"accounts": ["c.example"], "overlap_hours": -1}),
    }
    sources = [Source(name=f"s{n}", access="bluesky", urls=urls, options=options) for n, (urls, options) in enumerate(wrong.values())]
    done = night(tmp_path, sources)
    for said, report in zip(wrong, done.reports.values(), strict=True):
        assert report.failed == {"settings": 1}
        assert said in report.note
