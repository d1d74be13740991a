"""The different values of arrays, and what is not among them, without the hashing of np.unique and np.isin (numpy 2.4)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def different(parts: list[Ints]) -> Ints:
    """The different values of several arrays in order (np.unique hashes them first, which takes thrice the time)."""
    values = np.concatenate([np.zeros(0, np.int64), *parts])
    values.sort()
    return np.asarray(values[np.diff(values, prepend=-1) != 0], np.int64)


def numbered(values: Ints, below: int) -> tuple[Ints, npt.NDArray[np.int32]]:
    """The different values of 0 to ``below`` - 1 in order, and the number of each entry's value among them.

    Counted in a table where it is no longer than eight times the values: np.unique sorts them instead, in eight times the time.
    """
    if below > 8 * len(values) + 65_536:
        found, numbers = np.unique(values, return_inverse=True)
        return found, numbers.astype(np.int32)
    there = np.zeros(below, np.bool_)
    there[values] = True
    return np.flatnonzero(there), (np.cumsum(there, dtype=np.int32) - np.int32(1))[values]


def absent(values: Ints, known: Ints) -> npt.NDArray[np.bool_]:
    """Which of the values are not among the known ones, these in order (np.isin hashes and sorts both)."""
    at = np.searchsorted(known, values)
    return np.asarray(np.append(known, -1)[at] != values, np.bool_)
