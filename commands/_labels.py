"""What ``tocsin train`` and ``tocsin evaluate`` share: reading labelled texts from any table, and showing scores."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from commands._output import table
from models.errors import StopRun, UsageError
from models.safe import printable

SHOWN = 10
COLUMNS = ("text", "label", "publisher", "language")
LISTED = ("listed", "fake", "doubted", "unreliable", "true", "1", "yes")
"""Labels taken for the learnt side where ``--listed`` does not name one."""


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--map, --listed and --language."""
    for option in (
        click.option("--language", default="", help="Language of the texts, where the file has no such column; as de."),
        click.option("--listed", "listed", multiple=True, metavar="LABEL", help="Label of the outlets to be learnt; repeatable."),
        click.option("--map", "maps", multiple=True, metavar="NAME=COLUMN", help="Which column is which, as publisher=source; repeatable."),
    ):
        command = option(command)
    return command


def read(path: Path, mapping: Mapping[str, str], listed: Sequence[str], language: str) -> tuple[list[Any], tuple[str, ...]]:
    """Labelled rows and the labels of the learnt side; rows that cannot be used are told on standard error.

    Raises UsageError for missing columns or an unknown side, StopRun if no row is left.
    """
    from exchange.sniffing import opened
    from nlp.resemblance.labels import Labelled

    source = opened(path)
    names = _columns(source.names, mapping, language, str(path))
    columns = source.columns(sorted(set(names.values())))
    cells = {ours: _strings(columns.values[theirs]) for ours, theirs in names.items()}
    number = len(cells["text"])
    empty = [""] * number
    label = [value.strip().lower() for value in cells["label"]]
    side = _side(label, listed, str(path))
    kept, bad = [], []
    rows = zip(cells.get("title", empty), cells["text"], label, cells["publisher"], cells.get("language", [language] * number), strict=True)
    for i, (title, text, mark, publisher, code) in enumerate(rows):
        missing = next((n for n, v in (("text", text), ("label", mark), ("publisher", publisher)) if not v.strip()), "")
        if missing:
            bad.append((i, f"no {missing}"))
        else:
            whole = f"{title}\n{text}" if title else text
            kept.append(Labelled(whole, mark in side, publisher.strip().lower(), code.strip().lower()[:2] or language))
    where = columns.rows.to_pylist()
    places = source.places([where[i] for i, _ in bad])
    _tell([*map(str, columns.skipped), *(f"{place}: {fault}" for place, (_, fault) in zip(places, bad, strict=True))])
    if not kept:
        raise StopRun("no row could be used", where=str(path), hint="each row needs a text, a label and a publisher")
    return kept, side


def _columns(there: Sequence[str], mapping: Mapping[str, str], language: str, where: str) -> dict[str, str]:
    """Which column is which. Raises UsageError naming the one that is missing and those that are there."""
    unknown = next((ours for ours in mapping if ours not in (*COLUMNS, "title")), None)
    if unknown is not None:
        raise UsageError(f"--map cannot name {unknown!r}", hint=f"known: {', '.join((*COLUMNS, 'title'))}")
    names = {ours: mapping.get(ours, ours) for ours in (*COLUMNS, "title")}
    found = {ours: theirs for ours, theirs in names.items() if theirs in there}
    needed = [ours for ours in (*COLUMNS, *mapping) if ours not in found and not (ours == "language" and language and ours not in mapping)]
    if needed:
        has = ", ".join(printable(name) for name in there[:20])
        ours = needed[0]
        hint = "or say --language de" if ours == "language" else f"say which column it is: --map {ours}=COLUMN"
        raise UsageError(f"there is no column {names[ours]!r} (there are: {has})", where=where, hint=hint)
    return found


def _side(labels: Iterable[str], listed: Sequence[str], where: str) -> tuple[str, ...]:
    """The labels of the learnt side. Raises UsageError if none is there."""
    there = sorted({label for label in labels if label})
    wanted = [label.strip().lower() for label in listed] or list(LISTED)
    found = tuple(label for label in wanted if label in there)
    if not found and there:
        known = ", ".join(printable(label) for label in there[:20])
        raise UsageError(
            f"no row has the label {wanted[0]!r}" if listed else "none of the labels is known",
            where=where,
            hint=f"say which one is learnt: --listed LABEL (there are: {known})",
        )
    return found


def _tell(problems: Sequence[str]) -> None:
    for problem in problems[:SHOWN]:
        print(f"  skipped  {printable(problem)}", file=sys.stderr)
    if len(problems) > SHOWN:
        print(f"  skipped  {len(problems) - SHOWN:,} more rows", file=sys.stderr)


def _strings(column: Any) -> list[str]:
    import pyarrow as pa

    return ["" if value is None else value for value in column.cast(pa.string()).to_pylist()]


def score_table(scores: Iterable[Mapping[str, Any]], floors: Mapping[str, float]) -> None:
    """Scores with their intervals, and the floor where there is one."""
    rows = []
    for score in scores:
        floor = floors.get(score["measure"])
        width = f"{score['low']:.3f} to {score['high']:.3f}"
        rows.append((score["measure"], f"{score['value']:.3f}", width, "" if floor is None else f"{floor:.3f}"))
    table(["measure", "score", "95 % of draws of publishers", "floor"], rows)


def publisher_table(rows: Iterable[Mapping[str, Any]]) -> None:
    """The errors of each publisher."""
    shown = [
        (r["publisher"], "listed" if r["listed"] else "other", f"{r['texts']:,}", f"{r['wrong']:.1%}", f"{r['abstained']:.1%}",
         f"{r['mean']:.2f}", f"{r['site']:.2f}")
        for r in rows
    ]  # fmt: skip
    table(["publisher", "label", "texts", "wrong", "abstained", "mean p", "mean p of ten texts"], shown, flexible="publisher")
