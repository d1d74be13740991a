"""tocsin doctor."""

from __future__ import annotations

import click

from commands._output import count, json_option, lines, table
from models.errors import StopRun


@click.command()
@click.argument("checks", nargs=-1)
@json_option
def command(checks: tuple[str, ...], as_json: bool) -> None:
    """Look at everything Tocsin needs and say what is well, what could be better, what is broken, and what to do.

    CHECKS: names of checks, such as index or archive; all without. Exit code 1 if anything is broken.

    \b
    Example:
      tocsin doctor
      tocsin doctor index --json
    """
    from models.workspace import find
    from nightly import doctor

    found = list(doctor.examine(find(), checks))
    if as_json:
        lines(found)
    else:
        rows = [(look.check, look.what, look.verdict, look.said + (f". {look.hint}" if look.hint else "")) for look in found]
        table(["check", "looked at", "verdict", "says"], rows, flexible="says")
    bad = sum(look.verdict == doctor.BROKEN for look in found)
    if bad:
        raise StopRun(f"{count(bad, 'thing is', 'things are')} broken", hint="each is named above with what to do")
    if not as_json:
        better = sum(look.verdict == doctor.WARNING for look in found)
        print(f"Nothing is broken; {count(better, 'warning')}.")
