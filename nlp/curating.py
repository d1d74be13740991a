"""What an analyst's merge or split does at once: the narratives as they are from now on, and the events that say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from models.records import Annotation, Document, Narrative
from nlp.identity import NarrativeEvent, new_id
from nlp.labels import phrases
from nlp.stories import TERMS
from nlp.story_features import counted

Item = tuple[Document, Annotation | None]


def merged(into: Narrative, other: Narrative, when: datetime, reason: str) -> tuple[list[Narrative], NarrativeEvent]:
    """``into`` with all documents of ``other``, which sleeps from now on."""
    documents = tuple(dict.fromkeys((*into.documents, *other.documents)))
    both = replace(
        into,
        documents=documents,
        terms=tuple(dict.fromkeys((*into.terms, *other.terms)))[:TERMS],
        entities=tuple(dict.fromkeys((*into.entities, *other.entities)))[:TERMS],
        languages=tuple(dict.fromkeys((*into.languages, *other.languages))),
        first_seen=min(into.first_seen, other.first_seen),
        last_seen=max(into.last_seen, other.last_seen),
        parents=tuple(dict.fromkeys((*into.parents, other.id))),
        status="stable" if into.status == "asleep" and other.status != "asleep" else into.status,
    )
    numbers = {"documents": float(len(other.documents)), "size": float(len(documents))}
    event = NarrativeEvent(narrative=into.id, kind="merge", night=when, reason=reason, others=(other.id,), numbers=numbers)
    return [both, replace(other, status="asleep", grown=0)], event


def split(
    narrative: Narrative, moved: Sequence[Item], rest: Sequence[Item], taken: set[str], when: datetime, *, reason: str
) -> tuple[list[Narrative], NarrativeEvent]:
    """``narrative`` without the documents ``moved``, and a new one of them. Neither ``moved`` nor ``rest`` may be empty."""
    ids = {document.id for document, _ in moved}
    name = new_id(moved[0][0].id, taken | {narrative.id})
    own = replace(narrative, documents=tuple(d for d in narrative.documents if d not in ids), **_described(rest), status=narrative.status)
    child = Narrative(
        id=name,
        label=next((p for document, _ in moved for p in phrases(document)), narrative.label),
        documents=tuple(document.id for document, _ in moved),
        parents=(narrative.id,),
        status=narrative.status,
        night=narrative.night,
        **_described(moved),
    )
    numbers = {"documents": float(len(ids)), "size": float(len(narrative.documents))}
    event = NarrativeEvent(narrative=name, kind="split", night=when, reason=reason, others=(narrative.id,), numbers=numbers)
    return [own, child], event


def _described(items: Sequence[Item]) -> dict[str, Any]:
    notes = [annotation for _, annotation in items if annotation]
    times = [document.time for document, _ in items]
    return {
        "terms": tuple(term for term, _ in counted((lemma for lemma in note.lemmas.lower().split()) for note in notes))[:TERMS],
        "entities": tuple(e for e, _ in counted({m.id for m in note.entities} for note in notes))[:TERMS],
        "languages": tuple(code for code, _ in counted([note.language] for note in notes if note.language)),
        "first_seen": min(times),
        "last_seen": max(times),
    }
