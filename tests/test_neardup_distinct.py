"""The quick ways to different values give what numpy gives, in order, also for sparse values and for none."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.neardup.distinct import absent, different, numbered


@pytest.mark.parametrize("below", [1, 40, 10**12])
@pytest.mark.parametrize("size", [0, 1, 500])
def test_the_same_as_numpy(size: int, below: int) -> None:
    values = np.random.default_rng(size).integers(0, below, size)
    found, numbers = numbered(values, below)
    expected, places = np.unique(values, return_inverse=True)
    assert found.tolist() == different([values[:200], values[200:]]).tolist() == expected.tolist()
    assert numbers.tolist() == places.tolist()


def test_what_is_absent() -> None:
    draw = np.random.default_rng(3)
    known, values = np.sort(draw.integers(0, 300, 100)), draw.integers(0, 400, 200)
    assert absent(values, known).tolist() == (~np.isin(values, known)).tolist()
    assert absent(values, known[:0]).all()
