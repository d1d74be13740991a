"""Write the table of docs/quality.md from the floors and what was measured: ``python -m scripts.quality``.

``--check`` only looks: every group of floors has a result, every result keeps its floors, the page is true, and data that are here are
the data that were measured. ``--measure [AREA]…`` measures anew first (minutes; needs the shared data).
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.results import Group

PAGE = Path(__file__).resolve().parent.parent / "docs" / "quality.md"
BEGIN = "<!-- Written by `python -m scripts.quality` from benchmarks/floors.json and benchmarks/results.json; edits are overwritten. -->"
END = "<!-- end -->"


def table(floors: Mapping[str, Group], found: Mapping[str, Any]) -> str:
    """One row for each floor, by group."""
    rows = ["| what | measure | score | floor | data (fingerprint) | measured by |", "|---|---|---|---|---|---|"]
    for name, group in sorted(floors.items()):
        own = found.get(name, {})
        data = f"{own['data']} (`{own['fingerprint'][:12] or 'none'}`)" if own else "not recorded"
        for measure, floor in group.floors.items():
            score = own.get("scores", {}).get(measure)
            sign = "≤ " if results.ceiling(name, measure) else ""
            said = "" if score is None else f"{score:.3f}"
            rows.append(f"| {name} | {measure} | {said} | {sign}{floor:g} | {data} | {_code(own.get('command', ''))} |")
    return "\n".join(rows)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def page(text: str, rows: str) -> str:
    """The page with the table between its marks. Raises ValueError if the marks are gone."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no place for the table")
    return f"{head}{BEGIN}\n\n{rows}\n\n{END}{tail}"


def faults(floors: Mapping[str, Group], found: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with floors and results, one line each."""
    for name, group in sorted(floors.items()):
        own = found.get(name)
        if own is None:
            yield f"{name}: no result is recorded; see benchmarks/results.py"
            continue
        yield from _faults_of(name, group, own)
    yield from (f"{name}: a result without a floor" for name in sorted(found.keys() - floors.keys()))


def _faults_of(name: str, group: Group, own: Mapping[str, Any]) -> Iterator[str]:
    here = results.fingerprint(own["paths"])
    if here and here != own["fingerprint"]:
        yield f"{name}: the data here ({here[:12]}) are not those that were measured ({own['fingerprint'][:12]}); measure again"
    if not own["fingerprint"]:
        yield f"{name}: its data have no fingerprint"
    for measure, floor in group.floors.items():
        score = own["scores"].get(measure)
        if score is None:
            yield f"{name}: {measure} has a floor and no score"
        elif results.below(name, measure, score, floor):
            yield f"{name}: {measure} is {score:g}, its floor {floor:g}"


def main() -> int:
    """Write or check; 1 if something is wrong."""
    words = sys.argv[1:]
    if words[:1] == ["--measure"]:
        importlib.import_module("benchmarks.measures").measure(words[1:])  # not imported above: it needs every benchmark
    floors, found = results.floors(), results.results()
    text = PAGE.read_text("utf-8")
    fresh = page(text, table(floors, found))
    wrong = list(faults(floors, found))
    if words == ["--check"]:
        wrong += [] if fresh == text else ["docs/quality.md is not what the results say: run python -m scripts.quality"]
    else:
        PAGE.write_text(fresh, "utf-8")
    for line in wrong:
        print(line, file=sys.stderr)
    print("docs/quality.md: " + (f"{len(wrong)} faults" if wrong else f"{len(floors)} groups of floors, all kept"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
