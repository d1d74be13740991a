"""One night from end to end, on the exercise served by real loopback servers: two nights, and kill -9 in every stage."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.state import State
from archive.store import Archive
from demo.server import serve
from demo.world import make
from models.records import Edge, Flag
from tests.support.cli import CLI, environment, tocsin

STAGES = ["collect", "archive", "annotate", "coordinate", "narrate", "flag", "index"]


@contextmanager
def exercise(folder: Path) -> Iterator[Any]:
    with serve(make(datetime.now(UTC))) as site:
        workspace(site, folder)
        yield site


def workspace(site: Any, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    site.write_election(folder)
    (folder / "tocsin.toml").write_text('election = "exercise"\n[crawl]\ndelay = 0.0\ncontact = "test@example.org"\n')
    return folder


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(max((folder / "reports").glob("*.json")).read_text())
    return found


@pytest.mark.slow
def test_two_nights(tmp_path: Path) -> None:
    with exercise(tmp_path) as site:
        first = tocsin("scan", cwd=tmp_path)
        before = {n.id: set(n.documents) for n in State(tmp_path / "state.sqlite").narratives()}
        one = report(tmp_path)
        flagged = [json.loads(line) for line in tocsin("narratives", "--flagged", "--json", cwd=tmp_path).stdout.splitlines()]
        assert "Hohenriedener Nachrichten" in first.stdout, "a source that is down is named"
        assert flagged, "the planted campaign is flagged"
        _only_the_campaign(flagged, site, tmp_path)
        _shown(flagged[0]["id"], tmp_path)
        _searched(tmp_path)

        again = tocsin("scan", cwd=tmp_path)
        assert "0 new documents" in again.stdout, "the same night again brings nothing"
        assert {n.id: set(n.documents) for n in State(tmp_path / "state.sqlite").narratives()} == before

        site.advance()
        second = tocsin("scan", cwd=tmp_path)
        two = report(tmp_path)
        new = sum(s["new"] for s in two["sources"])
        pages = [(s["fetched"], s["new"]) for s in two["sources"] if s["source"] != "La Place"]
        assert 0 < new < sum(s["new"] for s in one["sources"]) / 2
        assert all(fetched == fresh for fetched, fresh in pages), "only what is new is fetched"
        assert " grew" in second.stdout
        after = {n.id: set(n.documents) for n in State(tmp_path / "state.sqlite").narratives()}
        assert before.keys() <= after.keys(), "narratives keep their ids"
        assert "Index: up to date" in tocsin("status", cwd=tmp_path).stdout
        assert "every segment" in tocsin("archive", "verify", cwd=tmp_path).stdout or not Archive(tmp_path / "archive").verify()


def _only_the_campaign(flagged: list[dict[str, Any]], site: Any, folder: Path) -> None:
    planted = set(site.truth()["accounts"]) | set(site.truth()["articles"])
    documents = {d.id: d for d in Archive(folder / "archive").documents()}
    for narrative in flagged:
        reasons = {r["kind"] for r in narrative["flag"]["reasons"]}
        assert reasons, "no reason, no flag"
        members = [documents[i] for i in narrative["documents"]]
        assert any(planted & {d.account, d.url} for d in members), f"{narrative['label']} is organic"


def _shown(narrative: str, folder: Path) -> None:
    plain = tocsin("show", narrative, "--evidence", cwd=folder).stdout
    assert "because:" in plain
    assert "by chance" in plain
    found = json.loads(tocsin("show", narrative, "--evidence", "--json", cwd=folder).stdout)
    ids = {d["id"] for d in found["documents"]}
    assert ids == set(found["narrative"]["documents"])


def _searched(folder: Path) -> None:
    hits = [json.loads(line) for line in tocsin("search", '"bulletins truqués" lang:fr', "--json", cwd=folder).stdout.splitlines()]
    assert hits
    assert {h["language"] for h in hits} == {"fr"}
    only = tocsin(
        "search", 'bulletins NOT source:"Lorval Info" lang:fr flagged:yes', "--json", "--limit", "5", cwd=folder
    ).stdout.splitlines()
    assert 0 < len(only) <= 5
    assert "column" in tocsin("search", "(fraude", cwd=folder, code=2).stderr


def _killed_in(stage: str, folder: Path) -> bool:
    """Start a scan and kill it and all its processes while it is in ``stage``. Whether it was still running then."""
    command = [sys.executable, str(CLI), "scan"]
    child = subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stderr is not None
    before = STAGES[STAGES.index(stage) - 1] if stage != "collect" else ""
    while before and not child.stderr.readline().strip().startswith(before):
        assert child.poll() is None
    time.sleep(2.5 if stage == "collect" else 0.05)
    running = child.poll() is None
    if running:
        os.killpg(child.pid, signal.SIGKILL)
    child.stderr.close()
    child.wait()
    return running


def _state_of(folder: Path) -> tuple[Any, ...]:
    archive = Archive(folder / "archive")
    assert archive.verify() == []
    edges = sorted((e.a, e.b, e.traces, e.window, e.weight) for e in archive.read("edges", Edge))
    flags = sorted((f.narrative, f.level) for f in archive.read("flags", Flag))
    narratives = {n.id: n.documents for n in State(folder / "state.sqlite").narratives()}
    return archive.digest(), edges, flags, narratives


@pytest.mark.slow
def test_killed_in_every_stage_the_next_run_ends_with_the_same_archive(tmp_path: Path) -> None:
    with exercise(tmp_path / "whole") as site:
        tocsin("scan", cwd=tmp_path / "whole")
        broken = workspace(site, tmp_path / "broken")
        caught = [stage for stage in STAGES if _killed_in(stage, broken)]
        tocsin("scan", cwd=broken)
        assert len(caught) >= 5, f"killed only in {caught}"
        assert _state_of(broken) == _state_of(tmp_path / "whole")
        found = [
            sorted(json.loads(h)["id"] for h in tocsin("search", "wahl*", "--json", "--limit", "1000", cwd=f).stdout.splitlines())
            for f in (broken, tmp_path / "whole")
        ]
        assert found[0] == found[1]
        assert found[0]
        assert not list((broken / "archive" / "spool").glob("*.ndjson"))


@pytest.mark.slow
def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    with exercise(tmp_path):
        child = subprocess.Popen(
            [sys.executable, str(CLI), "scan"],
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        time.sleep(4)
        os.killpg(child.pid, signal.SIGINT)
        _, err = child.communicate(timeout=60)
        assert "Traceback" not in err
        assert child.returncode in (130, 0)
        assert child.returncode == 0 or "run the same command again" in err
        tocsin("scan", cwd=tmp_path)
        assert Archive(tmp_path / "archive").verify() == []
