"""What analysts decide through the command, and that the machine follows on later nights."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import scan
from archive.state import State
from archive.store import Archive
from models.workspace import find
from nlp.narratives import narrate
from tests.support.cli import quiet_election, tocsin
from tests.support.narratives import DEBATE_FR, FRAUD_DE, FRAUD_FR, NIGHT, SETTINGS, STORM_FR, article, background, read, several

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0)


class World:
    """A workspace whose nights are run in this process, and whose commands are run as a user runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = quiet_election(folder)

    def night(self, number, *documents):
        shift = NOW + number * DAY - NIGHT
        archive = Archive(self.folder / "archive")
        with archive.spool(f"n{number}") as spool:
            for d in documents:
                spool.add(replace(d, fetched=d.fetched + shift, published=d.published + shift))
        night = scan.Night(workspace=find(self.folder), now=NOW + number * DAY)
        for stage in (scan.seal, scan.annotate, scan.narrate):
            stage(night)

    def of(self, document):
        holders = [n for n in State(self.folder / "state.sqlite").narratives() if document in n.documents]
        return min(holders, key=lambda n: n.status == "asleep")

    def curate(self, *words, code=0):
        return tocsin("curate", *words, "--who", "ana", cwd=self.folder, code=code)

    def history(self, name):
        return json.loads(tocsin("history", name, "--json", cwd=self.folder).stdout)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path / "w")
    made.night(0, *background(), *several("fraud", FRAUD_FR), *several("storm", STORM_FR))
    return made


def test_a_name_stays_until_it_is_released(world):
    name = world.of("fraud0").id
    world.curate("rename", name.lower(), "  Burnt   ballots ")
    assert world.of("fraud0").label == "Burnt ballots"
    world.night(1, article("fraud9", FRAUD_FR[1] + " Rien de plus."))
    assert (world.of("fraud9").id, world.of("fraud9").label) == (name, "Burnt ballots")
    world.curate("release", name)
    world.night(2)
    assert world.of("fraud0").label != "Burnt ballots"


def test_merged_narratives_stay_one_and_grow_on_both_sides(world):
    into, other = world.of("fraud0").id, world.of("storm0").id
    world.curate("merge", into, other, "--note", "one campaign")
    for number in (1, 2):
        texts = (f"{FRAUD_FR[number % 3]} Note {number}.", f"{STORM_FR[number % 2]} Note {number}.")
        world.night(number, article(f"fraud-{number}", texts[0]), article(f"storm-{number}", texts[1]))
        assert {world.of(d).id for d in ("fraud0", "storm0", f"fraud-{number}", f"storm-{number}")} == {into}
    told = world.history(into)
    event = next(e for e in told["events"] if e["kind"] == "merge")
    assert (event["others"], event["numbers"]["documents"]) == ([other], 2.0)
    assert "ana decided" in event["reason"]
    assert "one campaign" in event["reason"]
    assert [d["act"] for d in told["decisions"]] == ["merge"]
    assert not [e for e in told["events"] if e["kind"] == "split"]


def test_what_was_split_is_not_joined_again(world):
    name = world.of("fraud0").id
    done = json.loads(world.curate("split", name, "fraud1", "--json").stdout)
    child = done["other"]
    assert (world.of("fraud0").id, world.of("fraud1").id) == (name, child)
    for number in (1, 2):
        world.night(number, article(f"again-{number}", f"{FRAUD_FR[1]} Note {number}."))
        assert (world.of("fraud0").id, world.of("fraud2").id, world.of("fraud1").id) == (name, name, child)
        assert world.of(f"again-{number}").id == child, "a new text goes to the side whose words it shares"
    assert [e["narrative"] for e in world.history(name)["events"] if e["kind"] == "split"] == [child]


def test_a_pinned_narrative_keeps_its_id_when_a_larger_one_says_the_same(tmp_path):
    world = World(tmp_path / "w")
    world.night(0, *background(), *several("fraud", FRAUD_FR[:2]), *several("debate", DEBATE_FR))
    name, other = world.of("fraud0").id, world.of("debate0").id
    world.curate("merge", name, other)
    world.curate("release", name)
    world.curate("pin", name, "--note", "weekly report")
    world.night(1, *(article(f"more{i}", f"{DEBATE_FR[i % 2]} Note {i}.") for i in range(6)))
    world.night(2)
    assert {world.of(d).id for d in ("fraud0", "debate0", "more1")} == {name}
    assert [d["act"] for d in world.history(name)["decisions"]] == ["merge", "release", "pin"]


