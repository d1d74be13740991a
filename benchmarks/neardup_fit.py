"""Fit the models of nlp/neardup on development data and write nlp/neardup/model.toml.

    python benchmarks/neardup_fit.py [--write]

One half of the articles fits, the other shows what came of it; with --write both halves fit. Needs NTREX-128 (TOCSIN_SHARED), the FreeDict
dictionaries, and for Chinese, Japanese and Portuguese the GNOME manual in all languages (TOCSIN_HELP or /usr/share/help).
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import neardup_data as data  # noqa: E402  the checkout comes first

from nlp import dictionaries  # noqa: E402
from nlp.neardup import candidates, collection, model, pivot, reading, support, translation  # noqa: E402

THRESHOLDS = {"alike": 0.5, "alike_support": 0.7, "translated": 0.9, "translated_support": 0.9, "translated_trees": 0.85}


class Set:
    """One collection: its candidate pairs, their features, whether each is true, and how many true ones there are."""

    def __init__(self, made: data.Data, kind: str) -> None:
        self.size, self.data = len(made.texts), made
        self.left, self.right, self.features = getattr(self, f"_{kind}")(made)
        kinds = {"mono": {"copy", "rewording"}, "cross": {"translation"}}[kind]
        self.kinds = np.array([made.truth.get((int(a), int(b)), "") for a, b in zip(self.left, self.right, strict=True)])
        self.truth = np.isin(self.kinds, sorted(kinds))
        self.total = sum(k in kinds for k in made.truth.values())
        self.base = self.features

    def _mono(self, made: data.Data) -> tuple[Any, Any, Any]:
        gathered = collection.Collection(reading.read(made.texts, made.languages))
        left, right = candidates.pairs(gathered)
        same = np.array([made.languages[i] == made.languages[j] for i, j in zip(left, right, strict=True)])
        left, right = left[same], right[same]
        features = gathered.features(left, right)
        features[:, 0] = gathered.cosines(left, right)
        return left, right, features

    def _cross(self, made: data.Data) -> tuple[Any, Any, Any]:
        where = pivot.space(reading.read(made.texts, made.languages), dictionaries.load())
        codes = np.unique(made.languages, return_inverse=True)[1].astype(np.int32)
        left, right = translation.candidates(where, codes)
        return left, right, translation.features(where, codes, left, right)

    def supported(self, fitted: Any) -> None:
        """Add what the neighbourhood says by the shares of ``fitted``."""
        shares = fitted.predict_proba(self.features)[:, 1].astype(np.float32)
        self.features = np.hstack([self.base, support.support(self.left, self.right, shares, self.size)])


class Bounded:
    """A logistic regression (L2, C = 1 on scaled features) in which resemblance never counts against a pair.

    Cosines and shares of one thing say nearly the same; without bounds their weights cancel out and mean nothing on longer texts.
    """

    def __init__(self, features: Any, truth: Any, risen: list[int]) -> None:
        from scipy.optimize import minimize

        self.mean, self.scale = features.mean(axis=0, dtype=float), np.maximum(features.std(axis=0, dtype=float), 1e-9)
        x, y = (features - self.mean) / self.scale, np.where(truth, 1.0, -1.0)

        def loss(w: Any) -> tuple[float, Any]:
            margin = y * (x @ w[:-1] + w[-1])
            pull = -y / (1 + np.exp(np.clip(margin, -60, 60)))
            gradient = np.append(x.T @ pull + w[:-1], pull.sum())
            return float(np.logaddexp(0, -margin).sum() + 0.5 * (w[:-1] ** 2).sum()), gradient

        bounds = [(0, None) if i in risen else (None, None) for i in range(x.shape[1])] + [(None, None)]
        found = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 2000})
        self.weights = found.x[:-1] / self.scale
        self.constant = float(found.x[-1] - (self.weights * self.mean).sum())

    def predict_proba(self, features: Any) -> Any:
        share = 1 / (1 + np.exp(-np.clip(features @ self.weights + self.constant, -60, 60)))
        return np.stack([1 - share, share], axis=1)


RISEN = {"alike": (0, 1, 2, 3, 4, 7, 8, 9, 10), "translated": (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 20, 21, 22, 23)}
"""Features that may only count for a pair."""


def logistic(sets: list[Set], kind: str) -> Bounded:
    features, truth = np.concatenate([s.features for s in sets]), np.concatenate([s.truth for s in sets])
    return Bounded(features, truth, [i for i in RISEN[kind] if i < features.shape[1]])


def boosted(sets: list[Set]) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    fitted = HistGradientBoostingClassifier(
        max_iter=90, learning_rate=0.12, max_leaf_nodes=9, min_samples_leaf=60, l2_regularization=2, random_state=0, early_stopping=False
    )
    return fitted.fit(np.concatenate([s.features for s in sets]), np.concatenate([s.truth for s in sets]))


def report(name: str, fitted: Any, sets: list[Set]) -> None:
    shares = np.concatenate([fitted.predict_proba(s.features)[:, 1] for s in sets])
    truth, total = np.concatenate([s.truth for s in sets]), sum(s.total for s in sets)
    kinds = np.concatenate([s.kinds for s in sets])
    for threshold in (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99):
        taken = shares >= threshold
        right = int((taken & truth).sum())
        p, r = right / max(int(taken.sum()), 1), right / total
        each = {k: int((taken & (kinds == k)).sum()) for k in ("copy", "rewording") if (kinds == k).any()}
        print(f"{name:<22} {threshold:.2f}  P {p:.4f}  R {r:.4f}  F1 {2 * p * r / (p + r):.4f}  false {int((taken & ~truth).sum())} {each}")


def told(name: str, fitted: Bounded, names: tuple[str, ...]) -> str:
    """A logistic regression as TOML."""
    return "\n".join((
        f"[model.{name}]", f"features = {list(names)}".replace("'", '"'), f"weights = {[round(float(w), 5) for w in fitted.weights]}",
        f"constant = {fitted.constant:.5f}", f"threshold = {THRESHOLDS[name]}", "",
    ))  # fmt: skip


def told_trees(name: str, fitted: Any, names: tuple[str, ...]) -> str:
    roots, feature, cut, left, right = [], [], [], [], []
    for (tree,) in fitted._predictors:  # noqa: SLF001  there is no public way to the nodes
        first = len(feature)
        roots.append(first)
        for node in tree.nodes:
            feature.append(-1 if node["is_leaf"] else int(node["feature_idx"]))
            cut.append(float(f"{node['value'] if node['is_leaf'] else node['num_threshold']:.6g}"))
            left.append(first + int(node["left"]))
            right.append(first + int(node["right"]))
    return "\n".join((
        f"[model.{name}]", f"features = {list(names)}".replace("'", '"'), f"roots = {roots}", f"feature = {feature}", f"cut = {cut}",
        f"left = {left}", f"right = {right}", f"constant = {float(fitted._baseline_prediction.item()):.6f}",  # noqa: SLF001
        f"threshold = {THRESHOLDS[name]}", "",
    ))  # fmt: skip


def fitted_models(mono: list[Set], cross: list[Set], tests: dict[str, list[Set]]) -> str:
    """Fit stage after stage, show each on ``tests``, and give all as TOML."""
    parts = []
    for kind, sets, names in (("alike", mono, model.ALIKE), ("translated", cross, translation.FEATURES)):
        first = logistic(sets, kind)
        parts.append(told(kind, first, names))
        shown = {k: v for k, v in tests.items() if k.startswith(kind)}
        for label, held in shown.items():
            report(label, first, held)
        both = sets + [s for held in shown.values() for s in held if s not in sets]
        for s in both:
            s.supported(first)
        second = logistic(sets, kind)
        parts.append(told(f"{kind}_support", second, names + support.FEATURES))
        for label, held in shown.items():
            report(label + " +", second, held)
        if kind == "translated":
            for s in both:
                s.supported(second)
            third = boosted(sets)
            parts.append(told_trees("translated_trees", third, names + support.FEATURES))
            for label, held in shown.items():
                report(label + " trees", third, held)
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    halves = (0, 1) if write else (0,)
    mono = [Set(data.build(part, seed), "mono") for part in halves for seed in (1, 2, 3)]
    cross = [Set(data.translations(part, seed, source), "cross") for part in halves for source in ("ntrex", "manual") for seed in (1, 2, 3)]
    tests = {"alike": [Set(data.build(1, seed), "mono") for seed in (4, 5)]}
    tests |= {f"translated {s}": [Set(data.translations(1, seed, s), "cross") for seed in (4,)] for s in ("ntrex", "manual")}
    text = fitted_models(mono, cross, {} if write else tests)
    if write:
        mark = hashlib.sha256("\n".join(t for s in mono + cross for t in s.data.texts).encode()).hexdigest()[:16]
        head = (
            "# Fitted by benchmarks/neardup_fit.py; see docs/near-duplicates.md. Not to be edited by hand.\n"
            f"version = {model.VERSION}\n"
            'data = "NTREX-128 (CC BY-SA 4.0) and GNOME user manual (CC BY-SA 3.0), edited and reworded by rule"\n'
            f'data_sha256 = "{mark}"\npairs = {sum(len(s.truth) for s in mono + cross)}\n\n'
        )
        model.FILE.write_text(head + text, "utf-8")


if __name__ == "__main__":
    main()
