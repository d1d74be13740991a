"""How many translations are found among ever more real posts, and what is told of the posts themselves.

    python benchmarks/neardup_planted.py [--sizes 0,5000,30000,95000] [--skip 0] [--part 1] [--seed 4] [--read FOLDER] [--each 50]

Sentences of NTREX-128 in one to seven languages (benchmarks/neardup_data.py) among different real posts of TOCSIN_SHARED, all languages
guessed. Each size runs in a process of its own. FOLDER, outside of the checkout, gets a sample of the translations that were told of two
posts, to be read one by one: the posts are real people's. Needs the FreeDict dictionaries.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import neardup_data as data  # noqa: E402  the checkout comes first
import neardup_sample  # noqa: E402
import neardup_speed  # noqa: E402

from nlp.neardup import Finder, Pair, Text  # noqa: E402

PLANTED = "planted "


def mixed(made: data.Data, posts: list[str], seed: int) -> list[Text]:
    """Planted sentences and posts in one order by seed; a planted text's id says its number."""
    texts = [Text(f"{PLANTED}{i}", text) for i, text in enumerate(made.texts)] + [Text(str(i), text) for i, text in enumerate(posts)]
    random.Random(seed).shuffle(texts)
    return texts


def counted(made: data.Data, told: list[Pair]) -> dict[str, int]:
    """Pairs told as translations: planted ones that are right or wrong, those of a sentence with a post, those of two posts."""
    counts = dict.fromkeys(("right", "wrong", "sentence and post", "posts"), 0)
    for pair in told:
        ends = [int(key.removeprefix(PLANTED)) for key in (pair.a, pair.b) if key.startswith(PLANTED)]
        right = len(ends) == 2 and made.truth.get((min(ends), max(ends))) == "translation"
        counts["right" if right else ("posts", "sentence and post", "wrong")[len(ends)]] += 1
    return counts


def one(size: int, given: argparse.Namespace) -> dict[str, float]:
    """The counts of one collection, with the processor time it took; writes the sample to be read."""
    made = data.translations(given.part, given.seed, "ntrex")
    texts = mixed(made, neardup_speed.posts(given.skip + size)[given.skip :], given.seed)
    started = time.process_time()
    told = [pair for pair in Finder().add(texts) if pair.kind == "translation"]
    spent = time.process_time() - started
    if given.read:
        of_posts = [pair for pair in told if not pair.a.startswith(PLANTED) and not pair.b.startswith(PLANTED)]
        neardup_sample.written(given.read, neardup_sample.sampled(of_posts, given.each, given.seed), {t.id: t.text for t in texts})
    return {"texts": len(texts), "planted": len(made.truth), "seconds": spent} | counted(made, told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="0,5000,30000,95000")
    parser.add_argument("--skip", type=int, default=0, help="posts passed over")
    parser.add_argument("--part", type=int, default=1, help="half of the articles")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--read", type=neardup_sample.outside, help="folder for a sample of the last size")
    parser.add_argument("--each", type=int, default=50)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is not None:
        print(json.dumps(one(given.one, given)))
        return
    sizes = given.sizes.split(",")
    for size in sizes:
        words = [sys.executable, __file__, "--one", size, "--skip", str(given.skip), "--part", str(given.part), "--seed", str(given.seed)]
        words += ["--read", str(given.read), "--each", str(given.each)] if given.read and size == sizes[-1] else []
        run = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        print(
            f"{int(size):>7,} posts: {run['right']:,} of {run['planted']:,} planted translations, {run['wrong']} wrong pairs of planted"
            f" sentences, {run['sentence and post']} of a sentence and a post, {run['posts']:,} of two posts; {run['seconds']:.0f} s"
        )


if __name__ == "__main__":
    main()
