"""tocsin neardup."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from commands import _posts
from commands._output import Reporter, count, json_option, lines
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
@click.option("--map", "maps", multiple=True, metavar="NAME=COLUMN", help="Which column is which, as text=body; repeatable.")
@click.option(
    "--encoder", type=click.Path(path_type=Path, file_okay=False), help="Folder of a sentence encoder that looks for more; see nlp.encoder."
)
@json_option
def command(file: Path, output: Path, *, types: str, min_score: float, maps: tuple[str, ...], encoder: Path | None, as_json: bool) -> None:
    """Find near-duplicates among the texts of a CSV, NDJSON or Parquet file with the columns id, text and, if known, language.

    Writes one line for each pair: a, b (ids), type (copy, rewording, translation, fragment or template), score (0 to 1) and reason (the
    passage they share with its place in each text, and the words that weigh most). Translations are found best with the dictionaries of
    FreeDict installed (Debian: dict-freedict-fra-eng and others). With --encoder also pairs without common words are found, in any language
    it knows; read them with care: most that an English one told of posts were the same subject only. See docs/near-duplicates.md.

    \b
    Example:
      tocsin neardup posts.csv -o pairs.csv
      tocsin neardup posts.parquet -o pairs.csv --types copy,rewording --min-score 0.9
      tocsin neardup export.csv -o pairs.csv --map id=post_id --map text=body
    """
    wanted = _types(types)
    progress = Reporter(quiet=as_json)
    from exchange.texts import read_plain
    from models.settings import Settings, from_environment
    from nlp.neardup import Finder, Text

    rows, skipped, notes = read_plain(file, _posts.mapping(maps))
    _tell(skipped, () if as_json else notes)
    texts = [Text(*row) for row in rows]
    finder = Finder(progress=progress, workers=Settings(dict(from_environment(os.environ)))["nlp.workers"], encoded=_encoded(encoder))
    pairs = [pair for pair in finder.add(texts) if pair.kind in wanted and pair.score >= min_score]
    _write(output, pairs)
    if finder.lost and "translation" in wanted:
        print(f"  {printable(finder.lost)}", file=sys.stderr)
    counts = {kind: sum(pair.kind == kind for pair in pairs) for kind in TYPES if kind in wanted}
    if as_json:
        lines([{"file": str(file), "output": str(output), "texts": len(texts), "skipped": len(skipped), "pairs": len(pairs)} | counts])
    else:
        told = ", ".join(f"{number:,} {kind}" for kind, number in counts.items())
        sizes = f"{count(len(texts), 'text')}, {count(len(skipped), 'row')} skipped, {count(len(pairs), 'pair')}"
        print(f"{sizes} ({told}) in {printable(str(output))}")


def _encoded(folder: Path | None) -> Any:
    """The encoder of the user's own, ready to be asked. Raises UsageError if it cannot be used."""
    if folder is None:
        return None
    from nlp.encoder import Encoder
    from nlp.neardup.encoded import Encoded

    return Encoded(Encoder(folder).encode)


def _tell(skipped: Sequence[str], notes: Sequence[str]) -> None:
    for place in skipped[:SHOWN]:
        print(f"  skipped  {printable(place)}", file=sys.stderr)
    if len(skipped) > SHOWN:
        print(f"  skipped  {len(skipped) - SHOWN:,} more rows", file=sys.stderr)
    for note in notes:
        print(f"  {printable(note)}", file=sys.stderr)


def _types(text: str) -> frozenset[str]:
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    wrong = next((part for part in wanted if part not in TYPES), None)
    if wrong is not None or not wanted:
        raise UsageError(f"--types cannot be {wrong or text!r}", hint=nearest(wrong or "", TYPES) if wrong else "name at least one")
    return frozenset(wanted)


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
