"""The nightly scan by systemd or cron: each tick asks whether a night is due, so a night that was missed is caught up.

Debian's cron knows no time zones, so its line ticks every quarter of an hour and the due moment is reckoned here, in the plan's own zone.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.codec import Record
from models.errors import StopRun, UsageError
from models.workspace import Workspace

CLI = Path(__file__).resolve().parent.parent / "cli.py"
ATTEMPTS = 3
"""How often a night is tried before it is given up."""
LOGS_KEPT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Record):
    """When to scan: ``at`` (HH:MM) in ``zone``; ``done`` is the due moment last dealt with, ``attempts`` those of the next."""

    at: str
    zone: str
    by: str
    done: datetime
    attempts: int = 0


def checked_zone(name: str) -> str:
    """``name`` if it is a time zone. Raises UsageError otherwise."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"unknown time zone {name!r}", hint="for example Europe/Paris, Europe/Berlin or UTC") from None
    return name


def checked_time(text: str) -> str:
    """``02:30`` for any way of writing it with a colon. Raises UsageError otherwise."""
    try:
        hour, minute = text.split(":")
        return f"{time(int(hour), int(minute)):%H:%M}"
    except ValueError:
        raise UsageError(f"not a time of day: {text!r}", where="--at", hint="for example 02:30") from None


def last_due(at: str, zone: str, now: datetime) -> datetime:
    """The newest moment (UTC) not after ``now`` at which the clock in ``zone`` shows ``at``; a skipped hour falls to the hour after."""
    local = now.astimezone(ZoneInfo(zone)).date()
    return max(m for m in (_moment(local + timedelta(days=n), at, zone) for n in (-2, -1, 0)) if m <= now)


def _moment(day: date, at: str, zone: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), ZoneInfo(zone)).astimezone(UTC)


def _file(workspace: Workspace) -> Path:
    return workspace.root / "schedule.json"


def read(workspace: Workspace) -> Plan | None:
    """The workspace's plan, or None. Raises UsageError if the file is broken."""
    try:
        return Plan.from_json(_file(workspace).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, AttributeError):
        raise UsageError("is broken", where=str(_file(workspace)), hint="make it anew with: tocsin schedule --at 02:30 --yes") from None


def _write(workspace: Workspace, plan: Plan) -> None:
    half = _file(workspace).with_suffix(".half")
    half.write_text(json.dumps(plan.to_dict(), indent=1) + "\n", "utf-8")
    half.replace(_file(workspace))


def installed(workspace: Workspace) -> str:
    """A sentence about the plan, or ""."""
    plan = read(workspace)
    return f"every night at {plan.at} {plan.zone}, by {plan.by}" if plan else ""


def command_line(workspace: Workspace) -> str:
    """The shell command that a tick runs."""
    return shlex.join([sys.executable, str(CLI), "--workspace", str(workspace.root), "schedule", "run"])


def cron_line(workspace: Workspace, at: str) -> str:
    """The crontab line: a tick each quarter of an hour that meets ``at``'s minute."""
    first = int(at.split(":")[1]) % 15
    minutes = ",".join(str(first + 15 * n) for n in range(4))
    log = shlex.quote(str(workspace.logs / "schedule.log"))
    command = f"{command_line(workspace)} >> {log} 2>&1".replace("%", r"\%")
    return f"{minutes} * * * * {command} {_mark(workspace)}"


def _mark(workspace: Workspace) -> str:
    return f"# tocsin {workspace.root}"


