"""More pairs than memory holds: those that chance explains anyway are let go as they are counted.

On the evening of an election ten thousands of accounts share the same few hashtags within the hour, and every two of them are a pair:
a thousand million of them. An edge needs q <= .05, so p far below; a partner that says much of an account
needs p well below .1 too.
From ``MANY`` pairs on, those with p above ``LIKELY`` in the first null model are counted, but not kept. What can change thereby: the pairs
that are called are taken out of what chance does and the rest is asked again (``looks.examine``), and a pair that went is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from coordination.acts import Codes, Flags, Ints
from coordination.counting import Counts
from coordination.null import activity, expected, tail
from coordination.rates import of_days
from coordination.runs import Runs

MANY = 20_000_000
"""Pairs that are kept whatever they are: some 3 GB with all that is asked of them."""
LIKELY = 0.1
"""p in the first null model above which a pair goes, where there are more."""
AT_ONCE = 1_000_000

Telling = Callable[[Ints, Ints, Ints], Flags]


def telling(found: Runs, day: Codes) -> Telling:
    """A function that says of pairs (codes a and b, weight) which of them chance does not explain: p of at most ``LIKELY``.

    ``day`` of each act.
    """
    active, rate = activity(found, day), of_days(found, day)

    def tell(a: Ints, b: Ints, weight: Ints) -> Flags:
        return np.asarray(tail(weight, expected(active, rate, a, b)) <= LIKELY)

    return tell


@dataclass
class Sieve:
    """Parts of a count, whole while there are fewer than ``many`` pairs in all, else only what ``tell`` says. Threads may add.

    The result depends on the number of pairs alone, not on the order of the parts.
    """

    tell: Callable[[], Telling]
    many: int = MANY
    passed: int = 0
    _pairs: int = 0
    _telling: Telling | None = None
    _waiting: list[list[Any]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, part: Sequence[Any]) -> list[Any]:
        """A part (accounts a and b, weight) as it is kept: a list, whose contents may be replaced later by fewer."""
        kept = list(part)
        with self._lock:
            self._pairs += len(part[0])
            if self._telling is None and self._pairs <= self.many:
                self._waiting.append(kept)
                return kept
            if self._telling is None:
                self._telling = self.tell()
            waiting, self._waiting = self._waiting, []
        for some in (*waiting, kept):
            self._sift(some)
        return kept

    def _sift(self, part: list[Any]) -> None:
        assert self._telling is not None
        a, b, weight = part
        pieces = [slice(k, k + AT_ONCE) for k in range(0, len(a), AT_ONCE)]
        told = [self._telling(*(x[s].astype(np.int64) for x in (a, b, weight))) for s in pieces]
        keep = np.concatenate([np.zeros(0, bool), *told])
        part[:] = a[keep], b[keep], weight[keep]
        with self._lock:
            self.passed += len(keep) - int(keep.sum())


def sifted(counts: Counts, tell: Callable[[], Telling], many: int = MANY) -> Counts:
    """Counts as a sieve leaves them, whoever counted; those that went through one already stay as they are."""
    if counts.passed or len(counts) <= many:
        return counts
    sieve = Sieve(tell, many)
    a, b, weight = sieve.add((counts.a, counts.b, counts.weight))
    return Counts(a, b, weight, counts.slots, sieve.passed)
