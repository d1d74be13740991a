"""The fitted numbers: logistic regressions as plain TOML with a manifest of how they came about."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import StopRun
from nlp.neardup.compiled import compiled, spread

FILE = Path(__file__).parent / "model.toml"
VERSION = 1
"""Of the features; a file fitted on others is refused."""

ALIKE = ("char_cosine", "stem_cosine", "contain_min", "contain_max", "rarest_three", "length_ratio", "log_length")
"""The features of a pair in one language (:func:`nlp.neardup.kernels.features`)."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression and the share from which on a pair is taken."""

    names: tuple[str, ...]
    weights: Floats
    constant: float
    threshold: float

    def shares(self, *features: Floats) -> Floats:
        """The probability of each row of ``features``, whose columns may come in several arrays."""
        parts = spread(lambda low, high: self._linear([part[low:high] for part in features]), len(features[0]), 20_000)
        return np.concatenate(parts)

    def _linear(self, features: list[Floats]) -> Floats:
        linear = np.hstack(features).astype(np.float64) @ self.weights.astype(np.float64) + self.constant
        return np.asarray(1 / (1 + np.exp(-np.clip(linear, -60, 60))), np.float32)


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted regression trees over logits, all in one list of nodes; a leaf's feature is -1 and its cut is its value."""

    names: tuple[str, ...]
    roots: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int32]
    cut: npt.NDArray[np.float64]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    constant: float
    threshold: float

    def shares(self, features: Floats) -> Floats:
        """The probability of each row of ``features``."""
        nodes = (self.roots, self.feature, self.cut, self.left, self.right, self.constant)
        linear = np.concatenate(spread(lambda low, high: _grown(features[low:high], *nodes), len(features)))
        return np.asarray(1 / (1 + np.exp(-np.clip(linear, -60, 60))), np.float32)


@compiled
def _grown(features, roots, feature, cut, left, right, constant):  # type: ignore[no-untyped-def]  # noqa: PLR0917  compiled
    out = np.full(len(features), constant, np.float64)
    for i in range(len(features)):
        for root in roots:
            node = root
            while feature[node] >= 0:
                node = left[node] if features[i, feature[node]] <= cut[node] else right[node]
            out[i] += cut[node]
    return out


@lru_cache(maxsize=2)
def trees(name: str) -> Trees:
    """The trees ``name`` of the file. Raises StopRun for a file of another version or with parts missing."""
    part = manifest()["model"].get(name)
    try:
        whole = [np.array(part[key], np.int32) for key in ("roots", "feature", "left", "right")]
        roots, feature, left, right = whole
        model = Trees(tuple(part["features"]), roots, feature, np.array(part["cut"], np.float64), left, right,
                      float(part["constant"]), float(part["threshold"]))  # fmt: skip
    except (KeyError, TypeError, ValueError):
        raise StopRun(f"the model {name!r} is incomplete", where=str(FILE), hint="install Tocsin again") from None
    if len({len(feature), len(model.cut), len(left), len(right)}) > 1:
        raise StopRun(f"the model {name!r} has parts of different lengths", where=str(FILE), hint="install Tocsin again")
    _expect(name, model.names)
    return model


@lru_cache(maxsize=8)
def load(name: str) -> Logistic:
    """The model ``name`` of the file. Raises StopRun for a file of another version or with parts missing."""
    part = manifest()["model"].get(name)
    try:
        names = tuple(part["features"])
        model = Logistic(names, np.array(part["weights"], np.float32), float(part["constant"]), float(part["threshold"]))
    except (KeyError, TypeError, ValueError):
        raise StopRun(f"the model {name!r} is incomplete", where=str(FILE), hint="install Tocsin again") from None
    if len(model.weights) != len(names):
        raise StopRun(f"the model {name!r} has {len(model.weights)} weights for {len(names)} features", where=str(FILE))
    _expect(name, names)
    return model


def _expect(name: str, names: tuple[str, ...]) -> None:
    """Refuse a model of other features than those that are counted here."""
    from nlp.neardup import support, translation

    wanted = (ALIKE if name.startswith("alike") else translation.FEATURES) + (() if name in {"alike", "translated"} else support.FEATURES)
    if names != wanted:
        odd = next((n for n in (*names, *wanted) if (n in names) != (n in wanted)), "their order")
        raise StopRun(f"the model {name!r} was fitted on other features ({odd})", where=str(FILE), hint="install Tocsin again")


@lru_cache(maxsize=1)
def manifest() -> dict[str, Any]:
    """The whole file. Raises StopRun if it is damaged or of another version of the features."""
    try:
        data = tomllib.loads(FILE.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StopRun(f"cannot be read: {error}", where=str(FILE), hint="install Tocsin again") from None
    if data.get("version") != VERSION:
        raise StopRun(f"was fitted for version {data.get('version')} of the features, this is {VERSION}", where=str(FILE))
    return data
