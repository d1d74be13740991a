"""Real operation accounts among ordinary ones: how many are found when 1 % of the ordinary ones are flagged too?

Prints, per trace and fused, the share of operation accounts that rank above all but 0.3, 1 and 3 % of the ordinary accounts, how many
are flagged at q = 0.05, and where politicians and candidates come; ``--svg FILE`` draws the curve. No id and no text leaves the script.

Operation: accounts that the platform and a court attributed to the Internet Research Agency, in three cohorts (English, Italian,
Arabic), each moved in time by one constant (whole weeks) into the ten weeks of the ordinary shares. Ordinary: accounts that shared
German news in spring 2020. Hard negatives: German politicians and French candidates in the last ten weeks before their elections.

Times of all are cut to minutes; links, mentions and repost signs are taken off, language is not looked at. Reposts of the operation are
kept as posts with that text (``both``) or left out (``own posts``). The traces are those that all sources have: hashtag and same text.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
DATA = Path(os.environ.get("TOCSIN_SHARED") or ROOT.parent / "shared") / "data"
BEGIN, WEEKS = datetime.fromisoformat("2020-03-16"), 10
WINDOWS = (60.0, 3600.0)
TRACES = ("hashtag", "same_text")
COHORTS = {
    "English": (("left", "Right"), datetime.fromisoformat("2016-10-01")),
    "Italian": (("Italian",), datetime.fromisoformat("2017-03-01")),
    "Arabic": (("Arabic",), datetime.fromisoformat("2015-10-12")),
}
ACTIVE = 5
"""Least posts of an operation account or hard negative to be counted; ordinary accounts count from their first post."""
SHARES = (0.003, 0.01, 0.03)

Row = tuple[str, datetime, str]


def cleaned(text: str) -> str:
    """The text without what would tell the sources apart."""
    return re.sub(r"https?://\S+|@\w+|^\s*RT\b:?", " ", text or "").strip().strip("'\"")


def moved(rows: Sequence[Row], begin: datetime) -> list[Row]:
    """The rows of ten weeks from ``begin``, moved by whole weeks to the week of BEGIN."""
    shift = timedelta(weeks=round((BEGIN - begin) / timedelta(weeks=1)))
    return [(who, when + shift, cleaned(text)) for who, when, text in rows if BEGIN <= when + shift < BEGIN + timedelta(weeks=WEEKS)]


def read(path: str, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Rows of these columns of a file of the shared data."""
    table = pq.read_table(DATA / path, columns=list(names))
    yield from zip(*(table[name].to_pylist() for name in names), strict=True)


def ordinary() -> list[Row]:
    """Shares of ordinary accounts."""
    rows = read("internal/fang_shares_2020-02_05_pseudonymised.parquet", ("user_id", "created_at", "text"))
    return moved([("ordinary:" + who, when, text) for who, when, text in rows], BEGIN)


def operation(reposts: bool, cohorts: Sequence[str] = tuple(COHORTS)) -> list[Row]:
    """Posts of the operation."""
    rows = list(read("internal/ira_dev_it_es_ar_en.parquet", ("author_id", "publish_date", "content", "account_type", "retweet")))
    made = []
    for name in cohorts:
        kinds, begin = COHORTS[name]
        own = [("operation:" + who, when, text) for who, when, text, kind, repost in rows if kind in kinds and (reposts or not repost)]
        made += moved(own, begin)
    return made


def politicians() -> list[Row]:
    """Posts of politicians and candidates, ten weeks each."""
    german = [
        ("politician:" + who, when, text)
        for who, when, text in read("open/de_politicians_2021/tw_data.parquet", ("user_id", "created_at", "full_text"))
    ]
    french = read("internal/fr_candidates_2021-10_2022-04.parquet", ("username", "datetime", "text", "type"))
    candidates = [("candidate:" + who, when, text) for who, when, text, kind in french if kind != "retweet"]
    return moved(german, datetime.fromisoformat("2021-07-19")) + moved(candidates, datetime.fromisoformat("2022-01-31"))


def table(rows: Sequence[Row]) -> pa.Table:
    """The rows as posts, times cut to minutes."""
    from nlp.textkey import text_key

    keys = {text: text_key(text) if text else "" for _, _, text in rows}
    return pa.table(
        {
            "id": [f"p{k}" for k in range(len(rows))],
            "account": [who for who, _, _ in rows],
            "published": pa.array([when.replace(second=0, microsecond=0) for _, when, _ in rows], pa.timestamp("us", "UTC")),
            "text_key": [keys[text] for _, _, text in rows],
            "hashtags": pa.array([re.findall(r"[#＃](\w+)", text) for _, _, text in rows], pa.list_(pa.string())),
        }
    )


@dataclass(frozen=True)
class Ranking:
    """Accounts that count, with the score and q of one trace (or of all), and what each is."""

    name: str
    kind: np.ndarray
    score: np.ndarray
    q: np.ndarray

    def of(self, kind: str) -> np.ndarray:
        """Scores of one kind."""
        return self.score[self.kind == kind]

    def found(self, kind: str, share: float) -> float:
        """Share of the accounts of this kind above all but ``share`` of the ordinary accounts; ties count as not found."""
        ranked = np.sort(self.of("ordinary"))[::-1]
        return float((self.of(kind) > ranked[max(int(len(ranked) * share) - 1, 0)]).mean())

    def flagged(self, kind: str) -> tuple[int, int]:
        """Flagged at q = 0.05, and all, of this kind."""
        mine = self.kind == kind
        return int((self.q[mine] <= 0.05).sum()), int(mine.sum())


