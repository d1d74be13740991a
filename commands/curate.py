"""tocsin curate."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import Any

import click

from commands._narratives import members, named
from commands._output import count, json_option, lines, writing
from models.decisions import Decision
from models.errors import UsageError
from models.safe import printable

LONGEST = 200
SHORTEST_ID = 6


@click.group()
def command() -> None:
    """Pin, rename, merge and split narratives. The machine follows on every later night, and every decision is kept.

    A pinned narrative keeps its id and its documents: it grows, but is never merged into another and never split. Merging and splitting
    pin the results. `release` leaves a narrative to the machine again. `tocsin history` shows who decided what, when and why.

    \b
    Example:
      tocsin curate rename N-7Q4K "Burnt ballots in Valbrune"
      tocsin curate merge N-7Q4K N-2M8T --note "the same video"
    """


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        json_option,
        click.option("--who", default="", help="Who decides; your user name when not given."),
        click.option("--note", default="", help="Why, for those who read it later."),
    ):
        function = option(function)
    return function


def _who(name: str) -> str:
    try:
        return name.strip() or getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user id without a name
        return "unknown"


def _decide(
    act: str, narrative: str, how: dict[str, Any], change: Callable[[Any, Any, Decision], tuple[Decision, list[Any], list[Any]]]
) -> Any:
    """Make one decision under the writer's lock, with what it changes at once; the decision as it was kept."""
    with writing(f"tocsin curate {act}", quiet=True) as night:
        found = named(night, narrative)
        plain = Decision(narrative=found.id, act=act, who=_who(how["who"]), when=night.now, note=how["note"].strip())
        decision, narratives, events = change(night, found, plain)
        night.state.decide([decision], narratives, events)
    return decision


def _alone(_night: Any, _narrative: Any, plain: Decision) -> tuple[Decision, list[Any], list[Any]]:
    return plain, [], []


def _told(decision: Decision, sentence: str, *, as_json: bool) -> None:
    if as_json:
        lines([decision])
    else:
        print(f"{sentence} Search follows with the next scan, or with: tocsin index")


def _reason(decision: Decision, what: str) -> str:
    return f"{decision.who} decided: {what}" + (f" ({decision.note})" if decision.note else "")


@command.command()
@click.argument("narrative")
@_options
def pin(narrative: str, as_json: bool, **how: Any) -> None:
    """Keep a narrative's id and documents whatever the clusters of a night say.

    \b
    Example:
      tocsin curate pin N-7Q4K --note "we report on it weekly"
    """
    decision = _decide("pin", narrative, how, _alone)
    _told(decision, f"{decision.narrative} is pinned.", as_json=as_json)


@command.command()
@click.argument("narrative")
@_options
def release(narrative: str, as_json: bool, **how: Any) -> None:
    """Leave a narrative to the machine again: not pinned, and named by its texts. What was merged or split stays as it is.

    \b
    Example:
      tocsin curate release N-7Q4K
    """
    decision = _decide("release", narrative, how, _alone)
    _told(decision, f"{decision.narrative} is left to the machine from the next scan on.", as_json=as_json)


@command.command()
@click.argument("narrative")
@click.argument("name")
@_options
def rename(narrative: str, name: str, as_json: bool, **how: Any) -> None:
    """Give a narrative a name of your own. Its id stays.

    \b
    Example:
      tocsin curate rename N-7Q4K "Burnt ballots in Valbrune"
    """
    from dataclasses import replace

    text = " ".join(name.split())
    if not text or len(text) > LONGEST:
        raise UsageError("a name has 1 to 200 characters", hint=f"this one has {len(text)}")
    decision = _decide("rename", narrative, how, lambda _, found, plain: (replace(plain, text=text), [replace(found, label=text)], []))
    _told(decision, f"{decision.narrative} is called {printable(text)!r}.", as_json=as_json)


