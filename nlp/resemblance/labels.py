"""Labelled texts: what a style is learnt from and judged on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from models.errors import StopRun
from models.records import digest

LEAST_PUBLISHERS = 2
"""Least publishers of each side; with one, its house style and the side cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text; ``listed``: does it come from an outlet of the kind that is learnt? The label is the outlet's, not the text's."""

    text: str
    listed: bool
    publisher: str
    language: str


def fingerprint(rows: Sequence[Labelled]) -> str:
    """32 hexadecimal characters of the texts and their labels, whatever their order."""
    return digest(*sorted(digest(r.text, str(r.listed), r.publisher, r.language) for r in rows))


def by_language(rows: Sequence[Labelled]) -> dict[str, list[Labelled]]:
    """The rows of each language, languages in order."""
    found: dict[str, list[Labelled]] = {}
    for row in rows:
        found.setdefault(row.language, []).append(row)
    return dict(sorted(found.items()))


def lacking(rows: Sequence[Labelled]) -> str:
    """Why nothing can be learnt from these rows of one language, or ""."""
    sides = {side: {r.publisher for r in rows if r.listed is side} for side in (True, False)}
    for side, name in ((True, "listed"), (False, "other")):
        if not sides[side]:
            return f"no text of {name} publishers, so there is only one class"
    if both := sides[True] & sides[False]:
        return f"publisher {min(both)!r} has both labels; labels here are of outlets, not of texts"
    for side, name in ((True, "listed"), (False, "other")):
        if len(sides[side]) < LEAST_PUBLISHERS:
            return f"only one {name} publisher, so its style cannot be told from its side"
    return ""


def usable(rows: Sequence[Labelled], where: str) -> tuple[dict[str, list[Labelled]], list[str]]:
    """The rows by language where something can be learnt, and what was left out and why. Raises StopRun if nothing is left."""
    kept, lost = {}, []
    for language, own in by_language(rows).items():
        fault = lacking(own)
        if fault:
            lost.append(f"{language or 'no language'}: {fault}")
        else:
            kept[language] = own
    if not kept:
        hint = f"at least {LEAST_PUBLISHERS} publishers of each label in one language"
        raise StopRun("; ".join(lost) or "no labelled text", where=where, hint=hint)
    return kept, lost


def publishers(rows: Sequence[Labelled]) -> dict[str, tuple[bool, int]]:
    """Of each publisher its side and its number of texts."""
    numbers = Counter(r.publisher for r in rows)
    side = {r.publisher: r.listed for r in rows}
    return {name: (side[name], numbers[name]) for name in sorted(numbers)}
