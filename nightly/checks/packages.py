"""The installation: Python, that no other package hides one of Tocsin's rooms, and the versions of what it stands on."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

from models.workspace import Workspace
from nightly.doctor import Look, broken, ok


def look(workspace: Workspace) -> Iterator[Look]:
    """Python and rooms, then every package that is missing or older than Tocsin needs."""
    from cli import check_rooms

    yield ok("python", f"{platform.python_version()} at {sys.executable}")
    hidden = check_rooms()
    yield (
        broken("rooms", hidden, "install Tocsin in an environment of its own: pipx, or python -m venv")
        if hidden
        else ok("rooms", "none is hidden")
    )
    try:
        needed = metadata.requires("tocsin") or []
    except metadata.PackageNotFoundError:
        yield ok("packages", "run from a checkout; versions are not looked at")
        return
    settings = workspace.settings
    uses = {"elasticsearch": settings["index.backend"] == "elasticsearch", "encoder": bool(settings["nlp.encoder"])}
    extras = [name for name, used in uses.items() if used]
    wanted = [text for text in needed if ";" not in text or any(f'extra == "{name}"' in text for name in extras)]
    wrong = [said for text in wanted if (said := _wrong(text))]
    if wrong:
        yield broken("packages", "; ".join(wrong), "run: pip install --upgrade tocsin" + (f"[{','.join(extras)}]" if extras else ""))
    else:
        yield ok("packages", f"all {len(wanted)} are there, none too old")


def _wrong(requirement: str) -> str:
    """What is wrong with a requirement such as ``rich>=14``, or ""."""
    found = re.match(r"([\w.-]+)(?:\[.*?\])?\s*([^;]*)", requirement)
    if not found:
        return ""
    name, least = found[1], re.search(r">=\s*([\d.]+)", found[2])
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"{name} is not installed"
    return f"{name} {version} is older than {least[1]}" if least and _numbers(version) < _numbers(least[1]) else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])
