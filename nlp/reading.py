"""Reading documents: language, lemmas, entities, key terms and signatures, in batches over own worker processes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import metadata

from models.errors import UsageError
from models.protocols import Progress, silent
from models.records import Annotation, Document, Entity
from models.settings import Settings
from nlp import languages
from nlp.annotating import Annotator, Item

CODE = 1
"""Raised whenever the same text would get another annotation."""


def version(election_entities: Sequence[Entity], settings: Settings) -> str:
    """12 hexadecimal characters that change with the reading code, the entities, the pipelines and the language data.

    Equal on every machine with the same of these and the same releases of spaCy, its tables and py3langid. Raises UsageError for a
    pipeline that is not installed.
    """
    state = hashlib.blake2b(digest_size=6)
    libraries = [f"{name} {metadata.version(name)}" for name in ("spacy", "spacy-lookups-data", "py3langid")]
    pipelines = sorted(f"{code}={name}" for code, name in chosen_pipelines(settings).items())
    entities = sorted(entity.to_json() for entity in election_entities)
    for part in (str(CODE), *libraries, *pipelines, *entities, languages.fingerprint()):
        state.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return state.hexdigest()


def chosen_pipelines(settings: Settings) -> dict[str, str]:
    """Language code to pipeline name. Raises UsageError for a value of another form or a pipeline that is not installed."""
    chosen: dict[str, str] = {}
    for text in settings["nlp.pipelines"]:
        code, _, name = (part.strip() for part in text.partition("="))
        if not code or not name:
            raise UsageError(f"{text!r} is not a language and a pipeline", where="nlp.pipelines", hint="write fr=fr_core_news_md")
        chosen[code] = name
    return chosen


def annotate(
    documents: Iterable[Document], entities: Sequence[Entity], settings: Settings, progress: Progress = silent
) -> Iterator[Annotation]:
    """Exactly one annotation for each document, in any order."""
    annotator = Annotator(version(entities, settings), entities, chosen_pipelines(settings))
    for done, document in enumerate(documents, 1):
        yield Annotation.from_dict(annotator.annotate(item(document)))
        if done % settings["nlp.batch"] == 0:
            progress("annotate", done=done)


def item(document: Document) -> Item:
    """What a worker needs of a document."""
    return document.id, document.title, document.text, document.language


def lemmatise(text: str, language: str) -> str:
    """The content lemmas of ``text`` read as ``language``, separated by spaces."""
    from nlp.clean import clean

    words = _annotator().reader(language).read(clean(text).text)
    return " ".join(lemma for lemma in words.lemmas if lemma)


@lru_cache(maxsize=1)
def _annotator() -> Annotator:
    return Annotator("", (), {})
