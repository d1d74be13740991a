"""The ``tocsin`` command. Commands are the files of ``commands/``; this file finds them and turns errors into one line."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import importlib.util
import io
import os
import sys
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
ROOMS = ("models", "commands", "crawlers", "archive", "nlp", "coordination", "index", "exchange")


def check_rooms() -> str:
    """A sentence naming the first package that lies in the way of one of ours, or "" if all lie beside this file."""
    for room in ROOMS:
        found = importlib.util.find_spec(room)
        where = Path(found.origin).resolve().parent if found and found.origin else None
        if where != HERE / room:
            return (
                f"the package {room!r} is taken from {where or 'nowhere'}, not from {HERE / room}: another package of that name is in "
                "the way (install Tocsin in an environment of its own: pipx install, or python -m venv)"
            )
    return ""


if str(HERE) not in sys.path:  # `python cli.py` from anywhere
    sys.path.insert(0, str(HERE))
_SHADOWED = check_rooms()
if _SHADOWED:
    sys.exit(f"tocsin: {_SHADOWED}")

import click  # noqa: E402  the rooms are checked before anything of theirs is imported

import commands  # noqa: E402
from models import registry  # noqa: E402
from models.errors import TocsinError, UsageError  # noqa: E402


class Commands(click.Group):
    """A group whose commands are the files of ``commands/``, imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, sorted."""
        return [name.replace("_", "-") for name in registry.names(commands)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None if there is no such file."""
        name = cmd_name.replace("-", "_")
        if name not in registry.names(commands):
            return None
        found: click.Command = importlib.import_module(f"commands.{name}").command
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it. Raises UsageError that names the nearest command for one that is not there."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise UsageError(f"there is no command {args[0]!r}", hint=registry.nearest(args[0], self.list_commands(ctx)))
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    from importlib import metadata

    if not value:
        return
    try:
        click.echo(f"tocsin {metadata.version('tocsin')}")
    except metadata.PackageNotFoundError:  # `python cli.py` in a checkout
        click.echo(f"tocsin from {HERE}, not installed")
    ctx.exit()


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--workspace", "-w", type=click.Path(file_okay=False), help="Folder of the workspace; else the one found from here upwards.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit.")
def tocsin(workspace: str | None, debug: bool) -> None:
    """Early warning of coordinated influence around elections.

    \b
    Example:
      tocsin init watch --election fr-2027 && cd watch
      tocsin scan
      tocsin narratives --flagged
    """
    if workspace:
        os.environ["TOCSIN_WORKSPACE"] = workspace
    if debug:
        os.environ["TOCSIN_DEBUG"] = "1"


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    _leave(run())


def run() -> int:
    """Run the command line: exit code 0, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C; never a traceback without --debug."""
    _streams()
    code = _run()
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # `tocsin search … | head`
        _unread()
    except OSError as error:
        _unread()
        code = _say(f"the output cannot be written: {error.strerror or error}", 1)
    return code


def _leave(code: int) -> NoReturn:
    """End the process once its exit functions have run, without taking native libraries apart.

    Arrow's I/O threads may still be at the end of a read when the process ends, and taking them apart then aborts it
    (apache/arrow issue 34314: "terminate called without an active exception", exit code -6, after all work is done).
    """
    atexit._run_exitfuncs()  # noqa: SLF001  the only way to have them without the rest of an exit
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _streams() -> None:
    """Output that is closed goes nowhere; a character that a terminal of another encoding cannot show is written as its number."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  closed with the process
        elif isinstance(stream, io.TextIOWrapper):  # not one that a caller put there, such as a StringIO
            stream.reconfigure(errors="backslashreplace")


def _unread() -> None:
    """Nobody reads any more: what is still to be written goes nowhere, so that the exit says nothing either."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run() -> int:
    try:
        result = tocsin(standalone_mode=False)
        return result if isinstance(result, int) else 0
    except SystemExit as stop:  # click and rich leave this way when the reader of a pipe is gone
        if isinstance(stop.__context__, OSError):
            _unread()
            return 0
        raise
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _say("interrupted; run the same command again to go on", 130)
    except TocsinError as error:
        return _say(str(error), error.exit_code)
    except BrokenPipeError:
        _unread()
        return 0
    except OSError as error:
        return _say(f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "), 1)
    except Exception as error:  # the boundary: nothing else may reach a user as a traceback
        return _say(f"a fault in Tocsin: {type(error).__name__}: {error} (run again with --debug and report it)", 1)


def _say(line: str, code: int) -> int:
    if os.environ.get("TOCSIN_DEBUG"):
        import traceback

        traceback.print_exc()
    print(f"tocsin: {' '.join(line.split())}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
