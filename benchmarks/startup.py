"""How long `tocsin --help` takes, beside an empty Python and click alone, side by side: python benchmarks/startup.py"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "empty python": [sys.executable, "-c", "pass"],
    "import click": [sys.executable, "-c", "import click"],
    "tocsin --help": [sys.executable, str(ROOT / "cli.py"), "--help"],
}
GOAL_MS = 150
ROUNDS = 15


def once(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            times[name].append(once(command))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"{name:<14} {value:7.1f} ms  (min {min(times[name]):.1f}, max {max(times[name]):.1f})")
    print(f"tocsin --help / goal of {GOAL_MS} ms: {medians['tocsin --help'] / GOAL_MS:.2f}")


if __name__ == "__main__":
    main()
