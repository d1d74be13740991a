"""Spark and the disk count the same: the public command on a real local session, and its refusals."""

import json
from pathlib import Path

import numpy as np
import pytest

from archive.store import Archive
from models.records import Edge, Group
from tests.support.cli import quiet_election, tocsin


def workspace(folder: Path) -> Path:
    folder.mkdir()
    quiet_election(folder)
    with (folder / "tocsin.toml").open("a") as settings:
        settings.write('[coordination]\nwindows = [3600.0]\ntraces = ["url"]\ndays = 36525\n')
    random = np.random.default_rng(5)
    rows = [(f"a{random.integers(60)}", f"o{random.integers(150)}", int(random.integers(4320))) for _ in range(1500)]
    rows += [(f"z{a}", f"p{k}", 300 * k) for k in range(12) for a in range(5)]
    lines = [
        f"{a},{i},2026-03-{1 + m // 1440:02d}T{m // 60 % 24:02d}:{m % 60:02d}:{i % 60:02d}Z,https://example.org/{o},#{o[:2]}"
        for i, (a, o, m) in enumerate(rows)
    ]
    (folder / "posts.csv").write_text("\n".join(["account,id,published,links,text", *lines]) + "\n", "utf-8")
    tocsin("import", "--platform", "x", "posts.csv", cwd=folder)
    return folder


def rows_of(folder: Path) -> tuple[list[str], list[str]]:
    archive = Archive(folder / "archive")
    return [e.to_json() for e in archive.read("edges", Edge)], [g.to_json() for g in archive.read("groups", Group)]


@pytest.mark.slow
@pytest.mark.parametrize("engine", [("disk",), ("spark", "--master", "local[2]")], ids=["disk", "spark"])
def test_every_engine_gives_the_same_rows_to_the_last_digit(tmp_path, engine):
    folder = workspace(tmp_path / "watch")
    one = json.loads(tocsin("coordinate", "--json", cwd=folder).stdout.splitlines()[-1])
    embedded = rows_of(folder)
    assert embedded[0]
    for path in (folder / "archive").glob("[eg]*/*/*.parquet"):
        path.unlink()
    two = json.loads(tocsin("coordinate", "--json", "--engine", *engine, cwd=folder).stdout.splitlines()[-1])
    assert rows_of(folder) == embedded
    assert {k: v for k, v in one.items() if k != "seconds"} == {k: v for k, v in two.items() if k != "seconds"}
    assert not [path for path in (folder / "archive" / "sums").glob("*-*") if path.name.startswith(("spark-", "disk-"))]


@pytest.mark.parametrize(
    ("master", "code", "said"),
    [("nonsense", 2, "--master cannot be"), ("spark://127.0.0.1:9", 1, "no Spark master answers there")],
)
def test_a_master_that_cannot_be_used_is_told_in_a_line(tmp_path, master, code, said):
    quiet_election(tmp_path)
    done = tocsin("coordinate", "--engine", "spark", "--master", master, cwd=tmp_path, code=code)
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


def test_missing_java_is_told_in_a_line(tmp_path):
    quiet_election(tmp_path)
    done = tocsin("coordinate", "--engine", "spark", cwd=tmp_path, code=1, PATH=str(tmp_path), JAVA_HOME="")
    assert "Java is not found" in done.stderr
