"""Ids that survive the night, and what is told of merging, splitting, sleeping and returning."""

import json
import re
import time
from dataclasses import replace
from datetime import timedelta

from benchmarks.results import ROOT
from models.records import Narrative
from nlp.identity import ALPHABET, NarrativeEvent, new_id
from nlp.narratives import narrate
from tests.support.narratives import DEBATE_FR, FRAUD_FR, MILK_DE, NIGHT, SETTINGS, STORM_FR, article, background, post, read, several

DAY = timedelta(days=1)


def tell(documents, previous=(), night=NIGHT):
    return narrate(read(documents), previous, SETTINGS, night)


def of(narration, document):
    holders = [n for n in narration.narratives if document in n.documents]
    return min(holders, key=lambda n: n.status == "asleep")


def first_night():
    return [*background(), *several("fraud", FRAUD_FR[:2]), *several("storm", STORM_FR), *several("debate", DEBATE_FR)]


def second_night():
    return [*first_night(), article("fraud2", FRAUD_FR[2], hours=-20), *several("milk", MILK_DE, hours=-15)]


def known(name, documents, **fields):
    told = {"label": name, "terms": (), "entities": (), "languages": ("fr",), "first_seen": NIGHT - DAY, "last_seen": NIGHT - DAY}
    return Narrative(id=name, documents=tuple(documents), **{**told, "status": "stable", "night": NIGHT - DAY, **fields})


def test_ids_look_like_names_and_are_never_given_twice():
    taken: set[str] = set()
    for i in range(500):
        name = new_id(f"document-{i % 250}", taken)
        assert re.fullmatch(f"N-[{ALPHABET}]{{4}}", name)
        assert name not in taken
        taken.add(name)
    assert new_id("document-1", set()) == new_id("document-1", set())


def test_the_second_night_keeps_ids_and_says_what_grew():
    one = tell(first_night())
    assert {n.status for n in one.narratives} == {"new"}
    assert [e.kind for e in one.events] == ["birth"] * 3
    two = tell(second_night(), one.narratives, NIGHT + DAY)
    for document in ("fraud0", "storm0", "debate0"):
        assert of(two, document).id == of(one, document).id
        assert of(two, document).label == of(one, document).label
    assert (of(two, "fraud0").status, of(two, "fraud0").grown) == ("growing", 1)
    assert (of(two, "storm0").status, of(two, "storm0").grown) == ("stable", 0)
    assert (of(two, "milk0").status, of(two, "milk0").grown) == ("new", 2)
    assert [(e.kind, e.narrative, e.reason) for e in two.events] == [
        ("birth", of(two, "milk0").id, "2 documents that no known narrative holds")
    ]


def test_a_night_told_twice_changes_nothing():
    one = tell(first_night())
    before = tell(second_night(), one.narratives, NIGHT + DAY)
    after = tell(second_night(), before.narratives, NIGHT + DAY + timedelta(hours=3))
    assert [replace(n, night=None) for n in after.narratives] == [replace(n, night=None) for n in before.narratives]
    assert after.events == ()
    assert tell(second_night(), one.narratives, NIGHT + DAY) == before
    later = tell(second_night(), before.narratives, NIGHT + 2 * DAY)
    assert {n.grown for n in later.narratives} == {0}


def test_documents_that_come_on_the_same_night_are_added_to_its_growth():
    one = tell(first_night())
    two = tell(second_night(), one.narratives, NIGHT + DAY)
    three = tell([*second_night(), article("fraud3", FRAUD_FR[2] + " Aucune date n'est fixée.", hours=-21)], two.narratives, NIGHT + DAY)
    assert (of(three, "fraud3").id, of(three, "fraud3").grown) == (of(one, "fraud0").id, 2)


def test_two_narratives_that_say_the_same_merge_into_the_larger():
    previous = [known("N-AAAA", ["fraud0"]), known("N-BBBB", ["fraud1", "fraud2", "older"])]
    told = tell([*background(), *several("fraud", FRAUD_FR)], previous)
    kept = of(told, "fraud0")
    assert (kept.id, kept.parents) == ("N-BBBB", ("N-AAAA",))
    assert kept.documents == ("older", "fraud0", "fraud1", "fraud2")
    assert next(n for n in told.narratives if n.id == "N-AAAA").status == "asleep"
    event = next(e for e in told.events if e.kind == "merge")
    assert (event.narrative, event.others) == ("N-BBBB", ("N-AAAA",))
    assert event.reason == "1 document of N-AAAA now says the same as the 3 here"
    again = tell([*background(), *several("fraud", FRAUD_FR)], told.narratives, NIGHT + DAY)
    assert again.events == ()
    assert of(again, "fraud0").id == "N-BBBB"


