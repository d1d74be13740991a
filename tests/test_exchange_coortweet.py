"""Action lists: every row is an action again after the import, and the reference networks come out."""

import gzip
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

import exchange
from archive.store import Archive
from coordination.conventions import coortweet
from models.records import TRUSTED_DATES, Document
from tests.support.cli import quiet_election, tocsin

FIXTURES = Path(__file__).resolve().parent / "fixtures" / "coortweet"
SHARED = Path(os.environ.get("TOCSIN_SHARED", Path(__file__).resolve().parent.parent.parent / "shared")) / "data" / "open" / "coortweet"
MAPPED = {"object_id": "url_id", "content_id": "post_id", "timestamp_share": "timestamp"}


def actions(documents: object) -> Counter[tuple[str, str, str, float]]:
    """Account, object, content and time of every action, as often as it is there."""
    found: Counter[tuple[str, str, str, float]] = Counter()
    for d in documents:  # type: ignore[attr-defined]
        assert isinstance(d, Document)
        assert d.published is not None
        assert d.date_source in TRUSTED_DATES
        found.update((d.account, o, d.platform_id, d.published.timestamp()) for o in d.objects)
    return found


def stated(path: Path) -> Counter[tuple[str, str, str, float]]:
    rows = pa_csv.read_csv(path).to_pylist() if path.suffix == ".csv" else pq.read_table(path).to_pylist()
    return Counter((r["account_id"], r["object_id"], r["content_id"], float(r["timestamp_share"])) for r in rows)


def test_every_row_is_an_action_again_also_rows_that_share_a_content_or_are_there_twice() -> None:
    path = FIXTURES / "russian_extract.csv"
    documents = list(exchange.read(path))
    assert actions(documents) == stated(path)
    assert max(stated(path).values()) == 2, "the extract holds a row twice"
    assert max(len(d.objects) for d in documents) == 2  # type: ignore[union-attr]
    assert len({d.id for d in documents}) == len(documents)  # type: ignore[union-attr]
    table, skipped = exchange.table(path)
    assert (table.num_rows, skipped) == (294, [])
    assert table["platform_id"].to_pylist() == [r["content_id"] for r in pa_csv.read_csv(path).to_pylist()], "the file's order"


def test_provenance_names_the_file_and_every_row() -> None:
    documents = [d for d in exchange.read(FIXTURES / "russian_extract.csv") if isinstance(d, Document)]
    assert documents[0].raw == "russian_extract.csv#1"
    rows = [int(n) for d in documents for n in d.raw.partition("#")[2].split(",")]
    assert sorted(rows) == list(range(1, 295))


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet", "iso"])
def test_the_forms_of_one_list_give_the_same(form: str, tmp_path: Path) -> None:
    table = pa_csv.read_csv(FIXTURES / "russian_extract.csv")
    path = tmp_path / f"list.{form}"
    if form == "parquet":
        path = tmp_path / "list"
        pq.write_table(table.set_column(3, "timestamp_share", table["timestamp_share"].cast(pa.float64())), path)
    elif form == "ndjson":
        import json

        path.write_text("".join(json.dumps(r) + "\n" for r in table.to_pylist()), "utf-8")
    elif form == "iso":
        times = table["timestamp_share"].cast(pa.timestamp("s")).cast(pa.string())
        pa_csv.write_csv(table.set_column(3, "timestamp_share", times), path)
    else:
        pa_csv.write_csv(table, path)
    given = [d for d in exchange.read(path) if isinstance(d, Document)]
    wanted = [d for d in exchange.read(FIXTURES / "russian_extract.csv") if isinstance(d, Document)]
    assert [d.id for d in given] == [d.id for d in wanted]
    assert actions(given) == actions(wanted)


def test_the_wide_form_gives_typed_objects_each_once_per_post() -> None:
    path = FIXTURES / "german_extract.parquet"
    rows = pq.read_table(path).to_pylist()
    kinds = {"url_id": "url", "hashtag_id": "hashtag", "domain_id": "domain", "phash_id": "image"}
    wanted = {
        (r["account_id"], f"{kind}:{r[column]}", str(r["post_id"]), r["timestamp"])
        for r in rows
        for column, kind in kinds.items()
        if r[column] is not None
    }
    documents = [d for d in exchange.read(path) if isinstance(d, Document)]
    assert actions(documents) == Counter(wanted)
    assert len(documents) == len({r["post_id"] for r in rows}), "a post without an object is a post all the same"
    table, _ = exchange.table(path)
    assert table.num_rows == len(documents)


