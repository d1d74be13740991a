"""What a night's documents resemble: asked document by document and site by site, each answer worked out once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from models.claims import Claim
from models.records import Annotation, Document

if TYPE_CHECKING:
    from nlp.resemblance.claims import Match, Matcher
    from nlp.resemblance.style import Model

MOST = 50
"""Texts of a site that are read for its style."""
LEAST = 5
"""Texts of a site below which nothing is said of its style."""


@dataclass(frozen=True)
class Known:
    """What the user gave: claims, and a model of style if there is one."""

    claims: Sequence[Claim] = ()
    style: Model | None = None


@dataclass(frozen=True, slots=True)
class SiteStyle:
    """Of one site: the probability that it writes as listed outlets do, from how many texts, and the words that weigh most."""

    p: float
    texts: int
    words: tuple[str, ...]


@dataclass
class Likeness:
    """``known`` against a night. ``publisher``: who answers for a document."""

    known: Known
    documents: Mapping[str, Document]
    annotations: Mapping[str, Annotation]
    publisher: Callable[[Document], str]
    _matches: dict[str, list[Match]] = field(default_factory=dict)
    _sites: dict[str, SiteStyle | None] = field(default_factory=dict)

    @cached_property
    def _matcher(self) -> Matcher:
        from nlp.resemblance.claims import Matcher

        return Matcher(self.known.claims, self.annotations.values())

    def matches(self, document: Document, least: float) -> list[Match]:
        """The claims that the document resembles with probability ``least`` or more; none without claims."""
        if not self.known.claims or document.id not in self.annotations:
            return []
        if document.id not in self._matches:
            self._matches[document.id] = self._matcher.matches(document, self.annotations[document.id])
        return [m for m in self._matches[document.id] if m.p >= least]

    @cached_property
    def _articles(self) -> dict[str, list[Document]]:
        found: dict[str, list[Document]] = {}
        for document in sorted(self.documents.values(), key=lambda d: d.id):
            if document.kind == "article" and document.id in self.annotations:
                found.setdefault(self.publisher(document), []).append(document)
        return found

    def site(self, publisher: str) -> SiteStyle | None:
        """How a site writes, over at most MOST of its articles; None without a model of its language or with fewer than LEAST texts."""
        if self.known.style is None:
            return None
        if publisher not in self._sites:
            self._sites[publisher] = self._style(self._articles.get(publisher, [])[:MOST])
        return self._sites[publisher]

    def _style(self, articles: Sequence[Document]) -> SiteStyle | None:
        languages = Counter(self.annotations[d.id].language for d in articles)
        language = min(languages, key=lambda code: (-languages[code], code), default="")
        style = self.known.style.styles.get(language) if self.known.style else None
        if style is None:
            return None
        opinions = [style.opinion(f"{d.title}\n{d.text}") for d in articles if self.annotations[d.id].language == language]
        read = [o for o in opinions if o.readable]
        if len(read) < LEAST:
            return None
        words = Counter(word for o in read if o.score > 0 for word in o.phrases)
        top = sorted(words, key=lambda word: (-words[word], word))[:8]
        return SiteStyle(style.of_site([o.score for o in read]), len(read), tuple(top))
