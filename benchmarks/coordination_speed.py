"""Exact co-action counts: time, peak memory and growth, this kernel beside Polars, DuckDB and Spark SQL.

    python benchmarks/coordination_speed.py                     own kernel, 0.1 to 10 million acts
    python benchmarks/coordination_speed.py --peers             the same with every peer that is installed
    python benchmarks/coordination_speed.py --acts 10e6 --viral 0.3
    python benchmarks/coordination_speed.py --acts 100e6        needs 6 GiB

Every run is a process of its own; its peak is the kernel's own count (ru_maxrss), and ``together_gb`` what it and its children held
together, sampled. All give the number of edges of weight 2 or more and the sum of their weights, which must agree.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

WINDOW = 60
LEAST = 2


def acts(number: int, viral: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Accounts, objects and times (s): Zipf-like activity and popularity, bursts, one object with ``viral`` of all."""
    rng = np.random.default_rng(seed)
    accounts, objects = max(number // 33, 50), max(number // 900, 100)
    who = (accounts * rng.random(number) ** 2.2).astype(np.int32)
    what = (objects * rng.random(number) ** 1.6).astype(np.int32)
    what[rng.random(number) < viral] = objects
    born = rng.uniform(0, 30 * 86400, objects + 1)
    life = rng.exponential(1.0, number) * np.where(what == objects, 5 * 86400, 1200)
    return who, what, (born[what] + life).astype(np.int64)


class Stored:
    """Acts made by another process and read from the disk some at a time: what is measured never holds them all."""

    def __init__(self, number: int, viral: float, folder: Path) -> None:
        self.number, self.paths = number, [folder / name for name in ("who", "what", "when")]
        code = f"import coordination_speed as c; [a.tofile(p) for a, p in zip(c.acts({number}, {viral}), {[str(p) for p in self.paths]})]"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent)

    def pieces(self, size: int = 1_000_000):
        for begin in range(0, self.number, size):
            kinds = zip(self.paths, (np.int32, np.int32, np.int64), strict=True)
            yield begin, *(np.fromfile(p, k, size, offset=begin * np.dtype(k).itemsize) for p, k in kinds)


def tocsin(who, what, when):
    from coordination.acts import SECOND, from_arrays
    from coordination.counting import count
    from coordination.sweep import reach

    made = from_arrays(who, what, when * SECOND)
    print(len(made), reach(made, WINDOW).meetings, file=sys.stderr) if os.environ.get("MEETINGS") else None
    counts = count(made, WINDOW, unit=made.object, directed=False, least=LEAST)
    return len(counts), int(counts.weight.sum())


def tocsin_disk(stored):
    """The count that keeps its acts on the disk, in parts of the objects; ROOM says how many MiB the partners of a range may take."""
    from coordination.acts import SECOND
    from nightly.shelf import Shelf

    folder = stored.paths[0].parent / "shelf"
    folder.mkdir()
    shelf = Shelf(folder, stored.number)
    for begin, who, what, when in stored.pieces():
        shelf.add(who, what, when * SECOND, np.arange(begin, begin + len(who)))
    shelf.sort()
    counts = shelf.count(WINDOW, LEAST, int(os.environ.get("ROOM", "1024")) << 20)
    return len(counts), int(counts.weight.sum())


