"""The exercise: the same world for the same seed, realistic where it must be, nothing leaked, and served as real sites serve."""

from __future__ import annotations

import gzip
import http.client
import itertools
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from demo import country, election, score, timeline, writing
from demo.election import write
from demo.server import Site, serve
from demo.world import COPYING, World, make
from models.election import SHIPPED, load
from models.listings import listings, of
from models.urls import host

NOW = datetime(2027, 3, 20, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return make(NOW)


@pytest.fixture(scope="module")
def site(world: World) -> Iterator[Site]:
    with serve(world) as running:
        yield running


def get(url: str, headers: dict[str, str] | None = None, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


# ── the world ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_seed_gives_the_same_world(world: World) -> None:
    assert make(NOW) == world
    assert make(NOW, seed=7) != world


def test_it_is_large_enough_for_a_null_model(world: World) -> None:
    first, posts = world.night(1)
    assert len(first) >= 280
    assert len(world.articles) >= 320
    assert len(posts) >= 1200
    assert len(world.posts) >= 1350
    assert len(world.accounts) >= 140
    assert {a.outlet for a in world.articles} == {o.key for o in country.readable()}


@pytest.mark.parametrize("hour", [0, 5, 11, 17, 23])
def test_it_lies_in_thirteen_days_at_any_hour(hour: int) -> None:
    now = NOW.replace(hour=hour)
    world = make(now)
    for time, night in [*((a.published, a.night) for a in world.articles), *((p.time, p.night) for p in world.posts)]:
        assert now - timedelta(days=13, hours=1) < time <= now
        assert (night == 1) == (time <= world.first_night)


def test_ids_and_addresses_are_unique(world: World) -> None:
    assert len({a.key for a in world.articles}) == len(world.articles)
    assert len({p.id for p in world.posts}) == len(world.posts)
    assert len({a.name for a in world.accounts}) == len(world.accounts)


def test_links_of_posts_lead_to_articles_that_are_there_already(world: World) -> None:
    published = {a.key: a.published for a in world.articles}
    for post in world.posts:
        assert not post.link or published[post.link] < post.time


def test_articles_are_texts_of_their_length(world: World) -> None:
    lengths = sorted(sum(len(p.split()) for p in a.paragraphs) for a in world.articles)
    assert lengths[0] >= 60
    assert lengths[len(lengths) // 2] >= 150
    assert not [a for a in world.articles if re.search(r"[{}]|\bTODO\b", " ".join((a.title, *a.paragraphs)))]


def test_outlets_tell_a_story_in_their_own_words(world: World) -> None:
    """Five-word shingles of two outlets' articles, agency copy and the planted rumour apart: never half of them in common."""
    shingled = []
    for article in world.articles:
        words = re.findall(r"\w+", " ".join(article.paragraphs).lower())
        shingled.append((article, {tuple(words[i : i + 5]) for i in range(len(words) - 4)}))
    alike = [
        (len(x & y) / len(x | y), a.key, b.key)
        for (a, x), (b, y) in itertools.combinations(shingled, 2)
        if a.outlet != b.outlet and not (a.planted and b.planted) and not (a.wire and b.wire)
    ]
    assert max(alike)[0] < 0.5


def test_agency_copy_is_the_same_everywhere_and_credited(world: World) -> None:
    texts: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for article in (a for a in world.articles if a.wire):
        texts.setdefault((article.story, article.language), set()).add(article.paragraphs)
        assert re.search(r"\((ALP|lpa)\)", article.paragraphs[0])
    assert len(texts) >= 12
    assert all(len(versions) == 1 for versions in texts.values())
    outlets = Counter((a.story, a.language) for a in world.articles if a.wire)
    assert min(outlets.values()) >= 3


def test_nobody_repeats_another_but_the_planted_accounts_and_newsrooms(world: World) -> None:
    newsrooms = {a.name for a in world.accounts if a.role.startswith("outlet:")}
    said = Counter(p.text for p in world.posts if not p.planted and p.account not in newsrooms)
    assert max(said.values()) == 1


def test_people_say_it_in_their_own_words(world: World) -> None:
    """Three-word shingles of two people's posts, planted ones and newsrooms apart: never two thirds of them in common, seldom half."""
    newsrooms = {a.name for a in world.accounts if a.role.startswith("outlet:")}
    shingled = []
    for post in (p for p in world.posts if not p.planted and p.account not in newsrooms):
        words = re.findall(r"\w+", post.text.lower())
        shingled.append((post.language, {tuple(words[i : i + 3]) for i in range(len(words) - 2)}))
    alike = [len(x & y) / len(x | y) for (a, x), (b, y) in itertools.combinations(shingled, 2) if a == b and x & y]
    assert max(alike) < 0.67
    assert sum(share >= 0.5 for share in alike) < 60


def test_the_rumour_is_copied_within_minutes_in_two_languages(world: World) -> None:
    waves: dict[str, list[datetime]] = {}
    for article in (a for a in world.articles if a.planted):
        assert article.outlet in COPYING
        waves.setdefault(article.story, []).append(article.published)
    assert len(waves) == 4
    assert all(len(times) == len(COPYING) and max(times) - min(times) < timedelta(minutes=15) for times in waves.values())


def test_the_planted_accounts_act_within_a_minute_again_and_again(world: World) -> None:
    crew = [a for a in world.accounts if a.role == "planted"]
    assert len(crew) == 12
    rounds: dict[tuple[str, str], list[datetime]] = {}
    for post in (p for p in world.posts if p.planted):
        rounds.setdefault((post.language, post.text[:40]), []).append(post.time)
    assert len(rounds) == 24
    assert all(len(times) >= 3 and max(times) - min(times) < timedelta(seconds=60) for times in rounds.values())
    lives = Counter(p.account for p in world.posts if not p.planted)
    assert all(lives[a.name] >= 2 for a in crew), "they also lead a life"


def test_an_organic_burst_is_larger_than_the_campaign(world: World) -> None:
    storm = sorted(p.time for p in world.posts if p.story == "storm")
    hour = timedelta(hours=1)
    assert max(sum(t <= u < t + hour for u in storm) for t in storm) >= 25


def test_supporters_post_daily_under_their_hashtag(world: World) -> None:
    fans = Counter(p.account for p in world.posts if p.story == "fans-elan")
    assert len(fans) == 22
    assert min(fans.values()) >= 4


def test_the_second_night_grows_the_campaign_and_has_news_of_its_own(world: World) -> None:
    later = [a for a in world.articles if a.night == 2]
    assert {"library", "rumour-4"} <= {a.story for a in later}
    assert sum(p.planted for p in world.posts if p.night == 2) >= 20
    assert not [a for a in world.articles if a.night == 1 and a.story in {"library", "rumour-4"}]


def test_every_grammar_has_two_languages_and_filled_lists() -> None:
    for name in writing.stories():
        part = writing.grammar(name)
        for language in ("fr", "de"):
            assert len(part[language]["titles"]) >= 3
            assert all(len(beat) == 3 and all(beat) for beat in part[language]["beats"]), name
            assert len(part[language]["beats"]) == len(part["fr"]["beats"]), name
            assert part[language]["comments"]


# ── the servers ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_feeds_answer_304_to_those_who_have_them(site: Site) -> None:
    status, headers, body = get(f"{site.base(11)}/rss.xml")
    assert (status, body.count(b"<item>")) == (200, len(site.articles("courrier")))
    assert get(f"{site.base(11)}/rss.xml", {"If-None-Match": headers["etag"]})[0] == 304
    assert get(f"{site.base(11)}/rss.xml", {"If-Modified-Since": headers["last-modified"]})[0] == 304
    assert get(f"{site.base(11)}/rss.xml", {"If-None-Match": '"other"'})[0] == 200
    assert get(f"{site.base(12)}/atom.xml")[2].count(b"<entry>") == len(site.articles("gazette"))


def test_sitemaps_of_all_kinds(site: Site) -> None:
    news = gzip.decompress(get(f"{site.base(17)}/news-sitemap.xml.gz")[2])
    assert news.count(b"<news:publication_date>") == len(site.articles("tagblatt"))
    index = get(f"{site.base(19)}/sitemap-index.xml")[2].decode()
    pages = b"".join(gzip.decompress(get(url)[2]) for url in re.findall(r"<loc>(.*?)</loc>", index))
    assert pages.count(b"<url>") == len(site.articles("bote"))
    assert get(f"{site.base(14)}/sitemap.xml")[2].count(b"<lastmod>") == len(site.articles("veilleur"))


def test_robots_and_what_they_forbid(site: Site) -> None:
    assert b"Disallow: /abo/" in get(f"{site.base(18)}/robots.txt")[2]
    assert [a for a in site.articles("rundfunk") if a.path.startswith("/abo/")], "there is something to obey"
    assert b"Crawl-delay" in get(f"{site.base(15)}/robots.txt")[2]
    assert b"Sitemap: http" in get(f"{site.base(13)}/robots.txt")[2]


def test_two_sites_are_broken(site: Site) -> None:
    status, headers, body = get(f"{site.base(25)}/rss.xml")
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    assert body.startswith(b"<!DOCTYPE html>")
    assert get(f"{site.base(26)}/rss.xml")[0] == 502


def test_every_article_is_served_with_its_text(site: Site) -> None:
    for outlet in country.readable():
        for article in site.articles(outlet.key)[:3]:
            status, _, body = get(site.address(article.key))
            assert status == 200
            assert article.paragraphs[-1].replace("'", "&#x27;").split("&")[0].encode() in body
    assert get(f"{site.base(11)}/nothing-here")[0] == 404
    assert get(site.address(site.articles("info")[0].key), method="HEAD")[2] == b""


def test_a_timeline_can_be_walked_both_ways(site: Site) -> None:
    wanted = {p.id for p in site.posts if "ElectionsLorval" in p.tags}
    assert len(wanted) > 80
    where = f"{site.base(country.SOCIAL_OCTET)}/api/v1/timelines/tag/electionslorval?limit=40"
    for parameter, relation in (("min_id", "prev"), ("max_id", "next")):
        seen: list[str] = []
        step = f"{where}&{parameter}={'1' if parameter == 'min_id' else '9' * 18}"
        while True:
            _, headers, body = get(step)
            found = [status["id"] for status in json.loads(body)]
            if not found:
                break
            assert found == sorted(found, key=int, reverse=True)
            seen += found
            step = next(u for u, r in re.findall(r'<([^>]+)>; rel="(\w+)"', headers["link"]) if r == relation) + "&limit=40"
        assert set(seen) == wanted
        assert len(seen) == len(wanted)


def test_since_id_gives_the_newest(site: Site) -> None:
    found = timeline.page(site.posts, "electionslorval", {"since_id": "1", "limit": "5"})
    assert found == sorted((p for p in site.posts if "ElectionsLorval" in p.tags), key=lambda p: -int(p.id))[:5]


def test_the_network_counts_requests(world: World) -> None:
    with serve(world, rate=2) as small:
        url = f"{small.base(country.SOCIAL_OCTET)}/api/v1/timelines/tag/wahllorwald"
        first, second, third = get(url), get(url), get(url)
        assert [r[0] for r in (first, second, third)] == [200, 200, 429]
        assert [r[1]["x-ratelimit-remaining"] for r in (first, second, third)] == ["1", "0", "0"]
        assert datetime.fromisoformat(third[1]["x-ratelimit-reset"]) > datetime.now(UTC)


def test_nothing_served_tells_what_is_planted(site: Site) -> None:
    """The words of the code (roles, story names, the flag itself) must not reach a reader, nor may a field of its own."""
    tell = re.compile(rb"planted|rumour|copying|organic|fans-|wire-|\"role\":", re.IGNORECASE)
    keys = set()
    for tag in country.TAGS:
        body = get(f"{site.base(country.SOCIAL_OCTET)}/api/v1/timelines/tag/{tag}?limit=40")[2]
        assert not tell.search(body)
        keys |= {frozenset(s) | frozenset(s["account"]) for s in json.loads(body)}
    assert len(keys) == 1
    for outlet in country.readable():
        for article in site.articles(outlet.key)[:10]:
            assert not tell.search(get(site.address(article.key))[2])


def test_the_election_loads_with_the_servers_addresses(site: Site, tmp_path: Path) -> None:
    folder = site.write_election(tmp_path)
    assert folder == tmp_path / "elections" / "exercise"
    loaded = load("exercise", tmp_path)
    assert len(loaded.sources) == len(country.OUTLETS) + 1
    assert all(f":{site.port}" in url for s in loaded.sources for url in s.urls)
    assert {s.name for s in loaded.sources if s.listing} == {o.name for o in country.OUTLETS if o.label}
    assert not [o for o in country.OUTLETS if o.key in COPYING and o.label]
    shipped = load("exercise")
    assert [s.name for s in shipped.sources] == [s.name for s in loaded.sources]
    assert shipped.entities == loaded.entities


def test_toml_is_written_as_it_is_read(tmp_path: Path) -> None:
    assert election.value({"a": ["ü", 'quote "x"'], "n": 1}) == '{ a = ["ü", "quote \\"x\\""], n = 1 }'
    first = write(tmp_path / "a", NOW, 1).joinpath("sources.toml").read_text("utf-8")
    assert first == write(tmp_path / "b", NOW, 1).joinpath("sources.toml").read_text("utf-8")


def test_outlets_are_hosts_of_their_own(site: Site) -> None:
    hosts = {host(site.base(o.octet)) for o in country.OUTLETS}
    assert len(hosts) == len(country.OUTLETS)
    assert not [h for h in hosts if of(h, listings())]


def test_the_truth_is_told_in_what_an_archive_holds(site: Site, world: World) -> None:
    truth = site.truth()
    assert len(truth["articles"]) == sum(a.planted for a in world.night(1)[0])
    assert len(truth["accounts"]) == 12
    assert all(re.fullmatch(r"acct:[\w.]+@laplace\.example", name) for name in truth["accounts"])
    assert set(truth["posts"]) < set(truth["stories"])
    shown = json.loads(get(f"{site.base(country.SOCIAL_OCTET)}/api/v1/timelines/tag/bulletinstruques?limit=40")[2])
    assert {s["uri"] for s in shown} & set(truth["posts"])


def test_a_night_later_there_is_more(world: World) -> None:
    with serve(world) as running:
        before = get(f"{running.base(20)}/rss.xml")
        desk = f"{running.base(1)}/advance"
        assert json.loads(get(desk, method="POST")[2]) == {"night": 2}
        after = get(f"{running.base(20)}/rss.xml", {"If-None-Match": before[1]["etag"]})
        assert after[0] == 200
        assert after[2].count(b"<item>") > before[2].count(b"<item>")
        assert running.advance() == 2, "there are two nights"
        assert ("direct", "/rss.xml") in running.requests


def test_a_taken_port_is_replaced(world: World) -> None:
    with serve(world) as one, serve(world, port=one.port) as other:
        assert other.port != one.port
        assert get(f"{other.base(11)}/rss.xml")[0] == 200


def test_the_score_needs_the_campaign_and_no_false_alarm() -> None:
    good = score.Score(100, 20, 15, 3, 40, (), 12, 11, ())
    assert good.passed
    assert "yes" in good.lines()[0]
    assert not score.Score(100, 20, 9, 3, 40, (), 12, 11, ()).passed
    missed = score.Score(100, 20, 15, 3, 40, ("Storm",), 12, 11, ("acct:x@y",))
    assert not missed.passed
    assert "Storm" in "\n".join(missed.lines())


# ── the whole ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "demo", *arguments]
    return subprocess.run(command, cwd=SHIPPED.parent, capture_output=True, text=True, timeout=280, check=False)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
    done = demo(str(tmp_path))
    assert done.returncode == 2
    assert "name another folder" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.slow
def test_the_exercise_is_passed(tmp_path: Path) -> None:
    """Two nights, found and scored: the campaign flagged, no organic narrative; in the end most planted accounts are named, nobody else."""
    done = demo(str(tmp_path / "watch"))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "The exercise is passed" in done.stdout
    assert done.stdout.count("organic narratives flagged:  0 of") == 2
    found, others = re.findall(r"planted accounts found: +(\d+) of 12; other accounts named: (\d+)", done.stdout)[-1]
    assert int(found) >= 10
    assert others == "0"
    assert "Hohenriedener Nachrichten" in done.stdout, "what cannot be read is named"
