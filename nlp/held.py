"""Narratives that an analyst holds (pinned, merged or split): their documents stay theirs whatever the clusters of a night say.

A held narrative is never merged into another and never split. It still grows: the story that its documents are in is its own, with the new
documents there. Where one story holds documents of two held narratives, it is cut: each new document goes to the side whose words it
shares more of. Where most known documents of a story are another narrative's, the held ones leave it and take nothing along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from nlp.stories import TERMS, Item, Story
from nlp.story_features import counted


def settled(told: Sequence[Story], owner: Mapping[str, str], held: AbstractSet[str]) -> tuple[list[Story], dict[str, Story]]:
    """The stories that no held narrative has a part in, and the one story of each held narrative that has documents tonight."""
    rest: list[Story] = []
    parts: dict[str, list[Story]] = {}
    for story in told:
        mine = {name for name in (owner.get(d) for d in story.ids) if name in held}
        if not mine:
            rest.append(story)
            continue
        for name, part in _cut(story, owner, held):
            if name:
                parts.setdefault(name, []).append(part)
            else:
                rest.append(part)
    return rest, {name: joined(found) for name, found in sorted(parts.items())}


def _cut(story: Story, owner: Mapping[str, str], held: AbstractSet[str]) -> list[tuple[str, Story]]:
    """The story by held narrative; "" for what is none's."""
    homes = {d: owner[d] for d in story.ids if owner.get(d) in held}
    others = sum(1 for d in story.ids if d in owner and d not in homes)
    free = [item for item in story.items if item[0].id not in homes]
    if others > len(homes):
        homes |= {item[0].id: "" for item in free}
    elif len(set(homes.values())) > 1:
        homes |= _nearest(story, homes, free)
    else:
        homes |= {item[0].id: next(iter(homes.values())) for item in free}
    return [(name, part(story, {d for d, home in homes.items() if home == name})) for name in sorted(set(homes.values()))]


def _nearest(story: Story, homes: Mapping[str, str], free: Sequence[Item]) -> dict[str, str]:
    """For each free document the held narrative whose documents share most of its words, on average."""
    holding: dict[str, Counter[str]] = {}
    sizes = Counter(homes.values())
    for document, annotation in story.items:
        if document.id in homes:
            holding.setdefault(homes[document.id], Counter()).update(set(annotation.lemmas.lower().split()))
    found = {}
    for document, annotation in free:
        words = set(annotation.lemmas.lower().split())
        shares = {name: sum(count[w] for w in words) / sizes[name] for name, count in holding.items()}
        found[document.id] = min(shares, key=lambda name: (-round(shares[name], 9), name))
    return found


def part(story: Story, ids: AbstractSet[str]) -> Story:
    """The documents ``ids`` of a story as a story of their own, with those of its terms that they use."""
    items = tuple(item for item in story.items if item[0].id in ids)
    used = {word for _, annotation in items for word in annotation.lemmas.lower().split()}
    keys = {annotation.text_key or document.id for document, annotation in items}
    typical = tuple(item for item in story.typical if item[0].id in ids) or items[:1]
    terms = tuple(term for term in story.terms if term in used)
    ties = tuple(tie for tie in story.ties if tie.a in ids and tie.b in ids)
    return Story(items, len(keys), typical, terms, _entities(items), ties)


def joined(parts: Sequence[Story]) -> Story:
    """Several stories as one, the largest first wherever an order counts."""
    if len(parts) == 1:
        return parts[0]
    ordered = sorted(parts, key=lambda story: (-len(story.items), story.ids))
    items = tuple(sorted((item for story in parts for item in story.items), key=lambda item: (item[0].time, item[0].id)))
    terms = dict.fromkeys(story.terms[rank] for rank in range(TERMS) for story in ordered if rank < len(story.terms))
    typical = tuple(item for story in ordered for item in story.typical)
    ties = tuple(tie for story in ordered for tie in story.ties)
    return Story(items, sum(story.nodes for story in parts), typical, tuple(terms)[:TERMS], _entities(items), ties)


def _entities(items: Sequence[Item]) -> tuple[str, ...]:
    return tuple(e for e, _ in counted({m.id for m in annotation.entities} for _, annotation in items))[:TERMS]
