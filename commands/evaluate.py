"""tocsin evaluate."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from commands import _labels
from commands._output import Reporter, json_option, lines
from commands._posts import mapping
from commands.train import trained
from models.errors import StopRun, UsageError
from models.safe import printable

FLOORS = Path(__file__).resolve().parent.parent / "benchmarks" / "floors.json"


@click.command()
@click.option("--labels", "file", type=click.Path(path_type=Path), help="Labelled texts to judge on, as for tocsin train.")
@click.option("--model", "path", type=click.Path(path_type=Path), help="The model file. Default: that of the workspace.")
@click.option("--floors", type=click.Path(path_type=Path), help="JSON file of floors. Default: benchmarks/floors.json, where it is.")
@_labels.options
@json_option
def command(file: Path | None, path: Path | None, floors: Path | None, as_json: bool, **how: Any) -> None:
    """Print how well a model tells listed outlets from others: scores with their intervals, the errors of each publisher, the floors.

    Without --labels: what the model says of itself. With --labels: a model is trained on them again and again, each time without one
    publisher, which it is then judged on. With both --labels and --model: that model on the publishers it has not seen. Intervals draw
    publishers anew, so few publishers make them wide. Exit code 1 below a floor; floors are found by the fingerprint of the data.

    \b
    Example:
      tocsin evaluate --labels articles.csv
    """
    data, languages = _found(file, path, how, Reporter(quiet=as_json))
    table = _floors(floors)
    low = []
    for code, about in languages.items():
        own = table.get((data, code), {})
        below = [s["measure"] for s in about["scores"] if s["measure"] in own and s["value"] < own[s["measure"]]]
        low += [f"{measure} ({code})" for measure in below]
        if as_json:
            lines([{"data": data, "language": code, "floors": own, "below": below} | about])
        else:
            print(f"{code}: {about['texts']:,} texts of {len(about['publishers'])} publishers; labels are of outlets (data {data})")
            _labels.score_table(about["scores"], own)
            _labels.publisher_table(about["errors"])
            print(
                "no floor is set for this data" if not own else "all floors kept" if not below else f"below the floor: {', '.join(below)}"
            )
    if low:
        raise StopRun(f"below the floor: {', '.join(low)}", where=str(file or path or "the model"))


def _found(file: Path | None, path: Path | None, how: dict[str, Any], progress: Reporter) -> tuple[str, Mapping[str, Any]]:
    """The fingerprint of the data, and by language texts, publishers, scores and errors."""
    if file is None:
        from nlp.resemblance.files import load

        manifest = load(path or _default()).manifest
        return str(manifest["data"]), manifest["languages"]
    rows, side = _labels.read(file, mapping(how["maps"]), how["listed"], how["language"])
    if path is not None:
        return _unseen(rows, path)
    made, lost = trained(rows, side, str(file), progress)
    for fault in lost:
        print(f"  left out  {printable(fault)}", file=sys.stderr)
    return str(made.manifest["data"]), made.manifest["languages"]


def _unseen(rows: list[Any], path: Path) -> tuple[str, Mapping[str, Any]]:
    """A model on publishers it has not seen. Raises StopRun if there are none."""
    from nlp.resemblance import evaluation, files, labels

    model = files.load(path)
    found = {}
    for code, own in labels.by_language(rows).items():
        style = model.styles.get(code)
        fresh = [r for r in own if style and r.publisher not in style.publishers]
        if style and fresh:
            judged = evaluation.by_model(style, fresh)
            found[code] = {
                "texts": len(fresh),
                "publishers": labels.publishers(fresh),
                "scores": [evaluation.as_dict(s) for s in evaluation.intervals(judged)],
                "errors": [evaluation.as_dict(p) for p in evaluation.per_publisher(judged)],
            }
    if not found:
        known = ", ".join(sorted(model.styles))
        raise StopRun("no text of a publisher that the model has not seen", where=str(path), hint=f"it knows the languages {known}")
    return labels.fingerprint(rows), found


def _default() -> Path:
    from models.workspace import find

    workspace = find()
    return workspace.root / str(workspace.settings["resemblance.style"])


def _floors(path: Path | None) -> dict[tuple[str, str], dict[str, float]]:
    """Floors of resemblance by data fingerprint and language. Raises UsageError for a file that was named and is none."""
    where = path or FLOORS
    if path is None and not where.is_file():
        return {}
    try:
        entries = json.loads(where.read_text("utf-8")).get("resemblance", {})
        return {
            (e["fingerprint"], e["language"]): {k: v for k, v in e.items() if isinstance(v, int | float)}
            for e in entries.values()
            if "language" in e
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"is no file of floors: {error}", where=str(where)) from None
