"""Traces, windows and thresholds as published, one TOML file per paper or tool: the file's name is the preset's."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from models.errors import UsageError
from models.registry import nearest

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What a paper looked at. ``differs`` says what of its method is not the same here."""

    name: str
    source: str
    traces: tuple[str, ...]
    windows: tuple[float, ...]
    convention: str = "tocsin"
    min_participation: int = 1
    min_weight: int = 2
    edge_weight: float = 0.5
    differs: str = ""


def names() -> list[str]:
    """Names of the presets, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Preset:
    """A preset by name. Raises UsageError that lists the known ones."""
    if name not in names():
        raise UsageError(f"unknown preset {name!r}", hint=nearest(name, names()))
    values = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    traces, windows = tuple(values.pop("traces")), tuple(float(w) for w in values.pop("windows"))
    return Preset(name=name, traces=traces, windows=windows, **values)
