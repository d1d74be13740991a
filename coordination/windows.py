"""Windows: seconds, or ``auto`` (CooRnet's estimate); none finer than the clock of the data."""

from __future__ import annotations

import numpy as np

from coordination.acts import SECOND, Acts, Ints
from models.errors import UsageError

ENOUGH = 20
"""Least acts from which the data's clock can be told."""


def resolution(acts: Acts) -> float:
    """The clock of the data in seconds: the largest step that all times are multiples of; 0 for too few acts or all at one time."""
    if len(acts) < ENOUGH:
        return 0.0
    return int(np.gcd.reduce(acts.time - acts.time.min())) / SECOND


def checked(acts: Acts, window: float) -> None:
    """Raises UsageError when the window is finer than the data's clock: equal times then mean nothing."""
    step = resolution(acts)
    if window < step:
        raise UsageError(
            f"a window of {window:g} s is finer than the times of the data, which are all multiples of {step:g} s",
            hint=f"give a window of {step:g} s or more",
        )


def estimate(acts: Acts, quick: float = 0.1, most: float = 0.5) -> float:
    """CooRnet's ``estimate_coord_interval`` (1.7.0), in seconds: how long the quickest objects take to be shared by most.

    Of the objects acted on more than once, those whose second act follows the first within the ``quick`` quantile; of these the median
    time until more than ``most`` of their acts have happened; at least one second.
    """
    first = np.flatnonzero(np.concatenate(([True], np.diff(acts.object) != 0))) if len(acts) else np.empty(0, np.int64)
    size = np.diff(np.concatenate((first, [len(acts)])))
    first, size = first[size > 1], size[size > 1]
    if len(first) == 0:
        raise UsageError("no object is shared twice, so no window can be estimated", hint="give --window in seconds")
    second = acts.time[first + 1] - acts.time[first]
    chosen = second <= np.quantile(second, quick)
    first, size = first[chosen], size[chosen]
    begin: Ints = acts.time[first]
    until = acts.time[first + np.floor(size * most).astype(np.int64)] - begin  # the act with which more than ``most`` are done
    return max(float(np.median(until)) / SECOND, 1.0)
