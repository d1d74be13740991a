"""How well halves of one article find each other in four languages, and how long 50,000 documents take.

    python benchmarks/narratives.py [--speed N]

NTREX-128 (Federmann, Kocmi and Xin 2022; CC BY-SA 4.0) from the folder that TOCSIN_SHARED names, or ../shared. Prints pair-F1
with precision and recall of each stream at the threshold that ships, on the half of the articles that no weight was fitted on, and on
all.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from models.records import Annotation, Document  # noqa: E402  the folder must be on the path first
from models.settings import Settings  # noqa: E402

FILES = {
    "fr": "newstest2019-ref.fra.txt",
    "de": "newstest2019-ref.deu.txt",
    "en": "newstest2019-src.eng.txt",
    "ru": "newstest2019-ref.rus.txt",
}
STREAMS = ("fr", "de", "en", "fr+de", "fr+de+en", "fr+de+en+ru")
NOON = datetime(2027, 4, 9, 12, tzinfo=UTC)

Item = tuple[Document, Annotation]


def folder() -> Path | None:
    """Where NTREX lies, or None."""
    base = Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared"))
    found = base / "data" / "open" / "ntrex"
    return found if found.is_dir() else None


def document(name: str, text: str, language: str) -> Document:
    """An article of no site."""
    return Document(id=name, kind="article", platform="web", source="bench", fetched=NOON, language=language, text=text)


def halves(base: Path, language: str) -> Iterator[Document]:
    """Two documents for each article, whose id begins with the article's."""
    names = (base / "DOCUMENT_IDS.tsv").read_text("utf-8").splitlines()
    lines = (base / FILES[language]).read_text("utf-8").splitlines()
    articles: dict[str, list[str]] = {}
    for name, line in zip(names, lines, strict=True):
        articles.setdefault(name.strip(), []).append(line)
    for name, text in articles.items():
        middle = (len(text) + 1) // 2
        for i, half in enumerate((text[:middle], text[middle:])):
            if half:
                yield document(f"{name}|{language}|{i}", " ".join(half), language)


def read(base: Path) -> list[Item]:
    """All halves in all languages with their annotations."""
    from nlp.reading import annotate

    documents = {d.id: d for language in FILES for d in halves(base, language)}
    return [(documents[a.document], a) for a in annotate(documents.values(), (), Settings())]


def held_out(items: Sequence[Item]) -> list[Item]:
    """The articles that thresholds and weights were not fitted on."""
    names = sorted({d.id.split("|")[0] for d, _ in items})
    random.Random(1).shuffle(names)
    kept = set(names[62:])
    return [item for item in items if item[0].id.split("|")[0] in kept]


def pair_f1(groups: Sequence[Sequence[str]]) -> tuple[float, float, float]:
    """F1, precision and recall over pairs of documents of one article; ``groups`` of ids that hold every document once."""

    def pairs(counts: Iterator[int] | Sequence[int]) -> int:
        return sum(n * (n - 1) // 2 for n in counts)

    right = pairs([n for group in groups for n in Counter(i.split("|")[0] for i in group).values()])
    made = pairs([len(group) for group in groups])
    true = pairs(list(Counter(i.split("|")[0] for group in groups for i in group).values()))
    return 2 * right / max(1, made + true), right / max(1, made), right / max(1, true)


def scores(items: Sequence[Item]) -> dict[str, tuple[float, float, float]]:
    """Stream to pair-F1, precision, recall at the shipped settings."""
    from nlp.stories import stories

    settings = Settings()
    found = {}
    for stream in STREAMS:
        chosen = [item for item in items if item[0].language in stream.split("+")]
        told = stories(chosen, settings["narratives.threshold"], settings["narratives.days"])
        found[stream] = pair_f1([story.ids for story in told])
    return found


def invented(number: int) -> list[Item]:
    """Documents of 110 words: half from a Zipf vocabulary, the rest from one of ``number // 6`` stories whose sizes follow a power law."""
    import numpy as np

    rng = np.random.default_rng(0)
    words = np.array([f"w{i}" if i % 3 else f"Name{i}" for i in range(60_000)])
    weights = 1 / np.arange(1, len(words) + 1)
    weights /= weights.sum()
    subjects = [rng.integers(200, len(words), 40) for _ in range(number // 6)]
    items = []
    for i, story in enumerate(rng.zipf(1.5, number) % len(subjects)):
        text = " ".join(words[np.concatenate([rng.choice(len(words), 60, p=weights), rng.choice(subjects[story], 50)])])
        made = document(f"{i:06d}", text, "fr")
        items.append((made, Annotation(document=made.id, version="1", language="fr", margin=1.0, lemmas=text)))
    return items


def speed(number: int) -> str:
    """Seconds for ``number`` invented documents."""
    from nlp.stories import stories

    items = invented(number)
    begin, busy = time.perf_counter(), time.process_time()
    told = stories(items, Settings()["narratives.threshold"], Settings()["narratives.days"])
    seconds, worked = time.perf_counter() - begin, time.process_time() - busy
    largest = max(len(story.items) for story in told)
    return f"{number:,} documents: {seconds:.1f} s, {worked:.1f} s of processor; largest story {largest:,}"


def main() -> int:
    """Print the table; 1 below a floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=int, default=0, metavar="N", help="cluster N invented documents too")
    arguments = parser.parse_args()
    if arguments.speed:
        print(speed(arguments.speed))
    base = folder()
    if base is None:
        print("NTREX is not there: set TOCSIN_SHARED")
        return 0
    floors = json.loads((ROOT / "benchmarks" / "floors.json").read_text("utf-8"))["narratives"]
    items = read(base)
    everything, rest = scores(items), scores(held_out(items))
    print("| stream | held-out articles: pair-F1 (P / R) | all articles: pair-F1 (P / R) |\n|---|---|---|")
    for stream in STREAMS:
        (f, p, r), (g, q, s) = rest[stream], everything[stream]
        print(f"| {stream} | {f:.3f} ({p:.2f} / {r:.2f}) | {g:.3f} ({q:.2f} / {s:.2f}) |")
    low = [stream for stream in STREAMS if everything[stream][0] < floors[stream]]
    print(f"below the floor: {', '.join(low)}" if low else "all floors kept")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
