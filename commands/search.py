"""tocsin search."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from commands._output import count, json_option, lines, shown_time
from models.codec import plain, time_text
from models.errors import TocsinError, UsageError
from models.safe import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.text import Text

    from index.base import Hit, Index, Results
    from models.workspace import Workspace

COUNTED = ("lang", "kind", "platform", "source", "narrative", "flagged", "hashtag", "domain")


@click.command()
@click.argument("query", nargs=-1)
@click.option("--limit", type=click.IntRange(0, 100_000), default=20, show_default=True, help="Most documents shown.")
@click.option("--offset", type=click.IntRange(0, 100_000), default=0, show_default=True, help="Documents left out at the beginning.")
@click.option(
    "--sort", type=click.Choice(["date", "relevance"]), default="date", show_default=True, help="Newest first, or best match first."
)
@click.option("--facets", is_flag=True, help="Also count by language, source, platform, narrative, flag, hashtag, domain and day.")
@click.option("--like", metavar="ID", help="Instead of a query: the documents most like the one of that id, best first.")
@json_option
@click.pass_context
def command(  # noqa: PLR0917  click hands over every option
    context: click.Context, query: tuple[str, ...], limit: int, offset: int, sort: str, facets: bool, like: str | None, as_json: bool
) -> None:
    """Search what was collected.

    All words must occur, in any of their forms, with or without accents; OR, NOT, parentheses, "phrases" and begin* work, and so do
    lang: source: platform: kind: account: mention: domain: link: hashtag: entity: narrative: flagged: since: until:.
    Single quotes around the query keep the shell from reading it.

    \b
    Example:
      tocsin search 'fraude électorale "bulletins truqués" lang:fr since:2027-03-01 NOT source:lemonde.fr'
      tocsin search 'Wahlbetrug flagged:yes since:7d' --sort relevance --json
      tocsin search --like 9f86d081884c7d659a2feaa0c55ad015 --limit 10
    """
    from index import open_index
    from index import query as language
    from models.workspace import find

    _usage(context, query, like)
    tree = None if like else language.parse(" ".join(query))
    workspace = find()
    begin = time.perf_counter()
    index = open_index(workspace.settings, workspace.index)
    try:
        if tree is None:
            found = _resembling(index, str(like), limit)
        else:
            counted: dict[str, Any] = {"facets": COUNTED, "histogram": "day"} if facets else {}
            found = index.search(tree, limit=limit, offset=offset, sort=sort, **counted)
        seconds = time.perf_counter() - begin
        behind = _behind(workspace, index.generation)
    finally:
        index.close()
    if as_json:
        _lines(found, facets)
    else:
        _print(found, workspace.settings["display.timezone"], offset, seconds)
    if behind:
        print(behind, file=sys.stderr)


def _usage(context: click.Context, query: Sequence[str], like: str | None) -> None:
    """Raises UsageError for neither or both of a query and ``--like``, or for what ``--like`` has no use for."""
    from click.core import ParameterSource

    if bool(query) == bool(like):
        raise UsageError("a query, or --like with the id of a document, and not both", hint="tocsin search --help shows examples")
    useless = [n for n in ("offset", "sort", "facets") if context.get_parameter_source(n) is ParameterSource.COMMANDLINE]
    if like and useless:
        raise UsageError(f"--like goes by likeness alone and takes no --{useless[0]}", hint="--limit says how many are shown")


def _resembling(index: Index, name: str, limit: int) -> Results:
    """The documents most like one of them, as a search gives its own."""
    from index.base import Results

    hits = index.similar(name, limit)
    return Results(len(hits), hits)


def _behind(workspace: Workspace, generation: str) -> str:
    """A sentence if the archive or the narratives say something that the index was not told, or cannot be asked; else ""."""
    from nightly.indexing import generation as now
    from nightly.indexing import marks
    from nightly.night import Night, latest_flags

    night = Night(workspace=workspace)
    try:
        current = now(night.archive, marks(night.state.narratives(), {f.narrative for f in latest_flags(night.archive)}))
    except TocsinError as error:
        return f"Whether the index is up to date cannot be told: {printable(str(error))}"
    changed = "Documents, narratives or flags have changed since they were indexed; bring the index up to them with: tocsin index sync"
    return changed if generation != current else ""


def _lines(found: Results, facets: bool) -> None:
    lines(plain(hit) for hit in found.hits)
    if facets:
        days = [{"start": time_text(b.start), "count": b.count} for b in found.histogram]
        lines([{"total": found.total, "facets": plain(found.facets), "days": days}])


def _print(found: Results, zone: str, offset: int, seconds: float) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 1, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(ratio=1)
    for hit in found.hits:
        table.add_row(shown_time(hit.published, zone), _said(hit))
    if found.hits:
        console.print(table)
    if found.facets:
        _counts(found, console)
    shown = f", {offset + 1} to {offset + len(found.hits)} shown" if len(found.hits) < found.total and found.hits else ""
    console.print(f"{count(found.total, 'document')}{shown}, {seconds * 1000:.0f} ms")


def _said(hit: Hit) -> Text:
    """Title, where it comes from and what it belongs to, and the text around what matched."""
    text = _marked(hit.title or hit.account_name or hit.account, hit.title_marks if hit.title else (), "bold")
    about = [hit.source or hit.platform, hit.language, *hit.narratives]
    text.append("\n" + printable(" · ".join(about)), style="cyan")
    if hit.flagged:
        text.append("  ! flagged", style="bold red")
    if hit.snippet:
        text.append("\n")
        text.append_text(_marked(hit.snippet, hit.marks, ""))
    return text


def _marked(foreign: str, marks: tuple[tuple[int, int], ...], style: str) -> Text:
    """Foreign text made harmless piece by piece, so that the marks stay where they are."""
    from rich.text import Text

    text, at = Text(style=style), 0
    for start, end in marks:
        text.append(_harmless(foreign[at:start]))
        text.append(_harmless(foreign[start:end]), style="bold yellow")
        at = end
    return text.append(_harmless(foreign[at:]))


def _harmless(piece: str) -> str:
    blank = " "
    return blank * piece[:1].isspace() + printable(piece) + blank * (piece[-1:].isspace() and bool(piece.strip()))


def _counts(found: Results, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for name, values in found.facets.items():
        if values:
            table.add_row(f"{name}:", Text(", ".join(f"{printable(value)} {number:,}" for value, number in values[:8])))
    days: list[Any] = sorted(found.histogram, key=lambda bucket: -bucket.count)[:8]
    if days:
        table.add_row("busiest days:", Text(", ".join(f"{bucket.start:%Y-%m-%d} {bucket.count:,}" for bucket in days)))
    console.print(table)
    console.print()
