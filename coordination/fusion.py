"""Several looks (traces and windows) at one pair or account, made into one p.

Harmonic mean p (Wilson 2019) with the factor e * ln(L) of Vovk and Wang 2020, which holds whatever the dependence between the L looks;
windows of one trace depend on each other by construction. A look that saw nothing counts as p = 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import e, log

import numpy as np

from coordination.acts import Floats, Ints
from coordination.null import Judged, false_discovery

SMALLEST = 1e-300


def factor(looks: int) -> float:
    """What the harmonic mean of so many p must be multiplied with."""
    return e * log(looks) if looks > 1 else 1.0


def harmonic(reciprocals: Floats, looks: int) -> Floats:
    """One p from the sum of the reciprocals of ``looks`` p, those of looks that saw nothing (p = 1) included."""
    return np.minimum(factor(looks) * looks / reciprocals, 1.0)


@dataclass(frozen=True, slots=True)
class Fused:
    """Pairs of accounts seen in any look: codes, one p and q; ``seen[k]`` are the positions of the pairs of look k among these."""

    a: Ints
    b: Ints
    p: Floats
    q: Floats
    seen: tuple[Ints, ...]
    tests: int


def fuse(looks: Sequence[Judged], accounts: int) -> Fused:
    """One q for each pair over all looks; tests are the pairs that could have met in any of them (counted from above)."""
    keys = [judged.counts.a * accounts + judged.counts.b for judged in looks]
    pair = np.unique(np.concatenate([np.empty(0, np.int64), *keys]))
    seen = tuple(np.searchsorted(pair, key) for key in keys)
    reciprocals = np.full(len(pair), float(len(looks)))
    for place, judged in zip(seen, looks, strict=True):
        reciprocals[place] += 1.0 / np.maximum(judged.p, SMALLEST) - 1.0
    p = harmonic(reciprocals, len(looks))
    tests = max(min(sum(judged.tests for judged in looks), accounts * (accounts - 1) // 2), len(pair))
    return Fused(pair // max(accounts, 1), pair % max(accounts, 1), p, false_discovery(p, tests), seen, tests)
