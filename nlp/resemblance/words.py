"""A text as the style model sees it: lower-case words, without links, mentions and the names of outlets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlp.clean import MENTION, URL, clean

FEATURES = 1
"""Raised whenever the same text would give other words or weights: a model made with another number is refused."""
LIMIT = 20_000
"""Characters of a text that are read."""

_WORD = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.(?:[a-z]{2,3}|info|news|online)\b", re.IGNORECASE)
_PART = re.compile(r"[\s._/:-]+")


def words(text: str) -> list[str]:
    """The lower-case words of the first LIMIT characters, in order; links, addresses and mentions are left out."""
    plain = clean(text[:LIMIT]).text
    return _WORD.findall(_ADDRESS.sub(" ", MENTION.sub(" ", URL.sub(" ", plain))).lower())


def outlet_names(publishers: Iterable[str]) -> frozenset[str]:
    """Words that name one of the publishers: their parts of four letters or more, the parts joined, and all parts of a short name.

    ``compact-online.de`` gives compact, online, compactonline; ``de.rt.com`` gives rt.
    """
    names: set[str] = set()
    for publisher in publishers:
        parts = [part for part in _PART.split(publisher.lower().removeprefix("www.")) if part]
        own = parts[:-1] if "." in publisher and len(parts) > 1 else parts
        names |= {part for part in own if len(part) >= 4}
        names.add("".join(own))
        if not any(len(part) >= 4 for part in own):
            names |= set(own[-1:])
    return frozenset(word for name in names for word in (name, *_WORD.findall(name)))
