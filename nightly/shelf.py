"""Acts on the disk, in parts of the objects: what ``coordination.parts`` counts when a machine's memory does not hold them all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from coordination.acts import Acts, Codes, Ints
from coordination.counting import Counts
from coordination.parts import Loads, Part, count, prepared
from models.protocols import Progress, silent

ROW = np.dtype([("account", np.int32), ("object", np.int32), ("time", np.int64), ("row", np.int64)])
"""An act on the disk: codes, µs since 1970, number of the row it came from."""
ARRAYS = ("account", "object", "start", "end", "order")
ACTS = 4_000_000
"""Acts a part should have: about 300 MB while it is sorted, 100 MB while it is counted."""


class Shelf:
    """Acts put by in ``folder`` (which must exist), each in the part of its object; ``expected``: about how many will come.

    A part holds all acts on its objects, so one object with very many acts makes a larger part.
    """

    def __init__(self, folder: Path, expected: int) -> None:
        self._folder = folder
        self.parts = max(expected // ACTS, 1)
        self.accounts = self.objects = 0

    def add(self, account: Codes, target: Codes, time: Ints, row: Ints) -> None:
        """Put by some acts; those of one object must come in the order of the input."""
        rows = np.empty(len(account), ROW)
        rows["account"], rows["object"], rows["time"], rows["row"] = account, target, time, row
        self.accounts = max(self.accounts, int(account.max(initial=-1)) + 1)
        self.objects = max(self.objects, int(target.max(initial=-1)) + 1)
        place = target % self.parts
        order = np.argsort(place, kind="stable")
        cuts = np.searchsorted(place[order], np.arange(self.parts + 1))
        for k in np.flatnonzero(np.diff(cuts)).tolist():
            with self._path("raw", k).open("ab") as out:
                rows[order[cuts[k] : cuts[k + 1]]].tofile(out)

    def sort(self, rank: Codes | None = None) -> None:
        """Sort every part by object and time; ``rank``: the codes that accounts have from now on."""
        for k in range(self.parts):
            raw = self._path("raw", k)
            if raw.exists():
                rows = np.fromfile(raw, ROW)
                raw.unlink()
                if rank is not None:
                    rows["account"] = rank[rows["account"]]
                rows[np.lexsort((rows["time"], rows["object"]))].tofile(self._path("acts", k))

    def acts(self) -> Iterator[Acts]:
        """The acts of each part, sorted; codes of the whole, no names."""
        none = pa.array([], pa.string())
        for k in range(self.parts):
            if self._path("acts", k).exists():
                rows = np.fromfile(self._path("acts", k), ROW)
                account, target, time, row = (np.ascontiguousarray(rows[name]) for name in ("account", "object", "time", "row"))
                del rows
                yield Acts(account, target, time, row, none, none)

    def count(self, window: float, least: int, room: int, progress: Progress = silent) -> Counts:
        """The pairs of at least ``least`` distinct objects, as ``looks.plainly`` counts them; ``room``: bytes for partners at one time."""
        loads = Loads.none(self.accounts)
        ready: list[Path] = []
        for k, acts in enumerate(self.acts()):
            part = prepared(acts, window)
            loads.take(part, k)
            ready.append(self._path(f"window-{window:g}", k))
            np.stack([getattr(part, name) for name in ARRAYS]).tofile(ready[-1])
        found = count([partial(_part, path) for path in ready], loads, self.objects, least=least, room=room, progress=progress)
        for path in ready:
            path.unlink()
        return found

    def _path(self, what: str, k: int) -> Path:
        return self._folder / f"{what}-{k:05d}"


def _part(path: Path) -> Part:
    return Part(*np.fromfile(path, np.int32).reshape(len(ARRAYS), -1))
