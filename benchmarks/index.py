"""Documents indexed per second and query times of the embedded index, beside tantivy alone with its own analysers, in one run.

python -m benchmarks.index [--documents 200000] [--queries 300] [--text FOLDER_OF_NTREX]
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import tantivy

from index import open_index
from index.base import Index, IndexDocument
from index.query import Node, parse
from models.records import Document, digest
from models.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
FILES = {"fr": "ref.fra", "de": "ref.deu", "en": "src.eng"}
MIX = ["fr"] * 42 + ["de"] * 30 + ["en"] * 28
TOPICS = {
    "fr": ["fraude électorale", "bulletins truqués", "vote par correspondance", "ingérence étrangère"],
    "de": ["Wahlbetrug", "gefälschte Stimmzettel", "Briefwahl abschaffen", "ausländische Einflussnahme"],
    "en": ["election fraud", "rigged ballots", "mail-in voting", "foreign interference"],
}


def vocabulary(folder: Path, language: str) -> list[str]:
    """Words of a text, the commonest first."""
    counts: dict[str, int] = {}
    for word in (folder / f"newstest2019-{FILES[language]}.txt").read_text("utf-8").split():
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts, key=lambda w: (-counts[w], w))


def corpus(size: int, folder: Path) -> list[IndexDocument]:
    """Documents of 47 words on average, words drawn by Zipf's law, up to three topical phrases in each."""
    draw = random.Random(5)
    words = {language: vocabulary(folder, language) for language in FILES}
    weights = {language: [1 / (rank + 3) for rank in range(len(found))] for language, found in words.items()}
    pools = {language: draw.choices(words[language], weights[language], k=400_000) for language in FILES}
    return [_document(number, draw, pools) for number in range(size)]


def _document(number: int, draw: random.Random, pools: dict[str, list[str]]) -> IndexDocument:
    language = draw.choice(MIX)
    start, size = draw.randrange(399_000), draw.randint(14, 80)
    text = [*pools[language][start : start + size], *draw.sample(TOPICS[language], k=draw.choice([0, 0, 0, 1, 1, 2, 3]))]
    draw.shuffle(text)
    source, moment = f"source{draw.randrange(400)}.example", BEGIN + timedelta(minutes=draw.randrange(420 * 1440))
    document = Document(
        id=digest("benchmark", str(number)),
        kind=draw.choice(["article", "post"]),
        platform=f"network{draw.randrange(12)}",
        source=source,
        fetched=moment,
        published=moment,
        url=f"https://{source}/{number}",
        account=f"account{draw.randrange(20_000)}",
        language=language,
        title=" ".join(text[:5]),
        text=" ".join(text),
    )
    return IndexDocument.of(document, None, [f"N-{draw.randrange(60):04d}"], flagged=draw.random() < 0.05)


def queries(count: int) -> list[str]:
    """Five kinds: either of two words, a word on one network, a phrase, a phrase with source and dates, one without another."""
    draw = random.Random(9)
    made = []
    for number in range(count):
        phrase = draw.choice(TOPICS[draw.choice(list(TOPICS))])
        one, two = phrase.split()[-1], draw.choice(TOPICS[draw.choice(list(TOPICS))]).split()[0]
        made.append(
            [
                f"{one} OR {two}",
                f"{one} platform:network{draw.randrange(12)}",
                f'"{phrase}"',
                f'"{phrase}" source:source{draw.randrange(400)}.example since:2026-03 until:2026-09',
                f"{one} NOT {two}",
            ][number % 5]
        )
    return made


def bound(documents: Sequence[IndexDocument], folder: Path) -> float:
    """Documents per second of tantivy alone: its own tokenizer, stemmers and folding, the same fields kept and counted."""
    stems = {"fr": "french", "de": "german", "en": "english"}
    builder = tantivy.SchemaBuilder()
    for name in ("id", "url"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("lang", "kind", "platform", "source", "account", "narrative"):
        builder.add_text_field(name, stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_date_field("published", stored=True, indexed=True, fast=True)
    for language in stems:
        builder.add_text_field(f"body_{language}", stored=True, tokenizer_name=language)
    index = tantivy.Index(builder.build(), str(folder))
    for language, stem in stems.items():
        analyser = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
        analyser = analyser.filter(tantivy.Filter.stemmer(stem)).filter(tantivy.Filter.ascii_fold())
        index.register_tokenizer(language, analyser.build())
    writer = index.writer(256_000_000, 2)
    begin = time.perf_counter()
    for number, d in enumerate(documents):
        kept = {"id": d.id, "url": d.url, "lang": d.language, "kind": d.kind, "platform": d.platform, "source": d.source}
        kept |= {"account": d.account, "narrative": list(d.narratives), "published": d.published, f"body_{d.language}": d.text}
        writer.add_document(tantivy.Document(**kept))
        if number % 20_000 == 19_999:
            writer.commit()
    writer.commit()
    writer.wait_merging_threads()
    return len(documents) / (time.perf_counter() - begin)


def timed(calls: Iterable[Callable[[], object]]) -> list[float]:
    """Milliseconds of each call, sorted."""
    found = []
    for call in calls:
        begin = time.perf_counter()
        call()
        found.append(1e3 * (time.perf_counter() - begin))
    return sorted(found)


def main() -> None:
    """Print the figures as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--queries", type=int, default=300)
    shared = Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--text", type=Path, default=shared / "data/open/ntrex")
    asked = parser.parse_args()
    documents = corpus(asked.documents, asked.text)
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "alone"
        alone.mkdir()
        print(f"tantivy alone, own analysers   {bound(documents, alone):8,.0f} documents/s")
        index = open_index(Settings(), Path(folder) / "index")
        begin = time.perf_counter()
        index.add(documents)
        print(f"tocsin, embedded index         {len(documents) / (time.perf_counter() - begin):8,.0f} documents/s")
        again = documents[: len(documents) // 10]
        begin = time.perf_counter()
        index.add(again)
        print(f"tocsin, replacing a tenth      {len(again) / (time.perf_counter() - begin):8,.0f} documents/s")
        print(f"on disk                        {sum(f.stat().st_size for f in Path(folder, 'index').rglob('*')) / 1e6:8,.0f} MB")
        trees = [parse(text) for text in queries(asked.queries)]
        timed([partial(index.search, tree) for tree in trees[:20]])  # the first ones open files
        full = {"facets": ("lang", "source", "narrative"), "histogram": "day"}
        for sort in ("date", "relevance"):
            say(f"20 documents with snippets, by {sort}", timed([partial(index.search, tree, sort=sort) for tree in trees]))
            say(f"with 3 facets and days, by {sort}", timed([partial(index.search, tree, sort=sort, **full) for tree in trees]))
        say("ids of all that match", timed([partial(ids, index, tree) for tree in trees[:50]]))


def ids(index: Index, tree: Node) -> list[str]:
    """All of them."""
    return list(index.ids(tree))


def say(what: str, times: Sequence[float]) -> None:
    """One line: the middle and the 99th of 100."""
    print(f"{what:<42} p50 {times[len(times) // 2]:7.1f} ms   p99 {times[len(times) * 99 // 100]:7.1f} ms")


if __name__ == "__main__":
    main()
