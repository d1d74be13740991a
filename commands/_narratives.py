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


def reader_language(night: Any, given: str | None) -> str:
    """The language labels are wanted in: ``--lang``, or the setting; "" for any. Raises UsageError for one that Tocsin does not know."""
    from nlp import languages

    code = (given or night.workspace.settings["report.language"]).lower()
    if code and code not in languages.names():
        where = "--lang" if given else "report.language"
        raise UsageError(f"unknown language {printable(code)!r}", where=where, hint=f"known: {', '.join(sorted(languages.names()))}")
    return code


def labels(night: Any, narratives: Iterable[Any], language: str) -> dict[str, str]:
    """Narrative id to label: in ``language`` where a document is in it, else the original with its language named.

    What an analyst called a narrative stays.
    """
    from models.decisions import names
    from nlp.languages import load

    found = {n.id: n.label for n in narratives}
    if not language:
        return found
    renamed = names(night.state.decisions())
    for narrative in narratives:
        if narrative.id in renamed:
            continue
        own = _label_in(night, narrative, language) if language in narrative.languages else ""
        spoken = next(iter(narrative.languages), "und")
        found[narrative.id] = own or f"{narrative.label} [{load(spoken).name}]"
    return found


def _label_in(night: Any, narrative: Any, language: str) -> str:
    from nlp.labels import label_in, phrases

    items = annotated(night, narrative, members(night, narrative))
    if any(narrative.label in phrases(d) for d, a in items if (a.language or d.language) == language):
        return str(narrative.label)
    return label_in(language, items, narrative.terms)


def annotated(night: Any, narrative: Any, documents: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Documents of a narrative with their annotations, in order of time."""
    from models.records import Annotation

    own = {d.id: d for d in documents}
    read = night.archive.read("annotations", Annotation, narrative.first_seen.date(), narrative.last_seen.date())
    found = {a.document: a for a in read if a.document in own}
    return [(d, found[i]) for i, d in own.items() if i in found]


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
    from nlp import stance

    return stance.stances(annotated(night, narrative, documents))


def sides(stood: Mapping[str, str], documents: Mapping[str, Any]) -> str:
    """``reported by 3 documents; denied or checked by 2 (tageblatt.example, faktenblog.example)``, or "" if all speak for themselves."""
    reported = [i for i, how in stood.items() if how == "reported"]
    against = [i for i, how in stood.items() if how in {"denied", "checked"}]
    who = list(dict.fromkeys(documents[i].account_name or documents[i].source for i in against))
    more = f" and {len(who) - 5} more" if len(who) > 5 else ""
    parts = [f"reported by {count(len(reported), 'document')}"] if reported else []
    parts += [f"denied or checked by {count(len(against), 'document')} ({', '.join(who[:5])}{more})"] if against else []
    return "; ".join(parts)
