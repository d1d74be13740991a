"""summary.html of ``tocsin analyse``: one page without scripts, fonts or addresses from elsewhere; foreign text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from models.safe import printable

SHOWN = 50
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}"
    "h1,h2{line-height:1.2}table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d5dae1;vertical-align:top;white-space:nowrap}"
    "td.w{white-space:normal;overflow-wrap:anywhere;min-width:12rem}.t{overflow-x:auto}summary{overflow-wrap:anywhere}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}details{margin:.3rem 0}.note{color:#4a5463}"
    "@media(prefers-color-scheme:dark){body{background:#14171b;color:#e6e9ee}th,td{border-color:#333a43}.note{color:#a8b2c0}}"
)


def page(found: Any, posts: int, files: Sequence[str], q: float) -> Iterator[str]:
    """The page, piece by piece."""
    flagged = [person for person in found.people if person.reason]
    title = f"{len(found.fused):,} edges, {len(found.groups):,} groups, {len(flagged):,} of {len(found.people):,} accounts"
    yield '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    yield f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>"
    yield f"<p>{posts:,} posts of {shown(', '.join(files))}; false discovery rate {q:g}.</p>"
    yield (
        '<p class="note">An edge says that two accounts acted alike more often than their activity, the days and the interests of '
        "their crowd explain. It does not say why: colleagues, a party's own accounts, a news agency's customers and one person with two "
        "accounts look like this too. Read the posts before you judge.</p>"
    )
    yield "<h2>What was looked at</h2>" + _table(
        ("trace", "window s", "acts", "accounts", "pairs tested", "edges"),
        ((k.trace, f"{k.window:g}", k.acts, k.accounts, k.tests, k.called) for k in found.looks),
    )
    yield "<h2>Groups</h2>" + _table(
        ("group", "accounts", "q", "shared", "by chance", "seconds apart", "members"),
        (
            (g.id[:8], f.size, f"{f.q:.2g}", f"{f.joins} ({f.trace})", f"{f.expected:.2g}", f"{f.tempo:g}", _members(g.members))
            for g, f in zip(found.groups[:SHOWN], found.facts, strict=False)
        ),
    )
    yield f"<h2>Edges</h2>{_more(len(found.fused))}"
    for edge in found.fused[:SHOWN]:
        yield _edge(edge)
    yield f"<h2>Accounts</h2>{_more(len(flagged))}" + _table(
        ("account", "posts", "q", "score", "partners", "reason"),
        ((p.account, p.posts, f"{p.q:.2g}", f"{p.score:.1f}", p.partners, p.reason) for p in flagged[:SHOWN]),
    )


def _members(names: Sequence[str], most: int = 30) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def _more(number: int) -> str:
    return f'<p class="note">The first {SHOWN} of {number:,}; all are in the CSV files.</p>' if number > SHOWN else ""


def _edge(edge: Any) -> str:
    head = (
        f"{edge.a} – {edge.b}: {edge.weight} shared ({', '.join(edge.traces)}), by chance {edge.expected:.2g}, q {edge.q:.2g}, "
        f"the first came first in {edge.lead:.0%}"
    )
    rows = ((p.object, p.a, p.b, f"{p.time_a:%Y-%m-%d %H:%M:%S}", f"{p.time_b:%Y-%m-%d %H:%M:%S}") for p in edge.pairs)
    table = _table(("object", "post of the first", "post of the second", "time", "time"), rows)
    return f"<details><summary>{shown(head)}</summary>{table}<p class=note>{len(edge.pairs)} of {edge.pairs_total:,} pairs</p></details>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    if not body:
        return "<p>None.</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    return f"<div class=t><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


NARROW = 18
"""Cells of up to so many characters stay on one line."""


def _cell(cell: object) -> str:
    if isinstance(cell, int):
        return f'<td class="n">{cell:,}</td>'
    return f"<td{' class=w' if len(str(cell)) > NARROW else ''}>{shown(str(cell))}</td>"


def shown(text: str) -> str:
    """Foreign text as HTML: escaped, and without the invisible signs that turn the direction of what follows."""
    return escape(printable(text))
