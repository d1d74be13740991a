"""Three real nodes, of which one is killed while Tocsin indexes and searches: with copies nothing is lost, without them it is said."""

import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from elasticsearch import Elasticsearch

from archive.store import Archive
from index import open_index
from index.base import Index, IndexDocument
from index.query import parse
from index.syntax import All
from models.errors import StopRun
from models.settings import Settings
from tests.support import index as support
from tests.support.cli import quiet_election, tocsin
from tests.support.nodes import revive
from tests.test_index_proof import keep

DOCUMENTS = 3_000


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[list[str], Path]]:
    """The addresses of three nodes, and their folder."""
    support.needs_tool()
    folder = Path("/tmp") / f"tocsin-test-cluster-{os.getpid()}"  # the servers' own user must reach it
    first = support.start_server(folder, "--nodes", "3")
    port = urlsplit(first).port or 0
    yield [f"http://127.0.0.1:{port + n}" for n in range(3)], folder
    support.stop_server(folder)


def opened(urls: list[str], folder: Path, replicas: int) -> Index:
    values = {"index.backend": "elasticsearch", "index.urls": urls, "index.prefix": f"copies{replicas}"}
    return open_index(Settings({**values, "index.replicas": replicas, "index.shards": 3}), folder / str(replicas))


def test_a_node_killed_while_indexing_and_searching(cluster: tuple[list[str], Path], tmp_path: Path) -> None:
    urls, folder = cluster
    safe, bare = opened(urls, tmp_path, 1), opened(urls, tmp_path, 0)
    documents = support.corpus(DOCUMENTS)
    assert bare.replace(documents[:300], "bare") == 300
    assert safe.replace(documents[:100], "first") == 100

    def interrupted() -> Iterator[IndexDocument]:
        for number, document in enumerate(documents):
            if number == 1_500:
                support.kill(folder, "n3")
                assert safe.search(All()).total >= 100, "searching goes on"
            yield document

    assert safe.add(interrupted()) == DOCUMENTS
    assert sorted(safe.held()) == sorted((d.id, d.seconds) for d in documents)
    assert safe.search(parse("lang:fr"), limit=0).total == sum(d.language == "fr" for d in documents)
    health = next(f for f in safe.check() if f.what == "health")
    assert (health.good, "yellow" in health.said, "start the missing node" in health.hint) == (True, True, True)

    for action in (lambda: bare.search(All()), lambda: list(bare.ids())):
        with pytest.raises(StopRun, match="not answer") as caught:
            action()
        assert "\n" not in str(caught.value)
    assert any(f.what == "health" and not f.good and "red" in f.said for f in bare.check())
    assert bare.replace(documents[:300], "again") == 300
    assert bare.count() == len(list(bare.ids())) == 300


def watched(folder: Path, urls: list[str], replicas: int) -> Path:
    """A workspace whose index the three nodes keep."""
    text = f'[index]\nbackend = "elasticsearch"\nurls = {urls}\nprefix = "scanned{replicas}"\nreplicas = {replicas}\n'
    text += "shards = 3\ntimeout = 90\n"  # the two that are left do the work of three on a busy machine
    with (quiet_election(folder) / "tocsin.toml").open("a") as file:
        file.write(text + "[nlp]\nworkers = 1\n")
    return folder


def kill_when_indexing(client: Elasticsearch, folder: Path, pattern: str) -> None:
    """kill -9 for the third node as soon as something more has been put in."""

    def operations() -> int:
        return int(client.indices.stats(index=pattern, metric="indexing")["_all"]["primaries"]["indexing"]["index_total"])

    before, deadline = operations(), time.monotonic() + 120
    while operations() <= before and time.monotonic() < deadline:
        time.sleep(0.01)
    support.kill(folder, "n3")


def test_whole_scans_while_a_node_of_three_dies(cluster: tuple[list[str], Path], tmp_path: Path) -> None:
    urls, folder = cluster
    client = Elasticsearch(urls[0], request_timeout=60)
    if len(client.nodes.info()["nodes"]) < len(urls):
        revive(folder, "n3")
    assert not client.cluster.health(wait_for_nodes="3", timeout="60s")["timed_out"]
    safe, bare = watched(tmp_path / "safe", urls, 1), watched(tmp_path / "bare", urls, 0)
    for workspace in (safe, bare):
        keep(workspace, 30)
        tocsin("scan", "-q", cwd=workspace)

    keep(safe, 600)
    killer = threading.Thread(target=kill_when_indexing, args=(client, folder, "scanned1-documents*"))
    killer.start()
    tocsin("scan", "-q", cwd=safe)
    killer.join()
    assert "600" in tocsin("index", "verify", cwd=safe).stdout, "with copies nothing is missing"

    keep(bare, 33)
    done = tocsin("scan", "-q", cwd=bare, code=1)
    assert re.search(r"index: .*(red|not answer|is away).*tocsin", done.stdout + done.stderr), done.stdout + done.stderr
    assert Archive(bare / "archive").count()["documents"] == 33, "what was collected is kept"
    tocsin("index", "rebuild", cwd=bare)
    assert "33" in tocsin("index", "verify", cwd=bare).stdout
    client.close()
