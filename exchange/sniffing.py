"""What a file is: CSV, NDJSON or Parquet by its first bytes; which format by the names of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from exchange import readers
from exchange.raw import Source
from models.errors import StopRun, UsageError
from models.registry import load, names
from models.safe import printable


def opened(path: Path) -> Source:
    """The file as a source of columns. Raises StopRun for a file that is empty or no table, UsageError if there is none."""
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe can be read once only, and every file is read twice
        raise UsageError("is a pipe or a device, not a file", where=str(path), hint="save what it gives to a file and name that")
    try:
        with path.open("rb") as handle:
            head = handle.read(65_536)
    except FileNotFoundError:
        raise UsageError("there is no such file", where=str(path)) from None
    except IsADirectoryError:
        raise UsageError("is a folder, not a file", where=str(path), hint="name the files in it") from None
    except OSError as error:
        raise StopRun(f"cannot be read: {error.strerror}", where=str(path), hint="check its rights") from None
    if not head.strip():
        raise StopRun("the file is empty", where=str(path), hint="export or download it again")
    if head[:4] == b"PAR1" or path.suffix == ".parquet":
        from exchange.parquet import ParquetSource

        return ParquetSource(path)
    if head[:2] == b"\x1f\x8b" or head[:4] in (b"PK\x03\x04", b"\x28\xb5\x2f\xfd"):
        raise StopRun("is compressed", where=str(path), hint="unpack it first; a spreadsheet is saved as CSV (UTF-8)")
    if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        from exchange.ndjson import JsonSource

        return JsonSource(path)
    from exchange.delimited import DelimitedSource

    return DelimitedSource(path)


def choose(source: Source, format: str | None, mapping: Mapping[str, str]) -> ModuleType:  # noqa: A002  the option's name
    """The reader named ``format``, or the one that is surest of the columns. Raises UsageError if none is, naming the columns."""
    if format:
        return load(readers, format, "format")
    there = [load(readers, name, "format") for name in names(readers)]
    sure = {reader: float(reader.sniff(source.names, mapping)) for reader in there}
    best = max(sure, key=lambda reader: sure[reader])
    if sure[best] <= 0:
        has = ", ".join(printable(n) for n in source.names[:30])
        raise UsageError(
            f"no known format has these columns: {has}",
            where=source.path.name,
            hint="say what they are: --map account=COLUMN --map time=COLUMN --map text=COLUMN",
        )
    return best
