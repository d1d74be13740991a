"""tocsin train and tocsin evaluate: what they learn, what they say, and what they refuse."""

import json
import random
import zipfile
from importlib import metadata

import numpy as np
import pytest

from benchmarks.resemblance import labelled
from nlp.resemblance import evaluation, files, labels, training
from nlp.resemblance.words import FEATURES, outlet_names, words
from tests.support.cli import ROOT, tocsin
from tests.support.labelled import LOUD, rows, text, write


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with labels and a model, and what train printed."""
    folder = tmp_path_factory.mktemp("style")
    write(folder / "texts.csv", rows())
    done = tocsin("train", "--labels", "texts.csv", "-o", "style.npz", cwd=folder)
    return folder, done


def test_train_prints_scores_with_intervals_of_publishers_held_apart(made):
    _, done = made
    assert "fr: 96 texts of 8 publishers" in done.stdout
    assert "publishers held apart" in done.stdout
    assert "label learnt: doubted" in done.stdout
    assert any(line.startswith("site_f1") and " to " in line for line in done.stdout.splitlines())


def test_a_model_is_plain_arrays_with_a_manifest_and_says_whose_the_labels_are(made):
    folder, _ = made
    with np.load(folder / "style.npz", allow_pickle=False) as arrays:
        manifest = json.loads(bytes(arrays["manifest"]).decode())
    assert (manifest["features"], manifest["tocsin"]) == (FEATURES, metadata.version("tocsin"))
    assert len(manifest["data"]) == 32
    assert "labels are of outlets, not of texts" in manifest["card"]
    assert manifest["label"] == ["doubted"]


def test_the_same_texts_in_another_order_and_form_give_the_same_data_and_scores(made):
    folder, _ = made
    found = rows()
    random.Random(1).shuffle(found)
    (folder / "texts.ndjson").write_text("".join(json.dumps(r) + "\n" for r in found), "utf-8")
    said = [json.loads(tocsin("evaluate", "--labels", name, "--json", cwd=folder).stdout) for name in ("texts.csv", "texts.ndjson")]
    assert said[0]["data"] == said[1]["data"]
    f1 = [{s["measure"]: s["value"] for s in one["scores"]}["f1"] for one in said]
    assert f1[0] == pytest.approx(f1[1], abs=0.02)
    assert f1[0] > 0.9


def test_evaluate_names_every_publisher_and_keeps_a_floor_by_the_fingerprint_of_the_data(made):
    folder, _ = made
    done = tocsin("evaluate", "--model", "style.npz", cwd=folder)
    assert "labels are of outlets" in done.stdout
    assert "no floor is set for this data" in done.stdout
    for row in rows():
        assert row["publisher"] in done.stdout
    data = files.load(folder / "style.npz").manifest["data"]
    for least, code, said in ((0.1, 0, "all floors kept"), (1.1, 1, "below the floor: f1")):
        floors = {"resemblance": {"x": {"language": "fr", "fingerprint": data, "f1": least}}}
        (folder / "floors.json").write_text(json.dumps(floors), "utf-8")
        done = tocsin("evaluate", "--model", "style.npz", "--floors", "floors.json", cwd=folder, code=code)
        assert said in done.stdout


def test_a_model_is_judged_on_publishers_it_has_not_seen_only(made):
    folder, _ = made
    rng = random.Random(9)
    fresh = [
        {"text": text(rng, loud, name), "label": label, "publisher": name, "language": "fr"}
        for loud, name, label in ((True, "tocsinette.example", "doubted"), (False, "courrier.example", "press"))
        for _ in range(10)
    ]
    write(folder / "fresh.csv", [*fresh, *rows()])
    said = json.loads(tocsin("evaluate", "--labels", "fresh.csv", "--model", "style.npz", "--json", cwd=folder).stdout)
    assert sorted(said["publishers"]) == ["courrier.example", "tocsinette.example"]
    assert said["texts"] == 20
    done = tocsin("evaluate", "--labels", "texts.csv", "--model", "style.npz", cwd=folder, code=1)
    assert "no text of a publisher that the model has not seen" in done.stderr


def test_an_opinion_is_calibrated_names_its_words_and_abstains(made):
    folder, _ = made
    style = files.load(folder / "style.npz").styles["fr"]
    rng = random.Random(3)
    loud, plain = (style.opinion(text(rng, side, "x.example", 300)) for side in (True, False))
    assert loud.p is not None
    assert plain.p is not None
    assert loud.p > 0.85
    assert plain.p < 0.15
    assert set(loud.phrases) & set(LOUD.split())
    assert style.opinion("trop court").why == "fewer than 60 words"
    foreign = "wir haben gestern abend lange darüber gesprochen " * 20
    assert style.opinion(foreign).why == "most of its words are unknown to the model"
    mixed = style.opinion(text(rng, loud=True, publisher="x") + " " + text(rng, loud=False, publisher="x"))
    assert mixed.p is None or not mixed.why


def test_names_of_outlets_are_no_words():
    assert outlet_names(["compact-online.de"]) == {"compact", "online", "compactonline"}
    assert outlet_names(["de.rt.com"]) == {"rt", "dert"}
    table = training.Table.of([labels.Labelled(r["text"], r["label"] == "doubted", r["publisher"], "fr") for r in rows()])
    assert not set(table.vocabulary) & {r["publisher"].partition(".")[0] for r in rows()}
    assert words("Voir https://cria.example/x et gazettea.fr, @compte dit") == ["voir", "et", "dit"]


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (lambda r: [], 1, "empty"),
        (lambda r: [x for x in r if x["label"] == "press"], 2, "--listed LABEL"),
        (lambda r: [x for x in r if x["label"] == "doubted"], 1, "only one class"),
        (lambda r: [x for x in r if x["label"] == "press" or x["publisher"] == "cria.example"], 1, "only one listed publisher"),
        (lambda r: [x | {"publisher": "one.example"} for x in r], 1, "has both labels"),
        (lambda r: [{k: v for k, v in x.items() if k != "publisher"} for x in r], 2, "no column 'publisher'"),
        (lambda r: [{k: v for k, v in x.items() if k != "language"} for x in r], 2, "--language de"),
        (lambda r: [x | {"label": ""} for x in r], 1, "no row could be used"),
        (lambda r: [x | {"text": " "} for x in r], 1, "no row could be used"),
    ],
)
def test_labels_that_teach_nothing_are_refused_with_one_line(tmp_path, change, code, said):
    found = change(rows(publishers=2, texts=3))
    if found:
        write(tmp_path / "texts.csv", found)
    else:
        (tmp_path / "texts.csv").touch()
    for words_ in (("train", "-o", "style.npz"), ("evaluate",)):
        done = tocsin(*words_, "--labels", "texts.csv", cwd=tmp_path, code=code)
        assert said in done.stderr
        assert len([line for line in done.stderr.splitlines() if "skipped" not in line]) == 1
    assert not list(tmp_path.glob("*.npz*")), "nothing half-written"


def test_bad_rows_are_told_and_good_ones_kept(tmp_path):
    found = rows(publishers=2, texts=4)
    found[0]["text"] = ""
    found[1]["publisher"] = ""
    write(tmp_path / "texts.csv", found)
    done = tocsin("train", "--labels", "texts.csv", "-o", "style.npz", cwd=tmp_path)
    assert "texts.csv, line 2: no text" in done.stderr
    assert "texts.csv, line 3: no publisher" in done.stderr
    assert "14 texts" in done.stdout


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("features", 0, "was trained with features 0; this Tocsin has"), ("tocsin", "0.0.1", "was trained by Tocsin 0.0.1; this is")],
)
def test_a_model_of_other_features_or_another_version_is_refused_with_the_reason(made, tmp_path, key, value, said):
    folder, _ = made
    model = files.load(folder / "style.npz")
    files.save(type(model)(model.styles, dict(model.manifest) | {key: value}), tmp_path / "old.npz")
    done = tocsin("evaluate", "--model", "old.npz", cwd=tmp_path, code=1)
    assert said in done.stderr
    assert "train it again" in done.stderr


def test_a_broken_model_file_is_refused(made, tmp_path):
    folder, _ = made
    whole = (folder / "style.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "other.npz", "w") as other:
        other.writestr("hello.txt", "no array")
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.npz").touch()
    for name in ("cut.npz", "empty.npz", "other.npz"):
        assert "is no model of Tocsin" in tocsin("evaluate", "--model", name, cwd=tmp_path, code=1).stderr
    assert "there is no such model" in tocsin("evaluate", "--model", "none.npz", cwd=tmp_path, code=2).stderr
    bad = tocsin("train", "--labels", str(folder / "texts.csv"), "-o", "nowhere/style.npz", cwd=tmp_path, code=1)
    assert "cannot be written" in bad.stderr


def test_measures_of_known_answers():
    truth = np.array([True, True, False, False])
    assert evaluation.f1(truth, truth) == 1
    assert evaluation.auc(truth, np.array([0.9, 0.8, 0.1, 0.2])) == 1
    assert evaluation.auc(truth, np.array([0.5, 0.5, 0.5, 0.5])) == 0.5
    assert evaluation.calibration_error(truth, np.array([1.0, 1.0, 0.0, 0.0])) == 0
    assert evaluation.calibration_error(truth, np.array([0.5, 0.5, 0.5, 0.5])) == 0


@pytest.mark.skipif(labelled() is None, reason="the shared articles are not here")
def test_the_floor_on_german_articles():
    from benchmarks.resemblance import main

    assert main() == 0


def test_the_floors_file_is_where_the_command_looks():
    assert (ROOT / "benchmarks" / "floors.json").is_file()
