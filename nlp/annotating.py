"""One document into one annotation, as plain JSON types: what runs in every worker process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from models.codec import plain
from models.records import Entity
from nlp import stance, textkey
from nlp.clean import LIMIT, clean
from nlp.entities import Gazetteer
from nlp.language import UNDECIDED, identify
from nlp.surnames import Surnames
from nlp.terms import key_terms
from nlp.tokens import BlankReader, PipelineReader, Reader

MOST_LEMMAS = 400

FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)
"""What a library may raise on hostile text: it costs that document its annotation, never the run."""

Item = Sequence[str]
"""Document id, title, text, declared language."""


class Annotator:
    """Everything loaded that annotating needs; languages are loaded when the first text of theirs comes."""

    def __init__(self, version: str, entities: Sequence[Entity], pipelines: Mapping[str, str]) -> None:
        self._version = version
        self._gazetteer = Gazetteer(entities)
        self._surnames = Surnames(entities)
        self._names = _names(entities)
        self._pipelines = pipelines
        self._readers: dict[str, Reader] = {}

    def annotate(self, item: Item) -> dict[str, Any]:
        """The annotation as JSON types; a document that cannot be read gets a minimal one whose profile says why."""
        try:
            return self._annotated(item)
        except FAULTS as error:
            return failed(item[0], self._version, f"{type(error).__name__}: {error}")

    def _annotated(self, item: Item) -> dict[str, Any]:
        document, title, body, declared = item
        raw = f"{title}\n{body}"
        cleaned = clean(raw)
        guess = identify(cleaned.text, declared)
        reader = self.reader(guess.language)
        head, _, rest = cleaned.text.partition("\n")
        words = reader.read(head)
        title_words = len(words.lemmas)
        more = reader.read(rest)
        words.surfaces += more.surfaces
        words.lemmas += more.lemmas
        whole = len(raw) <= LIMIT and "\n" not in title
        folded = textkey.folded_clean(rest) if body and whole else textkey.folded_words(body or title)
        mentions = self._gazetteer.find(cleaned, raw)
        mentions += self._surnames.find(cleaned, raw, mentions, guess.language, reader.lemmatiser.ordinary)
        attitude, found = stance.read(cleaned.text, guess.language)
        notes = ("; declared" if guess.declared else "", f"; first {LIMIT} characters" if len(raw) > LIMIT else "")
        return {
            "document": document,
            "version": self._version,
            "language": guess.language,
            "margin": guess.margin,
            "profile": reader.profile + "".join(notes),
            "entities": [plain(mention) for mention in sorted(mentions, key=lambda m: m.start)],
            "terms": list(key_terms(words, title_words, reader)),
            "lemmas": " ".join([lemma for lemma in words.lemmas if lemma][:MOST_LEMMAS]),
            "text_key": textkey.key_of(folded),
            "signature": textkey.signature_of(folded),
            "stance": attitude,
            "marks": list(stance.marks(found, cleaned, raw)),
        }

    def reader(self, code: str) -> Reader:
        """The reader of a language, loaded once."""
        found = self._readers.get(code)
        if found is None:
            name = self._pipelines.get(code)
            found = self._readers[code] = PipelineReader(code, name) if name else BlankReader(code)
            found.lemmatiser.names = self._names
        return found


def _names(entities: Sequence[Entity]) -> frozenset[str]:
    """The words of the election's names, and its hashtags, in lower case."""
    names = (name for entity in entities for name in (entity.name, *entity.hashtags, *chain.from_iterable(entity.aliases.values())))
    return frozenset(word.lower() for name in names for word in (*name.split(), name.lstrip("#").replace(" ", "")))


def failed(document: str, version: str, cause: str) -> dict[str, Any]:
    """The least an annotation can be."""
    return {"document": document, "version": version, "language": UNDECIDED, "margin": 0.0, "profile": f"failed: {cause[:200]}"}
