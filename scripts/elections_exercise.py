"""Writes ``elections/exercise``, the shipped form of the exercise, with the addresses of the usual port.

python scripts/elections_exercise.py
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from demo import election  # noqa: E402  the checkout must be on the path first
from demo.server import PORT  # noqa: E402  as above

NIGHT = datetime(2026, 11, 24, tzinfo=UTC)
"""The shipped dates count from this night; a running server writes them for its own."""

if __name__ == "__main__":
    print(election.write(ROOT / "elections" / "exercise", NIGHT, PORT))
