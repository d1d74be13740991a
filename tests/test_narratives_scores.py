"""Halves of one article find each other, in one language and in two."""

import json

import pytest

from benchmarks.narratives import ROOT, folder, halves, pair_f1
from models.settings import Settings
from nlp.reading import annotate
from nlp.stories import stories


def test_pair_f1_of_a_known_grouping():
    assert pair_f1([["a|fr|0", "a|fr|1"], ["b|fr|0"], ["b|fr|1"]]) == (pytest.approx(2 / 3), 1.0, 0.5)


@pytest.mark.parametrize("stream", ["fr", "fr+de"])
def test_pair_f1_is_above_its_floor(stream):
    base = folder()
    if base is None:
        pytest.skip("NTREX is not there: set TOCSIN_SHARED")
    settings = Settings({"nlp.workers": 1})
    documents = {d.id: d for language in stream.split("+") for d in halves(base, language)}
    items = [(documents[a.document], a) for a in annotate(documents.values(), (), settings)]
    told = stories(items, settings["narratives.threshold"], settings["narratives.days"])
    floor = json.loads((ROOT / "benchmarks" / "floors.json").read_text("utf-8"))["narratives"][stream]
    assert pair_f1([story.ids for story in told])[0] >= floor
