"""Counting the archive as the peers count: through the public commands, equal to what the peers themselves compute."""

import csv
import gzip
import json
import os
from pathlib import Path

import pytest

from tests.support.cli import ROOT, quiet_election, tocsin

SHARED = Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared")) / "data" / "open"
KEYS = ("weight", "avg_time_delta", "n_content_id", "n_content_id_y", "edge_symmetry_score", "weight_threshold")


def edges(path: Path, ends: tuple[str, str]) -> dict[tuple[str, ...], tuple[float, ...]]:
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    return {tuple(sorted((r[ends[0]], r[ends[1]]))): tuple(round(float(r[k]), 9) for k in KEYS) for r in csv.DictReader(text.splitlines())}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets are not here")
@pytest.mark.parametrize(
    ("data", "name", "trace", "window", "told"),
    [
        ("russian_coord_tweets", "ru_tw60_mp2_ew50", "object", "60", "3,791 pairs, 2,110 accounts, 3,721 edges, 60 over the threshold"),
        ("german_elections", "de_url_tw30_mp2_ew50", "object:url", "30", "5,658 pairs, 506 accounts, 1,453 edges, 661 over the threshold"),
    ],
)
def test_imported_action_lists_give_coortweets_own_edges(tmp_path: Path, data: str, name: str, trace: str, window: str, told: str) -> None:
    quiet_election(tmp_path)
    tocsin("import", str(SHARED / "coortweet" / f"{data}.parquet"), cwd=tmp_path)
    done = tocsin("coordinate", "--convention", "coortweet", "--trace", trace, "--window", window, "-o", "edges.csv", cwd=tmp_path)
    assert told in done.stdout
    ours = edges(tmp_path / "edges.csv", ("account_id", "account_id_y"))
    assert ours == edges(SHARED / "coortweet" / "reference_outputs" / f"{name}.edges.csv.gz", ("from", "to"))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets are not here")
def test_imported_messages_give_the_toolkits_own_edges(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    tocsin("import", str(SHARED / "qut" / "coretweet_test_input.csv"), "--format", "qut", cwd=tmp_path)
    expected = json.loads((SHARED / "qut" / "expected.json").read_text())["coretweet_test_input.csv"]["w60m1"]
    words = ("coordinate", "--convention", "qut", "--trace", "co_retweet", "--window", "60", "--min-weight", "1", "-o", "edges.csv")
    tocsin(*words, cwd=tmp_path)
    rows = csv.DictReader((tmp_path / "edges.csv").read_text().splitlines())
    ours = sorted((r["source"], r["target"], int(r["weight"])) for r in rows)
    assert ours == sorted((a, b, w) for a, b, w in map(tuple, expected) if a != b)


def test_a_convention_asks_for_what_it_needs(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    assert "-o edges.csv" in tocsin("coordinate", "--convention", "coortweet", "--trace", "url", cwd=tmp_path, code=2).stderr
    err = tocsin("coordinate", "--convention", "qut", "-o", "e.csv", cwd=tmp_path, code=2).stderr
    assert "one --trace and one --window" in err
    err = tocsin("coordinate", "--convention", "qut", "--trace", "co_lnik", "--window", "60", "-o", "e.csv", cwd=tmp_path, code=2).stderr
    assert "co_link" in err
    assert not (tmp_path / "e.csv").exists()


def test_days_without_posts_name_the_days_that_have_some(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    (tmp_path / "posts.csv").write_text("account,time,text\na,2020-03-01T10:00:00Z,bonjour\n")
    tocsin("import", "posts.csv", cwd=tmp_path)
    assert "the archive has 2020-03-01 to 2020-03-01" in tocsin("coordinate", cwd=tmp_path).stdout
