import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coordination.acts import build, column
from coordination.conventions import coortweet, qut, tocsin
from coordination.sweep import reach
from coordination.traces import object as object_trace
from models.errors import UsageError
from tests.support import coordination as slow

NOTHING_LISTED = -1
names = st.sampled_from(["a", "B", "é", "aa", "10", "9"])
rows_of = st.lists(st.tuples(names, st.sampled_from(["x", "y", "z"]), st.integers(0, 40)), max_size=40)
windows = st.sampled_from([0, 1, 5, 10, 100])


def by_name(acts, counts):
    accounts = acts.accounts.to_pylist()
    return {(accounts[a], accounts[b]): int(w) for a, b, w in zip(counts.a, counts.b, counts.weight, strict=True)}


def acts_of(rows):
    table = slow.posts(rows)
    return build(table, object_trace.objects(table))


@settings(max_examples=150, deadline=None)
@given(rows_of, windows, st.integers(1, 3), st.sampled_from([10**9, NOTHING_LISTED]))
def test_distinct_objects_are_exact(rows, window, least, listing):
    acts = acts_of(rows)
    counts = tocsin.edges(acts, window, least, listing=listing)
    assert by_name(acts, counts) == slow.distinct_objects(rows, window, least)
    assert counts.slots.sum() == sum(slow.distinct_objects(rows, window).values())


@settings(max_examples=150, deadline=None)
@given(rows_of, windows, st.integers(1, 3), st.booleans(), st.sampled_from([10**9, NOTHING_LISTED]))
def test_directed_own_messages_are_exact(rows, window, least, loops, listing):
    table = slow.posts(rows, repost_of=[row[1] for row in rows])
    acts, counts = qut.edges(table, "co_retweet", window, least, loops=loops, listing=listing)
    assert by_name(acts, counts) == slow.own_messages(rows, window, least, loops)


shares_of = st.lists(st.tuples(names, st.sampled_from(["x", "y", "c1"]), st.integers(0, 40), st.integers(0, 3)), max_size=30)


@settings(max_examples=250, deadline=None)
@given(shares_of, windows, st.integers(1, 4), st.booleans(), st.booleans())
def test_coortweet_is_reproduced(rows, window, least, remove_loops, own_contents):
    rows = [(a, o, t, f"{a}-c{c}" if own_contents else f"c{c}") for a, o, t, c in rows]
    shared = coortweet.shares(*(pa.array([row[k] for row in rows], pa.string()) for k in (1, 0, 3)), seconds(rows), least)
    expected = slow.coortweet_pairs(rows, window, least, not remove_loops)
    found = coortweet.pair_table(shared, coortweet.pairs(shared, window, least, remove_loops))
    assert sorted(zip(*found.to_pydict().values(), strict=True)) == sorted(
        (one[1], one[3], two[3], float(two[2] - one[2]), one[0], two[0]) for one, two in expected
    )
    listed = coortweet.counted_network(shared, window, least, remove_loops)
    swept = coortweet.counted_network(shared, window, least, remove_loops, listing=NOTHING_LISTED)
    tables = [coortweet.edge_table(shared.acts, net, corrected=True).to_pydict() for net in (listed, swept)]
    assert tables[0] == tables[1]
    assert tables[0]["n_content_id"] == [
        len({one[3] for one, two in expected if {one[0], two[0]} == {a, b}})
        for a, b in zip(tables[0]["account_id"], tables[0]["account_id_y"], strict=True)
    ]


def seconds(rows):
    return np.array([row[2] * 1_000_000 for row in rows], np.int64)


def test_the_published_symmetry_is_kept_and_a_corrected_one_stands_beside_it():
    rows = [("b", "o", 0, "b1"), ("a", "o", 5, "a1"), ("b", "o", 10, "b2")]
    shared = coortweet.shares(*(pa.array([row[k] for row in rows]) for k in (1, 0, 3)), seconds(rows), 1)
    edge = coortweet.edge_table(shared.acts, coortweet.counted_network(shared, 10, 1), corrected=True).to_pylist()[0]
    assert (edge["n_content_id"], edge["n_content_id_y"], edge["edge_symmetry_score"]) == (2, 2, 1.0)
    assert (edge["contents_a"], edge["contents_b"], edge["symmetry"]) == (1, 2, 0.5)


def test_one_partner_with_enough_participation_keeps_the_other():
    rows = [("a", "x", 0, "a1"), ("b", "x", 1, "b1"), ("a", "y", 50, "a2"), ("b", "y", 51, "b2"), ("c", "x", 2, "c1"), ("c", "q", 99, "c2")]
    shared = coortweet.shares(*(pa.array([row[k] for row in rows]) for k in (1, 0, 3)), seconds(rows), 2)
    net = coortweet.counted_network(shared, 10, 2)
    assert net.weight.tolist() == [2, 1, 1]
    assert net.threshold(0.5) == 1.0


