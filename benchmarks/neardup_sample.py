"""A sample of pairs from real posts to be read one by one: written outside of the checkout, at most one pair of a text, some of each type.

    python benchmarks/neardup_sample.py FOLDER [--texts 120000] [--skip 0] [--each 40] [--seed 1]

FOLDER/pairs.txt has the pairs to be read, FOLDER/pairs.jsonl the same with an empty label to fill in (y, n). The posts are real people's:
FOLDER may not lie inside the checkout. docs/near-duplicates.md says what was found.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import neardup_speed  # noqa: E402  the checkout comes first

from nlp.neardup import KINDS, Finder, Pair, Text  # noqa: E402


def sampled(pairs: list[Pair], each: int, seed: int) -> list[Pair]:
    """``each`` pairs of every type, no text twice, and those with the same score as likely as others."""
    draw = random.Random(seed)
    draw.shuffle(pairs)
    used: set[str] = set()
    left = dict.fromkeys(KINDS, each)
    found = []
    for pair in pairs:
        if left[pair.kind] and not used & {pair.a, pair.b}:
            used |= {pair.a, pair.b}
            left[pair.kind] -= 1
            found.append(pair)
    return sorted(found, key=lambda pair: KINDS.index(pair.kind))


def outside(value: str) -> Path:
    """A folder that does not lie inside the checkout, for :mod:`argparse`."""
    folder = Path(value)
    if folder.resolve().is_relative_to(ROOT):
        raise argparse.ArgumentTypeError(f"{folder} lies inside the checkout; real posts may not be kept there")
    return folder


def written(folder: Path, pairs: list[Pair], of: dict[str, str]) -> None:
    """Write the pairs to be read; ``of``: the texts by their ids."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "pairs.txt").open("w", encoding="utf-8") as plain, (folder / "pairs.jsonl").open("w", encoding="utf-8") as rows:
        for n, pair in enumerate(pairs):
            a, b = (" ".join(of[key].split()) for key in (pair.a, pair.b))
            plain.write(f"{n} {pair.kind} {pair.score:.3f}\n  {a[:400]}\n  {b[:400]}\n")
            rows.write(json.dumps({"n": n, "kind": pair.kind, "score": pair.score, "a": a, "b": b, "label": ""}, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=outside)
    parser.add_argument("--texts", type=int, default=120_000)
    parser.add_argument("--skip", type=int, default=0, help="texts passed over: a sample of posts that no rule was made on")
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    texts = [Text(str(i), text) for i, text in enumerate(neardup_speed.posts(given.skip + given.texts)[given.skip :])]
    # pairs of equal texts are sure; what is read are the others
    pairs = [pair for pair in Finder().add(texts) if pair.score < 1]
    written(given.folder, sampled(pairs, given.each, given.seed), {text.id: text.text for text in texts})


if __name__ == "__main__":
    main()
