"""Precision, recall and F1 of each type on development data (benchmarks/neardup_data.py), by the program as it ships.

    python benchmarks/neardup_quality.py [--seeds N] [--guess]

Needs NTREX-128 (TOCSIN_SHARED) and the FreeDict dictionaries; with --guess the languages are guessed instead of declared. The data are
made anew each time; their fingerprint is printed and stands in benchmarks/floors.json. The shipped models have seen these articles:
what unseen articles give is printed by neardup_fit.py, which fits on one half of them and shows the other.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import neardup_data as data  # noqa: E402  the checkout comes first

from nlp.neardup import Text, find  # noqa: E402

KINDS = ("copy", "rewording", "translation")
Scores = dict[str, tuple[float, float, float]]


def fingerprint(made: data.Data) -> str:
    """16 hexadecimal characters of the texts and their truth."""
    state = hashlib.sha256("\n".join(made.texts).encode())
    state.update(repr(sorted(made.truth.items())).encode())
    return state.hexdigest()[:16]


def scores(made: data.Data, *, guess: bool = False) -> Scores:
    """Precision, recall, F1 of ``any`` and of each type; fragments and templates claim no duplicate."""
    codes = [""] * len(made.texts) if guess else made.languages
    pairs = find([Text(str(i), text, code) for i, (text, code) in enumerate(zip(made.texts, codes, strict=True))])
    told = {(int(p.a), int(p.b)): p.kind for p in pairs if p.kind in KINDS}
    truth = {pair: kind for pair, kind in made.truth.items() if kind}
    found = {"any": _three(len(told.keys() & truth.keys()), len(told), len(truth))}
    for kind in KINDS:
        right = sum(told.get(pair) == kind for pair, true in truth.items() if true == kind)
        found[kind] = _three(right, list(told.values()).count(kind), list(truth.values()).count(kind))
    return found


def _three(right: int, told: int, true: int) -> tuple[float, float, float]:
    p, r = right / max(told, 1), right / max(true, 1)
    return p, r, 2 * p * r / max(p + r, 1e-9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--guess", action="store_true")
    given = parser.parse_args()
    for seed in range(6, 6 + given.seeds):
        made = data.build(1, seed)
        print(f"seed {seed}, {len(made.texts):,} texts, {len(made.truth):,} pairs, fingerprint {fingerprint(made)}")
        for kind, (p, r, f) in scores(made, guess=given.guess).items():
            print(f"  {kind:<12} P {p:.4f}  R {r:.4f}  F1 {f:.4f}")


if __name__ == "__main__":
    main()
