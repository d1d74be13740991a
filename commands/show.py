"""tocsin show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from commands._narratives import because, labels, links, named, reader_language, sides, stances
from commands._output import clipped, count, json_option, lines, shown_time, table
from models.safe import printable


@click.command()
@click.argument("narrative")
@click.option("--evidence", is_flag=True, help="Also the documents, what ties them, and the pairs behind each edge.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1), help="Most documents, ties and edges shown.")
@click.option("--lang", help="Language of the label where documents are in it, as de; default report.language.")
@json_option
def command(narrative: str, evidence: bool, limit: int, lang: str | None, as_json: bool) -> None:
    """Show one narrative: what it says, why it is flagged, and with --evidence the posts behind it.

    \b
    Example:
      tocsin show N-7Q4K --evidence
    """
    from models.workspace import find
    from nightly.night import Night

    night = Night(workspace=find())
    chosen = named(night, narrative)
    label = labels(night, [chosen], reader_language(night, lang))[chosen.id]
    found = _gathered(night, replace(chosen, label=label))
    if as_json:
        lines([_as_dict(found, evidence=evidence)])
        return
    _head(night, found)
    if evidence:
        _evidence(night, found, limit)


def _gathered(night: Any, narrative: Any) -> dict[str, Any]:
    from models.records import Edge, Group
    from nightly.night import latest, latest_flags

    flag = next((f for f in latest_flags(night.archive) if f.narrative == narrative.id), None)
    documents = {d.id: d for d in night.archive.documents(narrative.first_seen.date(), narrative.last_seen.date(), ids=narrative.documents)}
    cited = {e for r in (flag.reasons if flag else ()) for e in r.evidence}
    edges = [e for e in latest(night.archive, "edges", Edge) if e.id in cited]
    groups = [g for g in latest(night.archive, "groups", Group) if g.id in cited]
    return {
        "narrative": narrative,
        "flag": flag,
        "documents": documents,
        "links": links(night, narrative),
        "stances": stances(night, narrative, documents.values()),
        "edges": sorted(edges, key=lambda e: (e.q, -e.weight, e.id)),
        "groups": groups,
    }


def _as_dict(found: dict[str, Any], *, evidence: bool) -> dict[str, Any]:
    out = {"narrative": found["narrative"].to_dict(), "flag": found["flag"].to_dict() if found["flag"] else None}
    out["stances"] = {i: how for i, how in found["stances"].items() if how}
    if evidence:
        ordered = [found["documents"][i] for i in found["narrative"].documents if i in found["documents"]]
        out |= {
            "documents": [d.to_dict() for d in ordered],
            "links": [k.to_dict() for k in found["links"]],
            "edges": [e.to_dict() for e in found["edges"]],
            "groups": [g.to_dict() for g in found["groups"]],
        }
    return out


def _head(night: Any, found: dict[str, Any]) -> None:
    narrative, zone = found["narrative"], night.workspace.settings["display.timezone"]
    print(f"{narrative.id}  {printable(narrative.label)}")
    print(
        f"  {count(len(narrative.documents), 'document')} in {', '.join(narrative.languages)}; "
        f"{shown_time(narrative.first_seen, zone)} to {shown_time(narrative.last_seen, zone)} {zone}; {narrative.status}"
        + (f", {narrative.grown} new last night" if narrative.grown else "")
    )
    print(f"  terms: {printable(', '.join(narrative.terms))}")
    if narrative.entities:
        names = {e.id: e.name for e in night.election.entities}
        print(f"  entities: {printable(', '.join(names.get(e, e) for e in narrative.entities))}")
    told = sides(found["stances"], found["documents"])
    if told:
        print(f"  {printable(told)}")
    if narrative.parents:
        print(f"  came from: {', '.join(narrative.parents)}")
    if found["flag"] is None:
        print("  not flagged")
        return
    print(f"  flagged, level {found['flag'].level} of 3 ({found['flag'].state}), because:")
    for reason in found["flag"].reasons:
        print(f"   - {reason.kind}: {printable(reason.sentence)}")
        for other in reason.innocent:
            print(f"       could also be: {printable(other)}")


def _evidence(night: Any, found: dict[str, Any], limit: int) -> None:
    zone, documents = night.workspace.settings["display.timezone"], found["documents"]
    ordered = [documents[i] for i in found["narrative"].documents if i in documents]
    print(f"\nDocuments ({min(limit, len(ordered))} of {len(ordered)}, oldest first; times {zone})")
    shown = [
        (
            shown_time(d.time, zone),
            d.source,
            d.account_name or d.account,
            found["stances"].get(d.id, ""),
            clipped(d.title or d.text, 100),
            d.url,
        )
        for d in ordered[:limit]
    ]
    table(["time", "source", "account", "stance", "text", "address"], shown, flexible=("text", "address"))
    _ties(night, found, limit)
    names = {d.account: d.account_name for d in ordered}
    for group in found["groups"]:
        print(
            f"\nGroup {group.id[:8]} of {len(group.members)}: met {group.joins} times ({group.trace}, {group.window:g} s), "
            f"by chance {group.expected:.3g}, q {group.q:.2g}"
        )
        print(f"  {printable(', '.join(_member(names, account) for account in group.members))}")
    if found["edges"]:
        _edges(found["edges"], limit)


def _ties(night: Any, found: dict[str, Any], limit: int) -> None:
    every, documents = found["links"], found["documents"]
    if not every:
        return
    print(f"\nWhat ties them ({min(limit, len(every))} of {len(every)}, between languages first)")
    names = {e.id: e.name for e in night.election.entities}
    rows = [
        (
            _short(documents, k.a),
            _short(documents, k.b),
            "-".join(dict.fromkeys(k.languages)),
            f"{k.similarity:.2f}",
            because(k.shared, names),
        )
        for k in every[:limit]
    ]
    table(["text", "and text", "lang", "alike", "because of"], rows, flexible=("text", "and text", "because of"))


def _short(documents: Mapping[str, Any], name: str) -> str:
    document = documents.get(name)
    return f"{document.source}: {clipped(document.title or document.text, 60)}" if document else name


def _member(names: Mapping[str, str], account: str) -> str:
    name = names.get(account, "")
    return f"{name} ({account})" if name and name != account else account


def _edges(edges: list[Any], limit: int) -> None:
    print(f"\nEdges ({min(limit, len(edges))} of {len(edges)}, smallest q first)")
    rows = [
        (e.a, e.b, " ".join(e.traces), f"{e.window:g} s", e.weight, f"{e.expected:.3g}", f"{e.q:.2g}", f"{e.lead:.0%}", e.pairs_total)
        for e in edges[:limit]
    ]
    table(["account a", "account b", "trace", "window", "weight", "by chance", "q", "a first", "pairs"], rows)
    print("\nMeetings (the first of each edge; all in --json)")
    meetings = [
        (f"{p.time_a:%Y-%m-%d %H:%M:%S}", e.a, f"{(p.time_b - p.time_a).total_seconds():+.0f} s", e.b, p.object)
        for e in edges[:limit]
        for p in e.pairs[:1]
    ]
    table(["time of a (UTC)", "account a", "b came", "account b", "same thing"], meetings, flexible="same thing")
