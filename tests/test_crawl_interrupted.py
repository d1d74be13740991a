"""Stopped in the middle: what is on disk stays, the next run continues, nothing is there twice."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.crawl import Reply, Site, article, documents, finish, night, rss, site, source, start

PAGES = 30


def prepare(web: Site) -> list[Any]:
    web.routes = {f"/{n}": article(f"Page {n}").encode() for n in range(PAGES)}
    web.routes["/feed"] = lambda r: (
        Reply(status=304)
        if r.headers.get("If-None-Match")
        else Reply(rss(web.url, [(f"/{n}", "t", "") for n in range(PAGES)]), headers={"ETag": '"1"'})
    )
    return [source("s", "feed", f"{web.url}/feed")]


def wait_for(folder: Path, count: int) -> None:
    until = time.monotonic() + 30
    while len(documents_safely(folder)) < count:
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.01)


def documents_safely(folder: Path) -> list[str]:
    path = folder / "sink.jsonl"
    return path.read_text("utf-8").split("\n")[:-1] if path.exists() else []


def drop_torn_line(folder: Path) -> None:
    path = folder / "sink.jsonl"
    body = path.read_bytes()
    path.write_bytes(body[: body.rfind(b"\n") + 1])


@pytest.mark.parametrize("after", [1, 11, 25])
def test_kill_and_continue(tmp_path: Path, after: int) -> None:
    with site() as web:
        mine = prepare(web)
        process = start(tmp_path, mine, crawl__delay=0.02)
        wait_for(tmp_path, after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        drop_torn_line(tmp_path)
        before = len(documents(tmp_path))
        assert after <= before < PAGES
        done = night(tmp_path, mine)
        assert Counter(d.url for d in done.documents) == Counter(f"{web.url}/{n}" for n in range(PAGES))
        assert done.only.new == PAGES - before
        assert workers_left() == []


def workers_left() -> list[str]:
    """Command lines of extracting processes whose parent is gone."""
    until = time.monotonic() + 5
    while True:
        left = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if "crawlers.worker" in command and parent in ("1", str(os.getpid())):
                left.append(command)
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_polite_stop_keeps_what_was_fetched(tmp_path: Path, number: signal.Signals) -> None:
    with site() as web:
        mine = prepare(web)
        process = start(tmp_path, mine, crawl__delay=0.1)
        wait_for(tmp_path, 3)
        process.send_signal(number)
        stopped = finish(process, tmp_path, timeout=15)
        assert (stopped.exit_code, stopped.stderr) == (0, "")
        assert 3 <= stopped.only.new == len(stopped.documents) < PAGES
        assert "stopped before its end" in stopped.only.note
        done = night(tmp_path, mine)
        assert Counter(d.url for d in done.documents) == Counter(f"{web.url}/{n}" for n in range(PAGES))


def test_a_full_disk_ends_the_crawl_with_one_line(tmp_path: Path) -> None:
    with site() as web:
        process = start(tmp_path, prepare(web), sink=Path("/dev/full"))
        ended = finish(process, tmp_path, timeout=20)
    assert ended.exit_code == 1
    assert ended.stderr.startswith("what was fetched cannot be written: [Errno 28] No space left on device")
    assert len(ended.stderr.splitlines()) == 1
    assert not (tmp_path / "memory.jsonl").exists()  # nothing may be remembered of what is not on disk


def test_a_source_has_a_time_limit(tmp_path: Path) -> None:
    with site() as web:
        mine = prepare(web)
        web.routes["/robots.txt"] = b"User-agent: *\nCrawl-delay: 1\n"
        done = night(tmp_path, mine, crawl__source_minutes=0.06)
        assert 1 <= done.only.new <= 4
        assert "stopped after 0.06 minutes" in done.only.note
        assert "pages wait for the next scan" in done.only.note
