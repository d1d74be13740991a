"""Outlets that somebody lists, as something else than ordinary media, carry this narrative more than they carry the rest of the night."""

from __future__ import annotations

from models.records import Reason
from nlp.reasons._case import Case, capped, count, doubted, small

LEAST = 2
P = 0.01
INNOCENT = (
    "a list says what its makers think of an outlet, not that this text is wrong",
    "an outlet with a strong interest in one subject reports more on it than others do",
)


def reason(case: Case) -> Reason | None:
    """At least LEAST listed outlets whose share of the narrative is beyond their share of all documents (binomial tail below P)."""
    from scipy.stats import binom

    documents = [d for d in case.own if doubted(case.night.sources.get(d.source))]
    outlets = sorted({d.source for d in documents})
    if len(outlets) < LEAST:
        return None
    share = case.night.listed_share
    tail = float(binom.sf(len(documents) - 1, len(case.own), share)) if share < 1 else 1.0
    if tail >= P:
        return None
    numbers = {
        "outlets": len(outlets),
        "documents": len(documents),
        "of": len(case.own),
        "share": len(documents) / len(case.own),
        "share_of_all": share,
        "p": tail,
    }
    return Reason(
        kind="listed",
        sentence=_sentence(case, outlets, numbers),
        numbers=numbers,
        evidence=capped(d.id for d in documents),
        innocent=INNOCENT,
    )


def _sentence(case: Case, outlets: list[str], numbers: dict[str, float]) -> str:
    said = [f"{name} by {entry.by} as {entry.label}" for name in outlets[:5] for entry in doubted(case.night.sources[name])[:1]]
    more = f" and {len(outlets) - 5} more" if len(outlets) > 5 else ""
    return (
        f"{count(int(numbers['documents']), 'document')} of {int(numbers['of'])} come from {count(len(outlets), 'listed outlet')} "
        f"({numbers['share']:.0%}; of all documents it is {numbers['share_of_all']:.0%}, p {small(numbers['p'])}): {', '.join(said)}{more}"
    )
