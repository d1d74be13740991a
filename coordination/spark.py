"""The same count in Apache Spark: object by object on the workers, summed by ranges of accounts.

The acts lie in Parquet files, one for each part of the objects. A worker sweeps its part (``parts.Work``) and sends on, for every range of
accounts, the partners of each account. Most pairs of a part have weight 1 and can never be more; what cannot reach the least weight is
left out first: accounts with fewer objects than that, and pairs that share no second part. The sums of a range are taken in an array as
long as the list of accounts, so nothing is sorted. Needs PySpark 4 (the extra ``spark``) and Java 17 or 21.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from coordination.acts import Acts, Ints, from_arrays
from coordination.counting import Counts
from coordination.parts import LAST_BIT, Work, prepared
from coordination.sweep import reach
from models.errors import StopRun, UsageError

STEPS = 40_000_000
"""Acts looked at in one part: what a worker has in memory at a time grows with it (about 16 bytes for each)."""
LARGEST = 2_000_000
"""Partners in one row: 8 MB. A node of 2 GB reads, sorts and sends on some dozens of them."""
BLOB = "range int, blob binary"
SUMS = "a long, b long, weight long"
MASTERS = re.compile(r"local(\[(\d+|\*)(,\d+)?\])?|yarn|k8s://.+|spark://[^:/]+:\d+(,[^:/]+:\d+)*")
MET = -1
"""Range under which the pairs that met at each object are sent."""


@contextmanager
def session(master: str, scratch: Path) -> Iterator[Any]:
    """A Spark session on ``master``, stopped at the end; ``scratch``: a folder for its own files. Raises UsageError or StopRun."""
    _checked(master)
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise StopRun("PySpark is not installed", hint="pip install 'tocsin[spark]'") from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        builder = SparkSession.builder.master(master).appName("tocsin")
        for key, value in _options(master, scratch).items():
            builder = builder.config(key, value)
        with _chatter_to(scratch / "spark.log"):
            made = builder.getOrCreate()
        try:
            yield made
        finally:
            made.stop()
    except (PySparkException, Py4JError) as error:
        raise StopRun(
            f"Spark gave up: {_first_line(error)}", where=master, hint="see its own logs, or count with --engine embedded"
        ) from None


@contextmanager
def _chatter_to(path: Path) -> Iterator[None]:
    """Let the Java process that is started in this block, and its workers, write to a file instead of the terminal."""
    kept = os.dup(1), os.dup(2)
    try:
        with path.open("wb") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        yield
    finally:
        for number, handle in enumerate(kept, 1):
            os.dup2(handle, number)
            os.close(handle)


def _checked(master: str) -> None:
    if not MASTERS.fullmatch(master):
        raise UsageError(f"--master cannot be {master!r}", hint="local[2], spark://HOST:PORT, yarn or k8s://…")
    home = os.environ.get("JAVA_HOME", "")
    if not (shutil.which("java") or (home and Path(home, "bin", "java").exists())):
        raise StopRun("Java is not found, and Spark needs it", hint="install a Java runtime, version 17 or 21, or set JAVA_HOME")
    if master.startswith("spark://") and not any(_answers(place) for place in master[8:].split(",")):
        raise StopRun("no Spark master answers there", where=master, hint="start it, or name another with --master")


def _answers(place: str) -> bool:
    host, _, port = place.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, OverflowError):
        return False
    return True


def _options(master: str, scratch: Path) -> dict[str, str]:
    alone = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"} if master.startswith("local") else {}
    return alone | {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.maxResultSize": "0",
        "spark.driver.memory": os.environ.get("SPARK_DRIVER_MEMORY", "2g"),
        "spark.local.dir": str(scratch),
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.files.openCostInBytes": str(2**40),  # every file a partition of its own
        "spark.sql.files.maxPartitionBytes": str(2**40),
        "spark.sql.execution.arrow.maxRecordsPerBatch": "1000000",
        "spark.sql.execution.arrow.maxBytesPerBatch": str(2**26),
    }


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    cause = re.search(r"(?:Caused by|Exception|Error): (.+)", text)
    return (cause.group(1) if cause else text.partition("\n")[0] or type(error).__name__)[:200]


def parts(acts: Acts, window: float, least: int, steps: int = STEPS) -> tuple[Ints, Ints]:
    """The part of each object, about equally much to count, and for each account the parts it acts in as bits (0: too few objects)."""
    found = reach(acts, window)
    number = int(acts.object.max(initial=-1)) + 1
    load = np.bincount(acts.object, weights=found.end - found.start, minlength=number)
    many = max(int(load.sum() // steps) + 1, 2)
    part = np.empty(number, np.int64)
    dealt = np.argsort(-load, kind="stable")  # to and fro, so that each part gets large and small ones
    turn = np.arange(number) % (2 * many)
    part[dealt] = np.minimum(turn, 2 * many - 1 - turn)
    cell = np.unique(acts.account.astype(np.int64) * max(number, 1) + acts.object)
    account, target = cell // max(number, 1), cell % max(number, 1)
    bits = np.zeros(int(acts.account.max(initial=-1)) + 1, np.int64)
    np.bitwise_or.at(bits, account, np.int64(1) << np.minimum(part[target], LAST_BIT))
    bits[np.bincount(account, minlength=len(bits)) < least] = 0
    return part, bits


def count(spark: Any, folder: Path, window: float, least: int, *, bits: Ints, met: int) -> Counts:
    """Pairs of at least ``least`` distinct objects, slots by object, of the acts in the Parquet files of ``folder``.

    Files have the columns account, object (codes), time (µs) and part, one part for each file; ``bits`` as of :func:`parts`; ``met``:
    number of objects. Equal to ``looks.plainly``.
    """
    context = spark.sparkContext
    known = context.broadcast(bits)
    ranges = max(2 * context.defaultParallelism, len(bits) // 20_000 + 1)
    spark.conf.set("spark.sql.shuffle.partitions", str(ranges))
    acts = spark.read.parquet(str(folder))
    blobs = acts.mapInArrow(partial(_map, window=window, least=least, bits=known, ranges=ranges), BLOB)
    summed = blobs.repartition(ranges, "range").mapInArrow(partial(_reduce, least=least, accounts=len(bits)), SUMS)
    return _collected(summed.toArrow(), met)


def _collected(rows: pa.Table, met: int) -> Counts:
    a, b, weight = (rows[name].to_numpy().astype(np.int64) for name in ("a", "b", "weight"))
    of_objects = a == MET
    slots = np.zeros(met, np.int64)
    np.add.at(slots, b[of_objects], weight[of_objects])
    a, b, weight = a[~of_objects], b[~of_objects], weight[~of_objects]
    order = np.lexsort((b, a))
    return Counts(a[order], b[order], weight[order], slots)


def _map(batches: Iterable[pa.RecordBatch], *, window: float, least: int, bits: Any, ranges: int) -> Iterator[pa.RecordBatch]:
    """One part on a worker: its acts in, one row for every range of accounts out."""
    rows = pa.Table.from_batches(list(batches))
    if rows.num_rows == 0:
        return
    of: Ints = bits.value
    number = int(rows["part"][0].as_py())
    part = prepared(from_arrays(*(rows[name].to_numpy() for name in ("account", "object", "time"))), window)
    slots = np.zeros(int(part.object.max()) + 1, np.int64)
    work = Work(of, slots, least)
    cuts = np.linspace(0, len(of), ranges + 1).astype(np.int64).tolist()
    for k in range(ranges):
        heads, partners = work.partners(part, number, part.place(cuts[k]), part.place(cuts[k + 1]))
        for some, theirs in _cut(heads, partners):
            yield _row(k, some[:, 0].astype(np.int32), some[:, 1].astype(np.int32), theirs)
    met = np.flatnonzero(slots)
    yield _row(MET, met.astype(np.int64), slots[met])


def _cut(heads: Ints, partners: Any, largest: int = LARGEST) -> Iterator[tuple[Ints, Any]]:
    """Heads (account, number of partners) and their partners in pieces of at most ``largest`` partners, or of one account.

    >>> heads, partners = np.array([[7, 2], [8, 1], [9, 5], [9, 1]]), np.arange(9)
    >>> [(some[:, 0].tolist(), theirs.tolist()) for some, theirs in _cut(heads, partners, 3)]
    [([7, 8], [0, 1, 2]), ([9], [3, 4, 5, 6, 7]), ([9], [8])]
    """
    ends = np.cumsum(heads[:, 1])
    begin = 0
    while begin < len(heads):
        done = int(ends[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(ends, done + largest, side="right")), begin + 1)
        yield heads[begin:end], partners[done : ends[end - 1]]
        begin = end


def _row(number: int, *arrays: Any) -> pa.RecordBatch:
    """One row: the length of the first array and all arrays as bytes (the machine's order; workers are alike)."""
    blob = b"".join([np.int64(len(arrays[0])).tobytes(), *(array.tobytes() for array in arrays)])
    return pa.RecordBatch.from_arrays([pa.array([number], pa.int32()), pa.array([blob], pa.binary())], ["range", "blob"])


def _reduce(batches: Iterable[pa.RecordBatch], *, least: int, accounts: int) -> Iterator[pa.RecordBatch]:
    """The partial counts of some ranges from all parts, each range summed."""
    blobs: dict[int, list[memoryview]] = {}
    for batch in batches:
        for number, blob in zip(batch["range"].to_pylist(), batch["blob"], strict=True):
            blobs.setdefault(number, []).append(memoryview(blob.as_buffer()))
    for number in sorted(blobs):
        yield _met(blobs.pop(number)) if number == MET else _summed(blobs.pop(number), least, accounts)


def _lengths(blobs: list[memoryview]) -> list[int]:
    return [int(np.frombuffer(blob, np.int64, 1)[0]) for blob in blobs]


def _met(blobs: list[memoryview]) -> pa.RecordBatch:
    pairs = [np.frombuffer(blob, np.int64, 2 * n, 8).reshape(2, n) for blob, n in zip(blobs, _lengths(blobs), strict=True)]
    objects, met = np.concatenate(pairs, axis=1)
    return _sums(np.full(len(objects), MET), objects, met)


def _summed(blobs: list[memoryview], least: int, accounts: int) -> pa.RecordBatch:
    from coordination.kernel import added

    lengths = _lengths(blobs)
    heads = [np.frombuffer(blob, np.int32, 2 * n, 8).reshape(2, n) for blob, n in zip(blobs, lengths, strict=True)]
    partners = np.concatenate([np.frombuffer(blob, np.int32, -1, 8 + 8 * n) for blob, n in zip(blobs, lengths, strict=True)])
    account, number = np.concatenate(heads, axis=1)
    begin = np.cumsum(number, dtype=np.int64) - number
    order = np.argsort(account, kind="stable")
    return _sums(*added(account[order], begin[order], number[order], partners, accounts, least))


def _sums(a: Any, b: Any, weight: Any) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(values, pa.int64()) for values in (a, b, weight)], ["a", "b", "weight"])