def test_history_says_who_where_when_in_which_languages(world):
    name = world.of("fraud0").id
    told = world.history(name)
    assert told["languages"] == {"fr": 3}
    assert set(told["where"]) == {"fraud0.example", "fraud1.example", "fraud2.example"}
    assert sum(told["days"].values()) == 3
    assert told["events"][0]["kind"] == "birth"
    assert told["events"][0]["numbers"] == {"size": 3.0}
    shown = tocsin("history", name, cwd=world.folder).stdout
    assert "3 documents that no known narrative holds" in shown
    world.night(30)
    assert [e["kind"] for e in world.history(name)["events"]] == ["birth", "sleep"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("pin", "N-0000"), "no narrative 'N-0000'"),
        (("merge", "{0}", "{0}"), "with itself"),
        (("split", "{0}"), "nothing says which documents move"),
        (("split", "{0}", "abc"), "is not one document"),
        (("split", "{0}", "--language", "fr"), "all of its documents would move"),
        (("split", "{0}", "--containing", "zebra"), "none of its documents would move"),
        (("rename", "{0}", "  "), "1 to 200 characters"),
    ],
)
def test_wrong_decisions_are_one_line_and_change_nothing(tmp_path, words, told):
    world = World(tmp_path / "w")
    world.night(0, *background(), *several("fraud", FRAUD_FR))
    name = world.of("fraud0").id
    before = State(world.folder / "state.sqlite").narratives()
    done = world.curate(*(w.format(name) for w in words), code=2)
    assert told in done.stderr
    state = State(world.folder / "state.sqlite")
    assert (state.narratives(), state.decisions()) == (before, ())


def test_show_and_history_say_what_ties_the_documents(world):
    name = world.of("fraud0").id
    found = json.loads(tocsin("show", name, "--evidence", "--json", cwd=world.folder).stdout)
    links = [link for link in found["links"] if {link["a"], link["b"]} <= {"fraud0", "fraud1", "fraud2"}]
    assert len(links) == 2, "as many as hold three texts together"
    assert all({"hangar", "carton", "canal"} & set(link["shared"]["word"]) for link in links), links
    shown = tocsin("show", name, "--evidence", cwd=world.folder).stdout
    assert "What ties them (2 of 2, between languages first)" in shown
    assert world.history(name)["ties"]["fr"]["word"] == 2
    assert "tied in fr by: " in tocsin("history", name, cwd=world.folder).stdout
    world.night(30)
    assert json.loads(tocsin("show", name, "--evidence", "--json", cwd=world.folder).stdout)["links"] == links, "asleep it keeps them"


def test_show_says_who_denies(tmp_path):
    world = World(tmp_path / "w")
    check = article("check", f"Fact-checking : {FRAUD_FR[0]}", source="verif.example")
    world.night(0, *background(), *several("fraud", FRAUD_FR), check)
    name = world.of("fraud0").id
    assert "check" in world.of("fraud0").documents
    found = json.loads(tocsin("show", name, "--json", cwd=world.folder).stdout)
    assert found["stances"]["check"] == "checked"
    assert "denied or checked by 1 document (verif.example)" in tocsin("show", name, cwd=world.folder).stdout
    assert world.history(name)["stances"]["checked"] == 1


def two_languages():
    """Three French and two German articles that show one video, among local news."""
    link = "https://canal-libre.example/videos/hangar-de-valbrune"
    texts = [*((f"fraud{i}", t) for i, t in enumerate(FRAUD_FR)), *((f"betrug{i}", t) for i, t in enumerate(FRAUD_DE))]
    return [*background(), *several("storm", STORM_FR), *(article(name, text, links=[link]) for name, text in texts)]


def test_a_label_is_in_the_readers_language_where_a_document_is(tmp_path):
    world = World(tmp_path / "w")
    world.night(0, *two_languages())
    name = world.of("fraud0").id
    assert "betrug0" in world.of("fraud0").documents

    def label(*words):
        return json.loads(tocsin("show", name, "--json", *words, cwd=world.folder).stdout)["narrative"]["label"]

    said = {code: label("--lang", code) for code in ("fr", "de", "ru")}
    assert any(said["fr"].rstrip("…") in text for text in FRAUD_FR)
    assert any(said["de"].rstrip("…") in text for text in FRAUD_DE)
    assert said["ru"] == f"{label()} [French]", "no document in Russian: the original with its language"
    listed = tocsin("narratives", "--lang", "de", "--json", cwd=world.folder).stdout.splitlines()
    assert said["de"] in {json.loads(line)["label"] for line in listed}
    assert "unknown language 'xx'" in tocsin("narratives", "--lang", "xx", cwd=world.folder, code=2).stderr
    world.curate("rename", name, "Burnt ballots")
    assert label("--lang", "de") == "Burnt ballots"


def test_the_night_labels_in_the_language_that_is_set():
    items = read(two_languages())
    for code, texts in (("fr", FRAUD_FR), ("de", FRAUD_DE)):
        told = narrate(items, (), SETTINGS.over({"report.language": code}), NIGHT)
        found = next(n for n in told.narratives if "fraud0" in n.documents)
        assert any(found.label.rstrip("…") in text for text in texts)
        again = narrate(items, told.narratives, SETTINGS.over({"report.language": code}), NIGHT + DAY)
        assert next(n for n in again.narratives if n.id == found.id).label == found.label
