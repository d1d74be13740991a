"""Too many pairs: what chance explains is let go, and what is called stays the same."""

import numpy as np
import pytest

from coordination.acts import SECOND, Acts, from_arrays
from coordination.counting import Counts, count
from coordination.looks import examine, plainly
from coordination.null import days, judge
from coordination.runs import runs
from coordination.sieve import LIKELY, Sieve, sifted, telling

WINDOW = 3600.0


def evening(seed: int = 3) -> Acts:
    """Three hundred accounts under a few hashtags within two hours, and five that share thirty rare ones within a minute."""
    random = np.random.default_rng(seed)
    who, what = random.integers(0, 300, 9_000), (400 * random.random(9_000) ** 2).astype(np.int64)
    when = random.integers(0, 7_200, 9_000)
    group, theirs = np.repeat(np.arange(300, 305), 30), np.tile(np.arange(400, 430), 5)
    times = np.tile(random.integers(0, 7_000, 30), 5) + random.integers(0, 60, 150)
    arrays = (np.concatenate(both) for both in ((who, group), (what, theirs), (when, times)))
    account, target, time = arrays
    order = np.lexsort((time, target))
    return from_arrays(account[order].astype(np.int32), target[order].astype(np.int32), time[order] * SECOND)


def sieved(acts: Acts, many: int) -> Counts:
    sieve = Sieve(lambda: telling(runs(acts, WINDOW), days(acts)), many=many)
    return count(acts, WINDOW, unit=acts.object, directed=False, least=2, stratum=acts.object, listing=0, sieve=sieve)


@pytest.mark.parametrize("many", [0, 1_000, 20_000])
def test_what_is_kept_is_what_chance_does_not_explain_whatever_the_threads_do(many: int) -> None:
    acts = evening()
    whole = plainly("", acts, WINDOW, 2)
    p = judge(whole, runs(acts, WINDOW), days(acts), 2).p
    assert len(whole) > 20_000 > 10 * (p <= LIKELY).sum(), "most pairs are chance"
    found = sieved(acts, many)
    assert np.array_equal(found.slots[: len(whole.slots)], whole.slots), "meetings are counted in any case"
    assert found.passed == (p > LIKELY).sum()
    for name in ("a", "b", "weight"):
        assert np.array_equal(getattr(found, name), getattr(whole, name)[p <= LIKELY])


def test_who_counted_makes_no_difference() -> None:
    acts = evening()
    whole = plainly("", acts, WINDOW, 2)
    after, before = sifted(whole, lambda: telling(runs(acts, WINDOW), days(acts)), many=1_000), sieved(acts, 1_000)
    assert after.passed == before.passed > 0
    for name in ("a", "b", "weight"):
        assert np.array_equal(getattr(after, name), getattr(before, name))


def test_few_pairs_are_kept_whole() -> None:
    acts = evening()
    found, whole = sieved(acts, 10**9), plainly("", acts, WINDOW, 2)
    assert (len(found), found.passed) == (len(whole), 0)


def test_the_same_edges_are_called() -> None:
    acts = evening()
    plain = examine(acts, WINDOW, 2, 0.05)
    less = examine(acts, WINDOW, 2, 0.05, counting=lambda *_: sieved(acts, 0))
    called = [{(int(j.counts.a[k]), int(j.counts.b[k])) for k in np.flatnonzero(j.q <= 0.05)} for j in (plain, less)]
    assert called[0] == called[1] == {(a, b) for a in range(300, 305) for b in range(a + 1, 305)}
    assert plain.tests == less.tests
