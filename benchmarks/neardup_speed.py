"""How fast `tocsin neardup` is, how its time grows, what memory it takes, beside MinHash-LSH and all pairs by rapidfuzz on the same texts.

    python benchmarks/neardup_speed.py [--sizes 25000,50000,100000] [--peer 25000]

Different real posts of TOCSIN_SHARED (run only, nothing of them is kept); beyond these, posts whose words are drawn one after the other
by what follows in the real ones. For each size the command is run on a CSV file (its start and the writing counted, compiled loops from
the cache); processor time and memory are those of the command and its helper processes together (pages both have are counted twice). Texts
a second of wall time mean the cores printed; other work on the machine makes wall time longer. Peers: datasketch (if installed)
with 128 permutations at .5, word pairs; rapidfuzz.process.cdist on 3,000 texts, carried over to all pairs.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

SHARED = Path(os.environ.get("TOCSIN_SHARED") or ROOT.parent / "shared")
COLUMNS = {
    "internal/fang_shares_2020-02_05_pseudonymised.parquet": ("text",),
    "internal/ira_dev_it_es_ar_en.parquet": ("content",),
    "internal/fr_candidates_2021-10_2022-04.parquet": ("text", "referenced_tweet_text"),
}
PERMUTATIONS, JACCARD, CDIST = 128, 0.5, 3_000


def posts(size: int) -> list[str]:
    """``size`` different texts in an order by seed: real ones, then invented ones of the same words."""
    import pyarrow.parquet as pq

    found: dict[str, None] = {}
    for name, columns in COLUMNS.items():
        table = pq.read_table(SHARED / "data" / name, columns=list(columns))
        for column in columns:
            found |= dict.fromkeys(text for text in table[column].to_pylist() if text)
    texts = list(found)
    random.Random(1).shuffle(texts)
    return texts[:size] + (invented(texts, size - len(texts)) if size > len(texts) else [])


def invented(texts: list[str], count: int) -> list[str]:
    """Texts in which each pair of words in a row stands in a real one."""
    after: dict[str, list[str]] = defaultdict(list)
    first = []
    for text in texts:
        words = text.split()
        first.append((words[0] if words else "a", len(words)))
        for one, other in pairwise(words):
            after[one].append(other)
    draw = random.Random(2)
    made = []
    for _ in range(count):
        word, length = draw.choice(first)
        words = [word]
        while len(words) < length:
            words.append(draw.choice(after[words[-1]] or [draw.choice(first)[0]]))
        made.append(" ".join(words))
    return made


def one(size: int) -> dict[str, Any]:
    """Time and memory of one run of the command on a file, its helper processes counted in."""
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        count = _write(where / "posts.csv", posts(size))
        command = [sys.executable, str(ROOT / "cli.py"), "neardup", "posts.csv", "-o", "pairs.csv", "--json"]
        wall = time.perf_counter()
        with (where / "told").open("wb") as told:
            run = subprocess.Popen(command, cwd=folder, stdout=told)
            peak = _watched(run)
        wall = time.perf_counter() - wall
        if run.returncode:
            raise SystemExit(f"the command ended with {run.returncode}")
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        pairs = json.loads((where / "told").read_text().splitlines()[-1])["pairs"]
        digest = hashlib.sha256((where / "pairs.csv").read_bytes()).hexdigest()[:16]
    return {"texts": count, "pairs": pairs, "wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak_mib": peak, "digest": digest}


def _write(path: Path, texts: list[str]) -> int:
    with path.open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(("id", "text"))
        rows.writerows(enumerate(texts))
    return len(texts)


def _watched(run: subprocess.Popen[bytes]) -> float:
    """Wait for the end; the most MiB that the process and its children had resident together, looked at ten times a second."""
    peak, page = 0, resource.getpagesize()
    while run.poll() is None:
        with suppress(OSError, ValueError, IndexError):  # one of them has just ended
            children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
            peak = max(peak, sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in (run.pid, *children)))
        time.sleep(0.1)
    return peak * page / 2**20


def minhash(texts: list[str]) -> tuple[float, int]:
    """Processor seconds of MinHash-LSH for the same texts, and how many pairs it gives; (0, 0) without datasketch."""
    try:
        from datasketch import MinHash, MinHashLSH  # type: ignore[import-not-found]  # not among what Tocsin needs
    except ImportError:
        return 0.0, 0
    start = time.process_time()
    index, pairs = MinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS), 0
    for i, text in enumerate(texts):
        words = text.lower().split()
        signature = MinHash(num_perm=PERMUTATIONS)
        signature.update_batch([f"{a} {b}".encode() for a, b in pairwise(words)] or [text.encode()])
        pairs += len(index.query(signature))
        index.insert(str(i), signature)
    return time.process_time() - start, pairs


def cdist(texts: list[str], size: int) -> float:
    """Processor seconds of all pairs among ``size`` texts by rapidfuzz, from a sample."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    sample = texts[:CDIST]
    start = time.process_time()
    process.cdist(sample, sample, scorer=Levenshtein.normalized_similarity, score_cutoff=0.7, workers=1)
    return (time.process_time() - start) * (size / len(sample)) ** 2 / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="25000,50000,100000")
    parser.add_argument("--peer", type=int, default=25_000, help="texts for the peers, 0: none")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given.one)))
        return
    from nlp.neardup.compiled import cores

    runs = []
    for size in map(int, given.sizes.split(",")):
        done = subprocess.run([sys.executable, __file__, "--one", str(size)], check=True, capture_output=True, text=True)
        runs.append(run := json.loads(done.stdout))
        rates = run["texts"] / run["wall"], run["texts"] / run["cpu"]
        print(
            f"{run['texts']:>9,} texts  {run['wall']:7.1f} s on {cores()} cores = {rates[0]:6,.0f}/s;  processor {run['cpu']:7.1f} s",
            end="",
        )
        print(f" = {rates[1]:6,.0f}/s a core;  {run['pairs']:,} pairs ({run['digest']});  peak {run['peak_mib']:,.0f} MiB", flush=True)
    for a, b in pairwise(runs):
        grown = math.log(b["cpu"] / a["cpu"]) / math.log(b["texts"] / a["texts"])
        print(f"  from {a['texts']:,} to {b['texts']:,} texts processor time grows as n^{grown:.2f}")
    if given.peer:
        texts, mine = posts(given.peer), min(runs, key=lambda run: abs(run["texts"] - given.peer))
        spent = mine["cpu"] * given.peer / mine["texts"]
        seconds, pairs = minhash(texts)
        if seconds:
            ratio = seconds / spent
            print(
                f"  MinHash-LSH on {given.peer:,}: {seconds:.1f} s, {pairs:,} pairs; {ratio:.1f} times Tocsin's {spent:.1f} s of processor"
            )
        every = cdist(texts, given.peer)
        print(f"  rapidfuzz on all pairs of {given.peer:,}: {every:.1f} s; {every / spent:.1f} times Tocsin's")


if __name__ == "__main__":
    main()
