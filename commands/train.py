"""tocsin train."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from commands import _labels
from commands._output import Reporter, json_option, lines
from commands._posts import mapping
from models.errors import UsageError
from models.safe import printable


@click.command()
@click.option("--labels", "file", required=True, type=click.Path(path_type=Path), help="CSV, NDJSON or Parquet file of labelled texts.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The model file. Default: style.npz in the workspace, or here.")
@_labels.options
@json_option
def command(file: Path, output: Path | None, as_json: bool, **how: Any) -> None:
    """Learn how listed outlets write, from texts with the columns text, label, publisher and language (and title, if there is one).

    Labels are of outlets. The model learns words that at least half of the publishers use, without their names; every publisher is judged
    by a model that never saw it, and these scores go into the file. It says what a text resembles, never whether it is right. One model
    for each language with two publishers or more of both labels. See docs/resemblance.md.

    \b
    Example:
      tocsin train --labels articles.csv --map publisher=outlet --listed doubted
    """
    rows, side = _labels.read(file, mapping(how["maps"]), how["listed"], how["language"])
    target = output or _default()
    if target.is_dir():
        raise UsageError("is a folder, not a file", where=str(target), hint="name the file: -o style.npz")
    from nlp.resemblance import files

    made, lost = trained(rows, side, str(file), Reporter(quiet=as_json))
    files.save(made, target)
    for fault in lost:
        print(f"  left out  {printable(fault)}", file=sys.stderr)
    if as_json:
        lines([{"model": str(target), "left_out": lost} | dict(made.manifest)])
        return
    for code, about in made.manifest["languages"].items():
        print(
            f"{code}: {about['texts']:,} texts of {len(about['publishers'])} publishers, {about['words']:,} words; publishers held apart:"
        )
        _labels.score_table(about["scores"], {})
    print(f"written to {printable(str(target))}; label learnt: {', '.join(map(printable, side))}")


def _default() -> Path:
    from models.workspace import find

    try:
        workspace = find()
    except UsageError:
        return Path("style.npz")
    return workspace.root / str(workspace.settings["resemblance.style"])


def trained(rows: list[Any], side: tuple[str, ...], where: str, progress: Reporter) -> tuple[Any, list[str]]:
    """A model of all languages that can be learnt, and what was left out."""
    from nlp.resemblance import evaluation, files, labels, training
    from nlp.resemblance.style import Model

    kept, lost = labels.usable(rows, where)
    styles, about = {}, {}
    for code, own in kept.items():
        style, table, scores = training.train(own, code, progress)
        judged = evaluation.judged(table, scores)
        styles[code] = style
        about[code] = {
            "texts": len(own),
            "words": len(style.vocabulary),
            "publishers": dict(style.publishers),
            "scores": [evaluation.as_dict(s) for s in evaluation.intervals(judged)],
            "errors": [evaluation.as_dict(p) for p in evaluation.per_publisher(judged)],
        }
    return Model(styles, files.manifest(labels.fingerprint(rows), about, side)), lost
