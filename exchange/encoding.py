"""How a text file is written: encoding, NULs, quotes; one pass over its bytes."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from models.errors import StopRun

_PIECE = 1 << 20
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, slots=True)
class About:
    """``encoding`` as Python names it, whether the file holds ``nul`` bytes, how many ``quotes``, and what to tell the user."""

    encoding: str
    nul: bool
    quotes: int
    notes: tuple[str, ...]


def examined(path: Path) -> About:
    """UTF-8 if every byte of the file is; UTF-16 by its mark or its NULs; else Windows-1252, which is told. May raise StopRun."""
    try:
        with path.open("rb") as handle:
            head = handle.read(4096)
            marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "")
            handle.seek(0)
            if marked != "utf-16":
                marked = _wide(head) or marked
            if marked.startswith("utf-16"):
                return About(marked, False, _quotes(path, marked), (f"read as {marked.upper()}",))  # noqa: FBT003  field named nul
            decoder, quotes, nul, valid = codecs.getincrementaldecoder("utf-8")(), 0, False, True
            while piece := handle.read(_PIECE):
                quotes, nul = quotes + piece.count(b'"'), nul or b"\0" in piece
                valid = valid and _decodes(decoder, piece)
            valid = valid and _decodes(decoder, b"", final=True)
    except OSError as error:
        raise StopRun(f"cannot be read: {error.strerror}", where=str(path), hint="check its rights") from None
    notes = ("NUL bytes became \N{REPLACEMENT CHARACTER}",) if nul else ()
    if valid:
        return About(marked or "utf-8", nul, quotes, notes)
    return About("cp1252", nul, quotes, ("not UTF-8: read as Windows-1252, look whether names are right", *notes))


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def _wide(head: bytes) -> str:
    """UTF-16 without its mark: mostly Latin letters, so that every other byte is NUL."""
    pairs = len(head) // 2
    if pairs >= 8 and head[1::2].count(0) > 0.6 * pairs and not head[0::2].count(0):
        return "utf-16-le"
    if pairs >= 8 and head[0::2].count(0) > 0.6 * pairs and not head[1::2].count(0):
        return "utf-16-be"
    return ""


def _quotes(path: Path, encoding: str) -> int:
    with path.open(encoding=encoding, errors="replace", newline="") as handle:
        return sum(line.count('"') for line in handle)
