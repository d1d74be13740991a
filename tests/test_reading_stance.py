"""Texts that spread a claim, and those that report, deny or check it."""

import json
from dataclasses import fields
from datetime import timedelta

import pytest

from archive import columns, segments
from archive.store import Archive
from benchmarks.stances import ROOT, judged, rows, scores
from models.records import Annotation
from models.settings import Settings
from nlp import reading
from nlp.stance import Cues, _found, cues, stances
from tests.support.narratives import FRAUD_FR, NIGHT, post, read
from tests.support.reading import NTREX, document


def test_the_templates_of_development_and_test_differ_and_hold_forty_of_each_stance():
    dev, held = rows("dev"), rows("test")
    assert not {row["text"] for row in dev} & {row["text"] for row in held}
    for stance in ("spread", "reported", "denied", "check"):
        assert sum(row["stance"] == stance for row in [*dev, *held]) == 40


def test_stances_of_unseen_templates_keep_their_floor():
    floors = json.loads((ROOT / "benchmarks" / "floors.json").read_text("utf-8"))["stances"]
    found = scores(judged("test"))
    assert {name: found[name] >= floor for name, floor in floors.items()} == dict.fromkeys(floors, True), found


def noted(text, language):
    (note,) = reading.annotate([document(text, language=language)], (), Settings({"nlp.workers": 1}))
    return note


@pytest.mark.parametrize(
    ("language", "text", "stance", "marks"),
    [
        ("fr", "Ministère\u00a0: «\u00a0c'est faux\u00a0», aucun bulletin n'a disparu des bureaux de vote hier.", "denied", {"denial"}),
        ("de", "Kein Fake, die Stimmzettel sind gestern wirklich im Hafen verschwunden, wie alle sahen.", "", set()),
        ("en", "Fact check: the picture of the harbour shows waste paper and comes from another country.", "checked", {"check"}),
        ("ru", "По словам кандидата, бюллетени якобы исчезли вчера вечером в порту города.", "reported", {"report"}),
        ("es", "Según el ministro, las papeletas desaparecieron ayer en el puerto de la ciudad.", "", set()),
    ],
)
def test_marks_say_which_words_decided(language, text, stance, marks):
    note = noted(text, language)
    assert note.stance == stance
    assert marks <= {mark.kind for mark in note.marks}
    for mark in note.marks:
        whole = f"\n{text}"
        assert whole[mark.start : mark.end].strip() == mark.surface


class Everywhere(Cues):
    """Cues that are searched in every sentence."""

    def begun(self, words):
        return -1


@pytest.mark.skipif(not NTREX.is_dir(), reason="the shared NTREX sentences are not here")
@pytest.mark.parametrize(("code", "name"), [("fr", "ref.fra"), ("de", "ref.deu"), ("en", "src.eng"), ("ru", "ref.rus")])
def test_looking_only_where_a_word_begins_a_cue_misses_no_mark(code, name):
    known = cues(code)
    everywhere = Everywhere(**{field.name: getattr(known, field.name) for field in fields(known)})
    lines = (NTREX / f"newstest2019-{name}.txt").read_text("utf-8").lower().splitlines()
    marks = 0
    for k in range(0, len(lines), 10):
        text = " ".join(lines[k : k + 10])
        found = list(_found(text, known))
        marks += len(found)
        assert found == list(_found(text, everywhere))
    assert marks > 300


def test_an_article_that_quotes_somebody_late_still_speaks_for_itself():
    long = "Die Brücke über den Kanal wird im Sommer erneuert, die Stadt rechnet mit vier Monaten Bauzeit und wenig Lärm. " * 5
    assert noted(long + "Die Opposition behauptet, das sei zu teuer.", "de").stance == ""


def test_a_negation_counts_only_beside_texts_that_affirm():
    yes = [
        post(f"y{i}", text) for i, text in enumerate(("Des bulletins ont été brûlés hier à Valbrune.", "Valbrune, bulletins brûlés hier."))
    ]
    no = post("n", "Les bulletins de Valbrune n'ont jamais été brûlés hier, tout est intact.")
    assert stances(read([*yes, no])) == {"y0": "", "y1": "", "n": "denied"}
    assert stances(read([no])) == {"n": ""}, "alone it may be the claim itself"


def test_annotations_of_an_older_tocsin_are_read_beside_new_ones(tmp_path):
    archive = Archive(tmp_path)
    with archive.spool("a") as spool:
        for name in ("old", "new"):
            spool.add(post(name, FRAUD_FR[0] + name))
    archive.seal()
    notes = {note.document: note for note in reading.annotate(archive.documents(), (), Settings({"nlp.workers": 1}))}
    archive.write("annotations", [notes["old"]], night=NIGHT.date(), version="1")
    (path,) = segments.listing(tmp_path, "annotations")
    facts = segments.facts(segments.read(path).schema)
    rows = columns.table(Annotation, [notes["old"]]).drop_columns(["stance", "marks"])
    kept = {key: facts[key] for key in ("day", "night", "version", "written")}
    with path.open("wb") as handle:
        segments.fill(segments.prepared("annotations", rows, kept), handle)
    archive.write("annotations", [notes["new"]], night=(NIGHT + timedelta(days=1)).date(), version="2")
    read_back = {a.document: a for a in archive.read("annotations", Annotation)}
    assert read_back["new"] == notes["new"]
    assert read_back["old"].stance == ""
    assert read_back["old"].lemmas == notes["old"].lemmas
    assert archive.verify() == []
