"""What the coordination tests find on real data is above its floor: planted groups, shuffled data, accounts of a real operation."""

import json

import numpy as np
import pytest

from benchmarks import accounts as operation
from benchmarks import calibration
from coordination.accounts import PARTNERS, beyond
from coordination.engine import acts_of, examine
from tests.support import coordination as slow

FLOORS = json.loads((calibration.ROOT / "benchmarks" / "floors.json").read_text("utf-8"))["coordination"]
needs_data = pytest.mark.skipif(slow.shared_data() is None, reason="the shared data sets are not here")


@needs_data
@pytest.mark.parametrize("window", calibration.WINDOWS)
@pytest.mark.parametrize("name", calibration.SETS)
def test_planted_groups_are_found_and_nothing_else(name, window):
    scores, by_size = calibration.planted(name, window)
    floor = FLOORS["planted"][f"{name}, {window:g} s"]
    assert scores["q"][0] >= floor["precision"]
    assert scores["q"][1] >= floor["recall"]
    assert len(by_size) == 12
    assert scores["weight"][1] < scores["q"][1] or window > 60


@needs_data
def test_shuffled_data_call_no_edge():
    acts = calibration.acts_of("links, German election")
    for shuffle, most in FLOORS["false edges at most"].items():
        change = calibration.SHUFFLES[shuffle]
        assert len(calibration.called(acts.as_if(change(acts, 3600.0, np.random.default_rng([0, 0]))), 3600.0).q) <= most


@needs_data
def test_accounts_of_a_real_operation_stand_out_and_politicians_are_not_flagged():
    found = operation.rankings(operation.ordinary() + operation.politicians() + operation.operation(reposts=True))
    for one in found:
        assert one.found("operation", 0.01) >= FLOORS["operation accounts found at 1 %"][one.name]
        assert one.flagged("politician")[0] + one.flagged("candidate")[0] <= FLOORS["politicians flagged at most"]
        low, high = one.flagged("ordinary")
        assert low / high <= 0.005
    assert operation.svg([("x", found[-1])]).startswith("<svg")


def test_the_score_is_the_excess_with_the_first_third_and_fifth_partner():
    rows = slow.crowd(accounts=300, objects=500, acts=4000) + slow.planted(5, 9)
    table = slow.posts(rows)
    acts = acts_of(table, "object")
    judged = examine(acts, 60.0, 2, 0.05)
    names = acts.accounts.to_pylist()
    score = beyond(judged, len(names))
    for code in (names.index("z0"), int(judged.counts.a[0])):
        mine = (judged.counts.a == code) | (judged.counts.b == code)
        excess = np.sort(np.maximum(judged.counts.weight - judged.expected, 0)[mine])[::-1]
        told = [excess[k - 1] if len(excess) >= k else 0.0 for k in PARTNERS]
        assert score[code] == pytest.approx(np.sqrt(sum(told) / 3))
    assert set(np.argsort(score)[-5:]) == {names.index(f"z{k}") for k in range(5)}
