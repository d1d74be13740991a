"""How well the style of listed outlets is told, on publishers that the model has not seen.

    python benchmarks/resemblance.py

FANG-COVID (Mattern et al. 2021): German articles of 13 outlets, February and March 2020, from the folder that TOCSIN_SHARED names, or
../shared. The labels are of outlets, not of articles. Names of outlets are stripped, every publisher is judged by a model and a
calibration that never saw it. Prints what ``tocsin evaluate`` prints, and fails below the floors.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


COLUMNS = ("--map", "text=article", "--map", "title=header", "--map", "publisher=source", "--language", "de")


def labelled() -> Path | None:
    """Where the articles lie, or None."""
    base = Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared"))
    found = base / "data" / "internal" / "fang_articles_2020-02_03.parquet"
    return found if found.is_file() else None


def main() -> int:
    """Run the command; 1 below a floor."""
    path = labelled()
    if path is None:
        print("the articles are not there: set TOCSIN_SHARED")
        return 0
    words = [sys.executable, str(ROOT / "cli.py"), "evaluate", "--labels", str(path), *COLUMNS]
    return subprocess.run(words, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"}).returncode


if __name__ == "__main__":
    sys.exit(main())
