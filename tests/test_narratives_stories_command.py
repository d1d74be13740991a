"""tocsin stories on files of every kind, good and bad."""

import csv
import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from exchange.texts import read
from tests.support.cli import tocsin
from tests.support.narratives import FRAUD_FR, MILK_DE, STORM_FR

ROWS = [(f"{name}{i}", text) for name, texts in (("f", FRAUD_FR), ("s", STORM_FR), ("m", MILK_DE)) for i, text in enumerate(texts)]


def groups(path):
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert list(rows[0]) == ["id", "story"]
    return {row["id"]: row["story"] for row in rows}


def test_texts_of_one_story_get_one_name_from_csv_ndjson_and_parquet(tmp_path):
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([("id", "text"), *ROWS])
    (tmp_path / "a.ndjson").write_text("".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in ROWS), "utf-8")
    parquet.write_table(pa.table({"key": [i for i, _ in ROWS], "body": [t for _, t in ROWS]}), tmp_path / "a.parquet")
    done = tocsin("stories", "a.csv", "-o", "one.csv", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["of_several"] == 3
    found = groups(tmp_path / "one.csv")
    assert found == {i: f"{i[0]}0" for i, _ in ROWS}
    tocsin("stories", "a.ndjson", "-o", "two.csv", cwd=tmp_path)
    tocsin("stories", "a.parquet", "-o", "three.csv", "--map", "id=key", "--map", "text=body", cwd=tmp_path)
    assert groups(tmp_path / "two.csv") == groups(tmp_path / "three.csv") == found


def test_bad_rows_are_named_and_the_good_ones_kept(tmp_path):
    lines = ["id,text,time", f'a,"{FRAUD_FR[0]}",2027-04-01T10:00:00Z', "b,,2027-04-01T10:00:00Z", "c,x,2027-04-01T10:00:00Z"]
    lines += [",ohne Namen,2027-04-01T10:00:00Z", "d,gestern war es,gestern", f'a,"{FRAUD_FR[1]}",2027-04-01T10:00:00Z']
    (tmp_path / "p.csv").write_text("\n".join(lines) + "\n", "utf-8")
    done = tocsin("stories", "p.csv", "-o", "o.csv", cwd=tmp_path)
    assert "3 texts, 3 rows skipped" in done.stdout
    for told in ("line 5: no id", "line 6: not a time", "line 7: an id that is there twice"):
        assert told in done.stderr
    assert groups(tmp_path / "o.csv") == {"a": "a", "b": "", "c": ""}


@pytest.mark.parametrize(
    ("content", "words", "code", "told"),
    [
        ("id,text\n", (), 1, "no row could be used"),
        ("number,says\n1,x\n", (), 2, "no column for id and text"),
        ("id,text\na,b\n", ("--map", "text=nix"), 2, "there is no column 'nix'"),
        ("id,text\na,b\n", ("--threshold", "7"), 2, "--threshold"),
        ("id,text\na,b\n", ("-o", "nix/o.csv"), 2, "the folder does not exist"),
        ("id,text\na,b\n", ("--election", "fr-2072"), 2, "fr-2072"),
    ],
)
def test_what_cannot_be_done_is_one_line(tmp_path, content, words, code, told):
    (tmp_path / "p.csv").write_text(content, "utf-8")
    done = tocsin("stories", "p.csv", *(words if "-o" in words else ("-o", "o.csv", *words)), cwd=tmp_path, code=code)
    assert told in done.stderr
    assert not (tmp_path / "o.csv").exists()


def test_a_text_of_five_megabytes_and_odd_encodings_are_read(tmp_path):
    long = "Une phrase qui ne finit pas. " * 180_000
    (tmp_path / "p.csv").write_bytes(f'id,text\nlong,"{long}"\nleer,\nmix,"Выборы élection Wahl"\n'.encode() + b"latin,\xe9l\xe9ction\n")
    done = tocsin("stories", "p.csv", "-o", "o.csv", cwd=tmp_path)
    assert set(groups(tmp_path / "o.csv")) >= {"long", "leer", "mix"}, done.stderr


def test_links_and_hashtags_are_read_from_the_text_and_times_with_their_zone(tmp_path):
    (tmp_path / "p.ndjson").write_text(
        '{"id": 7, "text": "Voir https://a.example/x #Vote", "time": "2027-04-01T12:00:00+02:00"}\n', "utf-8"
    )
    found = read(tmp_path / "p.ndjson", {})
    document = found.documents[0]
    assert (document.id, document.links, document.hashtags) == ("7", ("https://a.example/x",), ("vote",))
    assert document.time.isoformat() == "2027-04-01T10:00:00+00:00"


def test_reasons_name_what_each_two_texts_share(tmp_path):
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([("id", "text"), *ROWS, ("f9copy", FRAUD_FR[0])])
    tocsin("stories", "a.csv", "-o", "one.csv", "--reasons", "why.csv", cwd=tmp_path)
    with (tmp_path / "why.csv").open(encoding="utf-8", newline="") as handle:
        rows = {(row["a"], row["b"]): row for row in csv.DictReader(handle)}
    assert rows["f0", "f9copy"]["because"] == "copy the same text"
    assert "Valbrune" in rows["f0", "f1"]["because"] or "Valbrune" in rows["f0", "f2"]["because"]
    assert all(row["languages"] in {"fr", "de"} and float(row["similarity"]) > 0 for row in rows.values())
    done = tocsin("stories", "a.csv", "-o", "one.csv", "--reasons", "nix/why.csv", cwd=tmp_path, code=2)
    assert "the folder does not exist" in done.stderr