def test_one_column_of_the_wide_form_is_chosen_by_map() -> None:
    path = FIXTURES / "german_extract.parquet"
    loaded = exchange.load(path, mapping=MAPPED)
    rows = pq.read_table(path).to_pylist()
    chosen = {(r["account_id"], str(r["url_id"]), str(r["post_id"]), r["timestamp"]) for r in rows if r["url_id"] is not None}
    assert actions(loaded.documents()) == Counter(chosen)
    assert any("without url_id are left out" in note for note in loaded.notes)
    other = exchange.load(path, mapping=MAPPED | {"object_id": "domain_id"})
    assert not set(other.table["id"].to_pylist()) & set(loaded.table["id"].to_pylist()), "other objects of the same posts are not lost"


def reference(name: str) -> dict[tuple[str, ...], tuple[float, ...]]:
    """The package's edges by accounts in string order (igraph writes an undirected edge's ends in either order)."""
    with gzip.open(SHARED / "reference_outputs" / f"{name}.edges.csv.gz") as handle:
        rows = pa_csv.read_csv(handle).to_pylist()
    keys = ("weight", "avg_time_delta", "n_content_id", "n_content_id_y", "edge_symmetry_score", "weight_threshold")
    return {tuple(sorted((r["from"], r["to"]))): tuple(round(float(r[k]), 9) for k in keys) for r in rows}


def network(posts: pa.Table, window: float, prefix: str = "") -> dict[tuple[str, ...], tuple[float, ...]]:
    """CooRTweet's edges out of the archive's posts, put back into the file's order by their provenance."""
    first = [int(raw.partition("#")[2].partition(",")[0]) for raw in posts["raw"].to_pylist()]
    posts = posts.take(pa.array(np.argsort(first, kind="stable")))
    lists = posts["objects"].combine_chunks()
    row, objects = pc.list_parent_indices(lists), pc.list_flatten(lists)
    keep = pc.starts_with(objects, prefix)
    row, objects = row.filter(keep), objects.filter(keep)
    account, content, time = (posts[n].combine_chunks().take(row) for n in ("account", "platform_id", "published"))
    shared = coortweet.shares(objects, account, content, time.cast(pa.int64()).to_numpy(), 2)
    edges = coortweet.edge_table(shared.acts, coortweet.counted_network(shared, window, 2)).to_pylist()
    keys = ("weight", "avg_time_delta", "n_content_id", "n_content_id_y", "edge_symmetry_score", "weight_threshold")
    return {(r["account_id"], r["account_id_y"]): tuple(round(float(r[k]), 9) for k in keys) for r in edges}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets are not here")
def test_both_data_sets_go_through_the_archive_and_give_the_reference_networks(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    russian, german = SHARED / "russian_coord_tweets.parquet", SHARED / "german_elections.parquet"
    told = tocsin("import", str(russian), "--platform", "ru", cwd=tmp_path).stdout
    assert "35,125 rows read as coortweet, 35,085 new, 0 same, 0 revised, 0 rows skipped" in told
    assert "0 new, 35,085 same" in tocsin("import", str(russian), "--platform", "ru", cwd=tmp_path).stdout
    archive = Archive(tmp_path / "archive")
    loaded = exchange.load(german, platform="de")
    assert [str(s).split(": ")[1] for s in loaded.skipped] == ["no content_id (every row needs one)"] * 3, "three rows have no post_id"
    assert archive.take(loaded.table).new == 194_323
    posts = archive.posts()
    of = {name: posts.filter(pc.equal(posts["platform"], name)) for name in ("ru", "de")}
    assert network(of["ru"], 60) == reference("ru_tw60_mp2_ew50")
    assert network(of["de"], 30, "url:") == reference("de_url_tw30_mp2_ew50")
    assert actions(archive.documents(ids=of["ru"]["id"].to_pylist())) == stated(russian)
