"""Counting by parts of the objects and ranges of accounts gives what counting in memory gives."""

import numpy as np
import pytest

from coordination.acts import SECOND, from_arrays
from coordination.looks import plainly
from nightly import shelf


def drawn(seed):
    """Random acts in the order of an input, and a window."""
    random = np.random.default_rng(seed)
    number, accounts, objects = random.integers(1, 500), random.integers(2, 40), random.integers(1, 60)
    account, target = random.integers(0, accounts, number).astype(np.int32), random.integers(0, objects, number).astype(np.int32)
    if seed % 3 == 0:
        target[random.random(number) < 0.5] = 0  # one object with half of all acts
    return account, target, random.integers(0, 3000, number) * SECOND, float(random.choice([0, 10, 60, 900]))


@pytest.mark.parametrize("seed", range(40))
def test_parts_on_the_disk_equal_the_count_in_memory(tmp_path, monkeypatch, seed):
    account, target, time, window = drawn(seed)
    monkeypatch.setattr(shelf, "ACTS", max(len(account) // (1 + seed % 7), 1))
    monkeypatch.setattr("coordination.parts.LEAST_ROOM", 1)
    whole = plainly("", from_arrays(account, target, time), window, 1 + seed % 3)
    made = shelf.Shelf(tmp_path, len(account))
    for begin in range(0, len(account), 37):
        some = slice(begin, begin + 37)
        made.add(account[some], target[some], time[some], np.arange(begin, begin + len(account[some])))
    made.sort()
    counts = made.count(window, 1 + seed % 3, room=1 + 97 * seed)
    for name in ("a", "b", "weight"):
        assert getattr(counts, name).tolist() == getattr(whole, name).tolist()
    assert counts.slots.sum() == whole.slots.sum()
    assert counts.slots[: len(whole.slots)].tolist() == whole.slots.tolist()
    assert made.parts == max(len(account) // shelf.ACTS, 1)
    assert not list(tmp_path.glob("window-*"))


def test_codes_change_while_the_parts_are_sorted_and_the_order_of_the_input_stays(tmp_path):
    made = shelf.Shelf(tmp_path, 4)
    made.add(np.array([0, 1], np.int32), np.array([5, 5], np.int32), np.array([7, 7]), np.array([0, 1]))
    made.add(np.array([2, 1], np.int32), np.array([5, 4], np.int32), np.array([3, 9]), np.array([2, 3]))
    made.sort(np.array([2, 0, 1], np.int32))
    [acts] = made.acts()
    assert list(zip(acts.object.tolist(), acts.time.tolist(), acts.account.tolist(), acts.row.tolist(), strict=True)) == [
        (4, 9, 0, 3), (5, 3, 1, 2), (5, 7, 2, 0), (5, 7, 0, 1),
    ]  # fmt: skip
