"""The folder is the registry: a file's name is the thing's name, dropping it in is the whole registration."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from models.errors import UsageError


def names(package: ModuleType) -> list[str]:
    """Names of the modules in ``package``'s folder, sorted; those that begin with ``_`` are helpers, not entries."""
    folder = Path(next(iter(package.__path__)))
    return sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_"))


def load(package: ModuleType, name: str, kind: str) -> ModuleType:
    """The module ``name`` of ``package``. Raises UsageError that lists the known ones and names the nearest."""
    known = names(package)
    if name not in known:
        raise UsageError(f"unknown {kind} {name!r}", hint=nearest(name, known))
    return importlib.import_module(f"{package.__name__}.{name}")


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint: the nearest known name, and all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    listing = f"known: {', '.join(known)}"
    return f"did you mean {close[0]!r}? {listing}" if close else listing
