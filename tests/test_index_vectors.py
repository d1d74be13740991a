"""A sentence encoder of one's own: real loading, real vectors, more-like-this by meaning on a real server, and by words without."""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from archive.store import Archive
from index import open_index
from index.base import Index
from index.query import parse
from models.errors import StopRun, UsageError
from models.records import Document, article_id
from models.workspace import open_at
from nightly import indexing
from nightly.night import Night
from nlp.encoder import TOKENS, Encoder
from tests.support import encoder as small
from tests.support import index as support
from tests.support.cli import quiet_election, tocsin

TEXTS = {
    "fr": "Bulletins truqués, forêt",
    "de": "Stimmzettel gefälscht: Wald",
    "en": "Rigged ballots forest rigged",
    "words": "Bulletins pluie public match",
    "far": "Spiel Regen Publikum",
    "none": "",
}


def test_vectors_are_the_mean_over_the_tokens_of_length_one_whatever_else_is_in_the_batch(tmp_path: Path) -> None:
    encoder = Encoder(small.build(tmp_path))
    both = encoder.encode(["forêt pluie", "bulletins truqués inconnu " * 400, ""])
    assert (both.dtype, both.shape, encoder.dims) == (np.float32, (3, small.DIMS), small.DIMS)
    for row, words in ((both[0], ["forêt", "pluie"]), (both[1], (["bulletins", "truqués", "[UNK]"] * 400)[:TOKENS])):
        mean = small.table()[[small.WORDS.index(word) for word in words]].mean(axis=0)
        assert np.allclose(row, mean / np.linalg.norm(mean), atol=1e-5)
    assert not both[2].any(), "a text without tokens"
    assert not encoder.encode([""]).any()
    assert np.allclose(encoder.encode(["forêt pluie"])[0], both[0], atol=1e-6)
    assert encoder.encode(["\ud800 forêt"]).any()


