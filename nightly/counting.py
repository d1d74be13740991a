"""Who counts the pairs in a night: this machine, on from the sums of the night before where these save work, its disk, or Spark."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coordination import VERSION
from coordination.acts import Acts
from coordination.counting import Counts
from coordination.increment import Partial, advance, dense, worth
from coordination.looks import plainly
from models.protocols import Progress, silent

if TYPE_CHECKING:
    import pyarrow as pa

    from archive.store import Archive

FORMAT = f"{VERSION}.1"
"""Version of what is kept; other versions are not read."""
BATCH = 1_000_000
"""Acts put on the disk at a time."""
PARTS = ("accounts", "objects", "acts", "pairs")


class Sums:
    """Counts as ``looks.plainly`` does, with the same result, from the last night's sums in the archive.

    ``least``: meetings below which counting anew is quicker (0: keep sums in any case). ``read``: go on from sums. ``keep``: leave them
    for the next night.
    ``counted`` of ``acts`` acts had to be counted.
    """

    def __init__(self, archive: Archive, least: int, progress: Progress = silent, *, read: bool = True, keep: bool = True) -> None:
        self._archive, self._least, self._progress, self._read, self._keep = archive, least, progress, read, keep
        self.acts = self.counted = 0

    def __call__(self, trace: str, acts: Acts, window: float, least: int) -> Counts:
        """The pairs of a trace in a window, as ``looks.plainly`` counts them."""
        self.acts += len(acts)
        if not worth(acts, window, self._least):
            self.counted += len(acts)
            return plainly(trace, acts, window, least)
        name = f"{trace}-{window:g}"
        step = advance(self._before(name), acts, window)
        self.counted += step.counted
        self._progress("coordinate", trace=trace, window=window, acts=len(acts), counted=step.counted)
        if self._keep and step.counted and (self._least == 0 or dense(step.partial, window)):
            self._archive.write_sums(name, as_tables(step.partial), version=FORMAT)
        return step.partial.counts(least)

    def _before(self, name: str) -> Partial | None:
        found = self._archive.read_sums(name, PARTS, version=FORMAT) if self._read else None
        return as_partial(found) if found else None


def as_tables(partial: Partial) -> dict[str, pa.Table]:
    """A partial as tables: accounts (name), objects (name, met), acts (account, object, time), pairs (pair, weight)."""
    import numpy as np
    import pyarrow as pa

    acts = partial.acts
    met = np.zeros(len(acts.objects), np.int64)
    met[: len(partial.met)] = partial.met
    return {
        "accounts": pa.table({"name": acts.accounts}),
        "objects": pa.table({"name": acts.objects, "met": met}),
        "acts": pa.table({"account": acts.account, "object": acts.object, "time": acts.time}),
        "pairs": pa.table({"pair": partial.pair, "weight": partial.weight.astype(np.int32)}),
    }


def as_partial(tables: dict[str, pa.Table]) -> Partial:
    """The partial again; rows of the posts are not kept."""
    import numpy as np

    from coordination.acts import column

    def numbers(part: str, name: str) -> Any:
        return column(tables[part], name).to_numpy(zero_copy_only=False)

    time = numbers("acts", "time")
    names = column(tables["accounts"], "name"), column(tables["objects"], "name")
    acts = Acts(numbers("acts", "account"), numbers("acts", "object"), time, np.arange(len(time)), *names)
    return Partial(acts, numbers("pairs", "pair"), numbers("pairs", "weight").astype(np.int64), numbers("objects", "met"))


class OnDisk:
    """Counts as ``looks.plainly`` does, with the same result, in parts that lie on the archive's disk; ``room``: bytes for partners."""

    def __init__(self, archive: Archive, room: int = 1 << 30, progress: Progress = silent) -> None:
        self._archive, self._room, self._progress = archive, room, progress

    def __call__(self, trace: str, acts: Acts, window: float, least: int) -> Counts:
        """The pairs of a trace in a window, as ``looks.plainly`` counts them."""
        from nightly.shelf import Shelf

        if len(acts) == 0:
            return plainly(trace, acts, window, least)
        with _scratch(self._archive, "disk-") as folder:
            shelf = Shelf(folder, len(acts))
            for begin in range(0, len(acts), BATCH):
                some = slice(begin, begin + BATCH)
                shelf.add(acts.account[some], acts.object[some], acts.time[some], acts.row[some])
            shelf.sort()
            self._progress("coordinate", trace=trace, window=window, acts=len(acts), parts=shelf.parts)
            return shelf.count(window, least, self._room, self._progress)


@contextmanager
def _scratch(archive: Archive, prefix: str) -> Iterator[Path]:
    """A folder in the archive for what is gone afterwards."""
    place = archive.folder / "sums"
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place) as folder:
        yield Path(folder)


class InSpark:
    """Counts as ``looks.plainly`` does, with the same result, in a Spark session; the acts go through the archive as Parquet.

    The archive must be a place that the workers see too. ``master``: ``local[2]``, ``spark://host:port``, yarn or k8s.
    """

    def __init__(self, archive: Archive, spark: Any, progress: Progress = silent) -> None:
        self._archive, self._spark, self._progress = archive, spark, progress

    def __call__(self, trace: str, acts: Acts, window: float, least: int) -> Counts:
        """The pairs of a trace in a window, as ``looks.plainly`` counts them."""
        from coordination import spark

        if len(acts) == 0:
            return plainly(trace, acts, window, least)
        part, bits = spark.parts(acts, window, least)
        with _scratch(self._archive, "spark-") as folder:
            files = write_parts(acts, part, folder)
            self._progress("coordinate", trace=trace, window=window, acts=len(acts), parts=files)
            return spark.count(self._spark, folder, window, least, bits=bits, met=len(part))


def write_parts(acts: Acts, part: Any, folder: Path) -> int:
    """The acts as Parquet, one file for each part of the objects; how many files."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    of_act = part[acts.object].astype(np.int32)
    order = np.argsort(of_act, kind="stable")
    cuts = np.concatenate(([0], np.cumsum(np.bincount(of_act))))
    for k, (begin, end) in enumerate(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)):
        some = order[begin:end]
        columns = {"account": acts.account[some], "object": acts.object[some], "time": acts.time[some], "part": of_act[some]}
        if len(some):
            pq.write_table(pa.table(columns), folder / f"part-{k:05d}.parquet", compression="zstd")
    return len(cuts) - 1
