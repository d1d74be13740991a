"""Near-duplicates over several processes: the same pairs, and one line when a helper is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from models.errors import StopRun
from nlp.neardup import Finder, Text, pivot, reading
from nlp.neardup.crew import Crew

VERBS = ("annonce", "refuse", "vote", "raises", "erhöht", "повышает", "決定", "🇫🇷 demande")
THINGS = ("les impôts", "taxes", "die Steuern", "налоги", "税金を上げる", "l'usine de Lyon", "the museum", "#élection")
LONE = "un \ud83d\ude00 texte avec des demi-caractères, cité deux fois"


def posts(size: int) -> list[Text]:
    """Texts in several scripts, some alike, some with half characters."""
    made = [f"Ministre {i % 997} {VERBS[i % 8]} {THINGS[i // 8 % 8]} pour {i} habitants de Ville{i * 7919 % size}" for i in range(size)]
    made = [made[i - 1] + " hier soir" if i % 10 == 1 else text for i, text in enumerate(made)]
    return [Text(str(i), LONE if i % 4001 == 5 else text, "fr" if i % 3 else "") for i, text in enumerate(made)]


def helpers(parent: int) -> set[int]:
    """The helper processes of a process."""
    found = set()
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        with suppress(OSError):
            if b"help_parent" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.add(int(child))
    return found


def test_pairs_do_not_depend_on_processes_or_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    given = posts(6_500)
    alone = Finder(workers=1).add(given)
    monkeypatch.setattr(reading, "LEAST_PIECE", 1_500)
    monkeypatch.setattr(pivot, "LEAST_PIECE", 900)
    assert Finder(workers=2).add(given) == alone
    assert not helpers(os.getpid())
    assert len(alone) > 100


def test_a_reading_is_the_same_from_two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [text.text for text in posts(2_000)]
    alone = reading.read(given)
    monkeypatch.setattr(reading, "LEAST_PIECE", 300)
    with Crew(3) as crew:
        shared = reading.read(given, (), crew)
    for name in ("tokens", "tokens_at", "stems", "stems_at", "letters", "letters_at", "shares"):
        one, other = getattr(alone, name), getattr(shared, name)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other), name
    assert (alone.surfaces, alone.languages) == (shared.surfaces, shared.languages)


def test_little_is_read_without_a_helper() -> None:
    with Crew(4) as crew:
        reading.read([text.text for text in posts(3_000)], (), crew)
        assert not crew._helpers


def test_a_killed_helper_is_one_line(tmp_path: Path) -> None:
    rows = "\n".join(f'{text.id},"{text.text}"' for text in posts(60_000) if text.text != LONE)
    (tmp_path / "posts.csv").write_text(f"id,text\n{rows}\n", "utf-8")
    command = [sys.executable, "-c", "from cli import main; main()", "neardup", "posts.csv", "-o", "pairs.csv"]
    root = str(Path(__file__).parent.parent)
    environment = os.environ | {"TOCSIN_NLP_WORKERS": "2", "PYTHONPATH": root}
    run = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (found := helpers(run.pid)) and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(found.pop(), signal.SIGKILL)
    _, told = run.communicate(timeout=60)
    assert run.returncode == 1
    (line,) = [line for line in told.splitlines() if "helper" in line]
    assert "a helper process ended before its time (SIGKILL)" in line
    assert "Traceback" not in told
    assert not (tmp_path / "pairs.csv").exists()


def test_helpers_end_when_the_work_here_fails() -> None:
    pieces = [([text.text for text in posts(500)], [""] * 500)] * 3 + [(["x"],)] * 5
    with Crew(2) as crew, pytest.raises((StopRun, TypeError)):
        crew.each("nlp.neardup.reading:reader", pieces)
    assert not helpers(os.getpid())
    assert threading.active_count() < 5
