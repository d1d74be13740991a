"""tocsin neardup."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from commands._output import Reporter, json_option, lines
from models.errors import StopRun, UsageError
from models.registry import nearest
from models.safe import printable

SHOWN = 10
TYPES = ("copy", "rewording", "translation", "fragment", "template")


@click.command(name="neardup")
@click.argument("file", metavar="INPUT", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="CSV file the pairs are written to.")
@click.option("--types", default=",".join(TYPES), show_default=True, help="Which types of pairs are written, separated by commas.")
@click.option("--min-score", type=click.FloatRange(0, 1), default=0.0, help="Least score of a pair that is written, 0 to 1.")
@json_option
def command(file: Path, output: Path, types: str, min_score: float, as_json: bool) -> None:
    """Find near-duplicates among the texts of a CSV, NDJSON or Parquet file with the columns id, text and, if known, language.

    Writes one line for each pair: a, b (ids), type (copy, rewording, translation, fragment or template), score (0 to 1) and reason (the
    passage they share with its place in each text, and the words that weigh most). Translations are found best with the dictionaries of
    FreeDict installed (Debian: dict-freedict-fra-eng and others). See docs/near-duplicates.md.

    \b
    Example:
      tocsin neardup posts.csv -o pairs.csv
      tocsin neardup posts.parquet -o pairs.csv --types copy,rewording --min-score 0.9
    """
    wanted = _types(types)
    progress = Reporter(quiet=as_json)
    texts, skipped = _read(file)
    for place in skipped[:SHOWN]:
        print(f"  skipped  {printable(place)}", file=sys.stderr)
    if len(skipped) > SHOWN:
        print(f"  skipped  {len(skipped) - SHOWN:,} more rows", file=sys.stderr)
    from models.settings import Settings, from_environment
    from nlp.neardup import Finder

    finder = Finder(progress=progress, workers=Settings(dict(from_environment(os.environ)))["nlp.workers"])
    pairs = [pair for pair in finder.add(texts) if pair.kind in wanted and pair.score >= min_score]
    _write(output, pairs)
    if finder.lost and "translation" in wanted:
        print(f"  {printable(finder.lost)}", file=sys.stderr)
    counts = {kind: sum(pair.kind == kind for pair in pairs) for kind in TYPES if kind in wanted}
    if as_json:
        lines([{"file": str(file), "output": str(output), "texts": len(texts), "skipped": len(skipped), "pairs": len(pairs)} | counts])
    else:
        told = ", ".join(f"{number:,} {kind}" for kind, number in counts.items())
        print(f"{len(texts):,} texts, {len(skipped):,} rows skipped, {len(pairs):,} pairs ({told}) in {printable(str(output))}")


def _types(text: str) -> frozenset[str]:
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    wrong = next((part for part in wanted if part not in TYPES), None)
    if wrong is not None or not wanted:
        raise UsageError(f"--types cannot be {wrong or text!r}", hint=nearest(wrong or "", TYPES) if wrong else "name at least one")
    return frozenset(wanted)


def _read(path: Path) -> tuple[list[Any], list[str]]:
    """The texts of a file, and where rows are that are none. Raises UsageError for missing columns, StopRun if no row is left."""
    from exchange.sniffing import opened
    from nlp.neardup import Text

    source = opened(path)
    missing = [name for name in ("id", "text") if name not in source.names]
    if missing:
        has = ", ".join(printable(name) for name in source.names[:20])
        raise UsageError(f"there is no column {missing[0]!r} (there are: {has})", where=str(path), hint="rename a column to it")
    named = [name for name in ("id", "text", "language") if name in source.names]
    columns = source.columns(named)
    ids, texts = (_strings(columns.values[name]) for name in ("id", "text"))
    languages = _strings(columns.values["language"]) if "language" in named else [""] * len(ids)
    kept: list[Any] = []
    bad: list[tuple[int, str]] = []
    seen: set[str] = set()
    rows = columns.rows.to_pylist()
    for row, key, text, language in zip(rows, ids, texts, languages, strict=True):
        if not key or key in seen:
            bad.append((row, f"the id {key[:40]!r} is there twice" if key else "no id"))
            continue
        seen.add(key)
        kept.append(Text(key, text, language))
    places = source.places([row for row, _ in bad])
    skipped = [str(problem) for problem in columns.skipped]
    skipped += [f"{place}: {fault}" for place, (_, fault) in zip(places, bad, strict=True)]
    if not kept:
        raise StopRun("no row could be used", where=str(path), hint=skipped[0] if skipped else "it has a header and nothing else")
    return kept, skipped


def _strings(column: Any) -> list[str]:
    import pyarrow as pa

    return ["" if value is None else value for value in column.cast(pa.string()).to_pylist()]


def _write(path: Path, pairs: list[Any]) -> None:
    """The pairs as CSV, under another name until all is written. Raises StopRun if the folder or the disk does not take it."""
    import csv

    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(("a", "b", "type", "score", "reason"))
            writer.writerows((p.a, p.b, p.kind, f"{p.score:.3f}", p.reason) for p in pairs)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StopRun(f"cannot be written: {error.strerror}", where=str(path), hint="choose a folder that is there and yours") from None
