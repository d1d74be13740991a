"""A narrative's label: the title or the most telling sentence of its most typical text, kept while that text stays typical."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from models.records import Annotation, Document, Narrative
from nlp.clean import URL
from nlp.stories import Story
from nlp.story_features import folded

LONGEST = 90
SHORTEST = 20
"""Characters of a label; a shorter sentence is joined with the next."""
TYPICAL = 5
"""Most texts whose sentences are looked at."""

_SENTENCE = re.compile(r"(?<=[.!?…»“\"])\s+(?=[^\W\d_a-zß-öø-ÿ«„\"#])|\n+")
_NOISE = re.compile(rf"{URL.pattern}|^\W*RT\s+@\S+|(?:^|\s)@[\w.@-]+:?|[\U0001f446-\U0001f449]", re.IGNORECASE)


def label(story: Story, before: Narrative | None, language: str = "") -> str:
    """The most telling phrase of the most central texts; the one it had while one of the more central half of its texts says it.

    Where the story has texts in the reader's ``language``, only they are looked at; nothing is translated.
    """
    documents = _in(language, story.typical) or [document for document, _ in story.typical]
    if before:
        half = documents[: len(documents) // 2 + 1]
        if any(before.label in phrases(document) for document in half):
            return before.label
    return _most_telling(documents, story.terms) or " ".join(story.terms[:5])


def label_in(language: str, items: Sequence[tuple[Document, Annotation]], terms: Sequence[str]) -> str:
    """The most telling phrase of those of ``items`` (the oldest count first) that are in ``language``; "" if none is."""
    return _most_telling(_in(language, items), terms)


def _in(language: str, items: Sequence[tuple[Document, Annotation]]) -> list[Document]:
    return [document for document, annotation in items if language and (annotation.language or document.language) == language]


def _most_telling(documents: Sequence[Document], terms: Sequence[str]) -> str:
    stems = [folded(term)[:5] for term in terms]
    found = [(phrase, place) for place, document in enumerate(documents[:TYPICAL]) for phrase in phrases(document)]
    best = max(found, key=lambda pair: (_telling(pair[0], stems) - pair[1], -len(pair[0])), default=None)
    return best[0] if best else ""


def phrases(document: Document) -> list[str]:
    """The title, or without one the first sentences, each in one line of at most LONGEST characters, cut between words."""
    if document.title.strip():
        return [_cut(" ".join(document.title.split()))]
    return [_cut(sentence) for sentence, _ in zip(_sentences(document.text[:2000]), range(6), strict=False)]


def _sentences(text: str) -> Iterator[str]:
    pending = ""
    for part in _SENTENCE.split(_NOISE.sub(" ", text)):
        pending = " ".join(f"{pending} {part}".split())
        if len(pending) >= SHORTEST:
            yield pending
            pending = ""
    if pending:
        yield pending


def _telling(phrase: str, stems: Sequence[str]) -> int:
    """How many of the narrative's terms a phrase names, by their first letters."""
    starts = {folded(word)[:5] for word in re.findall(r"\w+", phrase)}
    return sum(stem in starts for stem in stems)


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"
