"""How well a sentence finds the article that says it, in its own language in other words, and in other languages.

    python benchmarks/claims.py [--fit]

NTREX-128 (Federmann, Kocmi and Xin 2022; CC BY-SA 4.0) from the folder that TOCSIN_SHARED names, or ../shared. A claim is a sentence of a
translation; the texts are the articles as another translator wrote them (French of Canada) or in another language. Each claim is held
against all articles. The half of the articles with even numbers is for fitting, the scores are of the other half.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.narratives import NOON  # noqa: E402  the folder must be on the path first
from models.claims import Claim  # noqa: E402
from models.records import Annotation, Document, digest  # noqa: E402
from models.settings import Settings  # noqa: E402

FILES = {"fr": "ref.fra", "fr2": "ref.fra-CA", "de": "ref.deu", "en": "src.eng", "ru": "ref.rus"}
PAIRS = {"same": (("fr", "fr2"),), "other": (("fr", "de"), ("de", "fr2"), ("de", "en"), ("ru", "fr2"))}
EVERY = 4
CUT = 0.8


def folder() -> Path | None:
    base = Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared")) / "data" / "open" / "ntrex"
    return base if base.is_dir() else None


@cache
def articles(base: Path, code: str) -> dict[str, list[str]]:
    names = (base / "DOCUMENT_IDS.tsv").read_text("utf-8").splitlines()
    lines = (base / f"newstest2019-{FILES[code]}.txt").read_text("utf-8").splitlines()
    found: dict[str, list[str]] = {}
    for name, line in zip(names, lines, strict=True):
        found.setdefault(name.strip(), []).append(line)
    return found


@cache
def read(base: Path, code: str) -> list[tuple[Document, Annotation]]:
    from nlp.reading import annotate

    documents = {
        name: Document(id=name, kind="article", platform="web", source="b", fetched=NOON, language=code[:2], text="\n".join(lines))
        for name, lines in articles(base, code).items()
    }
    return [(documents[a.document], a) for a in annotate(documents.values(), (), Settings({"nlp.workers": 1}))]


def fingerprint(base: Path) -> str:
    return digest(*(digest((base / f"newstest2019-{FILES[c]}.txt").read_text("utf-8")) for c in sorted(FILES)))


def claims_of(base: Path, code: str) -> list[Claim]:
    """Every fourth sentence of 60 characters or more; the id begins with the number of the article and its name."""
    return [
        Claim(id=f"{n}|{name}|{i}", claim=line, language=code[:2])
        for n, (name, lines) in enumerate(articles(base, code).items())
        for i, line in enumerate(lines)
        if i % EVERY == 1 and len(line) > 60
    ]


def held_out(base: Path, kind: str) -> int:
    """Claims of the half that is scored."""
    return sum(int(c.id.split("|")[0]) % 2 for ours, _ in PAIRS[kind] for c in claims_of(base, ours))


def rows(base: Path, kind: str) -> Iterator[tuple[int, float, float, int]]:
    """(number of the article, coverage, weight, right?) for each claim and article with three words or more in common."""
    from nlp.resemblance.claims import Matcher

    for ours, theirs in PAIRS[kind]:
        items = read(base, theirs)
        matcher = Matcher(claims_of(base, ours), [a for _, a in items])
        whole = {known.claim.id: sum(weight) for known, weight in zip(matcher.known, matcher.weight, strict=True)}
        for document, note in items:
            for match in matcher.matches(document, replace(note, language=theirs[:2]), 0.0):
                number, name, _ = match.claim.id.split("|")
                yield int(number), match.coverage, match.coverage * whole[match.claim.id], int(name == document.id)


def fit(found: list[tuple[int, float, float, int]]) -> tuple[float, ...]:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    table = np.array([row for row in found if row[0] % 2 == 0])
    model = LogisticRegression(C=100.0, max_iter=1000).fit(table[:, 1:3], table[:, 3])
    return (*(round(float(w), 3) for w in model.coef_[0]), round(float(model.intercept_[0]), 3))


def score(found: list[tuple[int, float, float, int]], total: int, *, same: bool) -> dict[str, float]:
    """Precision and recall (of all ``total`` claims) at CUT, and the calibration error, on the held-out half."""
    from nlp.resemblance.claims import probability

    held = [(probability(c, v, same=same), right) for n, c, v, right in found if n % 2]
    said = [right for p, right in held if p >= CUT]
    bins: dict[int, list[tuple[float, int]]] = {}
    for p, right in held:
        bins.setdefault(min(9, int(p * 10)), []).append((p, right))
    error = sum(abs(sum(p for p, _ in b) - sum(r for _, r in b)) for b in bins.values()) / max(1, len(held))
    return {
        "precision": sum(said) / max(1, len(said)),
        "recall": sum(said) / total,
        "calibration_error": error,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="print weights fitted on the other half, too")
    arguments = parser.parse_args()
    base = folder()
    if base is None:
        print("NTREX is not there: set TOCSIN_SHARED")
        return 0
    floors = json.loads((ROOT / "benchmarks" / "floors.json").read_text("utf-8")).get("resemblance", {})
    print("data", fingerprint(base))
    low = []
    for kind in PAIRS:
        found = list(rows(base, kind))
        if arguments.fit:
            print(kind, "fitted:", fit(found))
        scores = score(found, held_out(base, kind), same=kind == "same")
        print(kind, f"{len(found):,} pairs", {k: round(v, 3) for k, v in scores.items()})
        floor = floors.get(f"claims {kind}", {})
        low += [f"{kind} {k}" for k, least in floor.items() if isinstance(least, float) and scores[k] < least]
    print(f"below the floor: {', '.join(low)}" if low else "all floors kept")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
