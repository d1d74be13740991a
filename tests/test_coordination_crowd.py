import numpy as np
import pytest

from coordination import calibration, crowd
from coordination.acts import build
from coordination.engine import examine
from coordination.traces import object as object_trace
from tests.support import coordination as slow


def acts_of(rows):
    table = slow.posts(rows)
    return build(table, object_trace.objects(table))


def called(rows, window=60.0, q=0.05, second=True):
    acts = acts_of(rows)
    judged = examine(acts, window, 2, q if second else 0)
    names = np.array(acts.accounts.to_pylist())
    few = judged.q <= q
    return list(zip(names[judged.counts.a[few]], names[judged.counts.b[few]], strict=True))


BACKGROUND = slow.crowd(seed=3, accounts=800, objects=1200, acts=9000)


def test_fans_of_one_party_are_not_called_where_the_first_question_alone_calls_them():
    rows = BACKGROUND + slow.fans(2, 200, 250, share=0.3, reaction=900)
    assert len(called(rows, 3600, second=False)) > 20
    assert called(rows, 3600) == []


def followers(objects, audience, hours=(0, 24), evening=None):
    """A hundred followers whose objects are too small to be popular, by chance half of them of one evening or at certain hours."""
    rng = np.random.default_rng(2)
    rows = []
    for k in range(objects):
        day = rng.integers(0, 7) if evening is None or k % 2 else evening
        born = day * slow.DAY + rng.uniform(*hours) * 3600
        rows += [(f"f{a:02d}", f"f-{k}", float(int(born + rng.exponential(900)))) for a in rng.choice(100, audience, replace=False)]
    return rows


@pytest.mark.parametrize(("kind", "first"), [({}, 20), ({"hours": (0, 4)}, 20), ({"evening": 3}, 0)])
@pytest.mark.parametrize("window", [60.0, 3600.0])
def test_followers_of_small_things_are_not_called_and_a_group_among_them_is(kind, first, window):
    rows = BACKGROUND + followers(400, 12, **kind)
    assert window == 60 or len(called(rows, window, second=False)) >= first
    assert len(called(rows, window)) <= 1  # of 400,000 pairs, at q = 0.05
    found = called(rows + slow.planted(5, 12), window)
    assert len([1 for a, b in found if a[0] + b[0] == "zz"]) == 10


@pytest.mark.parametrize(("size", "shares"), [(3, 5), (5, 10), (20, 5), (60, 30)])
def test_planted_groups_are_called_among_fans(size, shares):
    rows = BACKGROUND + slow.fans(2, 200, 250, share=0.3, reaction=7200) + slow.planted(size, shares)
    found = called(rows)
    assert len(found) == size * (size - 1) // 2
    assert {a[0] + b[0] for a, b in found} == {"zz"}


def test_a_group_that_pushes_what_the_crowd_reads_is_called():
    fans = slow.fans(2, 200, 120, share=0.5, reaction=7200)
    random = np.random.default_rng(5)
    rows = list(BACKGROUND + fans)
    for tag in random.choice(sorted({o for _, o, _ in fans}), 25, replace=False):
        start = min(t for _, o, t in fans if o == tag) + random.uniform(0, 7200)
        rows += [(f"z{k}", tag, float(int(start + random.uniform(0, 20)))) for k in range(6)]
    found = called(rows)
    assert len(found) == 15
    assert {a[0] + b[0] for a, b in found} == {"zz"}


def test_the_mixed_tail_is_the_sum_of_both_parts():
    random = np.random.default_rng(0)
    tries, chance, mean, weight = np.array([0, 5, 40]), np.array([0.0, 0.3, 0.05]), np.array([2.0, 0.4, 1.0]), np.array([3, 4, 6])
    drawn = random.binomial(tries, chance, (400_000, 3)) + random.poisson(mean, (400_000, 3))
    assert crowd.mixed_tail(weight, tries, chance, mean) == pytest.approx((drawn >= weight).mean(axis=0), rel=0.05)


@pytest.mark.parametrize("shuffle", calibration.SHUFFLES)
def test_shuffles_keep_what_they_promise_and_call_next_to_nothing(shuffle):
    planted = slow.planted(8, 20) if "crowds" not in shuffle else []  # within its own crowd a coordinated group stays one
    acts = acts_of(BACKGROUND + slow.fans(2, 200, 250, share=0.3, reaction=3600) + planted)
    account = calibration.SHUFFLES[shuffle](acts, 60.0, np.random.default_rng(1))
    assert (np.bincount(account) == np.bincount(acts.account)).all()
    assert (account != acts.account).mean() > 0.5
    rounds = [r for r in calibration.realised(acts, 60.0, 2, 0.05, rounds=1) if r.shuffle == shuffle]
    assert [r.called for r in rounds] == [0]
    assert rounds[0].real == (28 if planted else 0)
