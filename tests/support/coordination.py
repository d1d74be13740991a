"""Small tables of posts, and counts done the slow way: every pair of acts looked at."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import itertools
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import numpy as np
import pyarrow as pa

import cli

ROOT = Path(__file__).resolve().parents[2]
QUT = ROOT / "tests" / "fixtures" / "qut"
DAY = 86_400


def shared_data() -> Path | None:
    """The folder of shared data, if it is there."""
    folder = Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared")) / "data"
    return folder if folder.is_dir() else None


def posts(rows, **columns) -> pa.Table:
    """Posts from (account, object, seconds) triples, each with its own id; further columns by name."""
    made = {
        "id": [f"p{k}" for k in range(len(rows))],
        "account": [row[0] for row in rows],
        "published": pa.array([round(row[2] * 1e6) for row in rows], pa.timestamp("us", "UTC")),
        "objects": pa.array([[row[1]] if row[1] else [] for row in rows], pa.list_(pa.string())),
    }
    return pa.table(made | columns)


def meetings(rows, window):
    """Pairs of row numbers on the same object at most ``window`` seconds apart, of any accounts."""
    for i, j in itertools.combinations(range(len(rows)), 2):
        if rows[i][1] == rows[j][1] and abs(rows[i][2] - rows[j][2]) <= window:
            yield i, j


def distinct_objects(rows, window, least=1):
    """Weight of each pair of accounts in Tocsin's convention."""
    found = defaultdict(set)
    for i, j in meetings(rows, window):
        if rows[i][0] != rows[j][0]:
            found[tuple(sorted((rows[i][0], rows[j][0])))].add(rows[i][1])
    return {pair: len(objects) for pair, objects in found.items() if len(objects) >= least}


def own_messages(rows, window, least=1, loops=False):
    """Directed weight in the QUT toolkit's convention."""
    found = defaultdict(set)
    for i, j in meetings(rows, window):
        if loops or rows[i][0] != rows[j][0]:
            found[rows[i][0], rows[j][0]].add(i)
            found[rows[j][0], rows[i][0]].add(j)
    return {pair: len(own) for pair, own in found.items() if len(own) >= least}


def coortweet_pairs(rows, window, least, loops):
    """``detect_groups`` told step by step. ``rows``: (account, object, seconds, content)."""
    accounts = list(dict.fromkeys(row[0] for row in rows))
    often = [name for name in accounts if sum(row[0] == name for row in rows) >= least]
    rows = [row for name in often for row in rows if row[0] == name]
    found = []
    for i, j in meetings(rows, window):
        one, two = (rows[i], rows[j]) if rows[i][2] <= rows[j][2] else (rows[j], rows[i])
        loop = one[1] in (one[3], two[3]) or one[3] == two[3] or one[0] == two[0]
        if loops or not loop:
            found.append((one, two))
    contents = {row[3] for pair in found for row in pair}
    coordinated = [row for row in rows if row[3] in contents]
    enough = {name for name in accounts if sum(row[0] == name for row in coordinated) >= least}
    kept = {row[3] for row in coordinated if row[0] in enough} if least >= 1 else contents
    return [(one, two) for one, two in found if one[3] in kept or two[3] in kept]


def qut_posts(name: str) -> pa.Table:
    """One of the toolkit's files as a table of posts."""
    with (QUT / name).open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    return pa.table(
        {
            "id": [row[0] for row in rows],
            "account": [row[1] for row in rows],
            "repost_of": [row[3] for row in rows],
            "reply_to": [row[4] for row in rows],
            "text": [row[5] for row in rows],
            "published": pa.array([round(float(row[6]) * 1e6) for row in rows], pa.timestamp("us", "UTC")),
            "links": pa.array([[url for url in row[7].split(" ") if url] for row in rows], pa.list_(pa.string())),
        }
    )


def crowd(seed=0, accounts=400, objects=600, acts=6000, days=7):
    """Acts of independent people: skewed activity, skewed popularity, bursts after each object appears. (account, object, seconds)."""
    rng = np.random.default_rng(seed)
    who = rng.choice(accounts, acts, p=_skewed(rng, accounts))
    what = rng.choice(objects, acts, p=_skewed(rng, objects))
    born = rng.uniform(0, days * DAY, objects)
    when = born[what] + rng.exponential(4 * 3600, acts)
    return [(f"u{a:04d}", f"o{o}", float(int(t))) for a, o, t in zip(who, what, when, strict=True)]


def planted(size, shares, seed=0, jitter=30.0, days=7, name="z"):
    """A group whose members share ``shares`` objects of their own within ``jitter`` seconds."""
    rng = np.random.default_rng(seed + 1000)
    rows = []
    for k in range(shares):
        start = rng.uniform(0, days * DAY)
        rows += [(f"{name}{m}", f"{name}-{k}", float(int(start + rng.uniform(0, jitter)))) for m in range(size)]
    return rows


def _skewed(rng, size):
    weight = 1.0 / (1 + rng.permutation(size)) ** 0.8
    return weight / weight.sum()


def fans(seed, accounts, objects, share, reaction, days=7, name="f"):
    """Fans of one party: each of its objects is taken up by a part of them, each reacting on his own after ``reaction`` s on average."""
    rng = np.random.default_rng(seed)
    zeal = rng.lognormal(0, 0.7, accounts)
    zeal /= zeal.max()
    rows = []
    for k in range(objects):
        born = rng.uniform(0, days * DAY)
        taken = np.flatnonzero(rng.random(accounts) < share * zeal * rng.lognormal(0, 0.5))
        rows += [(f"{name}{a:03d}", f"{name}-{k}", float(int(born + rng.exponential(reaction)))) for a in taken]
    return rows


def run(*words):
    """``tocsin words…`` in this process: exit code and what it said on standard error."""
    said = io.StringIO()
    with mock.patch.object(sys, "argv", ["tocsin", *map(str, words)]), contextlib.redirect_stderr(said):
        return Ran(cli.run(), said.getvalue())


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    err: str


def packed(path: Path) -> list[dict[str, str]]:
    """The rows of a compressed CSV."""
    return list(csv.DictReader(gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()))