@command.command()
@click.argument("narrative")
@click.argument("other")
@_options
def merge(narrative: str, other: str, as_json: bool, **how: Any) -> None:
    """Put all documents of OTHER into NARRATIVE, which keeps its id; OTHER sleeps.

    \b
    Example:
      tocsin curate merge N-7Q4K N-2M8T --note "the same video"
    """
    from dataclasses import replace

    def change(night: Any, found: Any, plain: Decision) -> tuple[Decision, list[Any], list[Any]]:
        from nlp.curating import merged

        second = named(night, other)
        if second.id == found.id:
            raise UsageError("a narrative cannot be merged with itself", hint="name two")
        if second.id in found.parents:
            raise UsageError(f"{second.id} is merged into {found.id} already", hint=f"see: tocsin history {found.id}")
        decision = replace(plain, other=second.id, documents=second.documents)
        told = _reason(decision, f"{count(len(second.documents), 'document')} of {second.id} belong here")
        narratives, event = merged(found, second, night.now, told)
        return decision, narratives, [event]

    decision = _decide("merge", narrative, how, change)
    _told(decision, f"{decision.narrative} now holds the documents of {decision.other} ({len(decision.documents)}).", as_json=as_json)


@command.command()
@click.argument("narrative")
@click.argument("documents", nargs=-1)
@click.option("--language", default="", help="Also its documents in this language, as de.")
@click.option("--containing", default="", help="Also its documents whose title or text has these words, in any case.")
@_options
def split(narrative: str, documents: tuple[str, ...], language: str, containing: str, as_json: bool, **how: Any) -> None:
    """Take DOCUMENTS (their ids, or the first six characters and more) out of NARRATIVE into a new one. NARRATIVE keeps its id.

    \b
    Example:
      tocsin curate split N-7Q4K --containing "postal vote" --note "another claim"
    """
    from dataclasses import replace

    if not (documents or language or containing):
        raise UsageError("nothing says which documents move", hint="give ids, --language or --containing")

    def change(night: Any, found: Any, plain: Decision) -> tuple[Decision, list[Any], list[Any]]:
        from nlp.curating import split as cut

        moved, rest = _chosen(night, found, documents, language, containing)
        taken = {n.id for n in night.state.narratives()}
        told = _reason(plain, f"{len(moved)} of {count(len(moved) + len(rest), 'document')} of {found.id} say something else")
        narratives, event = cut(found, moved, rest, taken, night.now, reason=told)
        return replace(plain, other=narratives[1].id, documents=narratives[1].documents), narratives, [event]

    decision = _decide("split", narrative, how, change)
    _told(decision, f"{decision.other} holds {count(len(decision.documents), 'document')} of {decision.narrative}.", as_json=as_json)


def _chosen(night: Any, narrative: Any, wanted: tuple[str, ...], language: str, containing: str) -> tuple[list[Any], list[Any]]:
    """The documents that move and those that stay, each with its annotation if there is one. Raises UsageError if either are none."""
    from models.records import Annotation

    for key in wanted:
        if len(key) < SHORTEST_ID or sum(d.startswith(key) for d in narrative.documents) != 1:
            raise UsageError(
                f"{printable(key)!r} is not one document of {narrative.id}", hint=f"tocsin show {narrative.id} --json --evidence"
            )
    own = members(night, narrative)
    notes = {a.document: a for a in night.archive.read("annotations", Annotation, narrative.first_seen.date(), narrative.last_seen.date())}

    def moves(document: Any) -> bool:
        note = notes.get(document.id)
        spoken = (note.language if note else "") or document.language
        says = containing.casefold() in f"{document.title}\n{document.text}".casefold() if containing else False
        return any(document.id.startswith(key) for key in wanted) or (bool(language) and spoken == language) or says

    pairs = [(document, notes.get(document.id)) for document in own]
    moved, rest = [p for p in pairs if moves(p[0])], [p for p in pairs if not moves(p[0])]
    if not moved or not rest:
        what = "none of its documents" if not moved else "all of its documents"
        raise UsageError(f"{what} would move", where=narrative.id, hint="choose others; see: tocsin show ID --evidence")
    return moved, rest
