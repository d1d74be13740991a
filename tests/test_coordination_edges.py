import csv
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from archive.store import Archive
from coordination import windows
from coordination.acts import build
from coordination.traces import object as object_trace
from models.errors import UsageError
from models.records import Edge
from tests.support import coordination as slow
from tests.support.cli import quiet_election, tocsin


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def actions(path, rows):
    """CooRTweet's four columns from (account, object, seconds)."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        out = csv.writer(lines)
        out.writerow(["object_id", "account_id", "content_id", "timestamp_share"])
        out.writerows([o, a, f"c{k}", int(1_600_000_000 + t)] for k, (a, o, t) in enumerate(rows))
    return path


def edges(path, *options):
    return slow.run("edges", path, "-o", path.with_name("edges.csv"), *options)


def test_convention_tocsin_writes_the_tested_edges(tmp_path):
    path = actions(tmp_path / "in.csv", slow.crowd() + slow.planted(4, 12))
    assert edges(path, "--window", "60", "--window", "3600").code == 0
    rows = rows_of(tmp_path / "edges.csv")
    assert list(rows[0]) == ["a", "b", "trace", "window", "weight", "expected", "p", "q", "lead", "first_seen", "last_seen", "evidence"]
    assert {row["window"] for row in rows} == {"60.0", "3600.0"}
    assert {row["a"][0] + row["b"][0] for row in rows} == {"zz"}
    evidence = json.loads(rows[0]["evidence"])
    assert evidence["total"] == len(evidence["pairs"]) == 12
    assert rows[0]["first_seen"].endswith("Z")
    assert float(rows[0]["q"]) <= 0.05


def test_convention_coortweet_writes_its_columns(tmp_path):
    rows = [("b", "o1", 0), ("a", "o1", 4), ("b", "o2", 50), ("a", "o2", 53), ("c", "o2", 51), ("c", "o3", 99)]
    path = actions(tmp_path / "in.csv", rows)
    assert edges(path, "--convention", "coortweet", "--window", "10").code == 0
    lines = (tmp_path / "edges.csv").read_text("utf-8").splitlines()
    assert lines == [
        "account_id,account_id_y,weight,avg_time_delta,n_content_id,n_content_id_y,edge_symmetry_score,weight_threshold",
        "a,b,2,3.5,2,2,1.0,1",
        "a,c,1,2.0,1,1,1.0,0",
        "b,c,1,1.0,1,1,1.0,0",
    ]
    assert edges(path, "--convention", "coortweet", "--window", "10", "--min-weight", "2").code == 0
    assert len(rows_of(tmp_path / "edges.csv")) == 1


def test_convention_qut_writes_directed_edges(tmp_path):
    out = tmp_path / "edges.csv"
    how = ("-o", out, "--convention", "qut", "--window", "60")
    found = slow.run("edges", slow.QUT / "coretweet_test_input.csv", *how, "--min-weight", "1", "--loops")
    assert found.code == 0, found.err
    expected = json.loads((slow.QUT / "expected.json").read_text("utf-8"))["coretweet_test_input.csv"]["w60m1"]
    assert [[r["source"], r["target"], int(r["weight"])] for r in rows_of(out)] == sorted(expected)
    by_type = slow.run("edges", slow.QUT / "sample_data.csv", *how, "--trace", "co_similar_tweet")
    assert by_type.code == 0, by_type.err
    assert sum(int(r["weight"]) for r in rows_of(out)) == 8


def test_parquet_and_ndjson_give_the_same_edges(tmp_path):
    rows = slow.crowd(acts=1500) + slow.planted(4, 12)
    path = actions(tmp_path / "in.csv", rows)
    assert edges(path, "--window", "60").code == 0
    first = (tmp_path / "edges.csv").read_bytes()
    table = pa.csv.read_csv(path)
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    (tmp_path / "in.ndjson").write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()), "utf-8")
    for name in ("in.parquet", "in.ndjson"):
        assert edges(tmp_path / name, "--window", "60").code == 0
        assert (tmp_path / "edges.csv").read_bytes() == first


POSTS = "account,time,text\n"
HEAD = "object_id,account_id,content_id,timestamp_share\n"
GOOD = HEAD + "o,a,c,1600000000\no,b,d,1600000009\n"
BAD = {
    "no file": (None, [], "nothing.csv"),
    "empty file": ("", [], "empty"),
    "header alone": (HEAD, [], "no row"),
    "a column is missing": ("object_id,account_id,content_id\no,a,c\n", [], "time"),
    "a column twice": ("object_id,account_id,account_id,content_id,timestamp_share\no,a,b,c,1\n", [], "account_id"),
    "a time is none": (HEAD + "o,a,c,soon\n", [], "soon"),
    "ids as floats": (HEAD + "o,1.23e18,c,1600000000\n", [], "1.23e18"),
    "one account": (HEAD + "o,a,c,1600000000\no,a,d,1600000009\n", [], "one account"),
    "one time": (HEAD + "o,a,c,1600000000\no,b,d,1600000000\n", [], "same time"),
    "negative window": (
        GOOD,
        ["--window", "-1"],
        "window",
    ),
    "no window": (GOOD, ["--window", "soon"], "soon"),
    "unknown trace": (GOOD, ["--trace", "urll"], "url"),
    "two windows for a peer": (
        GOOD,
        ["--convention", "qut", "--window", "1", "--window", "2"],
        "one window",
    ),
    "nothing in common": (POSTS + "a,2021-01-01T00:00:00Z,x\nb,2021-01-01T00:00:09Z,y\n", [], "--trace"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_says_what_is_wrong_and_writes_nothing(tmp_path, case):
    text, options, said = BAD[case]
    path = tmp_path / ("nothing.csv" if text is None else "in.csv")
    if text is not None:
        path.write_text(text, "utf-8")
    found = edges(path, *options)
    assert found.code in (1, 2)
    assert said in found.err
    assert "Traceback" not in found.err
    assert [p.name for p in tmp_path.iterdir() if p != path] == []


def test_a_window_below_the_clock_of_the_data_is_refused(tmp_path):
    rows = [(a, o, t - t % 60) for a, o, t in slow.crowd(acts=500)]
    found = edges(actions(tmp_path / "in.csv", rows), "--window", "10")
    assert found.code == 2
    assert "multiples of" in found.err


def test_an_output_folder_that_is_not_there_is_told(tmp_path):
    path = actions(tmp_path / "in.csv", slow.crowd(acts=500))
    found = slow.run("edges", path, "-o", tmp_path / "no" / "edges.csv")
    assert found.code == 2
    assert "does not exist" in found.err


def acts_of(rows):
    table = slow.posts(rows)
    return build(table, object_trace.objects(table))


def test_the_estimated_window_is_coornets():
    """Ten objects: the quickest tenth is object 0, shared at 0, 3, 8, 20, 90; more than half have shared it with the third share."""
    rows = [(f"a{k}", "o0", t) for k, t in enumerate((0, 3, 8, 20, 90))]
    rows += [(f"a{k}", f"o{o}", 100 * o * k) for o in range(1, 10) for k in range(4)]
    assert windows.estimate(acts_of(rows)) == 8.0
    assert windows.estimate(acts_of([("a", "x", 0), ("b", "x", 0)])) == 1.0
    with pytest.raises(UsageError, match="shared twice"):
        windows.estimate(acts_of([("a", "x", 0), ("b", "y", 0)]))


def test_the_clock_of_the_data():
    assert windows.resolution(acts_of([("a", "x", 60.0 * k * k) for k in range(30)])) == 60.0
    assert windows.resolution(acts_of([("a", "x", 0.25 * k) for k in range(30)])) == 0.25
    assert np.isclose(windows.resolution(acts_of([("a", "x", 60.0 * k) for k in range(5)])), 0)


def test_presets_stand_for_their_parameters(tmp_path):
    """--preset NAME gives what its parameters written out give, and what is given beside goes before."""
    rows = slow.crowd(acts=2500) + slow.planted(4, 12)
    lines = [["account", "time", "text", "urls", "hashtags", "repost_of"]]
    lines += [[a, int(1_600_000_000 + t), "", f"https://e.org/{o}", f"a b c d {o}", o if k % 2 else ""] for k, (a, o, t) in enumerate(rows)]
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(lines)
    written = {
        "coornet": ["--trace", "url", "--window", "30"],
        "hristakieva_2022": ["--trace", "repost", "--window", "86400"],
        "pacheco_2021": ["--trace", "repost", "--trace", "hashtag_sequence:5", "--trace", "media", "--window", "86400"],
        "qut": ["--convention", "qut", "--trace", "repost", "--window", "1", "--min-weight", "2"],
    }
    for name, options in written.items():
        assert edges(path, *options).code == 0
        expected = (tmp_path / "edges.csv").read_bytes()
        assert edges(path, "--preset", name).code == 0
        assert (tmp_path / "edges.csv").read_bytes() == expected
    assert edges(path, "--preset", "qut", "--window", "60", "--min-weight", "1").code == 0
    assert len(rows_of(tmp_path / "edges.csv")) > 12
    action = actions(tmp_path / "actions.csv", rows)
    assert edges(action, "--preset", "coortweet").code == 0
    assert "weight_threshold" in rows_of(tmp_path / "edges.csv")[0]
    assert "pacheco_2021" in edges(path, "--preset", "pacheco_2012").err


WORDS = [
    f"{first}{last}" for first in ("har", "bri", "mini", "gar", "rail", "doc", "tow") for last in ("bour", "dge", "ster", "den", "way")
]


def edited(folder):
    """A file in which z0, z1 and z2 copy each other with small edits."""
    random = np.random.default_rng(2)
    lines = [["account", "time", "text"]]
    for k in range(12):
        text = " ".join(random.choice(WORDS, 14))
        lines += [[f"z{m}", 1_600_000_000 + 40_000 * k + m, text + end] for m, end in enumerate(("!", " now", " today?"))]
    lines += [[f"u{k % 60}", 1_600_000_000 + 700 * k, " ".join(random.choice(WORDS, 12))] for k in range(700)]
    path = folder / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(lines)
    return path


def test_near_text_sees_copies_with_small_edits_where_same_text_does_not(tmp_path):
    path = edited(tmp_path)
    assert edges(path, "--trace", "same_text").code == 0
    assert rows_of(tmp_path / "edges.csv") == []
    assert edges(path, "--trace", "near_text").code == 0
    assert {row["a"] + row["b"] for row in rows_of(tmp_path / "edges.csv")} == {"z0z1", "z0z2", "z1z2"}


def test_near_text_sees_them_in_the_archive_too(tmp_path):
    path = edited(tmp_path)
    quiet_election(tmp_path)
    tocsin("import", str(path), cwd=tmp_path)
    tocsin("annotate", cwd=tmp_path)
    tocsin("coordinate", "--since", "2020-09-01", "--trace", "near_text", "--window", "60", cwd=tmp_path)
    found = Archive(tmp_path / "archive").read("edges", Edge)
    assert {edge.a[-2:] + edge.b[-2:] for edge in found} == {"z0z1", "z0z2", "z1z2"}
