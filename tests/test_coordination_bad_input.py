"""Files that cannot be used, through edges, analyse and calibrate: one line that says why, nothing half-written, good rows kept."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support import coordination as slow

HEAD = "object_id,account_id,content_id,timestamp_share\n"
POSTS = "account,time,text\n"
COMMANDS = ["edges", "analyse", "calibrate"]
MINUTES = HEAD + "".join(f"o{k % 3},a{k % 7},c{k},{1_600_000_020 + 60 * k}\n" for k in range(60))
GOOD = HEAD + "".join(f"o{k // 3},a{k % 3},c{k},{1_600_000_000 + 1000 * (k // 3) + k % 3}\n" for k in range(60))
BAD = {
    "empty": ("", "the file is empty", []),
    "header alone": (HEAD, "a header and nothing else", []),
    "no time": ("object_id,account_id,content_id\no,a,c\n", "--map time=COLUMN", []),
    "a column twice": ("object_id,account_id,account_id,content_id,timestamp_share\no,a,b,c,1\n", "'account_id' is there twice", []),
    "no time can be read": (HEAD + "o,a,c,soon\no,b,d,later\n", "line 3: not a time: 'later'", []),
    "ids as floats": (HEAD + "o,1.23e18,c,1600000000\no,1.24e18,d,1600000005\n", "the last digits are lost for good", []),
    "one account": (HEAD + "o,a,c,1600000000\no,a,d,1600000009\n", "only one account", []),
    "one second": (HEAD + "".join(f"o{k % 3},a{k},c{k},1600000000\n" for k in range(30)), "one and the same time", []),
    "no zone": (POSTS + "a,2021-01-01T00:00:00,x\nb,2021-01-01T00:00:05,x\n", "line 2: a time without a zone: '2021-01-01T00:00:00'", []),
    "negative window": (GOOD, "a window of -1 seconds is not possible", ["--window", "-1"]),
    "window that is none": (GOOD, "--window cannot be 'soon'", ["--window", "soon"]),
    "window below the clock": (MINUTES, "all multiples of 60 s", ["--window", "10"]),
    "unknown trace": (GOOD, "did you mean 'url'", ["--trace", "urll"]),
    "unknown format": (GOOD, "known: coortweet, posts, qut", ["--format", "xls"]),
    "mapping that is none": (GOOD, "--map NAME=COLUMN", ["--map", "x"]),
}


def run(command, path, *options):
    """The command, writing where it writes into ``out``."""
    target = {"edges": ("-o", path.parent / "out.csv"), "analyse": ("-o", path.parent / "out"), "calibrate": ("--rounds", "1")}[command]
    return slow.run(command, path, *target, *options)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_and_nothing_written(tmp_path, command, case):
    text, said, options = BAD[case]
    path = tmp_path / "in.csv"
    path.write_text(text, "utf-8")
    found = run(command, path, *options)
    assert found.code in (1, 2)
    assert said in found.err
    assert "Traceback" not in found.err
    assert found.err.strip().splitlines()[-1].startswith("tocsin: ")
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize("command", COMMANDS)
def test_files_that_are_no_tables(tmp_path, command):
    for name, content, said in (
        ("a.parquet", b"", "empty"),
        ("b.parquet", b"hello", "not a whole Parquet"),
        ("c.csv", b"\x00\x01", "is no table"),
    ):
        (tmp_path / name).write_bytes(content)
        found = run(command, tmp_path / name)
        assert found.code in (1, 2)
        assert said in found.err
    assert "no such file" in run(command, tmp_path / "none.csv").err
    assert "is a folder" in run(command, tmp_path).err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.parquet", "b.parquet", "c.csv"]


def test_ids_as_floats_in_parquet_are_refused(tmp_path):
    table = {"object_id": ["o", "o"], "account_id": [1.23e18, 1.24e18], "content_id": ["c", "d"], "timestamp_share": [1.6e9, 1.6e9 + 5]}
    pq.write_table(pa.table(table), tmp_path / "in.parquet")
    found = run("edges", tmp_path / "in.parquet")
    assert found.code == 1
    assert "floating-point number" in found.err


def test_good_rows_are_kept_and_bad_ones_named(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(GOOD + "o1,a1,x1,soon\no1,1.5e18,x2,1600000000\no1,,x3,1600000000\n", "utf-8")
    found = run("edges", path, "--convention", "coortweet")
    assert found.code == 0
    for said in ("line 62: not a time: 'soon'", "line 63: account_id is a floating-point number: '1.5e18'", "line 64: no account_id"):
        assert said in found.err
    assert (tmp_path / "out.csv").read_text("utf-8").splitlines()[1:] == [f"{a},{b},20,{d},20,20,1.0,0" for a, b, d in SHARED]


SHARED = [("a0", "a1", 1.0), ("a0", "a2", 2.0), ("a1", "a2", 1.0)]


def test_a_peer_may_have_a_window_below_the_clock_and_is_told(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(MINUTES, "utf-8")
    found = run("edges", path, "--convention", "coortweet", "--window", "10")
    assert found.code == 0
    assert "only equal times can meet" in found.err


def test_auto_never_falls_below_the_clock(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(MINUTES + "o1,a1,z1,1600000020\no1,a2,z2,1600000020\n", "utf-8")
    for command in COMMANDS:
        assert run(command, path, "--window", "auto").code == 0


def test_places_that_cannot_be_written_to_are_refused_before_the_file_is_read(tmp_path):
    for command, target, said in (
        ("edges", "/proc/e.csv", "cannot be written to"),
        ("edges", tmp_path / "no" / "e.csv", "the folder does not exist"),
        ("analyse", "/proc/out", "cannot be written to"),
        ("analyse", "/dev/null/out", "is a file, not a folder"),
    ):
        found = slow.run(command, tmp_path / "none.csv", "-o", target)
        assert found.code == 2
        assert said in found.err
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "thesis.txt").write_text("x", "utf-8")
    assert "other things in it" in slow.run("analyse", tmp_path / "none.csv", "-o", tmp_path / "kept").err


def test_a_list_of_actions_is_no_list_of_messages(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(GOOD, "utf-8")
    assert "--convention coortweet or tocsin" in run("edges", path, "--convention", "qut").err


def processor_time(process):
    """Seconds of processor time that a process has used so far."""
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_ctrl_c_ends_in_one_line_and_leaves_nothing(tmp_path):
    rows = slow.crowd(accounts=4000, objects=6000, acts=200_000)
    lines = [f"{o},{a},c{k},{int(1_600_000_000 + t)}" for k, (a, o, t) in enumerate(rows)]
    (tmp_path / "in.csv").write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    words = [sys.executable, str(slow.ROOT / "cli.py"), "analyse", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out")]
    environment = os.environ | {"PYTHONPATH": str(slow.ROOT)}
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as running:
        while processor_time(running.pid) < 1.5:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) <= 1
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]