def test_the_name_of_an_encoder_changes_with_its_files_not_with_its_place(tmp_path: Path) -> None:
    one, two = (Encoder(small.build(tmp_path / name, model=model)) for name, model in (("a", "model.onnx"), ("b", "onnx/model.onnx")))
    assert one.name == two.name
    other = json.loads((tmp_path / "b" / "tokenizer.json").read_text())
    other["normalizer"] = None
    (tmp_path / "b" / "tokenizer.json").write_text(json.dumps(other))
    assert Encoder(tmp_path / "b").name != one.name


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("folder", "there is no folder .*take the line out"),
        ("model.onnx", r"no model\.onnx or onnx/model\.onnx in .*export"),
        ("tokenizer.json", r"no tokenizer\.json in .*put it beside"),
        ("torn model", r"model\.onnx: cannot be read"),
        ("torn tokenizer", r"tokenizer\.json: cannot be read"),
        ("pooled", "no vector for each token.*without pooling"),
        ("asks", r"asks for pixel_values"),
        ("package", r"not installed \(onnxruntime\).*tocsin\[encoder\]"),
    ],
)
def test_what_is_no_usable_encoder_is_one_line(wrong: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = {"pooled": {"output": "sentence_embedding"}, "asks": {"asks": "pixel_values"}}.get(wrong, {})
    folder = small.build(tmp_path / "encoder", **more)  # type: ignore[arg-type]  # texts, all of them
    if wrong == "folder":
        folder /= "none"
    elif wrong.startswith("torn"):
        path = folder / ("model.onnx" if wrong.endswith("model") else "tokenizer.json")
        path.write_bytes(path.read_bytes()[:60])
    elif wrong == "package":
        monkeypatch.setitem(sys.modules, "onnxruntime", None)  # as Python marks what cannot be imported
    elif wrong in ("model.onnx", "tokenizer.json"):
        (folder / wrong).unlink()
    with pytest.raises(UsageError, match=says) as caught:
        Encoder(folder)
    assert "\n" not in str(caught.value)


@pytest.fixture
def watch(tmp_path: Path) -> Path:
    folder = quiet_election(tmp_path / "watch")
    small.build(folder / "encoder")
    for number, (name, text) in enumerate(TEXTS.items()):
        keep(folder, name, text, datetime(2027, 3, 1 + number, tzinfo=UTC))
    return folder


@pytest.fixture
def served(watch: Path, server: str) -> Iterator[Path]:
    prefix = f"vectors-{os.getpid()}"
    with (watch / "tocsin.toml").open("a") as file:
        file.write(f'[index]\nbackend = "elasticsearch"\nurls = ["{server}"]\nprefix = "{prefix}"\n[nlp]\nencoder = "encoder"\n')
    yield watch
    support.drop(server, prefix)


def keep(folder: Path, name: str, text: str, moment: datetime) -> None:
    archive = Archive(folder / "archive")
    url = f"https://journal.example/{name}"
    values = {"kind": "article", "platform": "web", "source": "s", "fetched": moment, "language": "fr", "text": text}
    with archive.spool("journal.example") as spool:
        spool.add(Document(id=article_id(url), url=url, published=moment, **values))  # type: ignore[arg-type]
    archive.seal()


def opened(folder: Path, **over: str) -> Index:
    found = open_at(folder, {})
    return open_index(found.settings.over(over), found.index)


def alike(folder: Path, name: str, limit: int = 2) -> list[str]:
    index = opened(folder)
    try:
        return [hit.url.rpartition("/")[2] for hit in index.similar(article_id(f"https://journal.example/{name}"), limit)]
    finally:
        index.close()


def vector_fields(folder: Path) -> list[dict[str, object]]:
    """The vector field of each index of the documents, {} where there is none."""
    found = opened(folder)
    try:
        mappings = found.client.indices.get_mapping(index=found.alias).values()  # type: ignore[attr-defined]  # it is a server's
        return [m["mappings"]["properties"].get("vector", {}) for m in mappings]
    finally:
        found.close()


def test_more_like_this_goes_by_meaning_where_the_index_has_vectors(served: Path) -> None:
    tocsin("index", "rebuild", cwd=served)
    assert all((f["type"], f["dims"], f["similarity"]) == ("dense_vector", small.DIMS, "cosine") for f in vector_fields(served))
    assert set(alike(served, "fr")) == {"de", "en"}, "no word in common"
    assert alike(served, "far", 1) == ["words"]
    assert alike(served, "none") == [], "no token, so by words, of which it has none"
    assert len(alike(served, "fr", 50)) == 4
    assert "vectors of 24 numbers" in tocsin("doctor", "index", cwd=served).stdout
    keep(served, "later", "Ballots: rigged, Wald", datetime(2027, 6, 1, tzinfo=UTC))
    tocsin("index", "sync", cwd=served)
    assert len(vector_fields(served)) == 3, "a month of its own"
    assert all(vector_fields(served))
    assert "later" in alike(served, "fr", 3)


def test_another_encoder_or_none_asks_for_a_rebuild_and_searching_goes_on(served: Path) -> None:
    tocsin("index", "rebuild", cwd=served)
    bare = {"TOCSIN_NLP_ENCODER": ""}
    done = tocsin("index", "sync", cwd=served, code=1, **bare)
    assert "made with an encoder, and nlp.encoder names none" in done.stderr
    assert "tocsin index rebuild" in done.stderr
    assert "made with an encoder" in tocsin("doctor", "index", cwd=served, code=1, **bare).stdout
    index = opened(served, **{"nlp.encoder": ""})
    assert index.search(parse("bulletins")).total == 2
    index.close()
    tocsin("index", "rebuild", cwd=served, **bare)
    assert vector_fields(served) == [{}, {}]
    assert alike(served, "fr") == ["words"], "by words"
    night = Night(workspace=open_at(served, {}))
    with pytest.raises(StopRun, match=r"without the encoder.*tocsin index rebuild"):
        indexing.sync(night.workspace, night.archive, night.state, [], night.progress)


def test_the_embedded_index_goes_by_words_with_or_without(watch: Path) -> None:
    night = Night(workspace=open_at(watch, {"TOCSIN_NLP_ENCODER": "encoder"}))
    indexing.rebuild(night.workspace, night.archive, night.state, [], night.progress)
    assert alike(watch, "fr") == ["words"]
