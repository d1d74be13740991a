import datetime as dt
import itertools
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from coordination.acts import DAY, build
from coordination.conventions import tocsin
from coordination.engine import coordinate
from coordination.null import days, false_discovery, judge
from coordination.null import tests as number_of_tests
from coordination.parameters import Parameters
from coordination.rates import STEADY, of_days
from coordination.runs import runs, without
from coordination.traces import object as object_trace
from models.errors import UsageError
from models.settings import Settings
from tests.support import coordination as slow


def first_question(acts, window=60):
    return judge(tocsin.edges(acts, window, 1), runs(acts, window), days(acts), 1)


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
    judged = first_question(acts)
    counts = judged.counts
    assert judged.slots.tolist() == [2, 1]
    day = [{"a": 2, "b": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}]
    own = [2 * s / sum(n.values()) ** 2 for s, n in zip((2, 1), day, strict=True)]
    rate = [(m * own[k] + STEADY * own[1 - k]) / (m + STEADY) for k, m in enumerate((2, 1))]  # of two days each is the other's usual
    expected = {
        (one, two): sum(r * n[one] * n[two] for r, n in zip(rate, day, strict=True)) for one, two in itertools.combinations("abc", 2)
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
        judged = first_question(acts)
        results.append((judged.expected.tolist(), judged.counts.weight.tolist(), judged.slots.tolist()))
    assert results[0] == results[1]


def test_pairs_that_never_share_a_day_are_no_test():
    rows = [("a", "x", 0), ("b", "x", 1), ("c", "y", 5 * 86_400), ("d", "y", 5 * 86_400 + 1), ("e", "z", 9 * 86_400)]
    table = slow.posts(rows)
    acts = build(table, object_trace.objects(table))
    judged = first_question(acts)
    assert DAY == 86_400_000_000
    assert number_of_tests(judged.active, judged.slots, 1) == 2
    assert number_of_tests(judged.active, judged.slots, 2) == 0


def test_pairs_that_could_have_met_often_enough_are_counted_one_by_one():
    rows = slow.crowd(accounts=60, objects=40, acts=400, days=9)
    acts = build(slow.posts(rows), object_trace.objects(slow.posts(rows)))
    judged = first_question(acts, 3600)
    found, day = runs(acts, 3600), days(acts)
    active = Counter(zip(found.acts.account.tolist(), day[found.place].tolist(), strict=True))
    useful = np.flatnonzero(judged.slots > 0).tolist()
    for least in (1, 2, 4):
        could = sum(
            sum(min(active[a, d], active[b, d]) for d in useful) >= least for a, b in itertools.combinations(range(len(acts.accounts)), 2)
        )
        assert number_of_tests(judged.active, judged.slots, least) == could
    assert could > 50


def test_the_rate_of_a_quiet_day_is_that_of_days_alike_and_that_of_a_busy_day_its_own():
    rng = np.random.default_rng(4)
    rows = slow.crowd(seed=1, accounts=300, objects=3000, acts=1200, days=30)
    rows += [(f"q{k}", "burst", 31 * 86_400 + k) for k in range(20)] + [(f"u{k}", f"r{k}", 31 * 86_400 + 999 * k) for k in range(20)]
    rows += [(f"b{k % 500}", f"h{k % 400}", 40 * 86_400 + (k % 400) * 200 + rng.uniform(0, 30)) for k in range(1600)]
    acts = build(slow.posts(rows), object_trace.objects(slow.posts(rows)))
    found, day = runs(acts, 60), days(acts)
    own = 2 * found.slots(day) / np.maximum(found.totals(day), 1) ** 2
    rate = of_days(found, day)
    assert own[31] > 20 * np.median(own[:30])
    assert rate[31] < own[31] / 10
    assert rate[40] == pytest.approx(own[40], rel=0.25)


def test_what_is_no_chance_is_taken_out_and_nothing_else():
    rows = slow.crowd(seed=1, accounts=50, objects=30, acts=600, days=3) + slow.planted(4, 6, days=3)
    acts = build(slow.posts(rows), object_trace.objects(slow.posts(rows)))
    found, day = runs(acts, 60), days(acts)
    names = acts.accounts.to_pylist()
    pairs = np.array([sorted((names.index(a), names.index(b))) for a, b in itertools.combinations(("z0", "z1", "z2"), 2)]).T
    left = without(found, 60, *pairs)
    met = [(i, j) for i, j in slow.meetings(rows, 60) if {rows[i][0], rows[j][0]} <= {"z0", "z1", "z2"}]
    assert len(met) == 18
    assert found.slots(day).sum() - left.slots(day).sum() == len(met)
    assert found.totals(day).sum() - left.totals(day).sum() == 18  # three acts at each of six objects


def test_benjamini_hochberg():
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


def test_runs_of_repeats_and_whom_they_met():
    """Account a repeats itself at 0, 30, 60 (one run at a window of 60 s) and at 90 (another); b comes at 100, c at 400."""
    rows = [("a", "x", 0), ("a", "x", 30), ("a", "x", 60), ("a", "x", 90), ("b", "x", 100), ("c", "x", 400)]
    table = slow.posts(rows)
    found = runs(build(table, object_trace.objects(table)), 60)
    assert (found.acts.time // 1_000_000).tolist() == [0, 90, 100, 400]
    assert found.met.tolist() == [1, 1, 0, 0]


def test_hyperactive_accounts_are_not_called_for_being_so():
    """Everybody draws objects alike, but some act a hundred times as often, also again and again on one object."""
    random = np.random.default_rng(4)
    size = 40_000
    who = (400 * random.random(size) ** 3).astype(int)
    what = random.integers(0, 60, size)
    when = what * 10_000 + random.exponential(1200, size)
    rows = [(f"u{a}", f"o{o}", float(int(t))) for a, o, t in zip(who, what, when, strict=True)]
    assert coordinate(slow.posts(rows), ONE).edges == ()
