"""Does the test keep its word on real data, and what do percentiles of weight and of cosine do on the same?

First table: the data shuffled in three ways (see ``tocsin calibrate``), where every edge is false. Second: groups planted into the data
shuffled within days, so that all else is known to be innocent: 3, 5, 10 and 20 of its accounts act together on 5, 10 or 30 of its
objects within half a minute; precision and recall of their pairs.

Rules: edges of weight 2 or more that are called at q = 0.05; that have a weight at or above the 99th percentile of all pairs that met;
that have a cosine (TF-IDF of accounts by objects) at or above its 99th percentile. Data: CooRTweet's two sets (MIT).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from coordination.calibration import SHUFFLES, within_days  # noqa: E402  after the path

DATA = Path(os.environ.get("TOCSIN_SHARED") or ROOT.parent / "shared") / "data" / "open" / "coortweet"
SETS = {
    "links, German election": ("german_elections.parquet", "url_id", "post_id", "timestamp"),
    "hashtags, German election": ("german_elections.parquet", "hashtag_id", "post_id", "timestamp"),
    "reposts, Russian": ("russian_coord_tweets.parquet", "object_id", "content_id", "timestamp_share"),
}
WINDOWS = (60.0, 3600.0)
SIZES, SHARED = (3, 5, 10, 20), (5, 10, 30)
JITTER = 30
LEVEL = 0.05
Pairs = set[tuple[int, int]]


def acts_of(name: str) -> Any:
    """The acts of one of the sets."""
    from coordination.acts import arrange, coded

    file, target, content, when = SETS[name]
    table = pq.read_table(DATA / file, columns=["account_id", target, content, when])
    table = table.filter(table[target].is_valid()).group_by(["account_id", target, content, when], use_threads=False).aggregate([])
    account, names = coded(table["account_id"].combine_chunks().cast(pa.string()))
    time = np.round(table[when].to_numpy().astype(np.float64) * 1e6).astype(np.int64)
    objects = table[target].cast(pa.string()).combine_chunks().dictionary_encode()
    return arrange(account, objects, time, np.arange(len(time)), names)


def with_groups(acts: Any, random: np.random.Generator) -> tuple[Any, dict[tuple[int, int], Pairs]]:
    """The acts and those of planted groups; the pairs of each (size, shared objects)."""
    from coordination.acts import Acts

    activity = np.bincount(acts.account, minlength=len(acts.accounts))
    usual = np.flatnonzero((activity >= 2) & (activity <= 50))
    free = random.permutation(usual)
    made, planted = [], {}
    for size, shared in ((size, shared) for size in SIZES for shared in SHARED):
        members, free = free[:size], free[size:]
        planted[size, shared] = {(int(a), int(b)) for a, b in combinations(sorted(members), 2)}
        for target in random.choice(int(acts.object.max()) + 1, shared, replace=False):
            start = random.integers(acts.time.min(), acts.time.max()) // 1_000_000
            made += [(member, target, int(start + random.integers(0, JITTER + 1)) * 1_000_000) for member in members]
    account, target, time = (
        np.concatenate((old, new)) for old, new in zip((acts.account, acts.object, acts.time), np.array(made).T, strict=True)
    )
    order = np.lexsort((time, target))
    rows = np.arange(len(time))
    both = Acts(account[order].astype(np.int32), target[order].astype(np.int32), time[order], rows[order], acts.accounts, acts.objects)
    return both, planted


def cosines(acts: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosine of the TF-IDF weighted objects of each pair of accounts."""
    from scipy.sparse import csr_array

    shape = (len(acts.accounts), int(acts.object.max()) + 1)
    matrix = csr_array((np.ones(len(acts)), (acts.account, acts.object)), shape=shape)
    matrix.data[:] = np.log1p(matrix.data)
    audience = np.bincount(matrix.indices, minlength=shape[1])
    matrix.data *= np.log(shape[0] / np.maximum(audience[matrix.indices], 1)) + 1
    length = np.sqrt(np.bincount(np.repeat(np.arange(shape[0]), np.diff(matrix.indptr)), matrix.data**2, minlength=shape[0]))
    dots = [
        np.asarray(matrix[a[k : k + 100_000]].multiply(matrix[b[k : k + 100_000]]).sum(axis=1)).ravel() for k in range(0, len(a), 100_000)
    ]
    return np.concatenate([np.empty(0), *dots]) / np.maximum(length[a] * length[b], 1e-12)


