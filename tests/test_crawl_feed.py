"""Feeds to articles: what is kept, what is asked again the next night, what is said when there is nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.crawl import Reply, article, night, rfc, rss, site, source

NOW = datetime.now(UTC).replace(microsecond=0)


def test_a_feed_becomes_documents(tmp_path: Path) -> None:
    with site() as web:
        when = NOW - timedelta(hours=3)
        web.routes = {
            "/feed": Reply(rss(web.url, [("/a", "Un", rfc(when)), ("/b?utm_source=rss", "Deux", rfc(when))]), headers={"ETag": '"1"'}),
            "/a": article(
                "Budget voté",
                extra_body='<p>Le texte complet est <a href="https://exemple.fr/doc?fbclid=1">ici, sur le site</a> de la ville.</p>',
            ).encode(),
            "/b?utm_source=rss": article("École rénovée").encode(),
        }
        done = night(tmp_path, [source("gazette", "feed", f"{web.url}/feed")])
        assert (done.only.fetched, done.only.new, done.only.failed, done.exit_code) == (2, 2, {}, 0)
        first = next(d for d in done.documents if d.url.endswith("/a"))
        assert first.title == "Budget voté"
        assert (first.published, first.date_source) == (when, "feed")
        assert (first.language, first.source, first.account_name) == ("fr", "gazette", "La Gazette")
        assert first.links == ("https://exemple.fr/doc",)
        assert "amendement" in first.text
        assert "Mentions légales" not in first.text
        agent = web.log[0].headers["user-agent"]
        assert agent.startswith("Tocsin/")
        assert web.log[0].path == "/robots.txt"


def test_the_second_night_fetches_only_what_is_new(tmp_path: Path) -> None:
    with site() as web:

        def feed(request: Any) -> Reply:
            if request.headers.get("If-None-Match") == state["etag"]:
                return Reply(status=304, headers={"ETag": state["etag"]})
            return Reply(rss(web.url, state["entries"]), headers={"ETag": state["etag"]})

        state: dict[str, Any] = {"etag": '"1"', "entries": [("/a", "a", ""), ("/b", "b", "")]}
        web.routes = {"/feed": feed} | {f"/{name}": article(f"Page {name}").encode() for name in "abc"}
        gazette = [source("gazette", "feed", f"{web.url}/feed", promise=2)]
        first = night(tmp_path, gazette)
        assert (first.only.new, first.only.promise_met) == (2, True)
        second = night(tmp_path, gazette)
        assert (second.only.fetched, second.only.new, second.only.promise_met) == (0, 0, True)
        assert "unchanged since the last scan" in second.only.note
        state |= {"etag": '"2"', "entries": [("/c", "c", ""), ("/b?utm_medium=x", "b", ""), ("/a", "a", "")]}
        third = night(tmp_path, gazette)
        assert (third.only.fetched, third.only.new) == (1, 1)
        assert [web.asked(path) for path in ("/a", "/b", "/b?utm_medium=x", "/c")] == [1, 1, 0, 1]
        assert len({d.id for d in third.documents}) == len(third.documents) == 3


def test_a_feed_is_asked_again_while_a_page_is_missing_for_now(tmp_path: Path) -> None:
    with site() as web:
        state = {"page": Reply(b"later", 500)}
        web.routes = {
            "/feed": lambda r: (
                Reply(status=304) if r.headers.get("If-None-Match") else Reply(rss(web.url, [("/a", "a", "")]), headers={"ETag": '"1"'})
            ),
            "/a": lambda r: state["page"],
        }
        gazette = [source("gazette", "feed", f"{web.url}/feed")]
        assert night(tmp_path, gazette).only.failed == {"http-500": 1}
        state["page"] = Reply(article("Revenue").encode())
        assert night(tmp_path, gazette).only.new == 1


def test_a_page_that_names_another_address_is_recognised_before_it_is_fetched(tmp_path: Path) -> None:
    with site() as web:
        head = f'<link rel="canonical" href="{web.url}/lasting-name">'
        web.routes = {"/feed": rss(web.url, [("/short", "a", ""), ("/again", "a", "")])}
        web.routes |= dict.fromkeys(("/short", "/again"), article("Durable", extra_head=head).encode())
        gazette = [source("gazette", "feed", f"{web.url}/feed")]
        first = night(tmp_path, gazette)
        assert [d.canonical_url for d in first.documents] == [f"{web.url}/lasting-name".replace("http:", "https:")]
        second = night(tmp_path, gazette)
        assert (second.only.fetched, second.only.new, len(second.documents)) == (0, 0, 1)


def test_most_pages_and_age(tmp_path: Path) -> None:
    with site() as web:
        entries = [(f"/{n}", "t", rfc(NOW - timedelta(days=n))) for n in range(6)]
        web.routes = {"/feed": Reply(rss(web.url, entries), headers={"ETag": '"1"'})} | {
            f"/{n}": article(f"Page {n}").encode() for n in range(6)
        }
        gazette = [source("gazette", "feed", f"{web.url}/feed")]
        options = {"crawl__max_age_days": 4, "crawl__max_pages": 3}
        first = night(tmp_path, gazette, **options)
        assert first.only.new == 3
        assert "2 pages wait for the next scan" in first.only.note or "1 pages wait for the next scan" in first.only.note
        second = night(tmp_path, gazette, **options)
        assert {d.url.rpartition("/")[2] for d in second.documents} >= {"0", "1", "2", "3"}
        assert web.asked("/5") == 0


def test_nothing_is_never_silent(tmp_path: Path) -> None:
    with site() as web:
        web.routes = {
            "/html": article("Ceci est une page").encode(),
            "/json": b'{"not": "xml"}',
            "/none": rss(web.url, []),
            "/old": rss(web.url, [("/x", "t", "Mon, 02 Jan 2017 10:00:00 +0100")]),
        }
        web.routes["/many"] = rss(web.url, [(f"/{n}", "t", "Mon, 02 Jan 2017 10:00:00 +0100") for n in range(2_001)])
        sources = [source(name, "feed", f"{web.url}/{name}", promise=1) for name in ("html", "json", "none", "old", "many", "gone")]
        sources += [
            source("unknown", "telepathy", web.url),
            source("nowhere", "feed", "http://127.0.0.1:1/feed"),
            source("odd", "feed", "nonsense"),
        ]
        done = night(tmp_path, sources, crawl__max_age_days=14)
    said = {name: (report.failed, report.note) for name, report in done.reports.items()}
    assert said["html"][0] == said["json"][0] == {"not-a-feed": 1}
    assert "is an HTML page, not RSS or Atom" in said["html"][1]
    assert said["none"] == ({}, "the feed has no entries")
    assert said["old"] == ({}, "all 1 entries are older than 14 days")
    assert said["many"] == ({}, "of its entries only the first 2,000 are read; all 2000 entries are older than 14 days")
    assert said["gone"][0] == {"http-404": 1}
    assert said["unknown"][0] == {"settings": 1}
    assert "unknown access 'telepathy'" in said["unknown"][1]
    assert said["nowhere"][0] == {"robots-unreachable": 1}
    assert said["odd"][0] == {"bad-address": 1}
    assert all(note for _, note in said.values())
    assert not done.reports["old"].promise_met


def test_absurd_dates_give_way_to_the_next_source(tmp_path: Path) -> None:
    described = '<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","datePublished":"%s"}]}</script>'
    with site() as web:
        web.routes = {
            "/feed": rss(
                web.url, [("/a", "a", "Thu, 01 Jan 1970 00:00:00 GMT"), ("/b", "b", "Fri, 01 Jan 2100 00:00:00 GMT"), ("/c", "c", "")]
            ),
            "/a": article("Un", extra_head=described % "2024-05-01T10:00:00+02:00").encode(),
            "/b": article(
                "Deux", extra_head=described % "0001-01-01T00:00:00Z" + '<meta property="article:published_time" content="2024-05-02">'
            ).encode(),
            "/c": article("Trois", extra_head=described % "2024-05-03").encode(),
        }
        done = night(tmp_path, [source("s", "feed", f"{web.url}/feed")])
    found = {d.url[-1]: (d.published, d.date_source) for d in done.documents}
    assert found == {
        "a": (datetime(2024, 5, 1, 8, tzinfo=UTC), "json-ld"),
        "b": (datetime(2024, 5, 2, tzinfo=UTC), "htmldate"),
        "c": (datetime(2024, 5, 3, tzinfo=UTC), "json-ld-day"),
    }
    assert done.only.failed == {"absurd-date": 3}
