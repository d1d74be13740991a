"""The narrative grows faster than its own past and the volume of the night explain."""

from __future__ import annotations

from models.records import Reason
from nlp.reasons._case import Case, capped, count, daily, small

LEAST_DAYS = 3
LEAST_DOCUMENTS = 5
P = 0.001
INNOCENT = (
    "something happened: a debate, a ruling, a result",
    "a source that could not be read before is read again",
)


def reason(case: Case) -> Reason | None:
    """Tonight's documents against a negative binomial with the past days' mean and spread (p below P); None without LEAST_DAYS of past."""
    everything = case.night.volume
    own = daily(case.telling, case.night.when, len(everything) - 1)
    age = max((i for i, n in enumerate(own) if n), default=0)
    if age < LEAST_DAYS or own[0] < LEAST_DOCUMENTS:
        return None
    past = [(own[i], everything[i]) for i in range(1, age + 1) if everything[i]]
    expected, tail = burst(own[0], everything[0], past)
    if tail >= P or own[0] <= expected:
        return None
    numbers = {"documents": own[0], "expected": expected, "days": len(past), "p": tail}
    sentence = (
        f"{count(own[0], 'document')} in the last 24 hours; the {count(len(past), 'day')} before and tonight's volume let one expect "
        f"{expected:.1f} (negative binomial, p {small(tail)}){case.against}"
    )
    fresh = [d.id for d in case.telling if (case.night.when - d.time).total_seconds() < 86_400]
    return Reason(kind="growth", sentence=sentence, numbers=numbers, evidence=capped(fresh), innocent=INNOCENT)


def burst(now: int, volume: int, past: list[tuple[int, int]]) -> tuple[float, float]:
    """Expected count and the chance of ``now`` or more: a negative binomial whose mean is the past rate times tonight's volume.

    Farrington's test for outbreaks (Farrington, Andrews, Beale and Catchpole 1996, "A statistical algorithm for the early detection of
    outbreaks of infectious disease") in the negative binomial form of Noufaily et al. 2013 ("An improved algorithm for outbreak
    detection in multiple surveillance systems"), with the volume of each day as offset, and without their trend and season, for which
    two weeks are too short.

    ``past``: (own, all) documents of each day. The spread is the moment estimate over the days, never below Poisson's; one document is
    added to the past, so that a narrative of silent days has a rate.
    """
    from scipy.stats import nbinom, poisson

    rate = (sum(own for own, _ in past) + 1) / max(1, sum(total for _, total in past))
    mean = rate * volume
    excess = sum((own - rate * total) ** 2 - rate * total for own, total in past)
    scale = sum((rate * total) ** 2 for _, total in past)
    dispersion = max(0.0, excess / scale) if scale else 0.0
    if dispersion < 1e-6:
        return mean, float(poisson.sf(now - 1, mean))
    size = 1 / dispersion
    return mean, float(nbinom.sf(now - 1, size, size / (size + mean)))
