"""Documents indexed per second on a running Elasticsearch, beside helpers.parallel_bulk with the same mapping and nothing around it.

python -m benchmarks.index_elastic URL [--documents 100000] [--threads 4] [--text FOLDER_OF_NTREX]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import deque
from functools import partial
from pathlib import Path

from elasticsearch import Elasticsearch, helpers

from benchmarks.index import ROOT, corpus, ids, queries, say, timed
from index import open_index
from index.answers import fields, shown
from index.bulk import LIMITS
from index.dsl import mapping
from index.query import parse
from models.settings import Settings

BARE = "benchmark-bare"


def bare(client: Elasticsearch, actions: list[dict[str, object]], threads: int) -> float:
    """Documents per second of parallel_bulk with actions that are made already."""
    client.options(ignore_status=404).indices.delete(index=BARE)
    client.indices.create(index=BARE, mappings=mapping(""), settings={"number_of_replicas": 0, "refresh_interval": "-1"})
    sizes = {"chunk_size": LIMITS["chunk_size"], "max_chunk_bytes": LIMITS["max_chunk_bytes"]}
    begin = time.perf_counter()
    deque(helpers.parallel_bulk(client, actions, thread_count=threads, index=BARE, **sizes), maxlen=0)
    client.indices.refresh(index=BARE)
    seconds = time.perf_counter() - begin
    client.indices.delete(index=BARE)
    return len(actions) / seconds


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--text", type=Path, default=Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared")) / "data/open/ntrex")
    asked = parser.parse_args()
    documents = sorted(corpus(asked.documents, asked.text), key=lambda d: d.published)  # as a collector would send them
    actions: list[dict[str, object]] = [{"_id": d.id, "_source": fields(d) | {"shown": shown(d)}} for d in documents]
    client = Elasticsearch(asked.url, request_timeout=120)
    with tempfile.TemporaryDirectory() as folder:
        index = open_index(
            Settings({"index.backend": "elasticsearch", "index.urls": [asked.url], "index.prefix": "benchmark"}), Path(folder)
        )
        for number in range(2):  # the second round is warm on both sides
            print(f"round {number + 1}")
            print(f"parallel_bulk alone       {bare(client, actions, asked.threads):8,.0f} documents/s")
            begin = time.perf_counter()
            index.replace(documents, "benchmark")
            print(f"tocsin, analysis included {len(documents) / (time.perf_counter() - begin):8,.0f} documents/s")
        trees = [parse(text) for text in queries(200)]
        timed([partial(index.search, tree) for tree in trees[:20]])
        say("20 documents with snippets, by date", timed([partial(index.search, tree) for tree in trees]))
        say("by relevance", timed([partial(index.search, tree, sort="relevance") for tree in trees]))
        say("ids of all that match", timed([partial(ids, index, tree) for tree in trees[:50]]))
        for name in client.indices.get(index="benchmark-*"):
            client.indices.delete(index=name)


if __name__ == "__main__":
    main()
