"""The shipped elections: they load, every fact names its source, and nothing in the data is malformed or there twice."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from models import listings
from models.election import SHIPPED, Election, folders, load
from models.errors import UsageError
from models.urls import canonical, host

ELECTIONS = ("de-2017", "de-2021", "de-2025", "exercise", "fr-2017", "fr-2022", "fr-2027")
REAL = tuple(name for name in ELECTIONS if name != "exercise")
ROOT = SHIPPED.parent
DAYS = {"day": r"\d{4}-\d{2}-\d{2}", "month": r"\d{4}-\d{2}", "year": r"\d{4}"}


@pytest.fixture(scope="module", params=ELECTIONS)
def election(request: pytest.FixtureRequest) -> Election:
    return load(request.param)


def test_the_folders_are_the_elections() -> None:
    assert tuple(sorted(folders())) == ELECTIONS


def test_an_unknown_election_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="fr-2027"):
        load("fr-2028")


def test_dates_have_a_precision_and_a_source(election: Election) -> None:
    assert election.dates
    for date in election.dates:
        assert re.fullmatch(DAYS[date.precision], date.day), date
        assert date.what
        assert date.source


def test_the_day_of_2027_is_not_made_up() -> None:
    first = next(d for d in load("fr-2027").dates if d.what == "first round")
    assert (first.day, first.precision) == ("2027-04", "month")


def test_entities_have_ids_of_their_own_and_sources(election: Election) -> None:
    assert election.entities
    twice = [name for name, number in Counter(e.id for e in election.entities).items() if number > 1]
    assert not twice
    for entity in election.entities:
        assert re.fullmatch(r"[a-z0-9]+(/[a-z0-9-]+)+|Q\d+", entity.id), entity
        assert entity.kind in {"person", "party", "institution", "agency", "election", "place"}, entity
        assert entity.source, entity


def test_aliases_are_names_not_words(election: Election) -> None:
    """No empty alias; a single word is a capitalised name or an acronym of two letters or more; a person has two names."""
    for entity in election.entities:
        names = [(code, name) for code, aliases in entity.aliases.items() for name in aliases] + [("", entity.name)]
        assert len(names) == len(set(names)), entity
        for code, name in names:
            assert name == name.strip(), entity
            assert len(name) >= (2 if name.isupper() else 3), entity
            assert any(c.isalpha() for c in name), entity
            assert " " in name or any(c.isupper() for c in name) or name in {"dpa", "lpa"}, (entity, code)
        if entity.kind == "person":
            assert " " in entity.name, entity


def test_no_alias_stands_for_two(election: Election) -> None:
    owners: dict[tuple[str, str], set[str]] = {}
    for entity in election.entities:
        for code, aliases in entity.aliases.items():
            for name in aliases:
                owners.setdefault((code, name), set()).add(entity.id)
    assert not {key: ids for key, ids in owners.items() if len(ids) > 1}


def test_russian_names_are_cyrillic(election: Election) -> None:
    for entity in election.entities:
        for name in entity.aliases.get("ru", ()):
            assert re.search(r"[А-Яа-яЁё]", name) or name in {"Viginum", "Arcom", "dieBasis"}, entity


def test_parties_and_candidates_are_named_in_four_languages() -> None:
    for name in REAL:
        parties = [e for e in load(name).entities if e.kind == "party"]
        assert len(parties) >= 9
        assert all(set(e.aliases) == {"fr", "de", "en", "ru"} for e in parties)


@pytest.mark.parametrize(("name", "number"), [("fr-2017", 11), ("fr-2022", 12)])
def test_the_candidates_are_those_of_the_official_list(name: str, number: int) -> None:
    assert sum("list of the" in e.source for e in load(name).entities) == number


def test_nobody_is_a_candidate_of_2027_yet() -> None:
    assert not [e for e in load("fr-2027").entities if "list of the" in e.source]


def test_accounts_are_platform_and_name(election: Election) -> None:
    for entity in election.entities:
        for account in entity.accounts:
            assert re.fullmatch(r"twitter:\w{1,20}", account), entity


def test_hashtags_are_bare(election: Election) -> None:
    tags = [*election.hashtags, *(tag for e in election.entities for tag in e.hashtags)]
    assert election.hashtags
    assert all(re.fullmatch(r"\w+", tag) for tag in tags)


def test_sources_say_where_from_and_why(election: Election) -> None:
    assert election.sources
    for source in election.sources:
        assert source.access in {"feed", "news_sitemap", "sitemap", "mastodon", "bluesky"}, source
        assert source.origin, source
        assert source.basis, source
        assert source.promise >= 1, source
        assert source.country, source
        for url in (*source.urls, source.homepage):
            assert url.startswith(("https://", "http://127.0.0.") if election.id == "exercise" else "https://"), source
            assert canonical(url), source


def test_no_source_is_there_twice(election: Election) -> None:
    names = Counter(s.name for s in election.sources)
    urls = Counter(url for s in election.sources for url in s.urls)
    assert max(names.values()) == 1
    assert max(urls.values()) == 1
    if election.id != "exercise":
        assert max(Counter(s.homepage for s in election.sources).values()) == 1


def test_listed_outlets_say_who_lists_them() -> None:
    monde = next(s for s in load("fr-2022").sources if s.name == "Le Monde")
    assert [(entry.by, entry.label) for entry in monde.listing] == [("médialab, Sciences Po", "mainstream")]
    assert monde.listing[0].where.startswith("https://github.com/medialab/")


def test_lists_hold_hosts_and_no_platforms() -> None:
    table = listings.listings()
    assert len(table) > 500
    for name, entries in table.items():
        assert host(f"https://{name}") == name, "not a canonical host"
        assert name not in {"facebook.com", "twitter.com", "youtube.com", "t.me", "google.com", "wordpress.com", "blogspot.com"}
        assert all(entry.by and entry.label and entry.where for entry in entries)
        assert len(entries) == len(set(entries))


def test_real_news_is_on_no_list_but_as_news() -> None:
    table = listings.listings()
    for name in ("lemonde.fr", "liberation.fr", "spiegel.de", "freitag.de", "addustour.com", "dw.com"):
        assert {entry.label for entry in listings.of(name, table)} <= {"mainstream", "opinion", "periphery"}


def test_a_host_is_found_under_the_domain_above_it() -> None:
    table = listings.listings()
    assert listings.of("pravda-fr.com", table)[0].label == "Portal Kombat network"
    assert listings.of("some.desk.rt.com", table)[0].by == "EUvsDisinfo"
    assert listings.of("127.0.0.1:8731", table) == ()
    assert listings.of("com", table) == ()


def test_a_list_of_the_workspace_is_read_and_replaces_its_namesake(tmp_path: Path) -> None:
    folder = tmp_path / "elections" / "listings"
    folder.mkdir(parents=True)
    (folder / "viginum.toml").write_text('by = "We"\n[labels]\n"ours" = ["example.org"]\n', "utf-8")
    table = listings.listings(tmp_path)
    assert listings.of("example.org", table)[0].by == "We"
    assert not listings.of("pravda-fr.com", table)


@pytest.mark.parametrize("text", ["by = ", 'by = "We"\n', 'by = "We"\nlabels = 3\n', '[labels]\n"x" = ["a.org"]\n'])
def test_a_list_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "elections" / "listings"
    folder.mkdir(parents=True)
    (folder / "ours.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError, match=r"ours\.toml"):
        listings.listings(tmp_path)


def test_an_own_election_is_a_copied_folder(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "fr-2027", tmp_path / "elections" / "mayors")
    own = load("mayors", tmp_path)
    assert own.id == "mayors"
    assert own.sources == load("fr-2027").sources
    assert load("fr-2027", tmp_path).id == "fr-2027"


SOURCE = '[[source]]\nname = "Echo"\naccess = "feed"\nurls = ["https://echo.example/rss"]\n'
DATE = 'name = "x"\ncountry = "fr"\nlanguages = ["fr"]\n[[dates]]\nwhat = "vote"\nprecision = "{}"\nday = {}\nsource = "s"\n'

MISTAKES = {
    "sources-table": ("sources.toml", SOURCE.replace("[[source]]", "[[sources]]"), r"'sources' where only \[\[source\]\]"),
    "sources-one": ("sources.toml", SOURCE.replace("[[source]]", "[source]"), r"where only \[\[source\]\]"),
    "urls-text": (
        "sources.toml",
        SOURCE.replace('["https://echo.example/rss"]', '"https://echo.example/rss"'),
        r"source 1 \(Echo\): urls: must be a list",
    ),
    "urls-none": ("sources.toml", SOURCE.replace('["https://echo.example/rss"]', "[]"), r"source 1 \(Echo\): urls is empty"),
    "no-access": ("sources.toml", SOURCE.replace('access = "feed"\n', ""), "access is missing"),
    "key": ("sources.toml", SOURCE + "promis = 1\n", "no key 'promis' here .did you mean 'promise'"),
    "promise-text": ("sources.toml", SOURCE + 'promise = "one"\n', "promise: must be a whole number"),
    "promise-bool": ("sources.toml", SOURCE + "promise = true\n", "promise: must be a whole number"),
    "listing": ("sources.toml", SOURCE + 'listing = [{ by = "we" }]\n', "listing, 1: label is missing"),
    "twice": ("sources.toml", SOURCE + SOURCE, r"source 2 \(Echo\): has the name of source 1"),
    "alias-text": (
        "entities.toml",
        '[[entity]]\nid = "a"\nkind = "party"\nname = "A"\naliases = { fr = "RN" }\n',
        "aliases, fr: must be a list",
    ),
    "entity-twice": ("entities.toml", '[[entity]]\nid = "a"\nkind = "party"\nname = "A"\n' * 2, r"entity 2 \(a\): has the id of entity 1"),
    "not-toml": ("entities.toml", "[[entity]\n", "not valid TOML"),
    "no-day": ("election.toml", DATE.format("day", '"2027-02-30"'), "dates, 1: day cannot be '2027-02-30'"),
    "no-month": ("election.toml", DATE.format("month", '"2027-04-11"'), "of precision month: as '2027-04'"),
    "precision": ("election.toml", DATE.format("week", '"2027-04-11"'), "precision cannot be 'week'"),
    "bare-day": ("election.toml", DATE.format("day", "2027-04-11"), "day: must be text in quotes"),
    "no-name": ("election.toml", DATE.format("day", '"2027-04-11"').replace('name = "x"\n', ""), "name is missing"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_an_own_election_is_named_with_its_place(tmp_path: Path, mistake: str) -> None:
    folder = tmp_path / "elections" / "mayors"
    shutil.copytree(SHIPPED / "exercise", folder)
    name, text, told = MISTAKES[mistake]
    (folder / name).write_text(text, "utf-8")
    with pytest.raises(UsageError, match=told) as error:
        load("mayors", tmp_path)
    assert str(folder / name) in str(error.value)
    assert error.value.hint or "must be" in error.value.message


def test_an_own_election_without_its_first_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "elections" / "mayors").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"mayors: has no election\.toml"):
        load("mayors", tmp_path)


def test_files_are_of_reasonable_size() -> None:
    assert all(path.stat().st_size < 1_000_000 for path in SHIPPED.rglob("*.toml"))


def test_the_shipped_files_are_what_the_scripts_write(tmp_path: Path) -> None:
    """In a copy of the checkout, so that nothing here is written."""
    shared = Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared")) / "data" / "open"
    if not shared.is_dir():
        pytest.skip("the shared open data is not on this machine (TOCSIN_SHARED)")
    for part in ("scripts", "models", "demo"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    for script in (["elections_build.py", str(shared)], ["elections_exercise.py"]):
        subprocess.run([sys.executable, str(tmp_path / "scripts" / script[0]), *script[1:]], check=True, capture_output=True, cwd=tmp_path)
    written = {p.relative_to(tmp_path / "elections"): p.read_bytes() for p in (tmp_path / "elections").rglob("*.toml")}
    assert written == {p.relative_to(SHIPPED): p.read_bytes() for p in SHIPPED.rglob("*.toml")}
