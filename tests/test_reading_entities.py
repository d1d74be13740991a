from __future__ import annotations

import json
from itertools import pairwise

import pytest

from benchmarks.entities import ROOT, scores
from benchmarks.entities import found as found_in
from models.records import Entity
from models.settings import Settings
from nlp import reading
from nlp.clean import clean
from nlp.entities import Gazetteer, is_acronym
from tests.support.reading import AFD, ENTITIES, GRUENE, MACRON, RN, document

GAZETTEER = Gazetteer(ENTITIES)


def found(text: str, gazetteer: Gazetteer = GAZETTEER) -> list[tuple[str, str]]:
    mentions = gazetteer.find(clean(text), text)
    for mention in mentions:
        assert text[mention.start : mention.end] == mention.surface
    assert all(a.end <= b.start for a, b in pairwise(mentions))
    return [(mention.id, mention.surface) for mention in mentions]


@pytest.mark.parametrize(
    ("text", "entity", "surface"),
    [
        ("d'Emmanuel Macron, hier", MACRON, "Emmanuel Macron"),
        ("l’ère Macron", MACRON, "Macron"),
        ("EMMANUEL MACRON", MACRON, "EMMANUEL MACRON"),
        ("Emmanuel\u00a0Macron", MACRON, "Emmanuel\u00a0Macron"),
        ("Ma\u200bcron a dit", MACRON, "Ma\u200bcron"),
        ("Macrons Rede", MACRON, "Macrons"),
        ("Macron's speech", MACRON, "Macron"),
        ("речь Эмманюэля Макрона", MACRON, "Эмманюэля Макрона"),
        ("с Макроном", MACRON, "Макроном"),
        ("#EmmanuelMacron part", MACRON, "#EmmanuelMacron"),
        ("#AfD raus", AFD, "#AfD"),
        ("#afd raus", AFD, "#afd"),
        ("DIE GRÜNEN", GRUENE, "DIE GRÜNEN"),
        ("die grünen Wiesen", None, ""),
        ("#macron2027", MACRON, "#macron2027"),
        ("merci @emmanuelmacron !", MACRON, "@emmanuelmacron"),
        ("AfD-Politiker", AFD, "AfD"),
        ("die afd", AFD, "afd"),
        ("ALTERNATIVE FÜR DEUTSCHLAND", AFD, "ALTERNATIVE FÜR DEUTSCHLAND"),
        ("le RN, dit-il", RN, "RN"),
        ("RN\u200b!", RN, "RN"),
        ("&quot;RN&quot;", RN, "RN"),
        ("Bündnis 90 / Die Grünen", GRUENE, "Bündnis 90 / Die Grünen"),
        ("der Grünen", None, ""),
        ("die Grünen", GRUENE, "die Grünen"),
        ("infirmière rn diplômée", None, ""),
        ("macronisme", None, ""),
        ("https://example.org/macron/afd?rn", None, ""),
        ("@macron_fan", None, ""),
        ("Emmanuel. Rassemblement. National", None, ""),
        ("Alternative fur Deutschland", None, ""),
    ],
)
def test_names_as_people_write_them(text: str, entity: Entity | None, surface: str) -> None:
    assert found(text) == ([(entity.id, surface)] if entity else [])


def test_the_longest_name_wins() -> None:
    short = Entity(id="short", kind="place", name="Frankfurt")
    long = Entity(id="long", kind="place", name="Frankfurt an der Oder")
    assert found("Frankfurt und Frankfurt an der Oder", Gazetteer((short, long))) == [
        ("short", "Frankfurt"),
        ("long", "Frankfurt an der Oder"),
    ]


def test_names_in_right_to_left_scripts() -> None:
    text = "قال إيمانويل ماكرون اليوم"
    assert found(text, Gazetteer((Entity(id="m", kind="person", name="Macron", aliases={"ar": ("إيمانويل ماكرون",)}),))) == [
        ("m", "إيمانويل ماكرون")
    ]


@pytest.mark.parametrize("name", ["", "!", "a", "   ", "#"])
def test_an_empty_name_finds_nothing(name: str) -> None:
    assert found("a ! # quelque chose", Gazetteer((Entity(id="x", kind="person", name=name, hashtags=("",), accounts=("",)),))) == []


@pytest.mark.parametrize(
    ("name", "case_counts"), [("RN", True), ("SPD", True), ("AfD", False), ("DIE LINKE", False), ("BUNDESTAG", False), ("90", False)]
)
def test_case_counts_for_acronyms(name: str, case_counts: bool) -> None:
    assert is_acronym(name) is case_counts


def test_names_and_distractors_of_unseen_texts_keep_their_floor() -> None:
    floors = json.loads((ROOT / "benchmarks" / "floors.json").read_text("utf-8"))["entities"]
    got = scores(found_in("test"))
    assert {name: got[name] >= floor for name, floor in floors.items()} == dict.fromkeys(floors, True), got


MERZ = Entity(id="merz", kind="person", name="Friedrich Merz", aliases={"ru": ("Фридрих Мерц",)})
LINDNERS = (Entity(id="c", kind="person", name="Christian Lindner"), Entity(id="t", kind="person", name="Tobias Lindner"))
SOMMER = Entity(id="sommer", kind="person", name="Helin Sommer")


@pytest.mark.parametrize(
    ("language", "text", "ids"),
    [
        ("de", "Gestern sprach Merz zu den Leuten auf dem Platz vor dem Rathaus.", []),
        ("de", "Gestern sprach Kanzler Merz zu den Leuten auf dem Platz vor dem Rathaus.", ["merz"]),
        ("de", "Gestern sprach Merz nach der Wahl zu den Leuten auf dem Platz vor dem Rathaus.", ["merz"]),
        ("de", "Gestern sprach Jürgen Merz nach der Wahl zu den Leuten auf dem Platz vor dem Rathaus.", []),
        ("de", "Die Partei von Lindner verlor die Wahl, und alle gingen nach Hause.", []),
        ("de", "Tobias Lindner kam zur Wahl, und Lindner ging früh wieder nach Hause.", ["t", "t"]),
        ("de", "Vor der Wahl kommt der Sommer, sagt die Partei und lacht dazu.", []),
        ("ru", "После выборов канцлер говорил долго, и Мерцу не поверили в парламенте.", ["merz"]),
    ],
)
def test_a_surname_alone_needs_context(language: str, text: str, ids: list[str]) -> None:
    people = (MERZ, *LINDNERS, SOMMER)
    (note,) = reading.annotate([document(text, language=language)], people, Settings({"nlp.workers": 1}))
    assert [mention.id for mention in note.entities] == ids
