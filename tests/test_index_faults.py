"""Whole scans while something is wrong with the served index: one line, everything in the archive, and `index sync` makes both equal."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from index import bulk, layout
from models.workspace import Workspace, open_at
from nightly import indexing
from nightly.night import Night
from scan import scan
from tests.support import index as support
from tests.support.cli import quiet_election, tocsin
from tests.support.tls import certificate, tls_before
from tests.test_index_elastic import GENUINE, JSON, PASSWORD, answering, start_again
from tests.test_index_proof import keep

ANNA = {"TOCSIN_INDEX_USER": "elastic-test", "TOCSIN_INDEX_PASSWORD": PASSWORD}


@dataclass
class World:
    """A workspace whose index a real server keeps, and how many documents its archive has."""

    url: str
    folder: Path
    workspace: Path
    prefix: str
    client: Elasticsearch
    documents: int = 0
    fingerprint: str = ""
    over: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def more(self) -> None:
        """Three documents that the index does not have."""
        self.documents += 3
        keep(self.workspace, self.documents)

    def opened(self, *, fault: bool) -> Workspace:
        """The workspace with the settings and the environment of the fault, or its own."""
        for name in (*ANNA, "TOCSIN_INDEX_API_KEY"):
            os.environ.pop(name, None)
        os.environ.update(self.environment if fault and self.environment else ANNA)
        found = open_at(self.workspace)
        return Workspace(found.root, found.settings.over(self.over if fault else {}))

    def equal(self) -> None:
        """`tocsin index sync` on the healthy server, and the proof: counts and digests of each day."""
        night = Night(workspace=self.opened(fault=False))
        assert indexing.sync(night.workspace, night.archive, night.state, [], night.progress)["documents"] == self.documents
        proofs = indexing.proofs(night.workspace, night.archive)
        assert all(p.equal for p in proofs)
        assert sum(p.index for p in proofs) == self.documents


@pytest.fixture(scope="module")
def world(secure: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    url, folder = secure
    workspace, prefix = quiet_election(tmp_path_factory.mktemp("faults") / "watch"), f"scanned-{os.getpid()}"
    with (workspace / "tocsin.toml").open("a") as file:
        file.write(f'[index]\nbackend = "elasticsearch"\nurls = ["{url}"]\nprefix = "{prefix}"\n[nlp]\nworkers = 1\n')
    client = Elasticsearch(url, basic_auth=("elastic-test", PASSWORD), request_timeout=60)
    before = dict(os.environ)
    found = World(url, folder, workspace, prefix, client)
    found.more()
    found.equal()
    yield found
    client.close()
    os.environ.clear()
    os.environ.update(before)


Fault = Callable[[World], AbstractContextManager[None]]


@contextmanager
def wrong_key(world: World, password: str = "") -> Iterator[None]:
    """A wrong password, or a key that has expired."""
    if password:
        world.environment = ANNA | {"TOCSIN_INDEX_PASSWORD": password}
    else:
        key = world.client.security.create_api_key(name="short", expiration="1s")["encoded"]
        time.sleep(1.5)
        world.environment = {"TOCSIN_INDEX_API_KEY": key}
    yield


@contextmanager
def other(world: World, number: str, headers: dict[str, str], more: str = "") -> Iterator[None]:
    """Something else answers at the address."""
    with answering(200, f'{{"version": {{"number": "{number}"{more}}}}}'.encode(), headers) as url:
        world.over = {"index.urls": [url]}
        yield


@contextmanager
def encrypted(world: World, trusts: str) -> Iterator[None]:
    """TLS in front of the server, with a certificate that the settings do not trust, or no TLS where one is expected."""
    mine, _ = certificate(world.workspace, "mine")
    theirs, other_print = certificate(world.workspace, "theirs")
    with tls_before(world.url, mine) as proxy:
        url = {"plain": proxy.replace("https:", "http:"), "tls": world.url.replace("http:", "https:")}.get(trusts, proxy)
        world.over = {"index.urls": [url]}
        world.over |= {"file": {"index.ca_file": str(theirs)}, "fingerprint": {"index.fingerprint": other_print}}.get(trusts, {})
        yield


@contextmanager
def cluster_setting(world: World, **values: Any) -> Iterator[None]:
    """Settings of the whole server, taken back afterwards."""
    world.client.cluster.put_settings(persistent={name.replace("__", "."): value for name, value in values.items()})
    try:
        yield
    finally:
        world.client.cluster.put_settings(persistent={name.replace("__", "."): None for name in values})


@contextmanager
def busy(world: World, memory: str = "1kb") -> Iterator[None]:
    """A server that has no memory for our requests answers 429 to each that is larger."""
    with cluster_setting(world, network__breaker__inflight_requests__limit=memory):
        yield


@contextmanager
def flooded(world: World) -> Iterator[None]:
    """The server's own watch over its disk finds less than it wants and makes the indices read-only."""
    marks = {f"cluster__routing__allocation__disk__watermark__{n}": "900tb" for n in ("low", "high", "flood_stage")}
    with cluster_setting(world, cluster__routing__allocation__disk__threshold_enabled=True, cluster__info__update__interval="10s", **marks):
        _until(lambda: "read_only_allow_delete" in str(world.client.indices.get_settings(index=f"{world.prefix}-documents")))
        yield
    world.client.indices.put_settings(index=f"{world.prefix}-*", settings={"index.blocks.read_only_allow_delete": None})