@dataclass(frozen=True)
class Called:
    """What each rule calls."""

    q: Pairs
    weight: Pairs
    cosine: Pairs


def called(acts: Any, window: float) -> Called:
    """The edges of the three rules."""
    from coordination.conventions import tocsin
    from coordination.looks import climb

    judged = climb(acts, [w for w in WINDOWS if w <= window], 2, LEVEL)[window]
    ours = judged.q <= LEVEL
    met = tocsin.edges(acts, window, 1)
    heavy = met.weight >= max(np.quantile(met.weight, 0.99), 2) if len(met) else np.empty(0, bool)
    alike = cosines(acts, met.a, met.b)
    close = alike >= np.quantile(alike, 0.99) if len(met) else np.empty(0, bool)
    return Called(
        _pairs(judged.counts.a[ours], judged.counts.b[ours]), _pairs(met.a[heavy], met.b[heavy]), _pairs(met.a[close], met.b[close])
    )


def _pairs(a: np.ndarray, b: np.ndarray) -> Pairs:
    return set(zip(a.tolist(), b.tolist(), strict=True))


RULES = ("q", "weight", "cosine")


def shuffled(name: str, window: float, rounds: int) -> Iterator[tuple[str, list[int]]]:
    """Edges of each rule in the data, and the most of them in the rounds of each shuffle."""
    acts = acts_of(name)
    yield "as it is", [len(getattr(called(acts, window), rule)) for rule in RULES]
    for shuffle, change in SHUFFLES.items():
        found = [called(acts.as_if(change(acts, window, np.random.default_rng([0, k]))), window) for k in range(rounds)]
        yield shuffle, [max(len(getattr(one, rule)) for one in found) for rule in RULES]


def planted(name: str, window: float) -> tuple[dict[str, tuple[float, float]], dict[tuple[int, int], float]]:
    """Precision and recall of each rule over all planted pairs, and the recall of q by size and shared objects."""
    random = np.random.default_rng(1)
    acts = acts_of(name)
    acts, groups = with_groups(acts.as_if(within_days(acts, window, random)), random)
    found, true = called(acts, window), set().union(*groups.values())
    scores = {}
    for rule in RULES:
        mine = getattr(found, rule)
        scores[rule] = (len(mine & true) / len(mine) if mine else 1.0, len(mine & true) / len(true))
    return scores, {key: len(found.q & pairs) / len(pairs) for key, pairs in groups.items()}


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description="calibration on real data")
    asked.add_argument("--rounds", type=int, default=3, help="how often each shuffle is drawn")
    rounds = asked.parse_args().rounds
    print("| data | window | shuffle | q <= 0.05 | weight >= 99th percentile | cosine >= 99th percentile |\n|---|---|---|---|---|---|")
    for name in SETS:
        for window in WINDOWS:
            for shuffle, numbers in shuffled(name, window, rounds):
                print(f"| {name} | {window:g} s | {shuffle} | {' | '.join(f'{number:,}' for number in numbers)} |")
    print("\n| data | window | precision and recall: q | weight | cosine | recall of q with 5, 10, 30 objects: 3 accounts | 5 | 10 | 20 |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in SETS:
        for window in WINDOWS:
            scores, by_size = planted(name, window)
            cells = [f"{scores[rule][0]:.3f}, {scores[rule][1]:.3f}" for rule in RULES]
            cells += [", ".join(f"{by_size[size, shared]:.2f}" for shared in SHARED) for size in SIZES]
            print(f"| {name} | {window:g} s | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
