"""tocsin init."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from models.election import folders, load
from models.errors import UsageError
from models.registry import nearest

TEXT = """# What this workspace watches, and how. All settings with their defaults: docs/reference/settings.md

election = "{election}"

[crawl]
# an address or URL by which a site can reach you; it goes into the user agent
contact = "{contact}"

[display]
timezone = "{timezone}"
"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--election", help="The election to watch, for example fr-2027; `tocsin elections` lists them.")
@click.option("--contact", default="", help="Address or URL for the user agent, so that a site can reach you.")
@click.option("--timezone", default="UTC", show_default=True, help="Time zone in which times are shown.")
def command(folder: Path, election: str | None, contact: str, timezone: str) -> None:
    """Make a workspace: a folder with tocsin.toml in which scans, archive and index live.

    \b
    Example:
      tocsin init watch --election fr-2027 --contact desk@example.org
    """
    from models.workspace import create
    from nightly.schedule import checked_zone

    known = folders(folder)
    if not election:
        raise UsageError("which election?", hint=f"--election with one of: {', '.join(sorted(known))}")
    if election not in known:
        raise UsageError(f"unknown election {election!r}", where="--election", hint=nearest(election, known))
    if not contact.isprintable() or any(c in contact for c in '"\\'):
        raise UsageError("the contact must not hold quotes, backslashes or control characters", where="--contact")
    found = load(election, folder)
    workspace = create(folder, TEXT.format(election=election, contact=contact, timezone=checked_zone(timezone)))
    print(f"{workspace.root} watches {found.name}: {len(found.sources)} sources, {len(found.entities)} entities.")
    if not contact:
        print(f"Say who reads: set crawl.contact in {workspace.root / 'tocsin.toml'} before the first scan of the open web.")
    print(f"Next: cd {shlex.quote(str(folder))} && tocsin scan")
