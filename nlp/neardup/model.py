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

FILE = Path(__file__).parent / "model.toml"
VERSION = 1
"""Of the features; a file fitted on others is refused."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression and the share from which on a pair is taken."""

    names: tuple[str, ...]
    weights: Floats
    constant: float
    threshold: float

    def shares(self, features: Floats) -> Floats:
        """The probability of each row of ``features``."""
        linear = features.astype(np.float64) @ self.weights.astype(np.float64) + self.constant
        return np.asarray(1 / (1 + np.exp(-np.clip(linear, -60, 60))), np.float32)


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
    return model


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
