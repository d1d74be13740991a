"""A narrative's label: the title or first sentence of its most typical text, kept while that text stays typical."""

from __future__ import annotations

import re

from models.records import Document, Narrative
from nlp.stories import Story

LONGEST = 90


def label(story: Story, before: Narrative | None) -> str:
    """The phrase of the most central text; the label it had if one of the more central half of its texts still says it."""
    phrases = [p for p in (phrase(document) for document, _ in story.typical) if p]
    if before and before.label in phrases[: len(phrases) // 2 + 1]:
        return before.label
    return phrases[0] if phrases else " ".join(story.terms[:5])


def phrase(document: Document) -> str:
    """The title, or the first sentence without links, in one line of at most LONGEST characters, cut between words."""
    text = document.title.strip() or re.sub(r"https?://\S+", " ", document.text)
    text = " ".join(text.split())
    sentence = text if document.title.strip() else re.split(r"(?<=[.!?…])\s", text, maxsplit=1)[0]
    if len(sentence) <= LONGEST:
        return sentence
    return sentence[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"
