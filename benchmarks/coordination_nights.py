"""A night on from the sums of the one before, beside a full count: processor time of both in one run, results compared.

    python benchmarks/coordination_nights.py --acts 3e6 --accounts 1500 --objects 3000 --window 3600

Two nights of fourteen days each, one day apart. A tenth of the objects lives for days, the others for hours.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def nights(number: int, accounts: int, objects: int):
    """Acts of the days 0 to 14 and of the days 1 to 15."""
    from coordination.acts import DAY, SECOND, from_arrays

    rng = np.random.default_rng(1)
    who, what = (accounts * rng.random(number) ** 2.2).astype(np.int32), (objects * rng.random(number) ** 1.6).astype(np.int32)
    life = rng.exponential(1.0, number) * np.where(what % 10 == 0, 5 * 86_400, 6 * 3600)
    when = ((rng.uniform(0, 15 * 86_400, objects)[what] + life) % (15 * 86_400) * SECOND).astype(np.int64)
    names = pa.array([f"{k:09d}" for k in range(accounts)]), pa.array([f"o{k}" for k in range(objects)])
    for first in (0, 1):
        some = (when >= first * DAY) & (when < (first + 14) * DAY)
        yield replace(from_arrays(who[some], what[some], when[some]), accounts=names[0], objects=names[1])


def main() -> None:
    from archive import sums
    from coordination.increment import advance, afresh
    from coordination.looks import plainly
    from coordination.sweep import reach
    from nightly.counting import FORMAT, PARTS, as_partial, as_tables

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("--acts", 3e6), ("--accounts", 1500), ("--objects", 3000), ("--window", 3600)):
        parser.add_argument(name, type=float, default=value)
    chosen = parser.parse_args()
    one, two = nights(int(chosen.acts), int(chosen.accounts), int(chosen.objects))
    small = two.keep(np.arange(len(two)) < 10_000)
    plainly("", small, 86_400, 1), advance(afresh(one.keep(np.arange(len(one)) < 10_000), 86_400, -1), small, 86_400, -1)  # compile
    with tempfile.TemporaryDirectory() as folder:
        sums.write_sums(Path(folder), "night", as_tables(afresh(one, chosen.window)), FORMAT)
        kept = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
        begin = time.process_time()
        anew = plainly("", two, chosen.window, 2)
        full = time.process_time() - begin
        before = as_partial(sums.read_sums(Path(folder), "night", PARTS, FORMAT))
        step = advance(before, two, chosen.window)
        sums.write_sums(Path(folder), "night", as_tables(step.partial), FORMAT)
        on = time.process_time() - begin - full
    found = step.partial.counts(2)
    assert all(np.array_equal(getattr(anew, name), getattr(found, name)) for name in ("a", "b", "weight", "slots")), "not the same"
    numbers = {"acts": len(two), "meetings": reach(two, chosen.window).meetings, "pairs": len(step.partial.pair), "counted": step.counted}
    times = {"full_s": round(full, 2), "on_s": round(on, 2), "ratio": round(full / on, 2), "kept_mb": round(kept / 1e6, 1)}
    print(json.dumps(numbers | times))


if __name__ == "__main__":
    main()
