"""Documents indexed per second on a running Elasticsearch, beside helpers.parallel_bulk with the same mapping and nothing around it.

parallel_bulk gets actions that are made already and one index: no analysis, no months, nothing kept of what is refused. Tocsin starts from
documents, and sends the same fields. The rounds alternate, so that what else the machine does falls on both; processor time is told beside.

python -m benchmarks.index_elastic URL [--documents 100000] [--rounds 4] [--threads 4] [--text FOLDER_OF_NTREX]
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch, helpers

from benchmarks.index import ROOT, corpus, ids, queries, say, timed
from index import open_index
from index.answers import fields, shown
from index.base import IndexDocument
from index.bulk import LIMITS
from index.dsl import mapping
from index.query import parse
from models.settings import Settings

BARE = "benchmark-bare"


def bare(client: Elasticsearch, actions: list[dict[str, object]], threads: int) -> None:
    """parallel_bulk into one index, refreshed at the end."""
    client.options(ignore_status=404).indices.delete(index=BARE)
    client.indices.create(index=BARE, mappings=mapping(""), settings={"number_of_replicas": 0, "refresh_interval": "-1"})
    sizes = {"chunk_size": LIMITS["chunk_size"], "max_chunk_bytes": LIMITS["max_chunk_bytes"]}
    deque(helpers.parallel_bulk(client, actions, thread_count=threads, index=BARE, **sizes), maxlen=0)
    client.indices.refresh(index=BARE)


def measured(client: Elasticsearch, what: str, size: int, run: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time of this process and the server together; one line printed."""
    begin, own, server = time.perf_counter(), time.process_time(), cpu(client)
    run()
    clock, own, server = time.perf_counter() - begin, time.process_time() - own, cpu(client) - server
    print(
        f"  {what:26}{size / clock:8,.0f} documents/s   µs of processor time a document: "
        f"{1e6 * own / size:4.0f} client, {1e6 * server / size:4.0f} server",
        flush=True,
    )
    return clock, own + server


def cpu(client: Elasticsearch) -> float:
    """Seconds of processor time that the server has used."""
    nodes = client.nodes.stats(metric="process")["nodes"].values()
    return sum(float(node["process"]["cpu"]["total_in_millis"]) for node in nodes) / 1e3


def compare(client: Elasticsearch, index: Any, documents: Sequence[IndexDocument], asked: argparse.Namespace) -> None:
    """Print the rounds and the ratios."""
    actions: list[dict[str, object]] = [{"_id": d.id, "_source": fields(d) | {"shown": shown(d)}} for d in documents]
    taken: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for number in range(asked.rounds):
        print(f"round {number + 1}{' (cold)' if not number else ''}")
        mine = partial(index.replace, documents, "benchmark")
        theirs = partial(bare, client, actions, asked.threads)
        alone = measured(client, "parallel_bulk alone", len(documents), theirs)
        taken.append((alone, measured(client, "tocsin, analysis included", len(documents), mine)))
    warm = taken[1:] or taken
    clock, processor = (statistics.median(theirs[n] / mine[n] for theirs, mine in warm) for n in (0, 1))
    print(f"ratio (median of the warm rounds): {clock:.2f} by the clock, {processor:.2f} by processor time; aim 0.80")
    client.options(ignore_status=404).indices.delete(index=BARE)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--text", type=Path, default=Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared")) / "data/open/ntrex")
    asked = parser.parse_args()
    documents = sorted(corpus(asked.documents, asked.text), key=lambda d: d.published)  # as a collector would send them
    client = Elasticsearch(asked.url, request_timeout=120)
    with tempfile.TemporaryDirectory() as folder:
        index = open_index(
            Settings({"index.backend": "elasticsearch", "index.urls": [asked.url], "index.prefix": "benchmark"}), Path(folder)
        )
        compare(client, index, documents, asked)
        trees = [parse(text) for text in queries(200)]
        timed([partial(index.search, tree) for tree in trees[:20]])
        say("20 documents with snippets, by date", timed([partial(index.search, tree) for tree in trees]))
        say("by relevance", timed([partial(index.search, tree, sort="relevance") for tree in trees]))
        say("ids of all that match", timed([partial(ids, index, tree) for tree in trees[:50]]))
        for name in client.indices.get(index="benchmark-*"):
            client.indices.delete(index=name)


if __name__ == "__main__":
    main()
