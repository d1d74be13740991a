"""A workspace: found from below, one writer at a time; imports into its archive as a user does them."""

import json
import multiprocessing
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from archive.store import Archive
from models import workspace
from models.errors import StopRun, UsageError
from tests.support.cli import CLI, environment, quiet_election, tocsin

POSTS = (
    "created_at,user_id,full_text,id\n"
    "2027-04-01T10:00:00Z,u1,Bonjour @ami https://a.example/x #vote,1\n"
    "2027-04-01 10:00,u2,no zone,2\n"
    "2027-04-02T10:00:00Z,u3,float,1.23e18\n"
    "2027-04-02T10:00:00Z,u3,fine,4\n"
)


@pytest.fixture
def watch(tmp_path: Path) -> Path:
    folder = quiet_election(tmp_path / "watch")
    (folder / "posts.csv").write_text(POSTS, "utf-8")
    return folder


def test_it_is_found_from_below_and_by_name(watch: Path, tmp_path: Path) -> None:
    below = watch / "some" / "folder"
    below.mkdir(parents=True)
    assert workspace.find(below).root == watch
    assert workspace.find(environment={"TOCSIN_WORKSPACE": str(watch)}).root == watch
    with pytest.raises(UsageError, match="no workspace here"):
        workspace.find(tmp_path)
    with pytest.raises(UsageError, match="workspace already"):
        workspace.create(watch, "")


def _hold(root: str, ready: Any) -> None:
    with workspace.locked(workspace.open_at(Path(root)), "tocsin scan"):
        ready.set()
        time.sleep(60)


def test_a_second_writer_is_told_who_holds_the_lock_and_a_dead_one_holds_nothing(watch: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    holder = context.Process(target=_hold, args=(str(watch), ready))
    holder.start()
    assert ready.wait(60)
    done = tocsin("import", "posts.csv", "--tz", "UTC", cwd=watch, code=1)
    assert "somebody else writes here: tocsin scan, process" in done.stderr
    holder.kill()
    holder.join()
    tocsin("import", "posts.csv", "--tz", "UTC", cwd=watch)
    here = workspace.find(watch)
    with workspace.locked(here, "one"), pytest.raises(StopRun, match="one, process"), workspace.locked(here, "two"):
        pass


def test_an_import_names_bad_rows_keeps_the_good_ones_and_adds_nothing_twice(watch: Path) -> None:
    done = tocsin("import", "posts.csv", cwd=watch)
    assert "posts.csv: 4 rows read as posts, 2 new, 0 same, 0 revised, 2 rows skipped" in done.stdout
    assert "full_text read as text" in done.stdout
    assert "posts.csv, line 3: a time without a zone: '2027-04-01 10:00' (say which zone it is: --tz" in done.stderr
    assert "posts.csv, line 4: id is a floating-point number: '1.23e18'" in done.stderr
    first = next(d for d in Archive(watch / "archive").documents() if d.platform_id == "1")
    assert (first.account, first.links, first.hashtags, first.mentions) == ("u1", ("https://a.example/x",), ("vote",), ("ami",))
    (told,) = [json.loads(line) for line in tocsin("import", "posts.csv", "--tz", "Europe/Paris", "--json", cwd=watch).stdout.splitlines()]
    assert {k: told[k] for k in ("format", "read", "documents", "new", "same", "revised", "skipped")} == {
        "format": "posts", "read": 4, "documents": 3, "new": 1, "same": 2, "revised": 0, "skipped": 1
    }  # fmt: skip
    (watch / "posts.csv").write_text(POSTS.replace("fine", "finer"), "utf-8")
    assert "0 new, 1 same, 1 revised" in tocsin("import", "posts.csv", cwd=watch).stdout
    assert "all proven" in tocsin("archive", "verify", cwd=watch).stdout


def test_only_the_first_bad_rows_are_shown(watch: Path) -> None:
    (watch / "bad.csv").write_text("account,time,text\na,0,x\n" + "a,soon,x\n" * 30, "utf-8")
    lines = tocsin("import", "bad.csv", cwd=watch).stderr.splitlines()
    assert sum("not a time" in line for line in lines) == 10
    assert "20 more rows" in lines[-1]


def test_a_file_that_is_no_table_does_not_keep_the_others_out(watch: Path) -> None:
    (watch / "empty.csv").touch()
    (watch / "empty.parquet").touch()
    done = tocsin("import", "empty.csv", "empty.parquet", "posts.csv", cwd=watch)
    assert "2 new" in done.stdout
    assert done.stderr.count("the file is empty") == 2
    alone = tocsin("import", "empty.csv", cwd=watch, code=1)
    assert "no row could be used" in alone.stderr
    (watch / "odd.csv").write_text(
        "account,time,text\na,0001-01-01T00:00:00Z,x\nb,2999-01-01T00:00:00Z,x\nc,2024-01-01T00:00:00Z,x\n", "utf-8"
    )
    assert "2 rows with a time before 1990 or in the future" in tocsin("import", "odd.csv", cwd=watch).stdout
    (watch / "header.csv").write_text("account,time,text\n", "utf-8")
    assert "a header and nothing else" in tocsin("import", "header.csv", cwd=watch, code=1).stderr
    missing = tocsin("import", "posts.csv", "none.csv", cwd=watch, code=2)
    assert (missing.stdout, "none.csv: there is no such file" in missing.stderr) == ("", True), "before the first file is read"
    tocsin("import", "posts.csv", "--map", "account", cwd=watch, code=2)
    tocsin("import", "posts.csv", cwd=watch.parent, code=2)


def test_hostile_cells_do_not_reach_the_terminal(watch: Path) -> None:
    (watch / "bad.csv").write_bytes(b"account,time,text\na,\x1b[31mred\x07,x\nb,0,x\n")
    done = tocsin("import", "bad.csv", cwd=watch)
    assert "\x1b" not in done.stderr + done.stdout
    assert "not a time" in done.stderr


def test_pseudonyms_if_the_workspace_wants_them(watch: Path) -> None:
    with (watch / "tocsin.toml").open("a", encoding="utf-8") as handle:
        handle.write("[privacy]\npseudonymise = true\n")
    tocsin("import", "posts.csv", cwd=watch)
    documents = list(Archive(watch / "archive").documents())
    assert not {"u1", "u3"} & {d.account for d in documents}
    assert not [d for d in documents if "ami" in d.text or "ami" in d.mentions]
    assert "2 same" in tocsin("import", "posts.csv", cwd=watch).stdout


def test_a_killed_import_is_completed_by_running_it_again(watch: Path) -> None:
    rows = "".join(f"u{n % 97},{n},text {n}\n" for n in range(0, 2_000_000, 100))
    (watch / "many.csv").write_text("account,time,text\n" + rows, "utf-8")
    for wait in (0.9, 1.3):
        command = [sys.executable, str(CLI), "import", "many.csv"]
        running = subprocess.Popen(command, cwd=watch, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        running.send_signal(signal.SIGKILL)
        running.wait()
    tocsin("import", "many.csv", cwd=watch)
    archive = Archive(watch / "archive")
    assert archive.count()["documents"] == 20_000
    assert archive.verify() == []


def test_what_the_archive_holds(watch: Path) -> None:
    tocsin("import", "posts.csv", cwd=watch)
    (told,) = [json.loads(line) for line in tocsin("archive", "info", "--json", cwd=watch).stdout.splitlines()]
    assert (told["documents"], told["first_day"], told["last_day"], told["segments"]) == (2, "2027-04-01", "2027-04-02", 2)
    assert "0 new documents" in tocsin("archive", "seal", cwd=watch).stdout
