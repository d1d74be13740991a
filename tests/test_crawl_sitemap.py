"""Sitemaps to articles: index files, gzip, robots.txt, what is old or unchanged, and XML that means harm."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.causes import Lost
from crawlers.parse_sitemap import read
from tests.support.crawl import Reply, article, night, site, source

NOW = datetime.now(UTC).replace(microsecond=0)
SPACES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def urlset(*entries: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {SPACES}>{"".join(entries)}</urlset>'.encode()


def index(*entries: tuple[str, str]) -> bytes:
    body = "".join(f"<sitemap><loc>{url}</loc><lastmod>{lastmod}</lastmod></sitemap>" for url, lastmod in entries)
    return f'<?xml version="1.0"?><sitemapindex {SPACES}>{body}</sitemapindex>'.encode()


def news(url: str, title: str, published: str, language: str = "fr") -> str:
    return (
        f"<url><loc>{url}</loc><news:news><news:publication><news:name>G</news:name><news:language>{language}</news:language></news:publication>"
        f"<news:publication_date>{published}</news:publication_date><news:title>{title}</news:title></news:news></url>"
    )


def test_news_sitemap_from_the_homepage(tmp_path: Path) -> None:
    when = NOW - timedelta(hours=5)
    with site() as web:
        web.routes = {
            "/robots.txt": f"User-agent: *\nSitemap: {web.url}/sitemap-news-index.xml\nsitemap: {web.url}/all.xml".encode(),
            "/sitemap-news-index.xml": index((f"{web.url}/news-today.xml.gz", NOW.isoformat()), (f"{web.url}/old.xml", "2015-01-01")),
            "/news-today.xml.gz": Reply(
                gzip.compress(
                    urlset(
                        news(f"{web.url}/a", "Titre du plan", when.isoformat()),
                        news(f"{web.url}/stale", "Vieux", (NOW - timedelta(days=40)).isoformat()),
                        f"<url><loc>{web.url}/plain</loc></url>",
                    )
                ),
                headers={"Content-Type": "application/gzip"},
            ),
            "/a": article("Un", lang="").encode(),
        }
        done = night(tmp_path, [source("g", "news_sitemap", web.url)], crawl__max_age_days=14)
        assert [(d.title, d.published, d.date_source, d.language) for d in done.documents] == [("Un", when, "sitemap", "fr")]
        assert [web.asked(path) for path in ("/old.xml", "/all.xml", "/stale", "/plain")] == [0, 0, 0, 0]


def test_sitemap_second_night_asks_only_for_what_changed(tmp_path: Path) -> None:
    with site() as web:

        def conditional(name: str) -> object:
            def reply(request: object) -> Reply:
                headers = getattr(request, "headers", {})
                if headers.get("If-None-Match") == etags[name]:
                    return Reply(status=304)
                return Reply(pages[name], headers={"ETag": etags[name]})

            return reply

        etags = {"/one.xml": '"1"', "/two.xml": '"1"'}
        pages = {path: urlset(f"<url><loc>{web.url}{path}.html</loc><lastmod>{NOW.date()}</lastmod></url>") for path in etags}
        web.routes = {path: conditional(path) for path in etags} | {
            f"{path}{end}.html": article(f"Page {path}{end}").encode() for path in etags for end in ("", "-b")
        }
        web.routes["/index.xml"] = index((f"{web.url}/one.xml", ""), (f"{web.url}/two.xml", ""))
        mine = [source("s", "sitemap", f"{web.url}/index.xml", promise=2)]
        first = night(tmp_path, mine)
        assert (first.only.new, first.only.promise_met) == (2, True)
        assert all(d.date_source in ("", "htmldate") for d in first.documents)  # lastmod is no publication date
        assert night(tmp_path, mine).only.promise_met
        etags["/two.xml"] = '"2"'
        pages["/two.xml"] = urlset(*(f"<url><loc>{web.url}/two.xml{end}.html</loc></url>" for end in ("", "-b")))
        third = night(tmp_path, mine)
        assert (third.only.fetched, third.only.new) == (1, 1)
        assert web.asked("/two.xml.html") == 1


def test_sitemaps_that_give_nothing_say_why(tmp_path: Path) -> None:
    with site() as web:
        web.routes = {
            "/empty.xml": urlset(),
            "/page.xml": article("Pas un plan").encode(),
            "/plain.xml": urlset(f"<url><loc>{web.url}/a</loc></url>"),
            "/loop.xml": index((f"{web.url}/loop.xml", "")),
            "/cut.xml": urlset(f"<url><loc>{web.url}/a</loc></url>", f"<url><loc>{web.url}/b</loc></url>")[:-25],
            "/cut.xml.gz": gzip.compress(urlset(*(f"<url><loc>{web.url}/{n}</loc></url>" for n in range(500))))[:700],
            "/a": article("Un").encode(),
        }
        sources = [source(name, "sitemap", f"{web.url}/{name}.xml") for name in ("empty", "page", "loop", "cut")]
        sources += [
            source("not-news", "news_sitemap", f"{web.url}/plain.xml"),
            source("home", "sitemap", f"{web.url}/"),
            source("gz", "sitemap", f"{web.url}/cut.xml.gz"),
        ]
        done = night(tmp_path, sources)
    failed = {name: report.failed for name, report in done.reports.items()}
    assert failed == {
        "empty": {"empty-sitemap": 1},
        "page": {"not-a-sitemap": 1},
        "loop": {},
        "cut": {"broken-xml": 1},
        "not-news": {"not-news": 1},
        "home": {"no-sitemap": 1},
        "gz": {"truncated": 1},
    }
    assert all(report.note for report in done.reports.values())
    assert done.reports["cut"].new == 1


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def test_hostile_xml(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("http://example.org/secret")
    for doctype, inside in (
        (f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>', "&l9;"),
        (f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>', "&e;"),
        (f'<!DOCTYPE x [<!ENTITY % e SYSTEM "file://{secret}"> %e;]>', ""),
    ):
        found = read(f"{doctype}<urlset><url><loc>{inside}</loc></url><url><loc>http://a.example/</loc></url></urlset>".encode())
        assert not any("secret" in entry.url or len(entry.url) > 100 for entry in found.entries)
    deep = read(b"<urlset>" + b"<url>" * 5000)
    assert deep.broken


def test_an_image_or_video_address_is_not_the_page(tmp_path: Path) -> None:
    body = (
        b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
        b"<url><image:image><image:loc>https://a.example/i.jpg</image:loc></image:image><loc>\n https://a.example/p </loc></url></urlset>"
    )
    assert [entry.url for entry in read(body).entries] == ["https://a.example/p"]
    with pytest.raises(Lost, match="not-a-sitemap"):
        read(b"<rss/>")