def units(workspace: Workspace, at: str, zone: str) -> dict[str, str]:
    """File name to text of the systemd user units."""
    name = unit_name(workspace)
    escaped = command_line(workspace).replace("%", "%%").replace("$", "$$")
    service = f"[Unit]\nDescription=Tocsin scan of {workspace.root}\n\n[Service]\nType=oneshot\nExecStart={escaped}\n"
    timer = (
        f"[Unit]\nDescription=Nightly Tocsin scan of {workspace.root}\n\n[Timer]\nOnCalendar=*-*-* {at}:00 {zone}\n"
        "Persistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
    return {f"{name}.service": service, f"{name}.timer": timer}


def unit_name(workspace: Workspace) -> str:
    """A unit name that differs between workspaces."""
    from models.records import digest

    return f"tocsin-{digest(str(workspace.root))[:8]}"


def chosen_backend() -> str:
    """``systemd`` if the user's manager runs, else ``cron``. Raises UsageError if neither is there."""
    if shutil.which("systemctl") and _ran(["systemctl", "--user", "show-environment"]).returncode == 0:
        return "systemd"
    if shutil.which("crontab"):
        return "cron"
    raise UsageError("neither systemd nor cron is here", hint="install cron, or have a scheduler of your own run: tocsin schedule run")


def _ran(command: list[str], text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def _checked(command: list[str], text: str | None = None) -> str:
    done = _ran(command, text)
    if done.returncode:
        raise StopRun(f"{command[0]} refused: {done.stderr.strip() or done.returncode}", where="schedule")
    return done.stdout


def _unit_folder() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "systemd" / "user"


def _crontab() -> list[str]:
    done = _ran(["crontab", "-l"])
    return done.stdout.splitlines() if done.returncode == 0 else []


def _set_crontab(workspace: Workspace, extra: list[str]) -> None:
    kept = [line for line in _crontab() if not line.endswith(_mark(workspace))]
    _checked(["crontab", "-"], "\n".join([*kept, *extra]) + "\n")


def install(workspace: Workspace, at: str, zone: str, by: str, now: datetime) -> None:
    """Install the timer or the line, replacing an older one of this workspace; the first night is the next one."""
    remove(workspace)
    workspace.logs.mkdir(exist_ok=True)
    _write(workspace, Plan(at=at, zone=zone, by=by, done=last_due(at, zone, now)))
    if by == "cron":
        _set_crontab(workspace, [cron_line(workspace, at)])
        return
    folder = _unit_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in units(workspace, at, zone).items():
        (folder / name).write_text(text, "utf-8")
    _checked(["systemctl", "--user", "daemon-reload"])
    _checked(["systemctl", "--user", "enable", "--now", f"{unit_name(workspace)}.timer"])


def present(workspace: Workspace) -> bool:
    """Whether cron or systemd really has what the plan says."""
    plan = read(workspace)
    if plan is None:
        return False
    if plan.by == "cron":
        return any(line.endswith(_mark(workspace)) for line in _crontab())
    return _ran(["systemctl", "--user", "is-enabled", f"{unit_name(workspace)}.timer"]).returncode == 0


def remove(workspace: Workspace) -> bool:
    """Take the plan and its line or timer away. Returns whether there was one."""
    plan = read(workspace)
    if plan is None:
        return False
    if plan.by == "cron":
        _set_crontab(workspace, [])
    else:
        _ran(["systemctl", "--user", "disable", "--now", f"{unit_name(workspace)}.timer"])
        for name in units(workspace, plan.at, plan.zone):
            (_unit_folder() / name).unlink(missing_ok=True)
        _ran(["systemctl", "--user", "daemon-reload"])
    _file(workspace).unlink()
    return True


@contextmanager
def _alone(workspace: Workspace) -> Iterator[bool]:
    with (workspace.root / ".schedule.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def tick(workspace: Workspace, now: datetime) -> str:
    """Run the scan if a night is due and nobody runs one. Returns a sentence about what was done."""
    with _alone(workspace) as alone:
        if not alone:
            return "a scheduled scan is running already"
        plan = read(workspace)
        if plan is None:
            raise UsageError("nothing is scheduled here", where=str(workspace.root), hint="tocsin schedule --at 02:30 --yes")
        due = last_due(plan.at, plan.zone, now)
        if due <= plan.done:
            return f"nothing is due; the next night begins at {plan.at} {plan.zone}"
        plan = replace(plan, attempts=plan.attempts + 1)
        _write(workspace, plan)
        before = set(workspace.reports.glob("*.json"))
        code = _run_scan(workspace, now)
        reported = bool(set(workspace.reports.glob("*.json")) - before)
        night = f"{due:%Y-%m-%d %H:%M} UTC"
        if not reported and plan.attempts < ATTEMPTS:
            return f"attempt {plan.attempts} of {ATTEMPTS} for {night} ended with exit code {code}; tried again at the next tick"
        _write(workspace, replace(plan, done=due, attempts=0))
        return f"the night of {night} ended with exit code {code}" + ("" if reported else ", without a report")


def _run_scan(workspace: Workspace, now: datetime) -> int:
    workspace.logs.mkdir(exist_ok=True)
    limit = workspace.settings["scan.limit_minutes"] * 60
    with (workspace.logs / f"scan-{now:%Y-%m-%dT%H-%M-%SZ}.log").open("w", encoding="utf-8") as log:
        command = [sys.executable, str(CLI), "--workspace", str(workspace.root), "scan"]
        child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            code = child.wait(limit)
        except subprocess.TimeoutExpired:
            code = _ended(child)
            log.write(f"tocsin: ended after {limit / 60:g} minutes, the setting scan.limit_minutes; the next scan goes on from here\n")
    for old in sorted(workspace.logs.glob("scan-*.log"))[:-LOGS_KEPT]:
        old.unlink()
    return code


def _ended(child: subprocess.Popen[bytes]) -> int:
    for sign, patience in ((signal.SIGINT, 20), (signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        os.killpg(child.pid, sign)
        try:
            return child.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    return child.wait()