def rankings(rows: Sequence[Row]) -> list[Ranking]:
    """One per trace, and one of all traces together, each over both windows."""
    from coordination import accounts
    from coordination.engine import acts_of
    from coordination.looks import Look, climb

    posts = table(rows)
    seen = {
        trace: [Look(trace, window, acts, judged) for window, judged in climb(acts, WINDOWS, 2, 0.05).items()]
        for trace in TRACES
        for acts in [acts_of(posts, trace)]
    }
    first = seen[TRACES[0]][0].acts.accounts
    names = np.array(first.to_pylist())
    kind = np.array([name.partition(":")[0] for name in names])
    number = dict(zip(*np.unique([who for who, _, _ in rows], return_counts=True), strict=True))
    counts = np.array([number[name] >= (1 if k == "ordinary" else ACTIVE) for name, k in zip(names, kind, strict=True)])
    made = []
    for name, looks in [*seen.items(), ("all traces", [look for trace in seen.values() for look in trace])]:
        tested = accounts.examine([look.judged for look in looks], len(names), [look.accounts for look in looks])
        made.append(Ranking(name, kind[counts], tested.score[counts], tested.q[counts]))
    return made


def show(title: str, found: Sequence[Ranking]) -> None:
    """One line per trace."""
    kinds = {
        kind: found[0].flagged(kind)[1] for kind in ("operation", "ordinary", "politician", "candidate") if (found[0].kind == kind).any()
    }
    print(f"\n{title}: " + ", ".join(f"{number:,} {kind}" for kind, number in kinds.items()))
    above = "above 1 %: politicians | candidates | flagged at q 0.05: operation | ordinary | politicians | candidates"
    print(f"| trace | found at 0.3 % | at 1 % | at 3 % | {above} |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for one in found:
        cells = [f"{one.found('operation', share):.2f}" for share in SHARES]
        cells += [f"{one.found(kind, 0.01):.2f}" for kind in ("politician", "candidate")]
        cells += [str(one.flagged(kind)[0]) for kind in ("operation", "ordinary", "politician", "candidate")]
        print(f"| {one.name} | {' | '.join(cells)} |")


# --- the picture ------------------------------------------------------------------------------------------------------------------

LEFT, TOP, WIDE, HIGH = 60, 40, 520, 300
COLOURS = ("#b45309", "#0f766e", "#1d4ed8", "#6b7280")
TICKS = (0.001, 0.003, 0.01, 0.03, 0.1)


def svg(lines: Sequence[tuple[str, Ranking]]) -> str:
    """Curves of the share found over the share of ordinary accounts flagged."""

    def at(share: float, found: float) -> str:
        x = LEFT + WIDE * (np.log10(share) - np.log10(TICKS[0])) / (np.log10(TICKS[-1]) - np.log10(TICKS[0]))
        return f"{x:.1f},{TOP + HIGH * (1 - found):.1f}"

    size = f"0 0 {LEFT + WIDE + 20} {TOP + HIGH + 60}"
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" font-family="sans-serif" font-size="13">']
    parts.append("<title>Operation accounts found against ordinary accounts flagged</title>")
    parts.append(f'<rect width="{LEFT + WIDE + 20}" height="{TOP + HIGH + 60}" fill="#fff"/>')
    for k in range(6):
        y = TOP + HIGH * (1 - k / 5)
        parts.append(
            f'<path d="M{LEFT} {y:.1f}h{WIDE}" stroke="#ddd"/><text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{k / 5:.1f}</text>'
        )
    for share in TICKS:
        x = at(share, 0).partition(",")[0]
        parts.append(
            f'<path d="M{x} {TOP}v{HIGH}" stroke="#eee"/><text x="{x}" y="{TOP + HIGH + 18}" text-anchor="middle">{share:.1%}</text>'
        )
    parts.append(f'<text x="{LEFT + WIDE / 2}" y="{TOP + HIGH + 42}" text-anchor="middle">ordinary accounts flagged</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 18}">operation accounts found</text>')
    shares = np.logspace(np.log10(TICKS[0]), np.log10(TICKS[-1]), 81)
    for k, (name, one) in enumerate(lines):
        points = " ".join(at(share, one.found("operation", share)) for share in shares)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[k]}" stroke-width="2"/>')
        y = TOP + HIGH - 14 - 18 * (len(lines) - 1 - k)
        parts.append(f'<text x="{LEFT + WIDE - 8}" y="{y}" text-anchor="end" fill="{COLOURS[k]}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    """Print the tables, draw the curve."""
    asked = argparse.ArgumentParser(description="operation accounts among ordinary ones")
    asked.add_argument("--svg", type=Path, help="file for the curve")
    chosen = asked.parse_args()
    negatives = ordinary() + politicians()
    lines = []
    for title, reposts in (("reposts as posts", True), ("own posts only", False)):
        whole = rankings(negatives + operation(reposts))
        show(f"all cohorts, {title}", whole)
        for cohort in COHORTS:
            show(f"{cohort}, {title}", rankings(negatives + operation(reposts, [cohort])))
        lines += [(f"{one.name}, {title}", one) for one in (whole if reposts else whole[-1:])]
    if chosen.svg:
        chosen.svg.write_text(svg(lines), "utf-8")


if __name__ == "__main__":
    main()
