"""tocsin schedule."""

from __future__ import annotations

from datetime import UTC, datetime

import click


@click.group(invoke_without_command=True)
@click.option("--at", help="Time of day of the scan, for example 02:30.")
@click.option("--tz", help="Its time zone, for example Europe/Paris; the setting display.timezone if not given.")
@click.option("--yes", is_flag=True, help="Install it; without, it is only shown.")
@click.option("--by", type=click.Choice(["systemd", "cron"]), help="Which scheduler; chosen by what runs here if not given.")
@click.pass_context
def command(ctx: click.Context, at: str | None, tz: str | None, yes: bool, by: str | None) -> None:
    """Show, then with --yes install, a systemd timer or a crontab line for the nightly scan.

    A night that was missed is caught up at the next start; two never overlap; each has its log in the workspace's logs/.

    \b
    Example:
      tocsin schedule --at 02:30 --tz Europe/Paris --yes
    """
    if ctx.invoked_subcommand:
        return
    if at is None:
        ctx.invoke(show)
        return
    from models.workspace import find
    from nightly import schedule

    workspace = find()
    zone = schedule.checked_zone(tz or workspace.settings["display.timezone"])
    at, by = schedule.checked_time(at), by or schedule.chosen_backend()
    _shown(schedule.units(workspace, at, zone) if by == "systemd" else {"crontab": schedule.cron_line(workspace, at) + "\n"})
    if not yes:
        print("Nothing is installed yet. The same command with --yes installs it.")
        return
    schedule.install(workspace, at, zone, by, datetime.now(UTC))
    print(f"Installed: {schedule.installed(workspace)}. Take it away with: tocsin schedule remove")


def _shown(files: dict[str, str]) -> None:
    for name, text in files.items():
        print(f"--- {name}\n{text}")


@command.command()
def show() -> None:
    """Show what is scheduled.

    \b
    Example:
      tocsin schedule show
    """
    from models.workspace import find
    from nightly import schedule

    workspace = find()
    said = schedule.installed(workspace)
    print(f"Scheduled: {said}." if said else "Nothing is scheduled. Next: tocsin schedule --at 02:30 --tz Europe/Paris")
    logs = sorted(workspace.logs.glob("scan-*.log"))
    if logs:
        print(f"Last log: {logs[-1]}")


@command.command()
def remove() -> None:
    """Take the schedule away.

    \b
    Example:
      tocsin schedule remove
    """
    from models.workspace import find
    from nightly import schedule

    print("Removed." if schedule.remove(find()) else "Nothing was scheduled.")


@command.command()
def run() -> None:
    """What the timer or the crontab line calls: scan if a night is due.

    \b
    Example:
      tocsin schedule run
    """
    from models.workspace import find
    from nightly import schedule

    now = datetime.now(UTC)
    print(f"{now:%Y-%m-%d %H:%M:%S} UTC  {schedule.tick(find(), now)}", flush=True)
