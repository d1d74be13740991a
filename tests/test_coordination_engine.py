import datetime as dt
import itertools

import pyarrow as pa
import pytest

from coordination.acts import DAY, build
from coordination.conventions import tocsin
from coordination.engine import coordinate
from coordination.null import activity, days, false_discovery, judge
from coordination.null import tests as number_of_tests
from coordination.parameters import Parameters
from coordination.traces import object as object_trace
from models.errors import UsageError
from models.settings import Settings
from tests.support import coordination as slow

ONE = Parameters(traces=("object",), windows=(60.0,))


def test_a_planted_group_is_found_and_the_crowd_is_not():
    found = coordinate(slow.posts(slow.crowd() + slow.planted(6, 12)), ONE)
    assert {edge.a[0] + edge.b[0] for edge in found.edges} == {"zz"}
    assert len(found.edges) == 15
    assert [group.members for group in found.groups] == [tuple(f"z{k}" for k in range(6))]


def test_an_edge_carries_its_evidence():
    table = slow.posts(slow.crowd() + slow.planted(3, 12, jitter=1))
    found = coordinate(table, Parameters(traces=("object",), windows=(60.0,), evidence=5))
    edge = found.edges[0]
    when = dict(zip(table["id"].to_pylist(), table["published"].to_pylist(), strict=True))
    who = dict(zip(table["id"].to_pylist(), table["account"].to_pylist(), strict=True))
    assert (edge.weight, edge.pairs_total, len(edge.pairs)) == (12, 12, 5)
    for pair in edge.pairs:
        assert (who[pair.a], who[pair.b]) == (edge.a, edge.b)
        assert (when[pair.a], when[pair.b]) == (pair.time_a, pair.time_b)
        assert abs(pair.time_a - pair.time_b) <= dt.timedelta(seconds=60)
    assert edge.first_seen <= edge.pairs[0].time_a <= edge.last_seen
    assert edge.expected < edge.weight
    assert edge.p <= edge.q <= 0.05


def test_who_comes_first_is_counted():
    rows = [(name, f"l{k}", k * 7200 + late) for k in range(10) for name, late in (("leader", 0), ("tail", 20 if k else -20))]
    edge = coordinate(slow.posts(slow.crowd() + rows), ONE).edges[0]
    assert (edge.a, edge.b, edge.lead) == ("leader", "tail", 0.9)


def test_guessed_dates_and_nameless_accounts_never_enter():
    rows = slow.planted(4, 10)
    table = slow.posts(slow.crowd() + rows)
    source = ["platform"] * (table.num_rows - len(rows)) + ["htmldate"] * len(rows)
    assert coordinate(table.append_column("date_source", pa.array(source)), ONE).edges == ()
    nameless = slow.posts([("", name, t) for _, name, t in rows] + slow.crowd())
    assert coordinate(nameless, ONE).edges == ()


def test_articles_act_as_their_site():
    rows = [(None, None, k * 86_400 + s) for k in range(8) for s in (0, 30)]
    address = [f"https://{host}/{k}" for k in range(8) for host in ("www.eins.example", "zwei.example")]
    table = slow.posts(rows, kind=["article"] * 16, url=address, text_key=[f"t{k // 2}" for k in range(16)])
    table = pa.concat_tables([table, slow.posts(slow.crowd())], promote_options="default")
    edge = coordinate(table, Parameters(traces=("same_text",), windows=(60.0,), q=1.0)).edges[0]
    assert (edge.a, edge.b, edge.weight) == ("eins.example", "zwei.example", 8)


def test_nothing_in_nothing_out():
    for rows in ([], [("a", "x", 0)], [("a", "x", 0), ("a", "x", 0)]):
        found = coordinate(
            slow.posts(rows), Settings({"coordination.traces": ["object", "url", "hashtag", "repost", "same_text", "domain"]})
        )
        assert (found.edges, found.groups) == ((), ())


def test_all_at_the_same_second_is_the_days_burst_and_no_edge():
    rows = [(f"u{k}", f"o{j}", 0) for k in range(12) for j in range(6)]
    assert coordinate(slow.posts(rows), ONE).edges == ()


def test_the_null_model_is_the_formula():
    rows = [("a", "x", 0), ("b", "x", 5), ("a", "y", 10), ("c", "y", 30), ("b", "z", 86_400), ("c", "z", 86_410), ("a", "q", 86_500)]
    table = slow.posts(rows)
    acts = build(table, object_trace.objects(table))
    counts = tocsin.edges(acts, 60, 1, stratum=days(acts))
    judged = judge(counts, activity(acts, days(acts)))
    assert counts.slots.tolist() == [2, 1]
    day = [{"a": 2, "b": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}]
    expected = {
        (one, two): sum(2 * s * n[one] / sum(n.values()) * n[two] / sum(n.values()) for s, n in zip((2, 1), day, strict=True))
        for one, two in itertools.combinations("abc", 2)
    }
    names = acts.accounts.to_pylist()
    for a, b, mean in zip(counts.a, counts.b, judged.expected, strict=True):
        assert mean == pytest.approx(expected[names[a], names[b]])
    assert judged.tests == 3


def test_repeating_one_link_adds_nothing():
    once = slow.posts([("a", "x", 0), ("b", "x", 5), ("c", "y", 0)])
    often = slow.posts([("a", "x", k / 10) for k in range(50)] + [("b", "x", 5 + k / 10) for k in range(50)] + [("c", "y", 0)])
    results = []
    for table in (once, often):
        acts = build(table, object_trace.objects(table))
        counts = tocsin.edges(acts, 60, 1, stratum=days(acts))
        results.append((judge(counts, activity(acts, days(acts))).expected.tolist(), counts.weight.tolist(), counts.slots.tolist()))
    assert results[0] == results[1]


def test_pairs_that_never_share_a_day_are_no_test():
    rows = [("a", "x", 0), ("b", "x", 1), ("c", "y", 5 * 86_400), ("d", "y", 5 * 86_400 + 1), ("e", "z", 9 * 86_400)]
    table = slow.posts(rows)
    acts = build(table, object_trace.objects(table))
    counts = tocsin.edges(acts, 60, 1, stratum=days(acts))
    assert DAY == 86_400_000_000
    assert number_of_tests(activity(acts, days(acts)), counts.slots) == 2


def test_benjamini_hochberg():
    import numpy as np

    assert false_discovery(np.array([0.03, 0.01, 0.04]), 4) == pytest.approx([0.16 / 3, 0.04, 0.16 / 3])
    assert false_discovery(np.empty(0), 0).tolist() == []


def test_the_object_trace_takes_a_kind_and_others_do_not():
    rows = [(name, f"{kind}:{k}", k * 5000) for kind in ("url", "tag") for k in range(9) for name in ("a", "b")]
    table = slow.posts(slow.crowd() + rows)
    found = coordinate(table, Parameters(traces=("object:url",), windows=(0.0,), q=1.0))
    assert {pair.object[:4] for edge in found.edges for pair in edge.pairs} == {"url:"}
    with pytest.raises(UsageError, match="takes no kind"):
        coordinate(table, Parameters(traces=("hashtag:x",)))
    with pytest.raises(UsageError, match="did you mean 'hashtag'"):
        coordinate(table, Parameters(traces=("hastag",)))


def test_a_group_keeps_its_id_when_it_grows():
    first = coordinate(slow.posts(slow.crowd() + slow.planted(5, 12)), ONE)
    second = coordinate(slow.posts(slow.crowd() + slow.planted(7, 12)), ONE, previous=first.groups)
    assert len(second.groups[0].members) == 7
    assert second.groups[0].id == first.groups[0].id
