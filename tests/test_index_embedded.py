"""The index on the own disk: one writer, readers that see it, damage, kills and full disks."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index import open_index
from index.base import Index, IndexDocument
from index.query import parse
from models.errors import StopRun
from models.settings import Settings
from tests.support import index as support

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def opened(folder: Path) -> Index:
    return open_index(Settings(), folder)


def serving(folder: Path) -> Path:
    (found,) = folder.glob("i-*")
    return found


def test_a_second_writer_is_told_who_writes(folder: Path) -> None:
    def slow() -> Iterator[IndexDocument]:
        yield from support.corpus(3)
        with pytest.raises(StopRun, match=rf"process {os.getpid()} writes the index.*wait"):
            opened(folder).add(support.corpus(1))
        with pytest.raises(StopRun, match="writes the index"):
            opened(folder).delete(["x"])
        with pytest.raises(StopRun, match="writes the index"):
            opened(folder).clear()

    assert opened(folder).add(slow()) == 3


def test_readers_see_what_is_added_replaced_and_deleted_elsewhere(folder: Path) -> None:
    documents = support.corpus(30)
    reader, writer = opened(folder), opened(folder)
    writer.add(documents[:10])
    assert reader.count() == 10
    writer.add(documents[10:20])
    assert reader.count() == 20
    writer.delete([documents[0].id])
    assert reader.count() == 19
    writer.replace(documents, "g")
    assert (reader.count(), reader.generation) == (30, "g")
    assert len(list(folder.glob("i-*"))) == 1


def use(index: Index) -> None:
    for text in ("fraude OR Wahl*", "lang:fr", "NOT lang:fr"):
        index.search(parse(text), facets=("lang", "source"))


@pytest.mark.parametrize("damage", ["side file", "version", "folder", "meta", "terms", "store", "all"])
def test_a_damaged_index_says_rebuild_and_can_be_rebuilt(folder: Path, damage: str) -> None:
    documents = support.corpus(40)
    opened(folder).replace(documents, "g")
    _damage(folder, damage)
    broken = opened(folder)
    with pytest.raises(StopRun, match="tocsin index rebuild"):
        use(broken)
    assert broken.replace(documents, "h") == 40
    assert broken.search(parse("lang:fr OR NOT lang:fr")).total == 40
    assert opened(folder).generation == "h"


def _damage(folder: Path, damage: str) -> None:
    if damage in ("side file", "version"):
        side = folder / "current.json"
        side.write_text('{"fold' if damage == "side file" else side.read_text().replace('"made_by": "', '"made_by": "0.'))
    elif damage == "folder":
        shutil.rmtree(serving(folder))
    elif damage == "meta":
        (serving(folder) / "meta.json").unlink()
    else:
        ending = {"terms": ".term", "store": ".store", "all": ""}[damage]
        for path in serving(folder).iterdir():
            if path.name.endswith(ending) and path.name[0] != ".":
                path.write_bytes(b"\xff" * (path.stat().st_size // 2))


ENDLESS = """
import itertools, pathlib, sys
from dataclasses import replace
from index import open_index
from index.backends import embedded
from models.settings import Settings
from tests.support.index import corpus

embedded.COMMIT_EVERY = 500
documents = corpus(100)
index = open_index(Settings(), pathlib.Path(sys.argv[1]))
index.add(documents)
print("ready", flush=True)
index.add(replace(d, id=f"{n}-{d.id}") for n in itertools.count() for d in documents)
"""


def test_a_writer_killed_leaves_what_was_committed_and_no_lock(folder: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ENDLESS, str(folder)], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    reader = opened(folder)
    deadline = time.monotonic() + 60
    while reader.count() < 1_600 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    left = reader.count()
    assert left >= 1_600
    assert (left - 100) % 500 == 0
    assert reader.search(parse("lang:fr OR NOT lang:fr"), limit=50).total == left
    assert opened(folder).add(support.corpus(100)) == 100
    assert reader.count() == left


def test_a_rebuild_killed_leaves_the_old_index_and_its_rest_goes(folder: Path) -> None:
    opened(folder).replace(support.corpus(20), "old")
    (folder / "i-0123456789abcdef").mkdir()
    reader = opened(folder)
    assert (reader.count(), reader.generation) == (20, "old")
    reader.replace(support.corpus(30), "new")
    assert len(list(folder.glob("i-*"))) == 1


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="mounting a small disk needs root")
def test_a_full_disk_is_said_and_the_old_index_serves_on(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], check=False, capture_output=True).returncode:
        pytest.skip("this machine mounts no tmpfs")
    try:
        index = opened(disk / "index")
        index.replace(support.corpus(200), "small")
        (disk / "filler").write_bytes(b"x" * 1_800_000)
        with pytest.raises(StopRun, match="free some space"):
            index.replace((d for n in range(40) for d in support.corpus(500, seed=n)), "large")
        (disk / "filler").unlink()
        assert (index.count(), index.generation) == (200, "small")
        assert index.add(support.corpus(10, seed=3)) == 10
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_folder_that_may_not_be_written_is_named(folder: Path) -> None:
    folder.mkdir(mode=0o500)
    with unprivileged(folder), pytest.raises(StopRun, match="cannot be written"):
        opened(folder).add(support.corpus(1))


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """As nobody, if the tests run as root, who may write everywhere."""
    if os.geteuid():
        yield
        return
    for part in (folder, *folder.parents[:3]):
        part.chmod(0o555 if part == folder else 0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
