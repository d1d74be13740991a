"""tocsin watch."""

from __future__ import annotations

import re
from typing import Any

import click

from commands._output import count, json_option, lines, shown_time, table
from models.errors import UsageError
from models.safe import printable

NAME = re.compile(r"[\w][\w.-]{0,59}")


@click.group()
def command() -> None:
    """Saved searches: every scan says what is new in each of them since you last read it.

    \b
    Example:
      tocsin watch add ballots '"bulletins truqués" OR gefälschte Stimmzettel'
      tocsin watch run ballots
    """


def _night() -> Any:
    from models.workspace import find
    from nightly.night import Night

    return Night(workspace=find())


@command.command()
@click.argument("name")
@click.argument("query", nargs=-1, required=True)
@json_option
def add(name: str, query: tuple[str, ...], as_json: bool) -> None:
    """Save a search under a name. What matches now counts as read.

    \b
    Example:
      tocsin watch add betrug 'Wahlbetrug lang:de NOT source:spiegel.de'
    """
    from index import query as language
    from nightly import watches

    if not NAME.fullmatch(name):
        raise UsageError(f"a watch cannot be called {printable(name)!r}", hint="letters, digits, _ - and ., at most 60")
    text = " ".join(query)
    language.parse(text)
    night = _night()
    found = watches.add(night.workspace, night.state, name, text, night.now)
    if as_json:
        lines(watches.chosen(night.state, name))
    else:
        print(f"{name}: {count(found, 'document matches', 'documents match')} now; scans report what is new from here on.")


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """The saved searches, with when they were last read and how many documents matched then.

    \b
    Example:
      tocsin watch list
    """
    night = _night()
    known = night.state.watches()
    if as_json:
        lines(known)
        return
    zone = night.workspace.settings["display.timezone"]
    table(
        ["watch", "read", "matched", "query"],
        [(w.name, shown_time(w.last_run or w.created, zone), f"{w.last_count:,}", w.query) for w in known],
        flexible="query",
    )
    print(f"{count(len(known), 'watch', 'watches')}." + ("" if known else " Next: tocsin watch add NAME 'query'"))


@command.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget a saved search.

    \b
    Example:
      tocsin watch remove betrug
    """
    from nightly import watches

    watches.remove(_night().state, name)
    print(f"{name}: removed.")


@command.command()
@click.argument("name", default="")
@click.option("--keep", is_flag=True, help="Leave what is shown unread.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(0, 10_000), help="Most documents shown of each watch.")
@json_option
def run(name: str, keep: bool, limit: int, as_json: bool) -> None:
    """Show what is new in a watch, or in all, since it was last read; then it counts as read.

    \b
    Example:
      tocsin watch run
      tocsin watch run betrug --keep --json
    """
    from nightly import watches

    night = _night()
    found = watches.check(night.workspace, night.state, night.now, name, kept=limit, read=not keep)
    if as_json:
        lines(found)
        return
    for report in found:
        _show(night, report)
    if not found:
        print("No watches. Next: tocsin watch add NAME 'query'")


def _show(night: Any, report: Any) -> None:
    zone = night.workspace.settings["display.timezone"]
    since = f" since {shown_time(report.since, zone)}" if report.since else ""
    hidden = report.new - len(report.documents)
    shown = f", {hidden:,} of them not shown (--limit)" if hidden else ""
    print(f"{report.name}: " + (printable(report.note) or f"{report.new:,} new of {report.found:,}{since}{shown}"))
    if report.documents:
        known = {d.id: d for d in night.archive.documents(ids=report.documents)}
        there = [known[i] for i in report.documents if i in known]
        rows = [(shown_time(d.time, zone), d.source or d.platform, d.title or d.text[:200]) for d in there]
        table(["published", "source", "says"], rows, flexible="says")
