"""Feeds to articles: what is kept, what is asked again the next night, what is said when there is nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

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
