"""Both backends on the same documents: size, query times, and what readers feel while a writer writes.

python -m benchmarks.index_scale URL [--documents 1000000] [--readers 8] [--text FOLDER_OF_NTREX]
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from elasticsearch import Elasticsearch

from benchmarks.index import BEGIN, FILES, ROOT, queries, say, timed, vocabulary
from benchmarks.index import _document as document
from index import open_index
from index.base import Index, IndexDocument
from index.query import parse
from models.settings import Settings

PREFIX = "benchmark-scale"


def stream(size: int, folder: Path) -> Iterator[IndexDocument]:
    """The documents of benchmarks/index.py, one after the other and in the order of their dates, as an archive gives them."""
    draw = random.Random(5)
    words = {language: vocabulary(folder, language) for language in FILES}
    pools = {lang: draw.choices(w, [1 / (rank + 3) for rank in range(len(w))], k=400_000) for lang, w in words.items()}
    step = timedelta(days=420) / size
    for number in range(size):
        yield replace(document(number, draw, pools), published=BEGIN + number * step)


def opened(backend: str, url: str, folder: str) -> Index:
    """The index of a backend."""
    return open_index(Settings({"index.backend": backend, "index.urls": [url], "index.prefix": PREFIX}), Path(folder))


def read(backend: str, url: str, folder: str, seconds: float, seed: int) -> list[float]:
    """Milliseconds of each search that one reader makes in ``seconds``, a tenth of a second apart."""
    index, trees = opened(backend, url, folder), [parse(text) for text in queries(300)]
    draw, took, end = random.Random(seed), [], time.monotonic() + seconds
    index.search(trees[0])
    while time.monotonic() < end:
        begin = time.perf_counter()
        index.search(draw.choice(trees))
        took.append((time.perf_counter() - begin) * 1000)
        time.sleep(0.1)
    index.close()
    return took


def crowd(backend: str, url: str, folder: str, readers: int, documents: Sequence[IndexDocument]) -> None:
    """Print what ``readers`` feel, alone and while a writer replaces documents."""
    index = opened(backend, url, folder)
    with ProcessPoolExecutor(readers) as pool:
        for what, writing in (("nobody writes", False), ("a writer writes", True)):
            running = [pool.submit(read, backend, url, folder, 20.0, seed) for seed in range(readers)]
            begin, written = time.monotonic(), 0
            while writing and time.monotonic() < begin + 19:
                written += index.add(documents[written % len(documents) : written % len(documents) + 1_000])
            took = sorted(t for future in running for t in future.result())
            p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
            said = f"  {written:,} documents replaced" if writing else ""
            print(
                f"{backend:14}{readers} readers, {what:16} p50 {p50:7.1f} ms  p99 {p99:7.1f} ms  {len(took):,} searches{said}", flush=True
            )
    index.close()


def measure(backend: str, url: str, folder: str, asked: argparse.Namespace) -> list[int]:
    """Print what one backend does; the number of documents of each query."""
    index = opened(backend, url, folder)
    begin = time.perf_counter()
    index.replace(stream(asked.documents, asked.text), "benchmark")
    print(f"{backend}: {asked.documents / (time.perf_counter() - begin):,.0f} documents/s, making them included", flush=True)
    trees = [parse(text) for text in queries(asked.queries)]
    totals = [index.search(tree, limit=0).total for tree in trees]
    counted = {"facets": ("lang", "platform", "narrative"), "histogram": "day"}
    say("20 documents with snippets, by date", timed([partial(index.search, tree) for tree in trees]))
    say("by relevance", timed([partial(index.search, tree, sort="relevance") for tree in trees]))
    say("three facets and a histogram of days", timed([partial(index.search, tree, **counted) for tree in trees]))
    index.close()
    crowd(backend, url, folder, asked.readers, list(stream(20_000, asked.text)))
    return totals


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--text", type=Path, default=Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared")) / "data/open/ntrex")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        mine = measure("embedded", asked.url, folder, asked)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        print(f"embedded: {size / 1e6:,.0f} MB on disk, peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:,.0f} MB")
        theirs = measure("elasticsearch", asked.url, folder, asked)
    client = Elasticsearch(asked.url, request_timeout=120)
    stats = client.indices.stats(index=f"{PREFIX}-documents")["_all"]["primaries"]
    (node,) = client.nodes.stats(metric="jvm")["nodes"].values()
    heap = node["jvm"]["mem"]["heap_max_in_bytes"] / 1e6
    print(f"elasticsearch: {stats['store']['size_in_bytes'] / 1e6:,.0f} MB on disk, heap {heap:,.0f} MB")
    print(f"queries whose number of documents is equal: {sum(a == b for a, b in zip(mine, theirs, strict=True))} of {len(mine)}")
    for name in client.indices.get(index=f"{PREFIX}-*"):
        client.indices.delete(index=name)


if __name__ == "__main__":
    main()
