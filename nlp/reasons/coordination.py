"""Accounts of this narrative acted alike more often than chance allows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from models.records import Document, Edge, Group, Reason
from models.urls import canonical
from nlp.reasons._case import Case, capped, count, duration, small
from nlp.reasons._gatherings import meeting

INNOCENT = (
    "accounts of one party, newsroom or association that post the same text or link on purpose and openly",
    "a call to share that supporters followed at an announced hour",
    "one program that posts to several accounts of the same owner",
)
MET = 3
"""Least accounts of a group that must meet in the narrative."""
NOUNS = {"url": "link", "domain": "site", "hashtag": "hashtag", "repost": "post", "same_text": "text"}


@dataclass(frozen=True, slots=True)
class Meeting:
    """A group, and for each shared text or link of the narrative the documents with which its members met."""

    group: Group
    objects: list[list[Document]]


def reason(case: Case) -> Reason | None:
    """The significant edges whose evidence lies in the narrative, or a significant group that met in it: whichever has more accounts."""
    found = [r for r in (_of_edges(case), *map(_of_group, _meetings(case))) if r]
    return max(found, key=lambda r: (r.numbers["connected"], r.numbers["edges"]), default=None)


def _of_edges(case: Case) -> Reason | None:
    edges = case.acting
    if not edges:
        return None
    pairs = [pair for edge in edges for pair in case.shared(edge)]
    objects = {(pair.trace, pair.object) for pair in pairs}
    documents = [d for pair in pairs for d in (pair.a, pair.b)]
    numbers = {
        "accounts": len({account for edge in edges for account in (edge.a, edge.b)}),
        "connected": connected(edges),
        "edges": len(edges),
        "objects": len(objects),
        "documents": len(set(documents)),
        "co_actions": sum(edge.weight for edge in edges),
        "expected": sum(edge.expected for edge in edges),
        "smallest_q": min(edge.q for edge in edges),
        "largest_q": max(edge.q for edge in edges),
        "window": max(edge.window for edge in edges),
    }
    evidence = capped((*(edge.id for edge in edges[:50]), *documents))
    return Reason(kind="coordination", sentence=_sentence(edges, numbers), numbers=numbers, evidence=evidence, innocent=INNOCENT)


def _meetings(case: Case) -> list[Meeting]:
    """Significant groups of which MET members or more shared a text or a link of this narrative within the group's window."""
    found = []
    for group in case.night.groups:
        if group.q <= case.night.settings["coordination.q"] and group.id not in case.night.cleared:
            members = set(group.members) - case.night.cleared
            met = [docs for docs in (meeting(d, members, group.window) for d in _objects(case)) if len({d.account for d in docs}) >= MET]
            if met:
                found.append(Meeting(group, met))
    return found


def _objects(case: Case) -> list[list[Document]]:
    """The narrative's documents by shared text and by shared link, in order of time, agency texts and reposts left out."""
    own = [d for d in case.own if d.id not in case.wire]
    links: dict[str, list[Document]] = {}
    for document in own:
        for link in dict.fromkeys(filter(None, map(canonical, document.links))):
            links.setdefault(link, []).append(document)
    return [[d for d in found if d.id not in case.wire and not d.repost_of] for found in case.copies] + list(links.values())


def _of_group(found: Meeting) -> Reason:
    group = found.group
    documents = sorted({d.id for docs in found.objects for d in docs})
    accounts = len({d.account for docs in found.objects for d in docs})
    numbers = {
        "accounts": accounts,
        "connected": accounts,
        "edges": len(group.edges),
        "objects": len(found.objects),
        "documents": len(documents),
        "group": len(group.members),
        "co_actions": group.joins,
        "expected": group.expected,
        "smallest_q": group.q,
        "largest_q": group.q,
        "window": group.window,
    }
    texts = "the same text or link" if len(found.objects) == 1 else f"the same {len(found.objects)} texts or links"
    sentence = (
        f"{count(accounts, 'account')} of a group of {len(group.members)} shared {texts} of this narrative within {duration(group.window)} "
        f"of each other; in all, the group met {count(group.joins, 'time')}; by chance one would expect {small(group.expected)} "
        f"(q {small(group.q)})"
    )
    return Reason(kind="coordination", sentence=sentence, numbers=numbers, evidence=capped((group.id, *documents)), innocent=INNOCENT)


def _sentence(edges: list[Edge], numbers: dict[str, float]) -> str:
    traces = {trace for edge in edges for trace in edge.traces}
    noun = NOUNS.get(next(iter(traces)), "object") if len(traces) == 1 else "object"
    objects, pairs = int(numbers["objects"]), int(numbers["edges"])
    what = noun if objects == 1 else count(objects, noun)
    capped_at = "at least " if any(edge.pairs_total > len(edge.pairs) for edge in edges) and objects > 1 else ""
    return (
        f"{count(int(numbers['accounts']), 'account')} shared {capped_at}the same {what} "
        f"within {duration(numbers['window'])} of each other; "
        f"in all, {count(pairs, 'pair')} of them acted alike {count(int(numbers['co_actions']), 'time')}; "
        f"by chance one would expect {small(numbers['expected'])} (smallest q {small(numbers['smallest_q'])})"
    )


def connected(edges: list[Edge]) -> int:
    """The number of accounts of the largest set that the edges tie together."""
    root: dict[str, str] = {}

    def top(name: str) -> str:
        while root.setdefault(name, name) != name:
            name = root[name]
        return name

    for edge in edges:
        root[top(edge.a)] = top(edge.b)
    sizes = Counter(top(name) for name in list(root))
    return max(sizes.values())