def polars(who, what, when):
    import polars as pl

    acts = pl.LazyFrame({"o": what, "a": who, "t": when}).with_columns(k=pl.col("t") // (WINDOW + 1))
    later = pl.concat([acts, acts.with_columns(k=pl.col("k") + 1)]).rename({"a": "b", "t": "u"})
    near = (pl.col("t") - pl.col("u")).is_between(0, WINDOW) & (pl.col("a") != pl.col("b"))
    pairs = acts.join(later, on=["o", "k"]).filter(near).select("o", x=pl.min_horizontal("a", "b"), y=pl.max_horizontal("a", "b"))
    edges = pairs.unique().group_by("x", "y").agg(pl.len().alias("w")).filter(pl.col("w") >= LEAST)
    total = edges.select(pl.len(), pl.col("w").sum()).collect(engine="streaming")
    return int(total[0, 0]), int(total[0, 1])


def sql(division: str) -> str:
    """The count in SQL: joined by object and stretch of time of one window, the quickest form we know of for a database."""
    return f"""
        with acts as (select a, o, t, t {division} {WINDOW + 1} as k from source),
        later as (select a, o, t, k from acts union all select a, o, t, k + 1 from acts),
        pairs as (select distinct least(x.a, y.a) as a, greatest(x.a, y.a) as b, x.o as o from acts x join later y
                  on x.o = y.o and x.k = y.k where x.t - y.t between 0 and {WINDOW} and x.a <> y.a)
        select count(*), sum(w) from (select a, b, count(*) as w from pairs group by a, b having count(*) >= {LEAST}) edges"""


def duckdb(who, what, when):
    import duckdb
    import pyarrow as pa

    base = duckdb.connect()
    base.register("source", pa.table({"a": who, "o": what, "t": when}))
    row = base.execute(sql("//")).fetchone()
    return int(row[0]), int(row[1] or 0)


def spark(who, what, when):
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyspark.sql import SparkSession

    with tempfile.TemporaryDirectory() as scratch:
        path = str(Path(scratch, "acts.parquet"))
        pq.write_table(pa.table({"a": who, "o": what, "t": when}), path)
        master = os.environ.get("MASTER", "local[2]")
        builder = SparkSession.builder.master(master).config("spark.driver.memory", "8g").config("spark.ui.enabled", "false")
        session = builder.config("spark.local.dir", scratch).config("spark.sql.shuffle.partitions", "16").getOrCreate()
        session.read.parquet(path).createOrReplaceTempView("source")
        row = session.sql(sql("div")).collect()[0]
        session.stop()
    return int(row[0]), int(row[1] or 0)


def tocsin_spark(who, what, when):
    """``tocsin coordinate --engine spark``: its counting, from the acts in memory to the sorted edges; MASTER says how many cores."""
    from coordination import spark as engine
    from coordination.acts import SECOND, from_arrays
    from nightly.counting import write_parts

    made = from_arrays(who, what, when * SECOND)
    with tempfile.TemporaryDirectory() as scratch, engine.session(os.environ.get("MASTER", "local[2]"), Path(scratch)) as session:
        part, bits = engine.parts(made, WINDOW, LEAST)
        folder = Path(scratch, "acts")
        folder.mkdir()
        write_parts(made, part, folder)
        counts = engine.count(session, folder, WINDOW, LEAST, bits=bits, met=len(part))
    return len(counts), int(counts.weight.sum())


ENGINES = {"tocsin": tocsin, "tocsin_disk": tocsin_disk, "polars": polars, "duckdb": duckdb, "spark": spark, "tocsin_spark": tocsin_spark}


def measure(engine: str, number: int, viral: float) -> dict:
    """One run in this process."""
    if engine == "tocsin_disk":
        with tempfile.TemporaryDirectory() as folder:
            return _timed(engine, number, viral, (Stored(number, viral, Path(folder)),))
    return _timed(engine, number, viral, acts(number, viral))


def _timed(engine: str, number: int, viral: float, data: tuple) -> dict:
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    edges, total = ENGINES[engine](*data)
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "engine": engine,
        "acts": number,
        "viral": viral,
        "seconds": round(seconds, 2),
        "peak_gb": round(peak / 2**20, 2),
        "before_gb": round(base / 2**20, 2),
        "edges": edges,
        "weights": total,
    }


def apart(engine: str, number: int, viral: float, limits: tuple[float, float]) -> dict:
    """One run in a session of its own: its seconds and the most memory its processes held together; given up at the limits (s, GB)."""
    command = [sys.executable, __file__, "--one", engine, "--acts", str(number), "--viral", str(viral)]
    begin, most = time.monotonic(), 0.0
    shown = {"engine": engine, "acts": number, "viral": viral}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        run = subprocess.Popen(command, stdout=out, stderr=errors, start_new_session=True)
        while run.poll() is None:
            most = max(most, held(run.pid))
            why = f"> {limits[0]:.0f}" if time.monotonic() - begin > limits[0] else f"over {limits[1]:g} GB" if most > limits[1] else ""
            if why:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()
                return shown | {"seconds": why, "together_gb": round(most, 2)}
            time.sleep(0.1)
        out.seek(0)
        errors.seek(0)
        if run.returncode:
            return shown | {"seconds": f"failed: {run.returncode} {errors.read().strip()[-200:]}"}
        return json.loads(out.read().splitlines()[-1]) | {"together_gb": round(most, 2)}


def held(session: int) -> float:
    """GB (2^30) that the processes of a session hold, each shared page counted once."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                total += int((folder / "smaps_rollup").read_text().partition("Pss:")[2].split()[0])
        except (OSError, IndexError, ValueError):  # gone in between
            continue
    return total / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--acts", type=float, nargs="*", default=[1e5, 1e6, 1e7])
    parser.add_argument("--viral", type=float, default=0.01)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--engine", choices=ENGINES, nargs="*", default=["tocsin"])
    parser.add_argument("--limit", type=float, default=1800, help="Seconds after which a run is given up.")
    parser.add_argument("--memory", type=float, default=18, help="GB at which a run is given up.")
    parser.add_argument("--one", choices=ENGINES)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measure(chosen.one, int(chosen.acts[0]), chosen.viral)))
        return
    for number in chosen.acts:
        for engine in ENGINES if chosen.peers else chosen.engine:
            print(json.dumps(apart(engine, int(number), chosen.viral, (chosen.limit, chosen.memory))), flush=True)


if __name__ == "__main__":
    main()
