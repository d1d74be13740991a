"""Reading documents: language, lemmas, entities, key terms and signatures, in batches over own worker processes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import metadata
from itertools import chain, islice
from pathlib import Path
from typing import Any

from models.errors import UsageError
from models.protocols import Progress, silent
from models.records import Annotation, Document, Entity
from models.settings import Settings
from nlp import languages
from nlp.annotating import Annotator, Item
from nlp.clean import LIMIT, clean
from nlp.pool import Pool

CODE = 3
"""Raised whenever the same text would get another annotation."""

_CHARACTERS = 1_000_000


def version(election_entities: Sequence[Entity], settings: Settings) -> str:
    """12 hexadecimal characters that change with the reading code, the entities, the pipelines and the language data.

    Equal on every machine with the same of these and the same releases of spaCy, its tables and py3langid. Raises UsageError for a
    pipeline that is not installed.
    """
    state = hashlib.blake2b(digest_size=6)
    libraries = [f"{name} {metadata.version(name)}" for name in ("spacy", "spacy-lookups-data", "py3langid")]
    pipelines = sorted(f"{code}={name} {_release(name)}" for code, name in chosen_pipelines(settings).items())
    entities = sorted(entity.to_json() for entity in election_entities)
    for part in (str(CODE), *libraries, *pipelines, *entities, languages.fingerprint()):
        state.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return state.hexdigest()


def chosen_pipelines(settings: Settings) -> dict[str, str]:
    """Language code to the name or folder of a pipeline. Raises UsageError for a value of another form or one that is not installed."""
    chosen: dict[str, str] = {}
    for text in settings["nlp.pipelines"]:
        code, _, name = (part.strip() for part in text.partition("="))
        if not code or not name:
            raise UsageError(f"{text!r} is not a language and a pipeline", where="nlp.pipelines", hint="write fr=fr_core_news_md")
        chosen[code] = name
    return chosen


def _release(name: str) -> str:
    """Which release of a pipeline is installed."""
    try:
        return metadata.version(name)
    except (metadata.PackageNotFoundError, ValueError):
        pass
    try:
        return str(json.loads((Path(name) / "meta.json").read_bytes())["version"])
    except (OSError, ValueError, LookupError, TypeError):
        hint = f"install it (python -m spacy download {name}), give the folder it was saved to, or take it out of nlp.pipelines"
        raise UsageError(f"the spaCy pipeline {name!r} is not installed", where="nlp.pipelines", hint=hint) from None


def annotate(
    documents: Iterable[Document], entities: Sequence[Entity], settings: Settings, progress: Progress = silent
) -> Generator[Annotation, None, None]:
    """Exactly one annotation for each document, in any order, over ``nlp.workers`` processes.

    What fits into one batch is read in this process, as is everything with one worker; closing the generator ends the
    others. A document that cannot be read has the language ``und`` and a profile ``failed: …``. Raises UsageError for a pipeline that
    is not installed.
    """
    done = 0
    setup = (version(entities, settings), entities, chosen_pipelines(settings))
    for answers in _answers(_batches(documents, settings["nlp.batch"]), setup, settings["nlp.workers"] or cores()):
        for answer in answers:
            yield Annotation.from_dict(answer)
        done += len(answers)
        progress("annotate", done=done)


_Setup = tuple[str, Sequence[Entity], dict[str, str]]


def _answers(batches: Iterator[list[Item]], setup: _Setup, workers: int) -> Iterator[list[dict[str, Any]]]:
    first = list(islice(batches, 2))
    rest = chain(first, batches)
    if workers > 1 and len(first) > 1:
        name, entities, pipelines = setup
        yield from Pool({"version": name, "entities": [e.to_dict() for e in entities], "pipelines": pipelines}, workers).annotate(rest)
        return
    annotator = _annotator(setup)
    for batch in rest:
        yield [annotator.annotate(item) for item in batch]


def _batches(documents: Iterable[Document], size: int) -> Iterator[list[Item]]:
    """Batches of at most ``size`` documents and about a million characters."""
    batch: list[Item] = []
    characters = 0
    for document in documents:
        title, text = document.title[:LIMIT], document.text[: LIMIT + 1]
        batch.append((document.id, title, text, document.language))
        characters += len(title) + len(text)
        if len(batch) >= size or characters > _CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_loaded: dict[str, Annotator] = {}


def _annotator(setup: _Setup) -> Annotator:
    """The annotator of this process; one is kept, for the version last asked for."""
    if setup[0] not in _loaded:
        _loaded.clear()
        _loaded[setup[0]] = Annotator(*setup)
    return _loaded[setup[0]]


def lemmatise(text: str, language: str) -> str:
    """The content lemmas of ``text`` read as ``language``, separated by spaces."""
    words = _plain_annotator().reader(language).read(clean(text).text)
    return " ".join(lemma for lemma in words.lemmas if lemma)


@lru_cache(maxsize=1)
def _plain_annotator() -> Annotator:
    return Annotator("", (), {})