def test_a_narrative_of_two_stories_splits_and_the_larger_part_keeps_the_id():
    previous = [known("N-AAAA", ["fraud0", "fraud1", "fraud2", "storm0", "storm1"])]
    told = tell([*background(), *several("fraud", FRAUD_FR), *several("storm", STORM_FR)], previous)
    assert of(told, "fraud0").id == "N-AAAA"
    assert of(told, "fraud0").documents == ("fraud0", "fraud1", "fraud2")
    part = of(told, "storm0")
    assert part.parents == ("N-AAAA",)
    event = next(e for e in told.events if e.kind == "split")
    assert (event.narrative, event.others, event.reason) == (
        part.id,
        ("N-AAAA",),
        "2 of 2 documents were in N-AAAA, which goes on without them",
    )


def test_a_narrative_without_documents_in_the_window_sleeps_and_keeps_them():
    one = tell([*background(), *several("storm", STORM_FR)])
    later = NIGHT + 20 * DAY
    two = tell([replace(d, fetched=later, published=later) for d in several("milk", MILK_DE)], one.narratives, later)
    asleep = of(two, "storm0")
    assert (asleep.status, asleep.grown, asleep.documents) == ("asleep", 0, ("storm0", "storm1"))
    assert [e.kind for e in two.events if e.narrative == asleep.id] == ["sleep"]
    three = tell([], two.narratives, later + DAY)
    assert of(three, "storm0") == asleep
    assert asleep.id not in {e.narrative for e in three.events}


def test_new_documents_that_repeat_a_sleeping_claim_wake_it():
    one = tell([*background(), *several("fraud", FRAUD_FR)])
    later = NIGHT + 20 * DAY
    two = tell([], one.narratives, later)
    moved = [replace(d, id=f"neu-{d.id}", fetched=later, published=later) for d in [*background(), *several("fraud", FRAUD_FR)]]
    three = tell(moved, two.narratives, later + DAY)
    back = of(three, "neu-fraud0")
    assert (back.id, back.status, back.grown) == (of(one, "fraud0").id, "growing", 3)
    assert back.documents[:3] == ("fraud0", "fraud1", "fraud2")
    assert back.first_seen == of(one, "fraud0").first_seen
    event = next(e for e in three.events if e.kind == "return")
    assert event.reason.startswith("3 documents repeat its terms and names (")
    assert [e.kind for e in three.events if e.narrative == back.id] == ["return"]


def test_an_id_is_kept_when_the_founding_documents_have_left_the_window():
    one = tell([*background(), *several("fraud", FRAUD_FR[:2])])
    rest = [*background(), article("fraud1", FRAUD_FR[1]), article("fraud2", FRAUD_FR[2], hours=-100)]
    two = tell(rest, one.narratives, NIGHT + 5 * DAY)
    assert of(two, "fraud2").id == of(one, "fraud0").id
    assert of(two, "fraud2").documents == ("fraud0", "fraud1", "fraud2")


def test_events_and_narratives_are_records():
    one = tell([*background(), *several("fraud", FRAUD_FR)])
    assert [NarrativeEvent.from_json(e.to_json()) for e in one.events] == list(one.events)
    assert [Narrative.from_json(n.to_json()) for n in one.narratives] == list(one.narratives)
    assert len({e.id for e in one.events}) == len(one.events)


def kept_over_fourteen_nights():
    """Known documents over all nights, and how many of them were in the narrative that held them the night before."""
    stories = {"fraud": FRAUD_FR, "storm": STORM_FR, "debate": DEBATE_FR, "milk": MILK_DE}
    documents, previous, kept, seen = background(), (), 0, 0
    for night in range(14):
        for i, (name, texts) in enumerate(stories.items()):
            if (night + i) % 3 == 0:
                text = f"{texts[night % len(texts)]} Mise à jour numéro {night}."
                documents.append(post(f"{name}-{night}", text, hours=-24 * night + 12))
        told = tell(documents, previous, NIGHT + night * DAY)
        before = {d: n.id for n in previous for d in n.documents}
        now = {d: n.id for n in told.narratives for d in n.documents}
        seen += len(before)
        kept += sum(now.get(d) == name for d, name in before.items())
        previous = told.narratives
    return seen, kept


def scores():
    """The share of documents that keep their narrative's id from night to night."""
    seen, kept = kept_over_fourteen_nights()
    return {"kept": kept / seen}


def test_ninety_five_of_a_hundred_documents_keep_their_id_over_fourteen_nights():
    floor = json.loads((ROOT / "benchmarks" / "floors.json").read_text("utf-8"))["nights"]["kept"]
    seen, kept = kept_over_fourteen_nights()
    assert seen > 50
    assert kept / seen >= floor >= 0.95


def test_ten_thousand_sleeping_narratives_cost_little_and_keep_their_ids():
    terms = tuple(f"wort{i}" for i in range(12))
    asleep = [known(f"N-{i:04d}", [f"old{i}"], status="asleep", terms=(*terms[i % 7 :], f"eigen{i}")) for i in range(10_000)]
    begin = time.process_time()
    told = tell([*background(), *several("fraud", FRAUD_FR)], asleep)
    assert time.process_time() - begin < 10
    assert {n.id for n in asleep} < {n.id for n in told.narratives}
    assert [e.kind for e in told.events] == ["birth"]
