"""A genuinely full disk under the server: one clear line, everything in the archive, and a sync makes both equal once there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest

from index import bulk, layout, open_index
from models.errors import StopRun
from models.workspace import Workspace, open_at
from nightly import indexing
from nightly.night import Night
from scan import scan
from tests.support import index as support
from tests.support.cli import quiet_election
from tests.test_index_proof import keep

PREFIX = "full"


@pytest.fixture
def small() -> Iterator[tuple[str, Path]]:
    """A server whose indices lie on a disk of 24 MB, and the folder of that disk."""
    support.needs_tool()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk for the server")
    folder = Path("/tmp") / f"tocsin-test-disk-{os.getpid()}"  # the server's own user must reach it
    disk, mounted = folder / "n1" / "data" / "indices", False
    try:
        url = support.start_server(folder)
        disk.mkdir(exist_ok=True)  # no index is there yet; each one's files are opened by their path
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
        mounted = True
        shutil.chown(disk, "elastic-test")
        yield url, disk
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(disk)], check=False)
        support.stop_server(folder)


def fill(path: Path) -> None:
    """A file that leaves no byte of its disk."""
    with path.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        file.writelines(repeat(b"x" * 4_096))


@pytest.mark.slow
def test_a_full_disk_is_said_nothing_is_lost_and_a_sync_puts_it_right(
    small: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, disk = small
    monkeypatch.setitem(bulk.LIMITS, "max_retries", 1)
    monkeypatch.setattr(layout, "PATIENCE", 4)
    folder = quiet_election(tmp_path / "watch")
    with (folder / "tocsin.toml").open("a") as file:
        file.write(f'[index]\nbackend = "elasticsearch"\nurls = ["{url}"]\nprefix = "{PREFIX}"\ntimeout = 4.0\n[nlp]\nworkers = 1\n')
    workspace = open_at(folder, {})
    keep(folder, 20)
    assert synced(workspace) == 20
    fill(disk / "ballast")
    keep(folder, 30)  # of the month that has an index
    night = Night(workspace=workspace)
    (said,) = scan(night).broken
    assert "the server's disk is full" in said, said
    assert "tocsin index sync" in said
    assert night.archive.count()["documents"] == night.archive.count()["annotations"] == 30
    keep(folder, 200)  # of months that need an index
    with pytest.raises(StopRun, match="the server's disk is full"):
        synced(workspace)
    index = open_index(workspace.settings, workspace.index)
    assert any(not f.good and "disk is full" in f.said for f in index.check())
    index.close()
    (disk / "ballast").unlink()
    assert synced(workspace) == 200
    assert all(p.equal for p in indexing.proofs(workspace, night.archive))


def synced(workspace: Workspace) -> int:
    """`tocsin index sync`, which proves that index and archive are equal; number of documents."""
    night = Night(workspace=workspace)
    return indexing.sync(workspace, night.archive, night.state, [], night.progress)["documents"]
