"""How likely two acts of one day were to meet, when the day itself hardly tells.

A day's own rate is ``2 * slots_d / n_d^2``. On a quiet day one group is most of what happens, and its meetings would pass for how that day
was. So each rate is drawn towards what is usual, the more the fewer independent meetings the day has:

    rate_d = (m_d * own_d + STEADY * usual_d) / (m_d + STEADY)

which is the empirical Bayes estimate of rates of small areas (Clayton and Kaldor 1987). What happens at one object is one cluster, so
``m_d`` is the effective number of objects, (sum s)^2 / sum s^2 over their meetings s (Kish 1965): one burst of 190 meetings counts as one,
and 40 objects with a meeting each count as 40. ``usual_d`` is the rate of the other days with about as many acts, since quiet days have
fewer objects and meet more often.
"""

from __future__ import annotations

import numpy as np

from coordination.acts import Codes, Floats, Ints
from coordination.runs import Runs

STEADY = 40.0
"""Effective objects at which a day's own rate counts as much as the usual one."""
OCTAVES = 0.5
"""How alike days must be in their number of acts: standard deviation in doublings."""
STEPS = 4
"""Steps per doubling in which numbers of acts are told apart."""


def of_days(found: Runs, day: Codes) -> Floats:
    """Chance of two acts of each day to meet, times two; ``day`` of each act."""
    slots, total = found.slots(day).astype(np.float64), found.totals(day)
    own = 2.0 * slots / np.maximum(total, 1.0) ** 2
    return steadied(own, effective(day[found.place], found, len(slots)), usual(slots, total, own))


def steadied(own: Floats, objects: Floats, usually: Floats) -> Floats:
    """Own rates drawn towards the usual ones; ``objects``: effective number of objects behind each."""
    return (objects * own + STEADY * usually) / (objects + STEADY)


def effective(stratum: Codes | Ints, found: Runs, strata: int) -> Floats:
    """Effective number of objects at which runs met in each stratum; ``stratum`` of each run, below 0 for those left out."""
    met = np.flatnonzero((found.met > 0) & (stratum >= 0))
    number = int(found.acts.object.max(initial=-1)) + 1
    cell, place = np.unique(stratum[met].astype(np.int64) * max(number, 1) + found.acts.object[met], return_inverse=True)
    here = np.bincount(place, weights=found.met[met], minlength=len(cell))
    of = cell // max(number, 1)
    squares = np.bincount(of, weights=here**2, minlength=strata)
    return np.asarray(np.bincount(of, weights=here, minlength=strata) ** 2 / np.maximum(squares, 1e-12), np.float64)


def usual(slots: Floats, total: Floats, own: Floats) -> Floats:
    """The rate of the other days with about as many acts; a single day has none to be compared with and keeps its own."""
    step = np.rint(STEPS * np.log2(np.maximum(total, 1.0))).astype(np.int64)
    number = int(step.max(initial=0)) + 1
    apart = (np.arange(number)[:, None] - np.arange(number)) / (STEPS * OCTAVES)
    near = np.exp(-0.5 * apart**2)
    chances = (near @ np.bincount(step, weights=total**2, minlength=number))[step] - total**2
    meetings = (near @ np.bincount(step, weights=2.0 * slots, minlength=number))[step] - 2.0 * slots
    known = chances > 1e-9 * np.maximum(total, 1.0) ** 2
    return np.where(known, np.maximum(meetings, 0.0) / np.maximum(chances, 1e-12), own)
