"""The gate of quality: floors, results, and the page that is made of them."""

import json

import pytest

from benchmarks import results
from benchmarks.results import Group, below, groups
from scripts import quality

FLOORS = {"area": {"one": {"f1": 0.8, "note": "a text", "error": 0.1}, "two": {"quiet_at_most": 1}}, "flat": {"accuracy": 0.9}}
FOUND = {g.name: g for g in groups(FLOORS)}


def result(**scores):
    return {"data": "invented", "paths": ["nowhere"], "fingerprint": "0" * 32, "command": "run", "scores": scores}


GOOD = {"area/one": result(f1=0.9, error=0.1), "area/two": result(quiet_at_most=0), "flat": result(accuracy=0.9)}


def test_every_table_with_a_number_is_a_group_and_texts_are_notes():
    assert {
        "area/one": Group("area/one", {"f1": 0.8, "error": 0.1}),
        "area/two": Group("area/two", {"quiet_at_most": 1}),
        "flat": Group("flat", {"accuracy": 0.9}),
    } == FOUND
    assert list(quality.faults(FOUND, GOOD)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"flat": None}, "flat: no result is recorded"),
        ({"flat": result(accuracy=0.89)}, "flat: accuracy is 0.89, its floor 0.9"),
        ({"flat": result()}, "flat: accuracy has a floor and no score"),
        ({"area/one": result(f1=0.9, error=0.2)}, "area/one: error is 0.2, its floor 0.1"),
        ({"area/two": result(quiet_at_most=2)}, "area/two: quiet_at_most is 2, its floor 1"),
        ({"flat": result(accuracy=1) | {"fingerprint": ""}}, "flat: its data have no fingerprint"),
        ({"other": result(f1=1)}, "other: a result without a floor"),
    ],
)
def test_what_is_missing_or_below_is_told(change, said):
    found = {k: v for k, v in (GOOD | change).items() if v is not None}
    assert said in "\n".join(quality.faults(FOUND, found))


def test_other_data_than_those_measured_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("TOCSIN_SHARED", str(tmp_path))
    (tmp_path / "data" / "set").mkdir(parents=True)
    (tmp_path / "data" / "set" / "a.txt").write_text("one", "utf-8")
    first = results.fingerprint(["set"])
    good = GOOD | {"flat": result(accuracy=1) | {"paths": ["set"], "fingerprint": first}}
    assert list(quality.faults(FOUND, good)) == []
    (tmp_path / "data" / "set" / "a.txt").write_text("two", "utf-8")
    assert "are not those that were measured" in "\n".join(quality.faults(FOUND, good))
    assert results.fingerprint(["set", "nowhere"]) == ""


def test_the_page_keeps_what_people_wrote_around_the_table():
    text = f"# A\n\n{quality.BEGIN}\n\nold\n\n{quality.END}\n\n## B\n"
    fresh = quality.page(text, quality.table(FOUND, GOOD))
    assert fresh.startswith("# A\n")
    assert fresh.endswith("\n## B\n")
    assert "| area/one | error | 0.100 | ≤ 0.1 | invented (`000000000000`) | `run` |" in fresh
    assert quality.page(fresh, quality.table(FOUND, GOOD)) == fresh
    with pytest.raises(ValueError, match="no place"):
        quality.page("# A", "")


def test_errors_must_not_rise_and_scores_must_not_fall():
    assert below("x", "f1", 0.79, 0.8)
    assert not below("x", "f1", 0.8, 0.8)
    assert below("x", "calibration_error", 0.2, 0.1)
    assert below("x", "quiet_at_most", 2, 1)
    assert below("false edges at most", "all", 2, 1)


def test_the_projects_own_floors_are_measured_and_the_page_is_true():
    found = results.results()
    assert list(quality.faults(results.floors(), found)) == []
    text = quality.PAGE.read_text("utf-8")
    assert quality.page(text, quality.table(results.floors(), found)) == text, "run: python -m scripts.quality"
    assert json.loads(results.RESULTS.read_text("utf-8")) == found
