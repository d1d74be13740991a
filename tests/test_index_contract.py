"""What every index backend must do, held against a reference that reads each document by hand."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from index import backends, open_index
from index.base import FACETS, Index, IndexDocument
from index.dates import Clock
from index.query import DEEPEST, parse
from index.syntax import All
from models import registry
from models.errors import StopRun, UsageError
from models.records import Document, digest
from models.settings import Settings
from tests.support import index as support

SIZE, QUERIES = 700, 330


def settings_of(backend: str, request: pytest.FixtureRequest, name: str) -> Settings:
    values = {"index.backend": backend, "display.timezone": "Europe/Paris", "index.prefix": f"test-{name}-{os.getpid()}"}
    if backend != "embedded":
        values |= {"index.urls": [request.getfixturevalue("server")]}
    return Settings(values)


@pytest.fixture(scope="module", params=registry.names(backends))
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def documents() -> list[IndexDocument]:
    return support.corpus(SIZE)


@pytest.fixture(scope="module")
def filled(
    backend: str, request: pytest.FixtureRequest, documents: list[IndexDocument], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Index]:
    """The corpus, indexed once; tests only read it."""
    index = open_index(settings_of(backend, request, "filled"), tmp_path_factory.mktemp("filled") / "index")
    assert index.add(documents) == SIZE
    yield index
    index.clear()
    index.close()


@pytest.fixture
def empty(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    index = open_index(settings_of(backend, request, "empty"), tmp_path / "index")
    index.clear()
    yield index
    index.close()


def article(number: int, text: str, language: str = "fr", **more: object) -> IndexDocument:
    moment = datetime(2027, 3, 1, tzinfo=UTC) + timedelta(minutes=number)
    values = {
        "kind": "article",
        "platform": "web",
        "source": "s",
        "fetched": moment,
        "published": moment,
        "language": language,
        "text": text,
    }
    return IndexDocument.of(Document(id=digest(str(number)), **(values | more)))  # type: ignore[arg-type]


def test_ids_of_generated_queries_are_the_reference_s(filled: Index, documents: list[IndexDocument]) -> None:
    clock = Clock.of("Europe/Paris")
    empties = 0
    for text in support.queries(QUERIES):
        tree = parse(text)
        expected = {d.id for d in documents if support.matches(tree, d, clock)}
        assert set(filled.ids(tree)) == expected, text
        assert filled.search(tree, limit=0).total == len(expected), text
        empties += not expected
    assert empties < QUERIES / 2, "the queries find too little to say anything"


def test_newest_first_and_pages_meet_without_gap_or_overlap(filled: Index, documents: list[IndexDocument]) -> None:
    wanted = [d.id for d in sorted(documents, key=lambda d: -d.order)]
    pages = [hit.id for offset in range(0, SIZE, 170) for hit in filled.search(All(), limit=170, offset=offset).hits]
    assert pages == wanted
    assert list(filled.ids()) == wanted


def test_relevance_puts_the_best_match_first(empty: Index) -> None:
    empty.add([article(1, "fraude " + "autre chose " * 30), article(2, "fraude fraude fraude"), article(3, "rien")])
    hits = empty.search(parse("fraude"), sort="relevance").hits
    assert [hit.id for hit in hits] == [digest("2"), digest("1")]
    assert hits[0].score > hits[1].score > 0


@pytest.mark.parametrize("text", ["", "fraude", "lang:de", "NOT lang:fr", "since:7d"])
def test_facets_count_what_the_query_finds(filled: Index, documents: list[IndexDocument], text: str) -> None:
    tree = parse(text) if text else All()
    found = [d for d in documents if support.matches(tree, d, Clock.of("Europe/Paris"))]
    results = filled.search(tree, limit=0, facets=FACETS)
    for name in FACETS:
        counts: dict[str, int] = {}
        for document in found:
            for value in document.keys()[name]:
                counts[value] = counts.get(value, 0) + 1
        assert results.facets[name] == tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:20]), name


@pytest.mark.parametrize("interval", ["day", "week", "month"])
def test_histogram_follows_the_calendar_of_the_zone(filled: Index, documents: list[IndexDocument], interval: str) -> None:
    buckets = filled.search(All(), limit=0, histogram=interval).histogram
    assert sum(bucket.count for bucket in buckets) == SIZE
    for bucket in buckets:
        assert (bucket.start.hour, bucket.start.minute) == (0, 0)
        assert bucket.start.tzinfo == ZoneInfo("Europe/Paris")
        assert interval != "week" or bucket.start.weekday() == 0
        assert interval != "month" or bucket.start.day == 1
    for one, next_ in pairwise(buckets):
        inside = [d for d in documents if one.start <= d.published < next_.start]
        assert len(inside) == one.count


def test_a_day_of_the_clock_change_has_its_23_hours(empty: Index) -> None:
    moments = [
        datetime(2027, 3, 27, 23, 0, tzinfo=UTC),
        datetime(2027, 3, 28, 21, 59, tzinfo=UTC),
        datetime(2027, 3, 28, 22, 0, tzinfo=UTC),
    ]
    empty.add(article(n, "x", published=moment) for n, moment in enumerate(moments))
    found = empty.search(All(), histogram="day").histogram
    assert [(f"{b.start:%m-%d}", b.count) for b in found] == [("03-28", 2), ("03-29", 1)]
    assert empty.search(parse("since:2027-03-28 until:2027-03-28"), limit=0).total == 2


def test_the_same_id_again_takes_the_place_of_the_first(empty: Index) -> None:
    empty.add([article(1, "ancien"), article(2, "autre"), article(1, "nouveau")])
    assert (empty.count(), empty.search(parse("ancien")).total, empty.search(parse("nouveau")).total) == (2, 0, 1)
    empty.add([article(2, "dernier")])
    assert (empty.count(), empty.search(parse("autre")).total, empty.search(parse("dernier")).total) == (2, 0, 1)
    empty.add([replace(article(2, "dernier"), narratives=("N-1",), flagged=True)])
    (hit,) = empty.search(parse("narrative:N-1 flagged:yes")).hits
    assert (hit.narratives, hit.flagged) == (("N-1",), True)


def test_adding_twice_changes_nothing(empty: Index, documents: list[IndexDocument]) -> None:
    empty.add(documents[:50])
    before = list(empty.ids())
    empty.add(documents[:50])
    assert list(empty.ids()) == before


def test_delete_takes_out_and_knows_nothing_of_others(empty: Index) -> None:
    empty.add([article(1, "un"), article(2, "deux")])
    empty.delete([digest("1"), "no-such-id"])
    assert list(empty.ids()) == [digest("2")]


def test_replace_builds_anew_and_a_failed_one_leaves_the_old(empty: Index) -> None:
    def broken() -> Iterator[IndexDocument]:
        yield article(3, "trois")
        raise StopRun("the archive cannot be read")

    empty.replace([article(1, "un")], "g1")
    assert empty.generation == "g1"
    with pytest.raises(StopRun, match="archive"):
        empty.replace(broken(), "g2")
    assert (list(empty.ids()), empty.generation) == ([digest("1")], "g1")
    empty.replace([article(2, "deux")], "g2")
    assert (list(empty.ids()), empty.generation) == ([digest("2")], "g2")


def test_the_generation_is_kept_and_clear_forgets_all(empty: Index) -> None:
    empty.add([article(1, "un")])
    assert empty.generation == ""
    empty.set_generation("nuit 12")
    empty.add([article(2, "deux")])
    assert empty.generation == "nuit 12"
    empty.clear()
    assert (empty.count(), list(empty.ids()), empty.generation) == (0, [], "")


def test_a_missing_index_is_empty_and_says_what_to_do(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    index = open_index(settings_of(backend, request, "missing"), tmp_path / "none")
    assert (index.count(), list(index.ids()), index.generation) == (0, [], "")
    with pytest.raises(StopRun, match=r"no index yet.*tocsin index rebuild"):
        index.search(parse("fraude"))
    index.close()
    assert not (tmp_path / "none").exists(), "reading makes no folder"


def test_snippets_show_and_mark_what_matched(empty: Index) -> None:
    text = "Rien à voir. " * 40 + "On parle ici de l’élection et des bulletins truqués, dit-on. " + "Encore rien. " * 40
    empty.add([article(1, text, title="Fraude à l'élection")])
    (hit,) = empty.search(parse('"bulletin truqué" election -calme')).hits
    assert [hit.snippet[a:b] for a, b in hit.marks] == ["élection", "bulletins truqués"]
    assert [hit.title[a:b] for a, b in hit.title_marks] == ["élection"]
    assert len(hit.snippet) < 250
    assert hit.snippet.startswith("… ")


@pytest.mark.parametrize(
    ("text", "language", "finds", "not_"),
    [
        (
            "Vers l’Élection présidentielle",
            "fr",
            "election|l'élection|ÉLECTIONS|élect*|\"election presidentielle\"|d'élection",
            "electeur|lection",
        ),
        ("Les bulletins truqués d'aujourd'hui", "fr", "truquer|truqué|aujourd'hui|bulletin|truq*", "hui"),
        ("Bourrage d'urnes à l'œuvre", "fr", "oeuvre|œuvre|urne", "oeuf"),
        ("Des journaux électoraux", "fr", "journal|électoral|électorales", "jour"),
        ("Alle Wähler wählen", "de", "Wähler|Waehler|Wahler|WÄHLERN|wähl*|waehl*", "Wahlbetrug"),
        ("Vorwurf des Wahlbetrugs", "de", "Wahlbetrug|Betrug|Wahl|wahlb*|Wahl-Betrug", "Wähler"),
        ("Die Briefwahlunterlagen fehlen", "de", "Briefwahl|Wahl|Unterlagen|Wahlunterlagen", "Auswahl"),
        ("Die Auswahl ist groß", "de", "Auswahl|gross|groß", "Wahl"),
        ("Bundestags-Wahl in der Straße", "de", 'Bundestagswahl|Bundestag|Strasse|Straßen|"bundestags wahl"|Bundestags-Wahl', "Gasse"),
        ("Länder und Häuser", "de", "Haus|Laender|Lander", "Hausaufgabe"),
        ("The mail-in ballots were rigged", "en", "ballot|rigging|mail-in|mailin|RIGGED", "maling"),
        ("Trump's parties don't vote", "en", "Trump|party|don't|voting", "trumpet"),
        ("На выборах голосовали ещё раз", "ru", "выборы|выборов|еще|ЕЩЁ|выбор*", "набор"),
        ("Йод и май", "ru", "йод", "иод"),
        ("L’elezione d'Italia", "it", "elezione|italia", "lelezione"),
        ("投票 选举舞弊", "zh", "选举|舞弊", "弊舞"),
        ("🗳 voté", "fr", "🗳", "🇫🇷"),
    ],
)
def test_words_are_found_as_a_native_speaker_expects(empty: Index, text: str, language: str, finds: str, not_: str) -> None:
    empty.add([article(1, text, language)])
    for wanted in finds.split("|"):
        assert empty.search(parse(wanted)).total == 1, wanted
    for unwanted in not_.split("|"):
        assert empty.search(parse(unwanted)).total == 0, unwanted


@pytest.mark.parametrize("query", ["source:lemonde.fr", "source:www.lemonde.fr", 'source:"Le Monde"', "source:lemonde*"])
def test_a_source_is_found_by_its_name_and_by_its_site(empty: Index, query: str) -> None:
    own = article(1, "vote", source="Le Monde", account="lemonde.fr")
    other = article(2, "vote", source="Echo", account="echo.example", links=("https://www.lemonde.fr/a",))
    post = article(3, "vote", source="Echo", account="lemonde.fr", kind="post")
    empty.add([own, other, post])
    assert set(empty.ids(parse(query))) == {own.id}
    assert set(empty.ids(parse(f"vote NOT {query}"))) == {other.id, post.id}


def test_a_phrase_does_not_run_from_the_title_into_the_text(empty: Index) -> None:
    empty.add([article(1, "truqués en masse", title="Des bulletins")])
    assert empty.search(parse('"bulletins truqués"')).total == 0
    assert empty.search(parse('bulletins "truqués en masse"')).total == 1


def test_what_engines_stumble_over(empty: Index) -> None:
    empty.add([article(1, "fraude vote"), article(2, "fraude"), article(3, "x" * 70_000 + " mot"), article(4, "\x00\x1f \ud800 fin¶fin")])
    assert empty.search(parse("fraude AND NOT vote")).total == 1
    assert empty.search(parse("fraude NOT (vote OR autre)")).total == 1
    assert empty.search(parse("NOT fraude")).total == 2
    assert empty.search(parse("NOT NOT fraude")).total == 2
    assert empty.search(parse("mot OR " + "x" * 300)).total == 1
    assert empty.search(parse("fin")).total == 1


@pytest.mark.parametrize("level", ["(x OR b {})", "NOT (x OR b {})", "-(x b {}) OR wa*"])
def test_the_deepest_query_is_answered(filled: Index, level: str) -> None:
    deepest = "a"
    for _ in range(DEEPEST // (2 if level[0] in "N-" else 1)):
        deepest = level.format(deepest)
    tree = parse(deepest)
    assert filled.search(tree, limit=0).total == len(set(filled.ids(tree)))


def test_more_like_this_finds_the_copies_first(empty: Index) -> None:
    story = "Des bulletins truqués auraient été retrouvés dans une forêt près de Lille, affirme un compte anonyme"
    others = [f"Le match numéro {n} s'est joué sous la pluie devant un public nombreux" for n in range(12)]
    texts = [story, story + ", sans preuve.", "Un compte anonyme affirme que des bulletins truqués existent", *others]
    empty.add(article(n, text) for n, text in enumerate(texts))
    found = empty.similar(digest("0"), 5)
    assert [hit.id for hit in found[:2]] == [digest("1"), digest("2")]
    assert digest("0") not in [hit.id for hit in found]
    assert found[0].score > found[1].score
    with pytest.raises(UsageError, match="no document"):
        empty.similar("nobody")


def test_a_doctor_finds_an_index_in_order_well(filled: Index) -> None:
    findings = filled.check()
    assert any(f.what == "index" and f.good and f"{SIZE:,} documents" in f.said for f in findings)
    assert all(f.hint for f in findings if not f.good)
    assert (list(filled.rejected()), filled.retry()) == ([], 0)


@pytest.mark.parametrize("asked", [{"sort": "size"}, {"facets": ["colour"]}, {"histogram": "year"}, {"limit": 200_000}, {"offset": -1}])
def test_what_cannot_be_asked_is_a_usage_error(filled: Index, asked: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        filled.search(All(), **asked)  # type: ignore[arg-type]
