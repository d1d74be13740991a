"""How often two accounts would meet that merely follow the same crowd: the Poisson part of the second question.

Each account is taken to act in a crowd as often as it did, on the days when the crowd does:

    lambda_ab = sum_c sum_d rate_cd * u_acd * u_bcd,      u_acd = n_ac * P(day d | account a in crowd c)

with ``rate_cd`` as in ``rates`` (drawn towards the crowd's, and this towards that of all crowds). The days of an account are not taken
as given: two accounts that act once on a day, at one object, would have no other place to meet on it, and five such days would explain
themselves. An act is no witness for itself, so the chance of a day is that of the *other* acts (the predictive rule of Blackwell and
MacQueen 1973, each act left out in turn): ``(n_acd - 1) + OWN * n_cd / n_c``, made to sum to 1. An account that acts ten times on the
evening of a debate is expected to; one that acts once on each of ten days follows its crowd.

Hours: two accounts of like habits meet more often, by sum_h f_a(h) f_b(h) / f(h) over the hours of the day, never less than once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from coordination.acts import SECOND, Codes, Floats, Ints
from coordination.counting import accounts_in
from coordination.rates import effective, of_days, steadied
from coordination.runs import Runs

OWN = 5.0
"""Acts an account must have on days with others of its own before these tell as much as the days of its crowd."""
HABIT = 20.0
"""Acts at which an account's own hours tell as much as everybody's."""
HOURS = 4
"""Hours that are taken as one."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """Of each crowd (row) and day: twice the chance of two acts to meet, and the share of the crowd's acts."""

    rate: Floats
    share: Floats


def tempo(found: Runs, day: Codes, crowd: Ints, factor: Floats) -> Tempo:
    """``crowd`` of each run: 0 the rest, measured against everybody, below 0 left out. ``factor`` brings its meetings under the cap."""
    shape = len(factor), int(day.max(initial=-1)) + 1
    of_run = day[found.place].astype(np.int64)
    cell = np.where(crowd >= 0, crowd * shape[1] + of_run, -1)
    some = np.flatnonzero(cell >= 0)
    acts = np.bincount(cell[some], weights=found.free[some], minlength=shape[0] * shape[1]).reshape(shape)
    slots = np.bincount(cell[some], weights=found.met[some], minlength=shape[0] * shape[1]).reshape(shape) * factor[:, None]
    chances = np.maximum(acts**2, 1.0)
    all_met, all_chances = 2.0 * slots[1:].sum(), np.maximum(acts[1:] ** 2, 0.0).sum()
    typical = np.full(shape[0], all_met / max(all_chances, 1.0))
    own = 2.0 * slots.sum(axis=1) / np.maximum((acts**2).sum(axis=1), 1.0)
    of_crowd = steadied(own, effective(crowd, found, shape[0]), typical)
    rate = steadied(2.0 * slots / chances, effective(cell, found, shape[0] * shape[1]).reshape(shape), of_crowd[:, None])
    rate[0] = of_days(found, day)
    return Tempo(rate, acts / np.maximum(acts.sum(axis=1, keepdims=True), 1.0))


@dataclass(frozen=True, slots=True)
class Interest:
    """Sparse rows by account. ``size``: acts in each crowd over their witnesses; ``lean``: that times how the own days meet the crowd's.

    ``own``: acts on own days, times the root of the rate, by crowd and day; ``base``: how the crowd's days meet themselves, by crowd.
    """

    size: Any
    lean: Any
    own: Any
    base: Any
    habit: Floats

    def expected(self, a: Ints, b: Ints) -> Floats:
        """Meetings expected of each pair of accounts."""
        size, lean = self.size, self.lean
        mean = OWN**2 * _products(size[a] @ self.base, size[b])
        mean += OWN * (_products(lean[a], size[b]) + _products(size[a], lean[b])) + _products(self.own[a], self.own[b])
        alike: Floats = (self.habit[a] * self.habit[b]).sum(axis=1)
        return np.asarray(mean * np.maximum(alike, 1.0), np.float64)


def _products(one: Any, two: Any) -> Floats:
    return np.asarray(one.multiply(two).sum(axis=1), np.float64).ravel()


def interest(found: Runs, day: Codes, crowd: Ints, known: Tempo) -> Interest:
    """What each account does in each crowd, and when. ``crowd`` of each run, ``day`` of each act."""
    from scipy.sparse import csr_array, diags_array

    crowds, days = known.rate.shape
    accounts = accounts_in(found.acts)
    some = crowd >= 0
    pair = found.acts.account[some].astype(np.int64) * crowds + crowd[some]
    cell, number = np.unique(pair * days + day[found.place][some], return_counts=True)
    both, row = np.unique(cell // max(days, 1), return_inverse=True)
    account, of = both // crowds, both % crowds
    on, beside = cell % max(days, 1), number - 1.0  # witnesses: the other acts of the day
    size = np.bincount(row, weights=number) / (np.bincount(row, weights=beside) + OWN) if len(row) else np.empty(0)
    meets = known.rate * known.share
    lean = size * np.bincount(row, weights=beside * meets[of[row], on], minlength=len(both))
    own = size[row] * beside * np.sqrt(known.rate[of[row], on])
    twice = beside > 0
    return Interest(
        csr_array((size, (account, of)), shape=(accounts, crowds)),
        csr_array((lean, (account, of)), shape=(accounts, crowds)),
        csr_array(
            (own[twice], (account[row][twice], cell[twice] - both[row][twice] // crowds * crowds * days)), shape=(accounts, crowds * days)
        ),
        diags_array((meets * known.share).sum(axis=1)).tocsr(),
        _habits(found, accounts),
    )


def _habits(found: Runs, accounts: int) -> Floats:
    """Share of each account's acts in each part of the day over the root of everybody's, so that products of two rows are about 1."""
    parts = 24 // HOURS
    hour = found.acts.time // (HOURS * 3600 * SECOND) % parts
    everybody = np.bincount(hour, minlength=parts) / max(len(hour), 1)
    mine = np.bincount(found.acts.account.astype(np.int64) * parts + hour, minlength=accounts * parts).reshape(accounts, parts)
    share = (mine + HABIT * everybody) / (mine.sum(axis=1, keepdims=True) + HABIT)
    return np.asarray(share / np.sqrt(np.maximum(everybody, 1e-9)), np.float64)
