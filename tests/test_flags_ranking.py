"""The first flags of a night hold the campaign that was planted in the exercise; the same night without it shows nothing urgent."""

from functools import cache

import pytest

from benchmarks import exercise
from benchmarks.ranking import Reader, held, judged


@cache
def reader():
    return Reader({})


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_planted_campaign_is_among_the_first_ten_and_a_night_without_it_is_quiet(seed):
    sources = {s.name: s for s in exercise.election().sources}
    loud, calm = (exercise.night(seed, campaign=campaign) for campaign in (True, False))
    assert loud.planted
    assert not calm.planted
    told, raised = judged(reader().read(loud.documents), sources, exercise.NOW)
    assert held(told, raised, [d for d in loud.documents if d.id in loud.planted], exercise.NOW)
    assert raised[0].level == 3
    told, raised = judged(reader().read(calm.documents), sources, exercise.NOW)
    assert sum(f.level == 3 for f in raised) <= 1
