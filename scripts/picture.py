"""Capture a real terminal and draw it: ``python -m scripts.picture docs/picture.svg -- COMMAND…`` runs COMMAND in a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import re
import struct
import sys
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

COLUMNS, ROWS = 118, 44


def captured(command: list[str]) -> str:
    """What ``command`` writes to a terminal of COLUMNS × ROWS, with its colours."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
        os.execvp(command[0], command)  # noqa: S606  the command is the caller's own
    ioctl(terminal, TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    chunks = []
    while True:
        try:
            chunk = os.read(terminal, 65_536)
        except OSError:  # Linux: the other end was closed
            break
        if not chunk:
            break
        chunks.append(chunk)
    _, status = os.waitpid(child, 0)
    if status:
        sys.exit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return b"".join(chunks).decode("utf-8", "replace")


def settled(text: str) -> str:
    """The text as it stands at the end: what a moving line overwrote is gone."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(re.split(r"\r(?:\x1b\[K)?", line)[-1] for line in lines)


def drawn(text: str, title: str) -> str:
    """The terminal as SVG, without fonts from elsewhere."""
    from rich.console import Console
    from rich.text import Text

    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(text))
        svg = console.export_svg(title=title)
    return re.sub(r"@font-face\s*\{[^}]*\}", "", svg).replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")


def main() -> None:
    """Draw what the command prints; ``--lines A-B`` keeps only those lines."""
    words = sys.argv[1:]
    if "--" not in words or len(words) < 3:
        sys.exit("use: python -m scripts.picture OUT.svg [A-B] -- COMMAND …")
    cut = words.index("--")
    path, command = Path(words[0]), words[cut + 1 :]
    lines = settled(captured(command)).strip("\n").split("\n")
    if cut == 2:
        first, last = (int(n) for n in words[1].split("-"))
        lines = lines[first - 1 : last]
    path.write_text(drawn("\n".join(lines), "tocsin"), "utf-8")
    print(f"{path}: {len(lines)} lines")


if __name__ == "__main__":
    main()