REFERENCE = [("ru_tw60_mp2_ew50", 60.0), ("de_url_tw30_mp2_ew50", 30.0)]


@pytest.mark.parametrize(("name", "window"), REFERENCE)
@pytest.mark.parametrize("listing", [10**9, NOTHING_LISTED])
def test_the_reference_outputs_of_coortweet_row_for_row(name, window, listing):
    folder = slow.shared_data()
    if folder is None:
        pytest.skip("the shared reference outputs are not here")
    folder = folder / "open" / "coortweet"
    table = _russian(folder) if name.startswith("ru") else _german_urls(folder)
    time = np.round(table["timestamp_share"].to_numpy() * 1e6).astype(np.int64)
    shared = coortweet.shares(column(table, "object_id"), column(table, "account_id"), column(table, "content_id"), time, 2)
    expected = {kind: _texts(folder / "reference_outputs" / f"{name}.{kind}.csv.gz") for kind in ("pairs", "edges")}
    pairs = coortweet.pair_table(shared, coortweet.pairs(shared, window, 2))
    assert _rows(pairs.select(expected["pairs"].column_names)) == _rows(expected["pairs"])
    edges = coortweet.edge_table(shared.acts, coortweet.counted_network(shared, window, 2, listing=listing))
    ours = _rows(edges)
    theirs = sorted((*sorted(row[:2]), *row[2:]) for row in _rows(expected["edges"]))
    assert [row[:2] for row in ours] == [row[:2] for row in theirs]
    np.testing.assert_allclose([row[2:] for row in ours], [row[2:] for row in theirs], rtol=0, atol=1e-9)


def _rows(table):
    return sorted(zip(*(col.to_pylist() for col in table.columns), strict=True))


def _texts(path):
    texts = {k: pa.string() for k in ("object_id", "content_id", "content_id_y", "account_id", "account_id_y", "from", "to")}
    return pa.csv.read_csv(path, convert_options=pa.csv.ConvertOptions(column_types=texts))


def _russian(folder):
    return pa.parquet.read_table(folder / "russian_coord_tweets.parquet")


def _german_urls(folder):
    table = pa.parquet.read_table(folder / "german_elections.parquet")
    table = table.filter(table["url_id"].is_valid())
    made = pa.table(
        {
            "object_id": ["url_" + str(k) for k in table["url_id"].to_pylist()],
            "account_id": table["account_id"],
            "content_id": table["post_id"].cast(pa.string()),
            "timestamp_share": table["timestamp"],
        }
    )
    return made.group_by(made.column_names, use_threads=False).aggregate([])


EXPECTED = json.loads((slow.QUT / "expected.json").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(EXPECTED["coretweet_test_input.csv"]))
@pytest.mark.parametrize("listing", [10**9, NOTHING_LISTED])
def test_the_test_cases_of_the_qut_toolkit(name, listing):
    window, least = map(int, name.removeprefix("w").split("m"))
    acts, counts = qut.edges(slow.qut_posts("coretweet_test_input.csv"), "co_retweet", window, least, loops=True, listing=listing)
    assert by_name(acts, counts) == {(a, b): w for a, b, w in EXPECTED["coretweet_test_input.csv"][name]}


@pytest.mark.parametrize("kind", qut.TYPES)
@pytest.mark.parametrize("least", [1, 2])
def test_the_example_of_the_qut_toolkit(kind, least):
    key = "co_similar_tweet_0.8" if kind == "co_similar_tweet" else kind
    _, counts = qut.edges(slow.qut_posts("sample_data.csv"), kind, 60, least)
    assert [len(counts), counts.weight.sum()] == EXPECTED["sample_data.csv_w60"][key][f"m{least}"]


@pytest.mark.parametrize("kind", ["co_link", "co_tweet", "co_similar_tweet"])
def test_posts_without_links_or_words_are_not_alike(kind):
    rows = [("A", "", 0), ("B", "", 1)]
    table = slow.posts(rows, text=["@x @y", "@z"], links=pa.array([[""], [""]], pa.list_(pa.string())))
    assert len(qut.edges(table, kind, 60, 1, tokens=0)[1]) == 0


def test_a_message_twice_counts_once():
    table = slow.posts([("A", "", 0), ("B", "", 1), ("A", "", 2)], repost_of=["o", "o", "o"])
    table = table.set_column(0, "id", pa.array(["1", "2", "1"]))
    acts, counts = qut.edges(table, "co_retweet", 60, 1)
    assert by_name(acts, counts) == {("A", "B"): 1, ("B", "A"): 1}


@pytest.mark.parametrize("window", [-1, float("nan"), float("inf")])
def test_an_impossible_window_is_refused(window):
    with pytest.raises(UsageError, match="window"):
        reach(acts_of([("a", "x", 0)]), window)
