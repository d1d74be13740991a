"""A full disk, a file size limit, a read-only place: one clear line, nothing half-written, and afterwards all is well."""

import os
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from archive.state import State
from archive.store import Archive
from models.errors import StopRun
from models.records import Document, Edge
from tests.support.archive import START, document
from tests.support.cli import quiet_election, tocsin

NIGHT = date(2027, 4, 5)


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mounts a tmpfs with options; skipped where the tests may not mount."""
    made: list[Path] = []

    def mount(options: str) -> Path:
        folder = tmp_path / "disk"
        folder.mkdir(exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"mount is refused here: {done.stderr.strip()}")
        made.append(folder)
        return folder

    yield mount
    for folder in made:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def read_only(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


def big(number: int) -> Document:
    return document(number, os.urandom(30_000).hex())


def test_a_full_disk_stops_the_spool_and_keeps_what_was_said_to_be_kept(mounted: Callable[..., Path]) -> None:
    archive = Archive(mounted("size=700k") / "archive")
    kept: list[str] = []
    with archive.spool("crawl") as spool:

        def crawl() -> None:
            for n in range(40):
                spool.add(big(n))
                kept.append(document(n).id)

        with pytest.raises(StopRun, match="the disk is full"):
            crawl()
        assert 3 < len(kept) < 40
    assert archive.seen([document(n).id for n in range(40)]) == set(kept)


def test_a_full_disk_stops_the_seal_and_the_next_one_completes_it(mounted: Callable[..., Path]) -> None:
    folder = mounted("size=900k")
    archive = Archive(folder / "archive")
    with archive.spool("crawl") as spool:
        spool.add_many(big(n) for n in range(10))
    ballast = folder / "ballast"
    ballast.write_bytes(os.urandom(100_000))
    with pytest.raises(StopRun, match="the disk is full"):
        archive.seal()
    assert not list(archive.folder.rglob("*.part"))
    assert not list(archive.folder.rglob("*.parquet"))
    assert archive.has_spool()
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=8m", str(folder)], check=True)
    assert archive.seal().new == 10
    assert archive.verify() == []


def test_a_full_disk_leaves_the_former_night_as_it_was(mounted: Callable[..., Path]) -> None:
    folder = mounted("size=200k")
    archive = Archive(folder / "archive")

    def edge(weight: int, name: str) -> Edge:
        return Edge(
            a=name,
            b="y",
            traces=("url",),
            window=60.0,
            weight=weight,
            expected=0.1,
            p=0.1,
            q=0.1,
            lead=0.5,
            first_seen=START,
            last_seen=START,
        )

    archive.write("edges", [edge(1, "x")], night=NIGHT, version="v")
    with pytest.raises(StopRun, match="the disk is full"):
        archive.write("edges", [edge(n, os.urandom(200).hex()) for n in range(2000)], night=NIGHT, version="v")
    assert [e.weight for e in archive.read("edges", Edge)] == [1]
    assert archive.verify() == []


def test_a_full_disk_stops_the_state_with_its_former_values(mounted: Callable[..., Path]) -> None:
    state = State(mounted("size=500k") / "state.sqlite")
    state.put("s", "key", "before")

    def crawl() -> None:
        for n in range(100):
            state.put("s", f"key{n}", "x" * 20_000)

    with pytest.raises(StopRun, match="disk"):
        crawl()
    assert state.get("s", "key") == "before"


def test_a_file_size_limit_is_told_as_a_full_disk(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with archive.spool("crawl") as spool:
        spool.add(document(1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        try:
            with pytest.raises(StopRun, match="the disk is full"):
                spool.add(big(2))
            spool.add(document(3))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    sealed = archive.seal()
    assert (sealed.new, sealed.torn) == (2, 0)


def test_a_read_only_workspace_is_read_and_refuses_writers_in_one_line(mounted: Callable[..., Path]) -> None:
    folder = mounted("size=8m")
    archive = Archive(quiet_election(folder / "watch") / "archive")
    with archive.spool("crawl") as spool:
        spool.add_many(document(n) for n in range(8))
    archive.seal()
    archive.close()
    state = State(folder / "watch" / "state.sqlite")
    state.set_meta("key", "value")
    state.close()
    read_only(folder)
    assert len(list(archive.documents(ids=[document(n).id for n in range(3)]))) == 3
    assert archive.verify() == []
    assert State(folder / "watch" / "state.sqlite").meta("key") == "value"
    for write in (
        lambda: State(folder / "watch" / "state.sqlite").set_meta("key", "other"),
        lambda: archive.spool("x").add(document(9)),
        lambda: archive.write("edges", [], night=NIGHT, version="v"),
        lambda: State(folder / "watch" / "new.sqlite").get("a", "b"),
    ):
        with pytest.raises(StopRun) as caught:
            write()
        assert caught.value.hint
        assert "\n" not in str(caught.value)
    done = tocsin("archive", "seal", cwd=folder / "watch", code=1)
    assert len(done.stderr.splitlines()) == 1
    tocsin("archive", "info", cwd=folder / "watch")


def test_a_damaged_state_is_told(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StopRun, match="not a database"):
        State(path).get("a", "b")
    path.unlink()
    sqlite3.connect(path).execute("PRAGMA user_version=99").connection.close()
    with pytest.raises(StopRun, match="newer Tocsin"):
        State(path).get("a", "b")
