"""``tocsin doctor`` as a user runs it: a verdict for each thing, what to do, exit code 1 when something is broken."""

import fcntl
import json
import os
import shutil
from pathlib import Path

import pytest

from models import registry
from nightly import checks, doctor
from tests.support.cli import quiet_election, tocsin


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return quiet_election(tmp_path / "watch")


def looks(workspace: Path, *names: str, code: int = 0, **extra: str) -> dict[tuple[str, str], dict[str, str]]:
    done = tocsin("doctor", "--json", *names, cwd=workspace, code=code, **extra)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {(look["check"], look["what"]): look for look in found}


def test_every_check_says_something_with_a_verdict_and_what_to_do(workspace: Path) -> None:
    found = looks(workspace)
    assert {check for check, _ in found} == set(registry.names(checks))
    for look in found.values():
        assert look["verdict"] in (doctor.OK, doctor.WARNING), look
        assert look["said"], look
        assert bool(look["hint"]) == (look["verdict"] != doctor.OK), look
    assert found["workspace", "election"]["verdict"] == doctor.WARNING, "an election without sources"
    text = tocsin("doctor", cwd=workspace).stdout
    assert "Nothing is broken" in text
    assert "tocsin schedule" in text


def test_one_check_by_name_and_a_name_that_is_none(workspace: Path) -> None:
    assert {check for check, _ in looks(workspace, "archive")} == {"archive"}
    assert "'archive'" in tocsin("doctor", "archiv", cwd=workspace, code=2).stderr


def test_what_is_broken_is_named_and_the_rest_is_looked_at_all_the_same(workspace: Path) -> None:
    tocsin("scan", "-q", cwd=workspace)
    (workspace / "state.sqlite").write_bytes(b"no database at all" * 100)
    for name in ("state.sqlite-wal", "state.sqlite-shm"):
        (workspace / name).unlink(missing_ok=True)
    (workspace / "index" / "current.json").write_text("{}")
    found = looks(workspace, code=1)
    wrong = {key for key, look in found.items() if look["verdict"] == doctor.BROKEN}
    assert {("state", "state.sqlite"), ("index", "index")} <= wrong
    assert found["index", "index"]["hint"] == "make it anew with: tocsin index rebuild"
    assert found["workspace", "folder"]["verdict"] == doctor.OK
    done = tocsin("doctor", cwd=workspace, code=1)
    assert done.stderr.startswith("tocsin: 2 things are broken")


def test_a_server_that_is_not_there_is_one_broken_line(workspace: Path) -> None:
    environment = {"TOCSIN_INDEX_BACKEND": "elasticsearch", "TOCSIN_INDEX_URLS": "http://127.0.0.1:9", "TOCSIN_INDEX_API_KEY": "hunter2"}
    done = tocsin("doctor", "index", "--json", cwd=workspace, code=1, **environment)
    (look,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (look["what"], look["verdict"]) == ("server", doctor.BROKEN)
    assert "start it" in look["hint"]
    assert "hunter2" not in done.stdout + done.stderr


def test_a_server_in_order_has_every_verdict(workspace: Path, server: str) -> None:
    environment = {"TOCSIN_INDEX_BACKEND": "elasticsearch", "TOCSIN_INDEX_URLS": server, "TOCSIN_INDEX_PREFIX": f"doctor-{os.getpid()}"}
    found = looks(workspace, "index", code=1, **environment)
    assert found["index", "index"]["hint"] == "make it anew with: tocsin index rebuild"
    tocsin("index", "rebuild", cwd=workspace, **environment)
    found = looks(workspace, "index", **environment)
    assert {what for _, what in found} >= {"server", "rights", "index", "health", "free space", "up to date"}
    assert "Elasticsearch 9" in found["index", "server"]["said"]


def test_who_writes_is_named(workspace: Path) -> None:
    (workspace / ".lock").write_text("tocsin scan, process 7\n")
    with (workspace / ".lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert looks(workspace, "workspace")["workspace", "lock"]["said"] == "held by tocsin scan, process 7"
    assert looks(workspace, "workspace")["workspace", "lock"]["said"] == "nobody writes to this workspace"


def test_missing_dictionaries_are_named_with_the_command_that_installs_them(workspace: Path, tmp_path: Path) -> None:
    shutil.copytree(workspace / "elections" / "quiet", workspace / "elections" / "two")
    path = workspace / "elections" / "two" / "election.toml"
    path.write_text(path.read_text().replace('["fr"]', '["fr", "de"]'))
    extra = {"TOCSIN_DICTIONARIES": str(tmp_path), "TOCSIN_ELECTION": "two"}
    look = looks(workspace, "dictionaries", **extra)["dictionaries", "dictionaries"]
    assert look["verdict"] == doctor.WARNING
    assert look["hint"] == "apt-get install dict-freedict-fra-eng dict-freedict-deu-eng"
