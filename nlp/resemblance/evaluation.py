"""Scores of a style with publishers held apart: F1, errors of each publisher, and intervals that draw publishers anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp.resemblance.labels import Labelled
from nlp.resemblance.style import DECIDED, Style, probability
from nlp.resemblance.training import Floats, Table, calibrated, of_sites

DRAWS = 1000
MEASURES = ("f1", "macro_f1", "auc", "decided", "decided_f1", "site_f1", "calibration_error")
"""What is measured: of single texts ``f1`` (listed side), ``macro_f1``, ``auc``, the share that is ``decided`` and its F1, the expected
calibration error; ``site_f1``: of texts judged with nine others of their site."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Texts with probabilities of models that did not know their publishers: by their words alone, and with their site's texts."""

    listed: npt.NDArray[np.bool_]
    publisher: npt.NDArray[np.str_]
    alone: Floats
    site: Floats


@dataclass(frozen=True, slots=True)
class Score:
    """A measure with the interval that holds 95 % of the draws."""

    measure: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Publisher:
    """Of one publisher: side, texts, the share that is decided wrongly or not at all, and the mean probability."""

    publisher: str
    listed: bool
    texts: int
    wrong: float
    abstained: float
    mean: float
    site: float


def judged(table: Table, scores: Floats) -> Judged:
    """Held-out scores as probabilities, each publisher's by a calibration that did not see it."""
    sites = of_sites(scores, table.publisher)
    alone, site = np.zeros(len(scores)), np.zeros(len(scores))
    for name in sorted(set(table.publisher.tolist())):
        own = table.publisher == name
        for source, target in ((scores, alone), (sites, site)):
            calibration = calibrated(source, table, ~own)
            target[own] = [probability(s, calibration) for s in source[own].tolist()]
    return Judged(table.listed, table.publisher, alone, site)


def measures(found: Judged, chosen: npt.NDArray[np.int64] | None = None) -> dict[str, float]:
    """All MEASURES of the chosen rows, or of all."""
    rows = np.arange(len(found.listed)) if chosen is None else chosen
    truth, p, site = found.listed[rows], found.alone[rows], found.site[rows]
    sure = (p >= DECIDED) | (p <= 1 - DECIDED)
    return {
        "f1": f1(truth, p >= 0.5),
        "macro_f1": (f1(truth, p >= 0.5) + f1(~truth, p < 0.5)) / 2,
        "auc": auc(truth, p),
        "decided": float(sure.mean()),
        "decided_f1": f1(truth[sure], p[sure] >= 0.5),
        "site_f1": f1(truth, site >= 0.5),
        "calibration_error": calibration_error(truth, p),
    }


def f1(truth: npt.NDArray[np.bool_], said: npt.NDArray[np.bool_]) -> float:
    """F1 of the true side; 0 where there is none."""
    both = float((truth & said).sum())
    total = float(truth.sum() + said.sum())
    return 2 * both / total if total else 0.0


def auc(truth: npt.NDArray[np.bool_], p: Floats) -> float:
    """The chance that a text of a listed outlet gets more than another one; one half where one side is missing."""
    from scipy.stats import rankdata

    positive = int(truth.sum())
    negative = len(truth) - positive
    if not positive or not negative:
        return 0.5
    return float((rankdata(p)[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def calibration_error(truth: npt.NDArray[np.bool_], p: Floats, bins: int = 10) -> float:
    """Expected calibration error over equal bins (Naeini, Cooper and Hauskrecht 2015), rows weighing the same."""
    cell = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(truth[cell == b].mean() - p[cell == b].mean()) * (cell == b).mean() for b in range(bins) if (cell == b).any()))


def intervals(found: Judged, draws: int = DRAWS, seed: int = 0) -> list[Score]:
    """Each measure with its 95 % interval: publishers of each side are drawn with replacement (cluster bootstrap, Field and Welsh 2007).

    With few publishers the intervals are wide, and rightly so: another outlet may write in another way.
    """
    rng = np.random.default_rng(seed)
    rows = {name: np.flatnonzero(found.publisher == name) for name in sorted(set(found.publisher.tolist()))}
    sides = [[n for n, own in rows.items() if found.listed[own[0]] == side] for side in (True, False)]
    drawn = [measures(found, np.concatenate([rows[side[i]] for side in sides for i in _draw(rng, side)])) for _ in range(draws)]
    whole = measures(found)
    return [Score(m, whole[m], *_range([d[m] for d in drawn], whole[m])) for m in MEASURES]


def _draw(rng: np.random.Generator, side: Sequence[str]) -> list[int]:
    return [int(i) for i in rng.integers(0, len(side), len(side))]


def _range(values: Sequence[float], whole: float) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975]) if values else (whole, whole)
    return float(low), float(high)


def per_publisher(found: Judged) -> list[Publisher]:
    """The errors of each publisher, the worst first."""
    rows = []
    for name in sorted(set(found.publisher.tolist())):
        own = found.publisher == name
        side, p = bool(found.listed[own][0]), found.alone[own]
        right: Callable[[Floats], Floats] = (lambda v: v) if side else (lambda v: 1 - v)
        wrong, unsure = float((right(p) <= 1 - DECIDED).mean()), float(((p > 1 - DECIDED) & (p < DECIDED)).mean())
        rows.append(Publisher(name, side, int(own.sum()), wrong, unsure, float(p.mean()), float(found.site[own].mean())))
    return sorted(rows, key=lambda r: (-r.wrong, r.publisher))


def as_dict(score: Score | Publisher) -> dict[str, Any]:
    """For the manifest and for machines, numbers rounded to four places."""
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(score).items()}


def by_model(style: Style, rows: Sequence[Labelled]) -> Judged:
    """Texts of publishers that the model has not seen, by the model as it is."""
    scores = np.array([style.score(r.text) for r in rows])
    publisher = np.array([r.publisher for r in rows])
    sites = of_sites(scores, publisher)
    alone, site = (np.array([probability(s, c) for s in v.tolist()]) for v, c in ((scores, style.alone), (sites, style.site)))
    return Judged(np.array([r.listed for r in rows]), publisher, alone, site)
