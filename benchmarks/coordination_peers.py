"""Whole programs on one file: `tocsin edges` beside CooRTweet and the QUT toolkit, in their conventions; time, peak memory, agreement.

    python benchmarks/coordination_peers.py --acts 3e4 1e5 1e6

CooRTweet runs if R has it (or if COORTWEET_R names a folder with its R files, and R has data.table); the toolkit if this Python has it, or
QUT_PYTHON names one that does. Each run is a process of its own, its peak what the system counts; reading and writing are included. What is
not installed is said and left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from coordination_speed import acts

WINDOW = 60
LIMIT = int(os.environ.get("LIMIT", "1800"))
R = """
suppressMessages(library(data.table)); from <- Sys.getenv("COORTWEET_R")
if (from != "") for (f in list.files(from, full.names = TRUE)) source(f) else suppressMessages(library(CooRTweet))
a <- commandArgs(TRUE); x <- fread(a[1], colClasses = c(object_id = "character", account_id = "character", content_id = "character"))
r <- as.data.table(detect_groups(x, time_window = as.numeric(a[3]), min_participation = 2))
r[, c("one", "two") := .(pmin(account_id, account_id_y), pmax(account_id, account_id_y))]
fwrite(r[, .(weight = .N), by = .(one, two)], a[2])
"""
QUT = """
import sys, sqlite3, csv
from coordination_network_toolkit import compute_networks as c, preprocess as p
source, out, window = sys.argv[1:]
p.preprocess_csv_files(out + ".db", [source])
c.compute_co_link_network(out + ".db", float(window), n_threads=2, min_edge_weight=2)
rows = sqlite3.connect(out + ".db").execute("select user_1, user_2, weight from co_link_network where user_1 != user_2")
csv.writer(open(out, "w", newline="")).writerows([("source", "target", "weight"), *rows])
"""


def write(number: int, viral: float, folder: Path) -> None:
    """The same acts in the two peers' forms."""
    who, what, when = (a.tolist() for a in acts(number, viral))
    with (folder / "coortweet.csv").open("w") as one, (folder / "qut.csv").open("w") as two:
        one.write("object_id,account_id,content_id,timestamp_share\n")
        two.write("message_id,user_id,username,repost_id,reply_id,message,timestamp,urls\n")
        for k, (a, o, t) in enumerate(zip(who, what, when, strict=True)):
            one.write(f"o{o},a{a},c{k},{t + 1_600_000_000}\n")
            two.write(f"c{k},a{a},a{a},,,text,{t + 1_600_000_000},https://ex.org/{o}\n")


def commands(folder: Path) -> dict[str, list[str]]:
    """Both programs of each convention; those that are not here are left out."""
    tocsin = [sys.executable, "-m", "cli", "edges"]
    one, two = str(folder / "coortweet.csv"), str(folder / "qut.csv")
    found = {"coortweet: tocsin": [*tocsin, one, "-o", "OUT", "--convention", "coortweet", "--window", str(WINDOW)]}
    if shutil.which("Rscript"):
        found["coortweet: CooRTweet"] = ["Rscript", "-e", R, one, "OUT", str(WINDOW)]
    found["qut: tocsin"] = [*tocsin, two, "-o", "OUT", "--convention", "qut", "--trace", "url", "--window", str(WINDOW)]
    python = os.environ.get("QUT_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import coordination_network_toolkit"], capture_output=True, check=False).returncode == 0:
        found["qut: the toolkit"] = [python, "-c", QUT, two, "OUT", str(WINDOW)]
    return found


def run(name: str, command: list[str], folder: Path) -> dict:
    """One program: seconds, peak memory in GB, edges and the sum of their weights."""
    out = folder / f"{name.replace(': ', '-').replace(' ', '-')}.csv"
    begin = time.perf_counter()
    process = subprocess.Popen(
        [out if part == "OUT" else part for part in command],
        cwd=Path(__file__).parents[1], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while process.poll() is None and time.perf_counter() - begin < LIMIT:
        time.sleep(0.05)
    if process.poll() is None:
        process.kill()
        return {"program": name, "seconds": f"> {LIMIT}"}
    seconds = round(time.perf_counter() - begin, 2)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    if process.returncode:
        return {"program": name, "failed": process.stderr.read().strip()[-200:] if process.stderr else ""}
    with out.open(encoding="utf-8") as rows:
        weights = [int(row["weight"]) for row in csv.DictReader(rows)]
    return {
        "program": name,
        "seconds": seconds,
        "peak_gb": round(peak, 2),
        "edges": len(weights),
        "weights": sum(weights),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--acts", type=float, nargs="*", default=[1e5])
    parser.add_argument("--viral", type=float, default=0.01)
    parser.add_argument("--one", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:  # a process of its own, so that the peak is that of its only child
        name, folder = chosen.one[0], Path(chosen.one[1])
        print(json.dumps(run(name, commands(folder)[name], folder)))
        return
    for number in chosen.acts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(int(number), chosen.viral, folder)
            for program in commands(folder):
                done = subprocess.run([sys.executable, __file__, "--one", program, name], capture_output=True, text=True, check=True)
                print(json.dumps({"acts": int(number)} | json.loads(done.stdout)), flush=True)


if __name__ == "__main__":
    main()
