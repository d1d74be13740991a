"""What the commands on one narrative share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from commands._output import count
from models.errors import UsageError
from models.registry import nearest
from models.safe import printable


def named(night: Any, text: str) -> Any:
    """The narrative with this id, in any case. Raises UsageError naming the nearest."""
    known = {n.id: n for n in night.state.narratives()}
    wanted = text.upper()
    if wanted not in known:
        hint = nearest(wanted, sorted(known)[:30]) if known else "run: tocsin scan"
        raise UsageError(f"no narrative {printable(text)!r}", where=str(night.workspace.root), hint=hint)
    return known[wanted]


def members(night: Any, narrative: Any) -> list[Any]:
    """Its documents that the archive has, in order of time."""
    found = {d.id: d for d in night.archive.documents(narrative.first_seen.date(), narrative.last_seen.date(), ids=narrative.documents)}
    return [found[i] for i in narrative.documents if i in found]


def links(night: Any, narrative: Any) -> list[Any]:
    """What ties its documents, as the last night that told them found it: most alike first, those between two languages before all."""
    from models.records import Link

    last = narrative.night.date() if narrative.night else None
    own = set(narrative.documents)
    found = [k for k in night.archive.read("links", Link, narrative.last_seen.date(), last) if k.a in own and k.b in own]
    newest = max((k.night for k in found if k.night), default=None)
    kept = [k for k in found if k.night == newest]
    return sorted(kept, key=lambda k: (len(set(k.languages)) == 1, "copy" in k.shared, -k.similarity, k.a, k.b))


def because(shared: Mapping[str, Iterable[str]], names: Mapping[str, str]) -> str:
    """What two texts share, in one line: ``name Valbrune; number 1200; meaning carton = karton``. ``names``: entity id to name."""
    return "; ".join(f"{kind} {', '.join(names.get(v, v) if kind == 'entity' else v for v in values)}" for kind, values in shared.items())


def ties(found: Iterable[Any]) -> dict[str, dict[str, int]]:
    """For each language or pair of languages how many links each kind of evidence fired for, most often first."""
    counts: dict[str, Counter[str]] = {}
    for link in found:
        counts.setdefault("+".join(sorted(set(link.languages))), Counter()).update(list(link.shared))
    return {pair: dict(sorted(kinds.items(), key=lambda k: (-k[1], k[0]))) for pair, kinds in sorted(counts.items())}


def stances(night: Any, narrative: Any, documents: Iterable[Any]) -> dict[str, str]:
    """Document id to how it stands to what the narrative tells: reported, denied, checked, or "" for one that speaks for itself."""
    from models.records import Annotation
    from nlp import stance

    own = {d.id: d for d in documents}
    read = night.archive.read("annotations", Annotation, narrative.first_seen.date(), narrative.last_seen.date())
    return stance.stances([(own[a.document], a) for a in read if a.document in own])


def sides(stood: Mapping[str, str], documents: Mapping[str, Any]) -> str:
    """``reported by 3 documents; denied or checked by 2 (tageblatt.example, faktenblog.example)``, or "" if all speak for themselves."""
    reported = [i for i, how in stood.items() if how == "reported"]
    against = [i for i, how in stood.items() if how in {"denied", "checked"}]
    who = list(dict.fromkeys(documents[i].account_name or documents[i].source for i in against))
    more = f" and {len(who) - 5} more" if len(who) > 5 else ""
    parts = [f"reported by {count(len(reported), 'document')}"] if reported else []
    parts += [f"denied or checked by {count(len(against), 'document')} ({', '.join(who[:5])}{more})"] if against else []
    return "; ".join(parts)
