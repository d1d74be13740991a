"""What a sentence encoder makes of the archive's texts, carried to the index: only if ``nlp.encoder`` names one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from models.errors import UsageError
from models.records import Annotation, Document
from models.workspace import Workspace

if TYPE_CHECKING:
    from index.vectors import Space
    from nlp.encoder import Encoder

Encoded: TypeAlias = tuple[Document, Annotation | None, tuple[float, ...]]
"""A document, what was read from it, its vector."""

BATCH = 32
"""Texts that are encoded together."""


def load(workspace: Workspace) -> Encoder:
    """The encoder of the settings; a path that is not absolute is meant from the workspace. Raises UsageError if it cannot be used."""
    from index.vectors import MOST_DIMS
    from nlp.encoder import Encoder

    encoder = Encoder(workspace.root / Path(workspace.settings["nlp.encoder"]).expanduser())
    if not 0 < encoder.dims <= MOST_DIMS:
        hint = "name another encoder, or take the line out"
        raise UsageError(f"its vectors have {encoder.dims:,} numbers, {MOST_DIMS:,} are possible", where="nlp.encoder", hint=hint)
    return encoder


def opened(workspace: Workspace) -> Encoder | None:
    """The encoder of the settings, or None without one or with an index that holds no vectors."""
    settings = workspace.settings
    return load(workspace) if settings["nlp.encoder"] and settings["index.backend"] == "elasticsearch" else None


def space(encoder: Encoder | None) -> Space:
    """What the index is told of the vectors that come."""
    from index.vectors import Space

    return Space(encoder.name, encoder.dims) if encoder else Space()


def beside(pairs: Iterable[tuple[Document, Annotation | None]], encoder: Encoder | None) -> Iterator[Encoded]:
    """Documents and annotations with the vector of title and text; with an empty one without encoder or where no token was read."""
    if encoder is None:
        yield from ((document, note, ()) for document, note in pairs)
        return
    stream = iter(pairs)
    while batch := list(islice(stream, BATCH)):
        found = encoder.encode([f"{document.title}\n{document.text}".strip() for document, _ in batch])
        for (document, note), row in zip(batch, found, strict=True):
            yield document, note, tuple(map(float, row)) if row.any() else ()
