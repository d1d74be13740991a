"""Learning a style with scikit-learn, and judging every publisher by a model that never saw it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from models.protocols import Progress, silent
from nlp.resemblance.labels import Labelled, publishers
from nlp.resemblance.style import Style, pooled
from nlp.resemblance.words import outlet_names, words

LEAST_TEXTS = 4
"""Least texts that a word stands in to be learnt."""
SHARE = 0.5
"""Least share of the publishers that use a word: what few outlets say is their subject or their name, not the style of a side."""
STRENGTH = 3.0
"""Inverse of the L2 penalty of the logistic regression."""
NIGHT = 10
"""Texts of one site that are judged together."""
FOLDS = 15
"""Up to so many publishers each is left out alone; more are left out in so many groups."""

Floats = npt.NDArray[np.float64]


@dataclass
class Table:
    """Labelled texts of one language as counts: rows are texts, columns words."""

    counts: sparse.csr_matrix
    vocabulary: list[str]
    listed: npt.NDArray[np.bool_]
    publisher: npt.NDArray[np.str_]

    @classmethod
    def of(cls, rows: Sequence[Labelled]) -> Table:
        """The table of these rows; the publishers' own names are no words."""
        names = outlet_names(r.publisher for r in rows)
        bags = [Counter(w for w in words(r.text) if w not in names) for r in rows]
        frequency = Counter(w for bag in bags for w in bag)
        vocabulary = sorted(w for w, n in frequency.items() if n >= LEAST_TEXTS)
        column = {w: i for i, w in enumerate(vocabulary)}
        cells = [sorted((column[w], n) for w, n in bag.items() if w in column) for bag in bags]
        at = np.cumsum([0, *(len(row) for row in cells)])
        flat = np.array([pair for row in cells for pair in row], np.int64).reshape(-1, 2)
        counts = sparse.csr_matrix((flat[:, 1].astype(np.float64), flat[:, 0], at), shape=(len(rows), len(vocabulary)))
        return cls(counts, vocabulary, np.array([r.listed for r in rows]), np.array([r.publisher for r in rows]))

    def shared(self, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Columns of words that SHARE of the chosen rows' publishers use."""
        own = sorted(set(self.publisher[chosen].tolist()))
        used = np.zeros(len(self.vocabulary))
        for name in own:
            used += np.asarray((self.counts[chosen & (self.publisher == name)] > 0).sum(0)).ravel() > 0
        return np.flatnonzero(used >= max(2, SHARE * len(own)))

    def weights(self, chosen: npt.NDArray[np.bool_]) -> Floats:
        """Weights of the chosen rows: both sides weigh the same, and within a side each publisher."""
        listed, publisher = self.listed[chosen], self.publisher[chosen]
        found = np.zeros(len(listed))
        for side in (True, False):
            names, numbers = np.unique(publisher[listed == side], return_counts=True)
            size = dict(zip(names.tolist(), numbers.tolist(), strict=True))
            found[listed == side] = [len(listed) / (2 * len(names) * size[p]) for p in publisher[listed == side].tolist()]
        return found


def fit(table: Table, chosen: npt.NDArray[np.bool_], language: str) -> Style:
    """A logistic regression (scikit-learn, L2) on the chosen rows, not yet calibrated."""
    from sklearn.linear_model import LogisticRegression

    columns = table.shared(chosen)
    counts = table.counts[chosen][:, columns]
    frequency = np.asarray((counts > 0).sum(0)).ravel()
    idf = np.log((1 + counts.shape[0]) / (1 + frequency)) + 1
    model = LogisticRegression(C=STRENGTH, max_iter=300)
    model.fit(_rows(counts, idf), table.listed[chosen], sample_weight=table.weights(chosen))
    vocabulary = tuple(table.vocabulary[i] for i in columns.tolist())
    weights = np.asarray(model.coef_[0], np.float64)
    return Style(language, vocabulary, idf, weights, float(model.intercept_[0]), (1.0, 0.0), (1.0, 0.0))


def _rows(counts: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    """(1 + ln tf) idf, rows of unit length."""
    weighted = counts.copy()
    weighted.data = 1 + np.log(weighted.data)
    weighted = weighted @ sparse.diags(idf)
    norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(1)).ravel())
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(norms, 1e-12)) @ weighted)


def folds(table: Table) -> Iterator[npt.NDArray[np.bool_]]:
    """Rows held out, publisher by publisher; many publishers in FOLDS groups that hold both sides."""
    sides = {name: bool(side) for name, side in zip(table.publisher.tolist(), table.listed.tolist(), strict=True)}
    names = sorted(sides, key=lambda name: (sides[name], name))
    groups = [[name] for name in names] if len(names) <= FOLDS else [names[i::FOLDS] for i in range(FOLDS)]
    for group in groups:
        yield np.isin(table.publisher, group)


def held_out(table: Table, language: str, progress: Progress = silent) -> Floats:
    """The score of every row by a model that saw no text of its publisher."""
    scores = np.zeros(len(table.listed))
    for done, out in enumerate(folds(table), 1):
        style = fit(table, ~out, language)
        place = {word: i for i, word in enumerate(table.vocabulary)}
        columns = np.array([place[w] for w in style.vocabulary], np.int64)
        scores[out] = _rows(table.counts[out][:, columns], style.idf) @ style.weights + style.bias
        progress("train", folds=done)
    return scores


def of_sites(scores: Floats, publisher: npt.NDArray[np.str_]) -> Floats:
    """For each text the pooled score of NIGHT texts of its publisher, itself among them: what a night has of a site.

    Texts of a publisher are put together by chance (seed 0). See :func:`nlp.resemblance.style.pooled`.
    """
    found = np.zeros(len(scores))
    rng = np.random.default_rng(0)
    for name in sorted(set(publisher.tolist())):
        own = rng.permutation(np.flatnonzero(publisher == name))
        for begin in range(0, len(own), NIGHT):
            part = own[begin : begin + NIGHT]
            found[part] = pooled(scores[part].tolist())
    return found


def calibrated(scores: Floats, table: Table, chosen: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Platt's a and b on held-out scores of the chosen rows, both sides and all publishers of a side weighing the same."""
    from sklearn.linear_model import LogisticRegression

    model: Any = LogisticRegression(C=10.0)
    model.fit(scores[chosen].reshape(-1, 1), table.listed[chosen], sample_weight=table.weights(chosen))
    return max(0.0, float(model.coef_[0][0])), float(model.intercept_[0])


def train(rows: Sequence[Labelled], language: str, progress: Progress = silent) -> tuple[Style, Table, Floats]:
    """The style of one language's rows, calibrated on held-out scores, with these scores for the evaluation."""
    table = Table.of(rows)
    scores = held_out(table, language, progress)
    everything = np.ones(len(rows), bool)
    style = fit(table, everything, language)
    alone = calibrated(scores, table, everything)
    site = calibrated(of_sites(scores, table.publisher), table, everything)
    made = Style(language, style.vocabulary, style.idf, style.weights, style.bias, alone, site, publishers(rows))
    return made, table, scores
