"""Sets of copies in several languages that are one text: found as translations by :mod:`nlp.neardup`, where dictionaries lead there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.records import Annotation, Document

MOST = 400
"""Sets of one narrative beyond which translations are not looked for: so wide a story is everybody's."""
LEAST = 0.9
"""Least score of a translation."""
LEAST_WORDS = 12

Sets = list[list[Document]]


def joined(sets: Sequence[list[Document]], notes: Mapping[str, Annotation]) -> Sets:
    """The sets, those that translate each other as one, each in order of time; the first text of each stands for it."""
    languages = [notes[found[0].id].language for found in sets]
    long = [i for i, found in enumerate(sets) if len(found[0].text.split()) >= LEAST_WORDS]
    if len({languages[i] for i in long}) < 2 or len(sets) > MOST:
        return list(sets)
    from nlp.neardup import Text, find

    texts = [Text(str(i), f"{sets[i][0].title}\n{sets[i][0].text}".strip(), languages[i]) for i in long]
    home = list(range(len(sets)))

    def top(i: int) -> int:
        while home[i] != i:
            i = home[i]
        return i

    for pair in find(texts):
        if pair.kind == "translation" and pair.score >= LEAST:
            a, b = sorted((top(int(pair.a)), top(int(pair.b))))
            home[b] = a
    merged: dict[int, list[Document]] = {}
    for i, found in enumerate(sets):
        merged.setdefault(top(i), []).extend(found)
    return [sorted(found, key=lambda d: (d.time, d.id)) for found in merged.values()]
