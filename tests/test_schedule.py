"""The nightly schedule: when it is due, what is installed, that nights are caught up and never overlap; with Debian's real cron."""

import fcntl
import json
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.workspace import open_at
from nightly import schedule
from tests.support.cli import quiet_election, tocsin


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2027-01-15 01:29", "2027-01-14 01:30"),
        ("2027-01-15 01:30", "2027-01-15 01:30"),
        ("2027-07-15 00:29", "2027-07-14 00:30"),
        ("2027-07-15 00:30", "2027-07-15 00:30"),  # summer time
        ("2027-03-28 03:00", "2027-03-28 01:30"),  # 02:30 is skipped that night: the scan comes at 03:30 local time
        ("2027-10-31 12:00", "2027-10-31 00:30"),  # 02:30 comes twice that night: the first counts
    ],
)
def test_the_due_moment_follows_the_clock_of_the_zone(now: str, due: str) -> None:
    assert schedule.last_due("02:30", "Europe/Paris", moment(now)) == moment(due)


def test_without_yes_nothing_is_installed(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    done = tocsin("schedule", "--at", "2:30", "--tz", "Europe/Paris", "--by", "cron", cwd=tmp_path)
    assert "0,15,30,45 * * * *" in done.stdout
    assert "Nothing is installed yet" in done.stdout
    assert not (tmp_path / "schedule.json").exists()
    assert "Nothing is scheduled" in tocsin("schedule", "show", cwd=tmp_path).stdout


def test_systemd_units_name_zone_and_catch_up(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    done = tocsin("schedule", "--at", "02:30", "--tz", "Europe/Berlin", "--by", "systemd", cwd=tmp_path)
    assert "OnCalendar=*-*-* 02:30:00 Europe/Berlin" in done.stdout
    assert "Persistent=true" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"), [(("--at", "25:00"), "not a time of day"), (("--at", "02:30", "--tz", "Mars"), "unknown time zone")]
)
def test_wrong_words_are_told(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    quiet_election(tmp_path)
    assert said in tocsin("schedule", *words, cwd=tmp_path, code=2).stderr


def planned(folder: Path, done: datetime) -> schedule.Plan:
    plan = schedule.Plan(at="02:30", zone="UTC", by="cron", done=done)
    (folder / "schedule.json").write_text(json.dumps(plan.to_dict()))
    return plan


def test_a_missed_night_is_caught_up_once(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    planned(tmp_path, datetime.now(UTC) - timedelta(days=3))
    assert "ended with exit code 0" in tocsin("schedule", "run", cwd=tmp_path).stdout
    assert "nothing is due" in tocsin("schedule", "run", cwd=tmp_path).stdout
    assert len(list((tmp_path / "reports").glob("*.json"))) == 1
    assert len(list((tmp_path / "logs").glob("scan-*.log"))) == 1


def test_two_nights_never_overlap(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    planned(tmp_path, datetime.now(UTC) - timedelta(days=3))
    with (tmp_path / ".schedule.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert "running already" in tocsin("schedule", "run", cwd=tmp_path).stdout
    assert not (tmp_path / "reports").exists()


def test_a_night_that_could_not_run_is_tried_again_then_given_up(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    planned(tmp_path, datetime.now(UTC) - timedelta(days=3))
    with (tmp_path / ".lock").open("w") as handle:  # somebody writes in the workspace
        fcntl.flock(handle, fcntl.LOCK_EX)
        said = [tocsin("schedule", "run", cwd=tmp_path).stdout for _ in range(3)]
    assert "attempt 1 of 3" in said[0]
    assert "without a report" in said[2]
    assert "nothing is due" in tocsin("schedule", "run", cwd=tmp_path).stdout


def test_a_scan_over_its_time_is_ended(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    planned(tmp_path, datetime.now(UTC) - timedelta(days=3))
    tocsin("schedule", "run", cwd=tmp_path, TOCSIN_SCAN_LIMIT_MINUTES="0")
    log = next((tmp_path / "logs").glob("scan-*.log")).read_text()
    assert "scan.limit_minutes" in log


@pytest.mark.slow
def test_debians_cron_runs_the_night(tmp_path: Path) -> None:
    if not (shutil.which("cron") and shutil.which("crontab") and os.geteuid() == 0):
        assert not os.environ.get("CI"), "CI installs cron and runs as root"
        pytest.skip("needs Debian's cron and root")
    quiet_election(tmp_path)
    kept = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)
    subprocess.run(["crontab", "-"], input="# a line of somebody else\n", text=True, check=True)
    daemon = None if _cron_runs() else subprocess.Popen(["cron", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.5)  # cron tells a changed table by its second
    try:
        at = datetime.now(UTC) + timedelta(minutes=1, seconds=2)
        tocsin("schedule", "--at", f"{at:%H:%M}", "--tz", "UTC", "--by", "cron", "--yes", cwd=tmp_path)
        assert _waited(lambda: any(tmp_path.glob("reports/*.json")), 110), (tmp_path / "logs").exists()
        assert _waited(lambda: "ended with exit code 0" in (tmp_path / "logs" / "schedule.log").read_text(), 20)
        assert "Removed" in tocsin("schedule", "remove", cwd=tmp_path).stdout
        left = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=True).stdout
        assert left == "# a line of somebody else\n"
    finally:
        if daemon:
            daemon.terminate()
            daemon.wait()
        subprocess.run(["crontab", "-"], input=kept.stdout, text=True, check=True)


def _cron_runs() -> bool:
    return subprocess.run(["pgrep", "-x", "cron"], capture_output=True, check=False).returncode == 0


def _waited(true: object, seconds: float) -> bool:
    assert callable(true)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.5)
    return False


def test_the_line_quotes_what_a_shell_or_cron_would_read(tmp_path: Path) -> None:
    folder = tmp_path / "a folder; 100% 'new'"
    folder.mkdir()
    workspace = open_at(quiet_election(folder))
    line = schedule.cron_line(workspace, "02:30")
    command = line.split(" ", 5)[5].replace(r"\%", "%")
    (folder / "logs").mkdir()
    done = subprocess.run(["/bin/sh", "-c", command], check=False, capture_output=True, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 2
    assert "nothing is scheduled here" in (folder / "logs" / "schedule.log").read_text()
