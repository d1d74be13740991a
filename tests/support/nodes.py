"""Nodes of a real server that come back after they were killed."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path


def revive(folder: Path, node: str = "n1") -> None:
    """Start a killed node again, on its data; returns at once. ``index.stop_server`` ends it by its pid file."""
    command = ["bash", str(folder / node / "run")]
    if os.geteuid() == 0:
        command = ["runuser", "-u", "elastic-test", "--", *command]
    again = f"setsid {shlex.join(command)} > {shlex.quote(str(folder / node / 'again.log'))} 2>&1 < /dev/null &"
    subprocess.run(["bash", "-c", again], check=True)
