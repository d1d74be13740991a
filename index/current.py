"""The side file of an embedded index: which folder serves, made by which schema and analysis, holding which generation."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from index import analysis
from index.answers import SCHEMA
from models.errors import StopRun

REBUILD = "make it anew with: tocsin index rebuild"
_FILE = "current.json"


@dataclass(frozen=True, slots=True)
class Current:
    """``folder`` beside the side file serves; ``made_by`` is compared with :func:`made_by`."""

    folder: str
    generation: str = ""
    made_by: str = ""


def made_by() -> str:
    """Schema and analysis of this program."""
    return f"{SCHEMA}.{analysis.VERSION}"


def read(root: Path) -> Current | None:
    """The side file, or None if there is no index. Raises StopRun for one that is damaged or of another version."""
    try:
        found = Current(**json.loads((root / _FILE).read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise StopRun(f"the index cannot be read: {error}", where=str(root / _FILE), hint=REBUILD) from None
    if found.made_by != made_by():
        raise StopRun("the index was made by another version of Tocsin", where=str(root), hint=REBUILD)
    if not found.folder.startswith("i-") or "/" in found.folder or not (root / found.folder).is_dir():
        raise StopRun("the index is damaged: its folder is missing", where=str(root), hint=REBUILD)
    return found


def write(root: Path, folder: str, generation: str) -> None:
    """Put the side file in place at once: written, synced, renamed."""
    draft = root / (_FILE + ".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(asdict(Current(folder, generation, made_by())), file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(root / _FILE)
    handle = os.open(root, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
