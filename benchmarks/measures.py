"""How each group of floors is measured, by area, and on which data: what ``python -m scripts.quality --measure`` runs."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

from benchmarks.results import ROOT, record, shared

NTREX = "open/ntrex"


def extraction() -> None:
    from tests.test_crawl_real_pages import CORPORA, agreement, collected

    said = {
        "fundus": "real French and German news pages (fundus)",
        "sample": "real German, French, Austrian and Swiss pages (trafilatura's sample)",
    }
    for name, (folder, pages) in CORPORA.items():
        expected = list(pages())
        with tempfile.TemporaryDirectory() as place:
            scores = agreement(expected, collected(expected, Path(place)))
        path = str(folder.relative_to(shared()))
        record(f"extraction/{name}", scores, data=said[name], paths=[path], command="pytest tests/test_crawl_real_pages.py")


def language() -> None:
    from tests.test_reading_language import FILES, scores

    paths = [f"{NTREX}/newstest2019-{name}.txt" for name in FILES.values()]
    data = "NTREX-128, first 60 characters of each fourth sentence, seven languages"
    record("language", scores(), data=data, paths=paths, command="pytest tests/test_reading_language.py")


def narratives() -> None:
    from benchmarks.narratives import FILES, folder, read, scores

    base = folder()
    if base is not None:
        found = {stream: value[0] for stream, value in scores(read(base)).items()}
        paths = [f"{NTREX}/{name}" for name in (*FILES.values(), "DOCUMENT_IDS.tsv")]
        record(
            "narratives", found, data="NTREX-128 article halves, pair-F1 by stream", paths=paths, command="python benchmarks/narratives.py"
        )


def nights() -> None:
    from tests.test_narratives_nights import scores

    data = "14 invented nights of four stories that grow: documents that keep their narrative's id, any merge or split counted against it"
    paths = ["project:tests/support/narratives.toml"]
    record("nights", scores(), data=data, paths=paths, command="pytest tests/test_narratives_nights.py")


def entities() -> None:
    from benchmarks.entities import found, scores

    data = "half of 101 invented texts in four languages with 175 mentions and 72 distractors, not the half for development"
    record(
        "entities", scores(found("test")), data=data, paths=["project:tests/fixtures/entities.tsv"], command="python benchmarks/entities.py"
    )


def stances() -> None:
    from benchmarks.stances import judged, scores

    data = "80 invented texts in four languages, templates the cues were not developed on: spread, reported, denied, checked"
    record(
        "stances", scores(judged("test")), data=data, paths=["project:tests/fixtures/stances.tsv"], command="python benchmarks/stances.py"
    )


def near_duplicates() -> None:
    from benchmarks import neardup_quality

    made = neardup_quality.data.build(1, 6)
    found = {kind: values[2] for kind, values in neardup_quality.scores(made).items()}
    paths = [f"{NTREX}/newstest2019-{name}.txt" for name in neardup_quality.data.FILES.values()]
    data = f"NTREX-128 edited, reworded and translated, F1 by type, FreeDict installed (texts {neardup_quality.fingerprint(made)})"
    record("near-duplicates", found, data=data, paths=paths, command="python benchmarks/neardup_quality.py")


def resemblance() -> None:
    from benchmarks import claims
    from benchmarks.resemblance import COLUMNS, labelled

    path = labelled()
    if path is not None:
        words = [sys.executable, str(ROOT / "cli.py"), "evaluate", "--json", "--labels", str(path), *COLUMNS]
        said = json.loads(subprocess.run(words, check=False, capture_output=True, text=True).stdout)
        record(
            "resemblance/style",
            {s["measure"]: s["value"] for s in said["scores"]},
            data="FANG-COVID, 3,717 German articles of 13 outlets, labels of outlets, each publisher unseen, names stripped",
            paths=["internal/" + path.name],
            command="python benchmarks/resemblance.py",
        )
    base = claims.folder()
    if base is not None:
        paths = [f"{NTREX}/newstest2019-{name}.txt" for name in claims.FILES.values()]
        for kind in claims.PAIRS:
            scores = claims.score(list(claims.rows(base, kind)), claims.held_out(base, kind), same=kind == "same")
            said = {
                "same": "NTREX-128 sentences, articles of another translator",
                "other": "NTREX-128 sentences, articles in another language",
            }
            record(f"resemblance/claims {kind}", scores, data=said[kind], paths=paths, command="python benchmarks/claims.py")


def flags() -> None:
    from benchmarks.ranking import FILES, folder, run, summary

    base = folder()
    if base is not None:
        data = "invented campaigns of four kinds and 5 to 30 accounts in 20 organic nights (FANG-COVID, politicians), 100 seeds"
        scores = summary(run(base, range(100), 20))
        record("flags/ranking", scores, data=data, paths=FILES, command="python benchmarks/ranking.py")


def coordination() -> None:
    import numpy as np

    from benchmarks import accounts, calibration

    command = "pytest tests/test_coordination_scores.py"
    elections = ["open/coortweet/german_elections.parquet"]
    for name, window in product(calibration.SETS, calibration.WINDOWS):
        found, _ = calibration.planted(name, window)
        scores = {"precision": found["q"][0], "recall": found["q"][1]}
        path = [f"open/coortweet/{calibration.SETS[name][0]}"]
        record(f"coordination/planted/{name}, {window:g} s", scores, data=f"groups planted in {name}", paths=path, command=command)
    acts = calibration.acts_of("links, German election")
    shuffled = {
        name: len(calibration.called(acts.as_if(change(acts, 3600.0, np.random.default_rng([0, 0]))), 3600.0).q)
        for name, change in calibration.SHUFFLES.items()
    }
    record(
        "coordination/false edges at most", shuffled, data="links of the German election 2021, shuffled", paths=elections, command=command
    )
    ranked = accounts.rankings(accounts.ordinary() + accounts.politicians() + accounts.operation(reposts=True))
    paths = sorted(
        str(p.relative_to(shared())) for folder in ("internal", "open/de_politicians_2021") for p in (shared() / folder).glob("*.parquet")
    )
    data = "accounts of a real operation among ordinary ones, politicians and candidates"
    shares = {one.name: one.found("operation", 0.01) for one in ranked}
    record("coordination/operation accounts found at 1 %", shares, data=data, paths=paths, command=command)
    most = {"politicians flagged at most": max(one.flagged("politician")[0] + one.flagged("candidate")[0] for one in ranked)}
    record("coordination", most, data=data, paths=paths, command=command)


AREAS: dict[str, Callable[[], None]] = {
    f.__name__: f for f in (extraction, language, entities, near_duplicates, narratives, nights, stances, resemblance, coordination, flags)
}


def measure(areas: Sequence[str]) -> None:
    """Measure these areas, or all."""
    unknown = sorted(set(areas) - AREAS.keys())
    if unknown:
        raise SystemExit(f"unknown area {unknown[0]!r}; known: {', '.join(AREAS)}")
    for name in areas or AREAS:
        print(f"measuring {name}", file=sys.stderr)
        AREAS[name]()
