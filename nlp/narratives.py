"""One night's narratives: stories found in the window, under ids that were there the night before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.codec import Record
from models.decisions import Decision, held, names
from models.records import Annotation, Document, Link, Narrative
from models.settings import Settings
from nlp.held import settled
from nlp.identity import Match, NarrativeEvent, matched, new_id, owners
from nlp.labels import label
from nlp.stories import Story, stories

VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Narration(Record):
    """What one night told: all narratives, those that sleep too, what happened to their identities, and what ties their documents."""

    narratives: tuple[Narrative, ...]
    events: tuple[NarrativeEvent, ...]
    links: tuple[Link, ...] = ()


def narrate(
    items: Iterable[tuple[Document, Annotation]],
    previous: Sequence[Narrative],
    settings: Settings,
    night: datetime,
    decisions: Sequence[Decision] = (),
) -> Narration:
    """Cluster the window's documents and give each cluster the id it had, or a new one.

    ``previous``: every narrative ever told, asleep ones too (an id is never given twice), from before this night or after
    it: a night told twice gives the same narratives, and only the events that were not told yet. Documents older than
    ``narratives.days`` before ``night`` are left out; narratives without any document in the window sleep and keep theirs.
    What analysts decided stands: see :mod:`nlp.held`.
    """
    days = float(settings["narratives.days"])
    window = [item for item in items if item[0].time >= night - timedelta(days=days)]
    told = stories(window, settings["narratives.threshold"], days)
    return _Night(told, previous, settings, night, decisions).narration()


class _Night:
    """The bookkeeping of one night; every method reads what is known and none changes it."""

    def __init__(
        self, told: list[Story], previous: Sequence[Narrative], settings: Settings, night: datetime, decisions: Sequence[Decision]
    ) -> None:
        self.previous = sorted(previous, key=lambda n: (n.first_seen, n.id))
        self.night = night
        self.language = str(settings["report.language"])
        least = int(settings["narratives.least"])
        self.owner = owners(self.previous)
        self.named = names(decisions)
        told, self.matches = self._matched(told, least, held(decisions))
        keep = [i for i, story in enumerate(told) if i in self.matches or len(story.items) >= least]
        self.stories = {i: told[i] for i in keep}
        self.ids = self._named()
        self.holder = {d: self.ids[i] for i, story in self.stories.items() for d in story.ids}
        self.alive = set(self.ids.values())
        self.known = {n.id: n for n in self.previous}
        self.gone = self._merged_away()

    def _matched(self, told: list[Story], least: int, kept: frozenset[str]) -> tuple[list[Story], dict[int, Match]]:
        """The stories with what analysts hold put right, and which narrative each continues; held ones come last and are certain."""
        known = {n.id: n for n in self.previous}
        rest, certain = settled(told, self.owner, kept & known.keys())
        open_ = [n for n in self.previous if n.id not in certain]
        matches = matched(rest, open_, {d: n for d, n in self.owner.items() if n not in certain}, least)
        for position, (name, story) in enumerate(certain.items(), start=len(rest)):
            matches[position] = Match(known[name], sum(self.owner.get(d) == name for d in story.ids))
        return [*rest, *certain.values()], matches

    def _named(self) -> dict[int, str]:
        taken = {n.id for n in self.previous}
        ids = {i: match.continues.id for i, match in self.matches.items()}
        for i, story in self.stories.items():
            if i not in ids:
                ids[i] = new_id(story.ids[0], taken)
                taken.add(ids[i])
        return ids

    def narration(self) -> Narration:
        events: list[NarrativeEvent] = []
        narratives: list[Narrative] = []
        for i, story in self.stories.items():
            match = self.matches.get(i)
            parents, happened = self._origin(i, story, match)
            narratives.append(self._narrative(self.ids[i], story, match, parents))
            events += happened
        for narrative in self.previous:
            if narrative.id not in self.alive:
                narratives.append(self._asleep(narrative))
                events += self._sleep_event(narrative)
        return Narration(
            narratives=tuple(sorted(narratives, key=lambda n: (n.first_seen, n.id))),
            events=tuple(sorted(events, key=lambda e: (e.narrative, e.kind, e.others))),
            links=tuple(link for i, story in self.stories.items() for link in self._links(self.ids[i], story)),
        )

    def _links(self, name: str, story: Story) -> Iterator[Link]:
        for tie in story.ties:
            yield Link(
                narrative=name, a=tie.a, b=tie.b, languages=tie.languages, similarity=tie.similarity, shared=tie.shared, night=self.night
            )

    def _merged_away(self) -> dict[str, str]:
        """Narratives nothing continues, most of whose documents in the window are in one other narrative now."""
        gone = {}
        for narrative in self.previous:
            mine = [d for d in narrative.documents if self.owner[d] == narrative.id]
            homes = Counter(self.holder[d] for d in mine if d in self.holder)
            if narrative.id not in self.alive and homes:
                gone[narrative.id] = min(homes, key=lambda name: (-homes[name], name))
        return gone

    def _origin(self, i: int, story: Story, match: Match | None) -> tuple[tuple[str, ...], list[NarrativeEvent]]:
        name = self.ids[i]
        absorbed = tuple(sorted(other for other, into in self.gone.items() if into == name))
        events = [self._merge_event(name, other, story) for other in absorbed]
        if match:
            if match.continues.status == "asleep":
                events.append(self._return_event(name, story, match))
            return absorbed, events
        parent = self._parent(story)
        if parent and parent not in self.gone:
            return (*absorbed, parent), [*events, self._split_event(name, parent, story)]
        return absorbed, [*events, self._birth_event(name, story)]

    def _parent(self, story: Story) -> str:
        """The narrative that half of the story's documents were in, or "": what a story split off from."""
        known = Counter(self.owner[d] for d in story.ids if d in self.owner)
        best = min(known, key=lambda name: (-known[name], name), default="")
        return best if best and known[best] * 2 >= len(story.items) else ""

    def _narrative(self, name: str, story: Story, match: Match | None, parents: tuple[str, ...]) -> Narrative:
        before = match.continues if match else None
        sources = [self.known[n] for n in (name, *parents) if n in self.known]
        old = [d for n in sources for d in n.documents if self._kept(d, n, name)]
        grown = self._grown(story, before)
        return Narrative(
            id=name,
            label=self.named.get(name) or label(story, before, self.language),
            terms=story.terms,
            entities=story.entities,
            languages=story.languages,
            documents=(*old, *story.ids),
            first_seen=min(story.items[0][0].time, before.first_seen) if before else story.items[0][0].time,
            last_seen=max(item[0].time for item in story.items),
            parents=tuple(dict.fromkeys((*(before.parents if before else ()), *parents))),
            status=self._status(before, grown),
            grown=grown,
            night=self.night,
        )

    def _kept(self, document: str, narrative: Narrative, name: str) -> bool:
        """Does a document outside tonight's stories stay with ``name``: its own one, or one of a narrative that merged into it?"""
        if document in self.holder or self.owner[document] != narrative.id:
            return False
        return narrative.id == name or self.gone.get(narrative.id) == name

    def _again(self, before: Narrative) -> bool:
        """Was this narrative told on this very night already?"""
        return before.night is not None and before.night.date() == self.night.date()

    def _grown(self, story: Story, before: Narrative | None) -> int:
        """Documents that nobody had told before this night, told twice or not."""
        added = sum(1 for d in story.ids if d not in self.owner)
        if before is None:
            return added
        return added + (before.grown if self._again(before) else 0)

    def _status(self, before: Narrative | None, grown: int) -> str:
        if before is None or (before.status == "new" and self._again(before)):
            return "new"
        return "growing" if grown else "stable"

    def _asleep(self, narrative: Narrative) -> Narrative:
        if narrative.status == "asleep":
            return narrative
        return replace(narrative, status="asleep", grown=0, night=self.night)

    def _event(self, name: str, kind: str, reason: str, others: tuple[str, ...] = (), **numbers: float) -> NarrativeEvent:
        return NarrativeEvent(narrative=name, kind=kind, night=self.night, reason=reason, others=others, numbers=numbers)

    def _birth_event(self, name: str, story: Story) -> NarrativeEvent:
        return self._event(name, "birth", f"{_documents(len(story.items))} that no known narrative holds", size=len(story.items))

    def _merge_event(self, name: str, other: str, story: Story) -> NarrativeEvent:
        common = sum(1 for d in story.ids if self.owner.get(d) == other)
        say = "says" if common == 1 else "say"
        reason = f"{_documents(common)} of {other} now {say} the same as the {len(story.items)} here"
        return self._event(name, "merge", reason, (other,), documents=common, size=len(story.items))

    def _split_event(self, name: str, parent: str, story: Story) -> NarrativeEvent:
        common = sum(1 for d in story.ids if self.owner.get(d) == parent)
        return self._event(
            name,
            "split",
            f"{common} of {_documents(len(story.items))} {'was' if common == 1 else 'were'} in {parent}, which goes on without them",
            (parent,),
            documents=common,
            size=len(story.items),
        )

    def _return_event(self, name: str, story: Story, match: Match) -> NarrativeEvent:
        size, common = len(story.items), match.common
        if common:
            return self._event(name, "return", f"{_documents(size)} in the window, {common} of them known", documents=common, size=size)
        reason = f"{_documents(size)} repeat its terms and names ({match.likeness:.0%} alike)"
        return self._event(name, "return", reason, size=size, alike=round(match.likeness, 3))

    def _sleep_event(self, narrative: Narrative) -> list[NarrativeEvent]:
        if narrative.status == "asleep" or narrative.id in self.gone:
            return []
        reason = "none of its documents in the window holds it together any more"
        return [self._event(narrative.id, "sleep", reason, size=len(narrative.documents))]


def _documents(count: int) -> str:
    return f"{count} document{'' if count == 1 else 's'}"
