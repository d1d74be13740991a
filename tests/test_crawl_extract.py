"""Pages to documents without a network: dates, links, addresses, and what a hostile page costs."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime
from typing import Any

import pytest

from crawlers import pool as pools
from crawlers.causes import Lost
from crawlers.dates import parse, zone_of
from crawlers.extract import Extracted, Job, extract
from crawlers.jsonld import describe
from crawlers.pool import Pool
from models.errors import SkipRecord
from tests.support.crawl import article

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def job(url: str = "https://www.gazette.example/politique/budget?utm_source=x", **more: Any) -> Job:
    return Job(**({"url": url, "source": "gazette", "received": NOW} | more))


@pytest.mark.parametrize(
    ("said", "moment", "vague"),
    [
        ("lun., 23 nov. 2026 10:05:00 +0100", "2026-11-23T09:05+00:00", ""),
        ("lundi 23 novembre 2026 à 10h05", "2026-11-23T09:05+00:00", "-local"),
        ("1er août 2026", "2026-08-01T00:00+00:00", "-day"),
        ("Mo, 05 Okt 2026 08:00:00 GMT", "2026-10-05T08:00+00:00", ""),
        ("23. März 2026, 10:15 Uhr", "2026-03-23T09:15+00:00", "-local"),
        ("Di, 7. Jul. 2026 14:00 MESZ", "2026-07-07T12:00+00:00", ""),
        ("Mon, 23 Nov 2026 10:05:00 -0500", "2026-11-23T15:05+00:00", ""),
        ("Mon, 23 Nov 2026 10:05:00", "2026-11-23T09:05+00:00", "-local"),
        ("2026-11-23T10:05:00.123Z", "2026-11-23T10:05:00.123+00:00", ""),
        ("2026-11-23 10:05", "2026-11-23T09:05+00:00", "-local"),
        ("2026-11-23", "2026-11-23T00:00+00:00", "-day"),
    ],
)
def test_dates_as_sites_write_them(said: str, moment: str, vague: str) -> None:
    found = parse(said, zone_of("fr"))
    assert found is not None
    assert (found.moment, found.vague) == (datetime.fromisoformat(moment), vague)


@pytest.mark.parametrize(
    "said", ["", "gestern", "32 nov. 2026", "2026-13-40", "0000-00-00T00:00:00Z", "9999999999", "23 brumaire 2026", "\x00" * 50]
)
def test_what_is_no_date(said: str) -> None:
    assert parse(said) is None


@pytest.mark.parametrize(
    ("block", "published", "headline"),
    [
        ('{"@type":"NewsArticle","headline":"A &amp; B","datePublished":"2026-01-02T03:04:05Z"}', "2026-01-02T03:04:05Z", "A & B"),
        (
            '[{"@type":"Organization"},{"@type":["ReportageNewsArticle","Article"],"headline":"A","datePublished":["2026-01-02"]}]',
            "2026-01-02",
            "A",
        ),
        (
            '{"@type":"WebPage","datePublished":"2020-01-01","mainEntity":{"@type":"Article","headline":"A","datePublished":"2026-01-02"}}',
            "2026-01-02",
            "A",
        ),
        ('<!-- {"@type":"Article","headline":"A","datePublished":"2026-01-02"}; -->', "2026-01-02", "A"),
        ('{"@type":"Article","headline":"A \\"quoted\\"","datePublished":"2026-01-02",}', "2026-01-02", 'A "quoted"'),
        ('{"@type":"Article","headline":"line\nend","datePublished":"2026-01-02"}', "2026-01-02", "line end"),
        ("[" * 100_000, "", ""),
        ('{"@type":"Recipe","headline":"no","datePublished":"2026-01-02"}', "", ""),
    ],
)
def test_json_ld_is_read_forgivingly(block: str, published: str, headline: str) -> None:
    found = describe([block])
    assert (found.published, found.headline) == (published, headline)


def test_the_agency_credit_and_the_links_of_the_text_stay() -> None:
    body = (
        '<p>Le texte de loi est consultable <a href="https://www.assemblee.example/loi/1?utm_source=g">sur le site de l\'Assemblée</a> '
        "depuis hier soir.</p>"
        '<p>(avec AFP)</p><aside><ul><li><a href="/autre">Lire aussi</a></li></ul></aside>'
    )
    found = extract(article("Budget voté", extra_body=body).encode(), job()).document
    assert "(avec AFP)" in found.text
    assert found.links == ("https://assemblee.example/loi/1",)
    assert (found.canonical_url, found.account) == ("https://gazette.example/politique/budget", "gazette.example")


@pytest.mark.parametrize(
    ("href", "canonical"),
    [
        ("https://gazette.example/budget-2027", "https://gazette.example/budget-2027"),
        ("/budget-2027", "https://gazette.example/budget-2027"),
        ("https://politique.gazette.example/budget", "https://politique.gazette.example/budget"),
        ("https://elsewhere.example/budget", "https://gazette.example/politique/budget"),
        ("https://www.gazette.example/", "https://gazette.example/politique/budget"),
        ("http://[broken", "https://gazette.example/politique/budget"),
    ],
)
def test_the_address_a_page_calls_its_own(href: str, canonical: str) -> None:
    head = f'<link rel="canonical" href="{href}">'
    assert extract(article("Budget", extra_head=head).encode(), job()).document.canonical_url == canonical


@pytest.mark.parametrize(
    "body", [b"", b"\x00" * 5000, b"<html></html>", b"{}", b"<p>court</p>", "\udcff".encode("utf-8", "surrogatepass") * 50]
)
def test_a_page_without_text_is_skipped(body: bytes) -> None:
    with pytest.raises(SkipRecord, match="no-text"):
        extract(body, job())


HOSTILE = {
    "deep": b"<div>" * 200_000 + b"x" * 200,
    "wide": b"<p>a" * 200_000,
    "unclosed": b"<a <a " * 100_000,
    "entities": b"<p>" + b"&amp;" * 500_000,
    "long-json-ld": b'<script type="application/ld+json">' + b'{"a":' * 100_000 + b"</script>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_costs_little_and_only_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "PAGE_SECONDS", 6.0)

    async def both() -> list[Extracted | BaseException]:
        pool = Pool(1)
        try:
            jobs = [pool.extract(HOSTILE[name], job()), pool.extract(article("Bonne page").encode(), job())]
            return await asyncio.gather(*jobs, return_exceptions=True)
        finally:
            await pool.close()

    bad, good = asyncio.run(asyncio.wait_for(both(), 60))
    assert isinstance(bad, Extracted) or (isinstance(bad, Lost) and bad.cause in ("no-text", "extract-crash"))
    assert isinstance(good, Extracted)


@pytest.mark.parametrize(("number", "why"), [(signal.SIGKILL, "died"), (signal.SIGSTOP, "took longer")])
def test_a_worker_that_dies_or_hangs_costs_one_page(number: signal.Signals, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "PAGE_SECONDS", 3.0)

    async def some() -> list[Extracted | BaseException]:
        pool = Pool(1)
        try:
            await pool.extract(article("Premier").encode(), job())
            process = pool._workers[0].process
            assert process is not None
            tasks = [asyncio.create_task(pool.extract(article(f"Page {n}").encode(), job())) for n in range(6)]
            await asyncio.sleep(0)
            os.kill(process.pid, number)
            return await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            await pool.close()

    done = asyncio.run(asyncio.wait_for(some(), 30))
    lost = [item for item in done if isinstance(item, Lost)]
    assert [(item.cause, why in item.hint) for item in lost] == [("extract-crash", True)]
    assert len([item for item in done if isinstance(item, Extracted)]) == 5
