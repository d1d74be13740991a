"""What was measured, beside the floors: ``results.json`` holds for each group of floors the data, its fingerprint, the command, the scores.

``benchmarks/measures.py`` measures and records; ``python -m scripts.quality`` makes the table of docs/quality.md of it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from models.records import digest  # noqa: E402  the folder must be on the path first

FLOORS, RESULTS = ROOT / "benchmarks" / "floors.json", ROOT / "benchmarks" / "results.json"


@dataclass(frozen=True, slots=True)
class Group:
    """Floors that are measured together. ``name``: their path in floors.json, as ``extraction/fundus``."""

    name: str
    floors: Mapping[str, float]


def shared() -> Path:
    """The folder of shared data, there or not."""
    return Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared")) / "data"


def ceiling(group: str, measure: str) -> bool:
    """Is the floor of a measure a ceiling? Errors and what is named "at most" must not be higher, everything else not lower."""
    return measure.endswith("error") or "at most" in f"{group}/{measure}".replace("_", " ")


def below(group: str, measure: str, score: float, floor: float) -> bool:
    """Is a score worse than its floor?"""
    return score > floor if ceiling(group, measure) else score < floor


def groups(floors: Mapping[str, Any], name: str = "") -> Iterator[Group]:
    """All groups of floors: every table with a number in it. Texts beside the numbers are notes."""
    own = {k: float(v) for k, v in floors.items() if isinstance(v, int | float)}
    if own:
        yield Group(name, own)
    for key, value in floors.items():
        if isinstance(value, dict):
            yield from groups(value, f"{name}/{key}".lstrip("/"))


def floors() -> dict[str, Group]:
    """The groups of floors.json by name."""
    return {g.name: g for g in groups(json.loads(FLOORS.read_text("utf-8")))}


def results() -> dict[str, Any]:
    """What is recorded, by group."""
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
    return found


def fingerprint(paths: Iterable[str]) -> str:
    """32 hexadecimal characters of files and folders; "" if one is missing.

    They are named under the shared data or, with ``project:`` before, in the project.
    """
    parts = []
    for name in sorted(paths):
        base = ROOT / name.removeprefix("project:") if name.startswith("project:") else shared() / name
        files = sorted(p for p in base.rglob("*") if p.is_file() and "__pycache__" not in p.parts) if base.is_dir() else [base]
        if not files or not all(p.is_file() for p in files):
            return ""
        parts += [digest(name, str(p.relative_to(base)) if base.is_dir() else "", p.read_bytes().hex()) for p in files]
    return digest(*parts)


def record(group: str, scores: Mapping[str, float], *, data: str, paths: Iterable[str], command: str) -> None:
    """Keep what a group scored on which data, over what was recorded before."""
    chosen = sorted(paths)
    kept = {
        "data": data,
        "paths": chosen,
        "fingerprint": fingerprint(chosen),
        "command": command,
        "scores": {k: round(float(v), 4) for k, v in scores.items()},
    }
    found = results() | {group: kept}
    part = RESULTS.with_suffix(".part")
    part.write_text(json.dumps(dict(sorted(found.items())), ensure_ascii=False, indent=1) + "\n", "utf-8")
    part.replace(RESULTS)


def kept(name: str, scores: Mapping[str, float]) -> int:
    """Print which floors of a group the scores are below; 1 if there are some, else 0: a script's exit code."""
    group = floors().get(name)
    low = [measure for measure, floor in (group.floors if group else {}).items() if below(name, measure, scores[measure], floor)]
    print(f"below the floor: {', '.join(low)}" if low else "all floors kept")
    return 1 if low else 0