@contextmanager
def red(world: World) -> Iterator[None]:
    """The server may give no shard of a new index to any node."""
    with cluster_setting(world, cluster__routing__allocation__enable="none"):
        yield


@contextmanager
def slow(world: World) -> Iterator[None]:
    """The server's process is stopped, its sockets stay open."""
    world.over = {"index.timeout": 0.5}
    for process in support.processes(world.folder):
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in support.processes(world.folder):
            os.kill(process, signal.SIGCONT)


@contextmanager
def older(world: World) -> Iterator[None]:
    """The index was made by an older Tocsin; `tocsin index rebuild` is the next step, and is taken."""
    world.client.indices.put_mapping(index=f"{world.prefix}-documents", meta={"made_by": "0.1", "generation": ""})
    yield
    tocsin("index", "rebuild", cwd=world.workspace, **ANNA)


FAULTS: dict[str, tuple[Fault, str]] = {
    "wrong password": (partial(wrong_key, password="hunter2"), r"does not accept.*TOCSIN_INDEX_API_KEY"),
    "expired key": (wrong_key, "does not accept.*expired"),
    "unknown certificate": (partial(encrypted, trusts=""), r"certificate is not trusted.*index\.ca_file"),
    "another authority": (partial(encrypted, trusts="file"), "certificate is not trusted"),
    "another fingerprint": (partial(encrypted, trusts="fingerprint"), "certificate is not trusted"),
    "http to TLS": (partial(encrypted, trusts="plain"), "no answer.*https"),
    "https to no TLS": (partial(encrypted, trusts="tls"), "speaks no TLS.*http"),
    "too old": (partial(other, number="7.17.0", headers=GENUINE), r"Elasticsearch 7\.17\.0.*update"),
    "OpenSearch": (partial(other, number="2.11.0", headers=JSON, more=', "distribution": "opensearch"'), "not Elasticsearch"),
    "429": (busy, "overloaded.*tocsin index sync"),
    "flood stage": (flooded, r"nearly full.*free space.*tocsin index sync"),
    "red": (red, r"no place.*red.*tocsin doctor index.*tocsin index sync"),
    "slow": (slow, r"in time.*index\.timeout.*tocsin index sync"),
    "older Tocsin": (older, "another version.*tocsin index rebuild"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_scan_tells_the_fault_keeps_everything_and_a_sync_puts_it_right(name: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bulk.LIMITS, "max_retries", 1)
    monkeypatch.setattr(layout, "PATIENCE", 3)
    fault, says = FAULTS[name]
    world.over, world.environment = {}, {}
    world.more()
    with fault(world):
        night = Night(workspace=world.opened(fault=True))
        report = scan(night)
        (said,) = report.broken
    assert re.search(says, said), said
    assert said.startswith("index: ")
    assert "\n" not in said
    assert not any(secret in report.to_json() for secret in ("hunter2", PASSWORD, world.environment.get("TOCSIN_INDEX_API_KEY", "hunter2")))
    assert night.archive.count()["documents"] == night.archive.count()["annotations"] == world.documents
    world.equal()


def test_a_trusted_certificate_is_enough(world: World) -> None:
    mine, mark = certificate(world.workspace, "good")
    with tls_before(world.url, mine) as url:
        for trust in ({"index.ca_file": str(mine)}, {"index.fingerprint": mark}):
            world.over = {"index.urls": [url], **trust}
            world.more()
            assert scan(Night(workspace=world.opened(fault=True))).broken == ()
    world.equal()


def test_a_server_killed_during_a_scan_is_told_by_the_command_and_missed_by_the_next(world: World) -> None:
    world.documents += 600
    keep(world.workspace, world.documents)
    killer = threading.Thread(target=_kill_once, args=(world,))
    killer.start()
    done = tocsin("scan", "-q", cwd=world.workspace, code=1, **ANNA)
    killer.join()
    assert re.search(r"index: .*(no answer|a node is away).*tocsin index sync", done.stdout + done.stderr), done.stdout + done.stderr
    world.more()
    done = tocsin("scan", "-q", cwd=world.workspace, code=1, **ANNA)
    assert "no answer from Elasticsearch" in done.stdout + done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    world.opened(fault=False)
    start_again(world.folder, world.url)
    world.client.cluster.health(index=f"{world.prefix}-*", wait_for_status="yellow", timeout="60s")
    world.equal()


def _kill_once(world: World) -> None:
    """kill -9 as soon as the scan has put something in."""
    before = _operations(world)
    _until(lambda: _operations(world) > before, pause=0.01)
    support.kill(world.folder)


def _operations(world: World) -> int:
    stats = world.client.indices.stats(index=f"{world.prefix}-documents*", metric="indexing")
    return int(stats["_all"]["primaries"]["indexing"]["index_total"])


def _until(true: Callable[[], bool], *, pause: float = 0.2) -> None:
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(pause)
