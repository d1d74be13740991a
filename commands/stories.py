"""tocsin stories."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from commands import _posts
from commands._narratives import because
from commands._output import Reporter, count, json_option, lines
from models.errors import UsageError
from models.safe import printable

SHOWN = 10


@click.command(name="stories")
@click.argument("file", metavar="INPUT", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="CSV file the stories are written to.")
@click.option("--map", "maps", multiple=True, metavar="NAME=COLUMN", help="Which column is which, as text=body; repeatable.")
@click.option("--tz", default="", help="Time zone of times that name none, as Europe/Paris.")
@click.option("--threshold", type=click.FloatRange(0, 1, min_open=True), help="Least mean similarity; default narratives.threshold.")
@click.option("--days", type=click.FloatRange(0, min_open=True), help="Days that halve the similarity; default narratives.days.")
@click.option("--election", default="", help="The election whose people, parties and places are looked for, as fr-2027.")
@click.option(
    "--reasons", type=click.Path(path_type=Path, dir_okay=False), help="CSV file for what ties the texts: one line for each link."
)
@json_option
def command(file: Path, output: Path, maps: tuple[str, ...], as_json: bool, **how: Any) -> None:
    """Group the texts of any CSV, NDJSON or Parquet file into stories. No workspace is needed.

    The columns id and text are needed; time, title, language, url, urls and hashtags are used where they are there. Writes one line for
    each text: its id, and as story the id of the first text of its story. A text that nothing else is like is a story of its own; one
    without words is in none (an empty cell). Languages are linked by names, numbers, links and hashtags, and by the dictionaries of
    FreeDict where they are installed. See docs/narratives.md.

    \b
    Example:
      tocsin stories articles.csv -o stories.csv
      tocsin stories articles.csv -o stories.csv --reasons why.csv
      tocsin stories posts.parquet -o stories.csv --map text=body --map time=created --election fr-2027
    """
    from exchange.texts import read
    from models.settings import Settings, from_environment

    for path in filter(None, (output, how["reasons"])):
        if not path.absolute().parent.is_dir():
            raise UsageError("the folder does not exist", where=str(path.absolute().parent), hint="make it first")
    settings = Settings(dict(from_environment(os.environ)))
    entities = _entities(how["election"])
    found = read(file, _posts.mapping(maps), how["tz"])
    _tell(found, quiet=as_json)
    told = _told(found.documents, entities, settings, how, Reporter(quiet=as_json))
    _write(output, found.documents, told)
    if how["reasons"]:
        _reasons(how["reasons"], told, {e.id: e.name for e in entities})
    several = sum(len(story.items) > 1 for story in told)
    if as_json:
        counts = {"texts": len(found.documents), "skipped": len(found.skipped), "stories": len(told), "of_several": several}
        lines([{"file": str(file), "output": str(output)} | counts])
    else:
        print(
            f"{count(len(found.documents), 'text')}, {count(len(found.skipped), 'row')} skipped, "
            f"{count(len(told), 'story', 'stories')}, {several:,} of several texts, in {printable(str(output))}"
        )


def _entities(election: str) -> tuple[Any, ...]:
    if not election:
        return ()
    from models.election import load

    return tuple(load(election, Path.cwd()).entities)


def _tell(found: Any, *, quiet: bool) -> None:
    for place in found.skipped[:SHOWN]:
        print(f"  skipped  {printable(place)}", file=sys.stderr)
    if len(found.skipped) > SHOWN:
        print(f"  skipped  {len(found.skipped) - SHOWN:,} more rows", file=sys.stderr)
    for note in () if quiet else found.notes:
        print(f"  {printable(note)}", file=sys.stderr)


def _told(documents: list[Any], entities: tuple[Any, ...], settings: Any, how: dict[str, Any], progress: Reporter) -> list[Any]:
    from nlp.reading import annotate
    from nlp.stories import stories

    by_id = {document.id: document for document in documents}
    begin = time.perf_counter()
    items = [(by_id[note.document], note) for note in annotate(documents, entities, settings, progress)]
    progress("annotate", finished=time.perf_counter() - begin, documents=len(items))
    begin = time.perf_counter()
    progress("stories", texts=len(items))
    told = stories(items, how["threshold"] or settings["narratives.threshold"], how["days"] or settings["narratives.days"])
    progress("stories", finished=time.perf_counter() - begin, groups=len(told))
    return told


def _write(output: Path, documents: list[Any], told: list[Any]) -> None:
    import pyarrow as pa

    of = {i: story.ids[0] for story in told for i in story.ids}
    ids = [document.id for document in documents]
    _posts.write_csv(pa.table({"id": ids, "story": [of.get(i, "") for i in ids]}), output)


def _reasons(path: Path, told: list[Any], names: dict[str, str]) -> None:
    import pyarrow as pa

    ties = [(story.ids[0], tie) for story in told for tie in story.ties]
    columns = {
        "story": [name for name, _ in ties],
        "a": [tie.a for _, tie in ties],
        "b": [tie.b for _, tie in ties],
        "languages": ["-".join(dict.fromkeys(tie.languages)) for _, tie in ties],
        "similarity": [tie.similarity for _, tie in ties],
        "because": [because(tie.shared, names) for _, tie in ties],
    }
    _posts.write_csv(pa.table(columns), path)
