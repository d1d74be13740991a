"""Tables on terminals of every width: no number and no id is ever cut off."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from commands._output import table
from tests.support.cli import ROOT

COLUMNS = ("narrative", "flag", "docs", "last seen (UTC)", "says")
ROWS = [("N-K08J", "!!!", 1250, "2027-03-01 06:00", "bulletins truqués " * 6), ("N-6DTR", "", 12, "2027-03-01 07:00", "")]
CODE = f"from commands._output import table; table({COLUMNS!r}, {ROWS!r}, flexible='says')"


def on_terminal(width: int) -> str:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k != "COLUMNS"} | {"TERM": "xterm"}
    with subprocess.Popen([sys.executable, "-c", CODE], cwd=ROOT, env=environment, stdin=slave, stdout=slave):
        os.close(slave)
        said = b"".join(iter(lambda: read(master), b""))
    os.close(master)
    return said.decode()


def read(handle: int) -> bytes:
    try:
        return os.read(handle, 65536)
    except OSError:  # how a terminal says that its other end is gone
        return b""


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_numbers_and_ids_are_whole_at_every_width(width: int) -> None:
    said = on_terminal(width)
    for whole in ("N-K08J", "N-6DTR", "!!!", "1250", "2027-03-01 06:00"):
        assert whole in said
    assert "truqués" in said
    assert ("docs: 1250" in said) == (width < 55)


def test_a_table_in_a_file_is_as_wide_as_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    long = "did:plc:" + "a" * 150
    table(("account a", "account b", "weight"), [(long, long, 40)])
    assert f"{long}  {long}  40" in out.getvalue()


def test_an_empty_table_has_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    table(("a", "b"), [])
    assert capsys.readouterr().out.split() == ["a", "b"]
