"""tocsin narratives."""

from __future__ import annotations

from typing import Any

import click

from commands._narratives import labels, reader_language
from commands._output import count, day_option, json_option, lines, shown_time, table


@click.command()
@click.option("--flagged", is_flag=True, help="Only those flagged by the last scan.")
@click.option("--since", help="Only those seen since a day: 2027-03-01, or 7d.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="Most narratives shown.")
@click.option("--lang", help="Language of the labels where documents are in it, as de; default report.language.")
@json_option
def command(flagged: bool, since: str | None, limit: int, lang: str | None, as_json: bool) -> None:
    """List narratives: flagged ones first, then the largest.

    A narrative without a document in the language asked for keeps its label, with its language named; nothing is translated.

    \b
    Example:
      tocsin narratives --flagged --since 7d --lang de
    """
    from models.workspace import find
    from nightly.night import Night, latest_flags

    night = Night(workspace=find())
    first = day_option(since, "--since")
    flags = {f.narrative: f for f in latest_flags(night.archive)}
    found = [n for n in night.state.narratives() if (not flagged or n.id in flags) and (first is None or n.last_seen.date() >= first)]
    found.sort(key=lambda n: (-(flags[n.id].level if n.id in flags else 0), -len(n.documents), n.id))
    told = labels(night, found[:limit], reader_language(night, lang))
    if as_json:
        lines(n.to_dict() | {"label": told[n.id], "flag": flags[n.id].to_dict() if n.id in flags else None} for n in found[:limit])
        return
    if not found:
        some = "; without --flagged and --since all are listed" if flagged or since else ". Next: tocsin scan"
        print(f"0 narratives{some}")
        return
    _show(night, found[:limit], flags, told)
    hidden = len(found) - limit
    print(
        f"{count(len(found), 'narrative')}"
        + (f", {hidden} not shown (--limit)" if hidden > 0 else "")
        + ". Next: tocsin show ID --evidence"
    )


def _show(night: Any, found: list[Any], flags: dict[str, Any], told: dict[str, str]) -> None:
    zone = night.workspace.settings["display.timezone"]
    rows = [
        (
            n.id,
            "!" * flags[n.id].level if n.id in flags else "",
            len(n.documents),
            f"+{n.grown}" if n.grown else "",
            n.status,
            " ".join(n.languages),
            shown_time(n.last_seen, zone),
            told[n.id],
        )
        for n in found
    ]
    table(["narrative", "flag", "docs", "grown", "status", "lang", f"last seen ({zone})", "says"], rows, flexible="says")
