"""The public command, run as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CLI = ROOT / "cli.py"


def environment(**extra: str) -> dict[str, str]:
    """The environment without settings of the machine that runs the tests."""
    return {k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_") or k == "TOCSIN_SHARED"} | extra


def tocsin(*words: str, cwd: Path, code: int | None = 0, timeout: float = 240, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run ``tocsin words…`` in ``cwd``; the exit code must be ``code`` (any if None), and no traceback may be seen."""
    done = subprocess.run(
        [sys.executable, str(CLI), *words], cwd=cwd, env=environment(**extra), capture_output=True, text=True, check=False, timeout=timeout
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert code is None or done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def quiet_election(folder: Path) -> Path:
    """A workspace with an own election that has no sources: every stage runs, nothing is fetched."""
    (folder / "elections" / "quiet").mkdir(parents=True)
    text = 'name = "A quiet vote"\ncountry = "xx"\nlanguages = ["fr"]\n'
    text += 'dates = [{ what = "vote", day = "2027-04-11", precision = "day", source = "invented" }]\n'
    (folder / "elections" / "quiet" / "election.toml").write_text(text, "utf-8")
    (folder / "tocsin.toml").write_text('election = "quiet"\n', "utf-8")
    return folder
