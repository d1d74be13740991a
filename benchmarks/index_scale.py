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

from benchmarks.index import BEGIN, FILES, ROOT, queries, timed, vocabulary
from benchmarks.index import _document as document
from index import open_index
from index.base import Index, IndexDocument
from index.query import parse
from models.settings import Settings

PREFIX = "benchmark-scale"


def stream(size: int, folder: Path, numbers: range) -> Iterator[IndexDocument]:
    """Documents as of benchmarks/index.py, in the order of their dates, as an archive gives them: ``size`` in 420 days, and later ones."""
    draw = random.Random(5)
    words = {language: vocabulary(folder, language) for language in FILES}
    pools = {lang: draw.choices(w, [1 / (rank + 3) for rank in range(len(w))], k=400_000) for lang, w in words.items()}
    step = timedelta(days=420) / size
    for number in numbers:
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


def crowd(backend: str, url: str, folder: str, readers: int, new: Sequence[IndexDocument]) -> Iterator[tuple[str, str]]:
    """What ``readers`` feel, alone and while a writer puts the ``new`` documents in, again and again."""
    index = opened(backend, url, folder)
    with ProcessPoolExecutor(readers) as pool:
        for what, writing in (("nobody writes", False), ("a writer writes", True)):
            running = [pool.submit(read, backend, url, folder, 20.0, seed) for seed in range(readers)]
            begin, written = time.monotonic(), 0
            while writing and time.monotonic() < begin + 19:
                start = written % len(new)
                written += index.add(new[start : start + 1_000])
            took = sorted(t for future in running for t in future.result())
            yield f"{readers} readers, {what}", spread(took)
            yield f"searches in 20 s, {what}", f"{len(took):,}"
    yield "documents written meanwhile", f"{written:,}"
    index.close()


def spread(times: Sequence[float]) -> str:
    """The middle and the 99th of 100."""
    return f"p50 {times[len(times) // 2]:,.1f} ms, p99 {times[len(times) * 99 // 100]:,.1f} ms"


def measure(backend: str, url: str, folder: str, asked: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """What one backend does, as rows of a table; the row "totals" is the number of documents of each query."""
    index, size = opened(backend, url, folder), asked.documents
    begin = time.perf_counter()
    index.replace(stream(size, asked.text, range(size)), "benchmark")
    yield "documents/s, making them included", f"{size / (time.perf_counter() - begin):,.0f}"
    trees = [parse(text) for text in queries(asked.queries)]
    yield "totals", " ".join(str(index.search(tree, limit=0).total) for tree in trees)
    counted = {"facets": ("lang", "platform", "narrative"), "histogram": "day"}
    yield "20 documents with snippets, by date", spread(timed([partial(index.search, tree) for tree in trees]))
    yield "the same by relevance", spread(timed([partial(index.search, tree, sort="relevance") for tree in trees]))
    yield "three facets and a histogram of days", spread(timed([partial(index.search, tree, **counted) for tree in trees]))
    yield "MB on disk", f"{stored(backend, url, folder) / 1e6:,.0f}"
    index.close()
    new = list(stream(size, asked.text, range(size, size + min(20_000, size))))
    yield from crowd(backend, url, folder, asked.readers, new)


def stored(backend: str, url: str, folder: str) -> int:
    """Bytes on the disk."""
    if backend == "embedded":
        return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    client = Elasticsearch(url, request_timeout=120)
    return int(client.indices.stats(index=f"{PREFIX}-documents")["_all"]["primaries"]["store"]["size_in_bytes"])


def shown(backend: str, rows: Iterator[tuple[str, str]]) -> dict[str, str]:
    """The rows, each told as soon as it is known."""
    found: dict[str, str] = {}
    for what, value in rows:
        found[what] = value
        if what != "totals":
            print(f"{backend}: {what}: {value}", flush=True)
    return found


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
        mine = shown("embedded", measure("embedded", asked.url, folder, asked))
        mine["memory"] = f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:,.0f} MB, this process at its peak"
        theirs = shown("elasticsearch", measure("elasticsearch", asked.url, folder, asked))
    client = Elasticsearch(asked.url, request_timeout=120)
    (node,) = client.nodes.stats(metric="jvm")["nodes"].values()
    theirs["memory"] = f"{node['jvm']['mem']['heap_max_in_bytes'] / 1e6:,.0f} MB, the node's heap"
    totals = [found.pop("totals").split() for found in (mine, theirs)]
    print(f"\n| {asked.documents:,} documents | embedded | elasticsearch |\n|---|---|---|")
    for what, value in mine.items():
        print(f"| {what} | {value} | {theirs[what]} |")
    print(f"\nQueries that find as many documents in both: {sum(a == b for a, b in zip(*totals, strict=True))} of {asked.queries}.")
    for name in client.indices.get(index=f"{PREFIX}-*"):
        client.indices.delete(index=name)


if __name__ == "__main__":
    main()
