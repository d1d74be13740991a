"""Names that survive the night: tonight's stories matched with the narratives that were known before.

Members decide first: a story continues the narrative with which it shares most documents, one to one. Then words: a story of new documents
wakes a sleeping narrative whose terms and entities it repeats. What is left is born, or split off, or has merged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from models.codec import Record
from models.records import Narrative, digest
from nlp.stories import Story

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SHARE = 1 / 3
"""Least share of the smaller side that must be common for a story to continue a narrative."""
ALIKE = 0.5
"""Least likeness of terms and entities for a sleeping narrative to wake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrativeEvent(Record):
    """What happened to a narrative's identity. ``kind``: birth, merge, split, sleep, return; ``others``: narratives involved.

    ``numbers`` are those of the reason: documents (known or common ones), size (documents of the story or narrative), alike (0 to 1).
    """

    narrative: str
    kind: str
    night: datetime
    reason: str
    others: tuple[str, ...] = ()
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The hash of what happened and on which day: a night run twice tells the same event, not a second one."""
        return digest("event", self.narrative, self.kind, self.night.date().isoformat(), *self.others)


@dataclass(frozen=True, slots=True)
class Match:
    """Which narrative a story continues (``continues``), and with how many common documents; 0 if its words woke it."""

    continues: Narrative
    common: int
    likeness: float = 1.0


def new_id(founder: str, taken: set[str]) -> str:
    """``N-7Q4K``: 20 bits of the founding document's hash in Crockford's base 32, hashed on until the id is free."""
    attempt = 0
    while True:
        bits = int(digest("narrative", founder, str(attempt))[:8], 16)
        name = "N-" + "".join(ALPHABET[bits >> shift & 31] for shift in (15, 10, 5, 0))
        if name not in taken:
            return name
        attempt += 1


def owners(previous: Sequence[Narrative]) -> dict[str, str]:
    """Document id to the narrative that holds it now: of a narrative and one it merged into, the latter."""
    held: dict[str, list[Narrative]] = {}
    for narrative in previous:
        for document in narrative.documents:
            held.setdefault(document, []).append(narrative)
    return {document: _latest(holders) for document, holders in held.items()}


def _latest(holders: list[Narrative]) -> str:
    if len(holders) == 1:
        return holders[0].id
    parents = {parent for holder in holders for parent in holder.parents}
    return min((h.id for h in holders if h.id not in parents), default=holders[0].id)


def matched(stories: Sequence[Story], previous: Sequence[Narrative], owner: Mapping[str, str], least: int) -> dict[int, Match]:
    """Story position to the narrative it continues, one to one and the same for every order of ``previous``."""
    known = {narrative.id: narrative for narrative in previous}
    found = _by_members(stories, known, owner)
    held, continued = set(owner.values()), {match.continues.id for match in found.values()}
    shared = {owner[d] for story in stories for d in story.ids if d in owner}
    free = [i for i, story in enumerate(stories) if i not in found and len(story.items) >= least and not any(d in owner for d in story.ids)]
    return found | _by_words(stories, free, [known[name] for name in sorted(held - continued - shared)])


def _by_members(stories: Sequence[Story], known: Mapping[str, Narrative], owner: Mapping[str, str]) -> dict[int, Match]:
    common: Counter[tuple[int, str]] = Counter()
    inside: Counter[str] = Counter()
    for position, story in enumerate(stories):
        for document in story.ids:
            if document in owner:
                common[position, owner[document]] += 1
                inside[owner[document]] += 1
    ranked = []
    for (position, name), count in common.items():
        size = len(stories[position].items)
        if count >= SHARE * min(size, inside[name]):
            ranked.append((-count / (size + inside[name] - count), -count, known[name].first_seen, name, position, count))
    found: dict[int, Match] = {}
    used: set[str] = set()
    for *_, name, position, count in sorted(ranked):
        if position not in found and name not in used:
            found[position] = Match(known[name], count)
            used.add(name)
    return found


def _by_words(stories: Sequence[Story], free: Sequence[int], asleep: Sequence[Narrative]) -> dict[int, Match]:
    holders: dict[str, list[Narrative]] = {}
    for narrative in asleep:
        for name in dict.fromkeys((*narrative.terms, *narrative.entities)):
            holders.setdefault(name, []).append(narrative)
    ranked = []
    for position in free:
        story = stories[position]
        near = {n.id: n for name in dict.fromkeys((*story.terms, *story.entities)) for n in holders.get(name, ())}
        scored = ((likeness(story, narrative), name, position, narrative) for name, narrative in near.items())
        ranked += [(-score, name, position, narrative) for score, name, position, narrative in scored if score >= ALIKE]
    found: dict[int, Match] = {}
    used: set[str] = set()
    for score, name, position, narrative in sorted(ranked, key=lambda row: row[:3]):
        if position not in found and name not in used:
            found[position] = Match(narrative, 0, -score)
            used.add(name)
    return found


def likeness(story: Story, narrative: Narrative) -> float:
    """Common terms and entities over the size of the smaller list, 0 to 1; earlier terms weigh more."""
    a, b = _ranked((*story.terms, *story.entities)), _ranked((*narrative.terms, *narrative.entities))
    smaller = min(sum(a.values()), sum(b.values()))
    return sum(min(a[k], b[k]) for k in a.keys() & b.keys()) / smaller if smaller else 0.0


def _ranked(names: Sequence[str]) -> dict[str, float]:
    return {name: 1 / (1 + rank / 10) for rank, name in enumerate(dict.fromkeys(names))}
