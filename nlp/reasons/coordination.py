"""Accounts of this narrative acted alike more often than chance allows."""

from __future__ import annotations

from collections import Counter

from models.records import Edge, Reason
from nlp.reasons._case import Case, capped, count, duration, small

INNOCENT = (
    "accounts of one party, newsroom or association that post the same text or link on purpose and openly",
    "a call to share that supporters followed at an announced hour",
    "one program that posts to several accounts of the same owner",
)
NOUNS = {"url": "link", "domain": "site", "hashtag": "hashtag", "repost": "post", "same_text": "text"}


def reason(case: Case) -> Reason | None:
    """The significant edges whose evidence lies in the narrative; None without one."""
    edges = case.acting
    if not edges:
        return None
    pairs = [pair for edge in edges for pair in case.shared(edge)]
    accounts = {account for edge in edges for account in (edge.a, edge.b)}
    objects = {(pair.trace, pair.object) for pair in pairs}
    documents = [d for pair in pairs for d in (pair.a, pair.b)]
    numbers = {
        "accounts": len(accounts),
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


def _sentence(edges: list[Edge], numbers: dict[str, float]) -> str:
    traces = {trace for edge in edges for trace in edge.traces}
    noun = NOUNS.get(next(iter(traces)), "object") if len(traces) == 1 else "object"
    objects, pairs = int(numbers["objects"]), int(numbers["edges"])
    what = noun if objects == 1 else count(objects, noun)
    capped_at = "at least " if any(edge.pairs_total > len(edge.pairs) for edge in edges) and objects > 1 else ""
    return (
        f"{count(int(numbers['accounts']), 'account')} shared {capped_at}the same {what} "
        f"within {duration(numbers['window'])} of each other; "
        f"in all, {count(pairs, 'pair')} of them acted alike {count(int(numbers['co_actions']), 'time')}, "
        f"where chance would give {small(numbers['expected'])} (smallest q {small(numbers['smallest_q'])})"
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
