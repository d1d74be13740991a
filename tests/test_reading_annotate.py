from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from models.errors import UsageError
from models.records import Annotation, Document, Entity
from models.settings import Settings
from nlp import reading
from tests.support.reading import ENGLISH, ENTITIES, FRENCH, GERMAN, MACRON, RUSSIAN, document

TWO = Settings().over({"nlp.workers": 2, "nlp.batch": 10})
ONE = Settings().over({"nlp.workers": 1})
ROOT = Path(__file__).resolve().parent.parent


def one(text: str, **fields: str) -> Annotation:
    (annotation,) = reading.annotate([document(text, **fields)], ENTITIES, ONE)
    return annotation


def many(count: int) -> list[Document]:
    texts = (ENGLISH, "kurz", f"{ENGLISH} Emmanuel Macron and the RN, #RiggedBallots")
    return [document(f"{texts[k % 3]} Number {k}.", id=f"d{k}", title=f"{texts[k % 3][:30]}") for k in range(count)]


def workers() -> list[psutil.Process]:
    return [p for p in psutil.Process().children(recursive=True) if "nlp.worker" in " ".join(p.cmdline())]


def test_what_is_read_from_a_french_article() -> None:
    title, text = (
        "Les bulletins truqués",
        "L’élection d'Emmanuel\u00a0Macron : des bulletins truqués, selon le RN. #BulletinsTruqués https://x.example/macron",
    )
    seen = one(text, title=title)
    whole = f"{title}\n{text}"
    assert (seen.language, seen.profile) == ("fr", "blank+lookups")
    assert seen.version == reading.version(ENTITIES, ONE)
    assert [whole[m.start : m.end] for m in seen.entities] == [m.surface for m in seen.entities] == ["Emmanuel\u00a0Macron", "RN"]
    assert seen.lemmas.split() == [
        "bulletin",
        "truquer",
        "élection",
        "emmanuel",
        "macron",
        "bulletin",
        "truquer",
        "rn",
        "bulletin",
        "truquer",
    ]
    assert seen.terms[0].lower() == "bulletins truqués"
    assert len(seen.text_key) == 32
    assert len(seen.signature) == 256


@pytest.mark.parametrize(
    ("text", "language", "lemmas"),
    [
        ("aujourd'hui l'électeur, qu'il jusqu'au s'est d’élus", "fr", "électeur élu"),
        ("Die Wähler öffneten 3 Häuser, Betrug in WAHLEN; geht's?", "de", "wähler öffnen haus betrug wahl"),
        ("They were looking at 27 rigged elections, didn't they?", "en", "look rig election"),
        ("Они требуют честных выборов", "ru", "требовать честный выборы"),
        ("Gli elettori dell'Italia", "it", "elettore italia"),
        ("Виборці проголосували", "uk", "виборці проголосували"),
        ("Saluton mondo", "eo", "saluton mondo"),
        ("#WahlBetrug @someone www.example.org", "de", "wahl betrug"),
        ("#wahlbetrug #regierungserklärung #bundestagswahl", "de", "wahl betrug regierung erklärung bundestag wahl"),
    ],
)
def test_lemmas_as_a_native_speaker_expects(text: str, language: str, lemmas: str) -> None:
    assert reading.lemmatise(text, language) == lemmas


@pytest.mark.parametrize(
    "tag",
    [
        "deutschland", "bundestag", "verantwortung", "gesundheit", "verfassungstreu", "dramatisch", "staubecken", "willkommen", "altmaier",
        "hoffenheim", "maryland", "rosenberg", "fakenews", "stopthesteal", "coronavirus", "lockdown", "frustration", "bienestar", "merkel",
        "Wahlbetrug", "WAHLBETRUG",
    ],
)  # fmt: skip
def test_a_hashtag_that_is_no_compound_of_two_known_nouns_in_lower_case_stays_whole(tag: str) -> None:
    assert len(reading.lemmatise(f"#{tag}", "de").split()) == 1


def test_only_german_hashtags_are_cut_between_nouns() -> None:
    assert [reading.lemmatise("#wahlbetrug", code) for code in ("en", "fr", "nl", "und")] == ["wahlbetrug"] * 4


def test_the_name_of_an_entity_is_no_compound() -> None:
    text = f"{GERMAN} #silberhammer"
    entity = Entity(id="Q1", kind="person", name="Erika Silberhammer")
    (named,) = reading.annotate([document(text)], [entity], ONE)
    assert one(text).lemmas.split()[-2:] == ["silber", "hammer"]
    assert named.lemmas.split()[-1] == "silberhammer"


@pytest.mark.parametrize(("text", "language"), [(GERMAN, "de"), (ENGLISH, "en"), (RUSSIAN, "ru")])
def test_each_language_gives_terms_and_lemmas_without_function_words(text: str, language: str) -> None:
    seen = one(text)
    assert seen.language == language
    assert 3 <= len(seen.terms) <= 12
    assert not {"die", "the", "и", "und", "and", "of"} & set(seen.lemmas.split())


def test_limits_are_kept_and_said() -> None:
    words = "".join(f"mot{chr(97 + k // 26 % 26)}{chr(97 + k % 26)} et le ministère. " for k in range(20_000))
    seen = one(words)
    assert len(seen.lemmas.split()) == 400
    assert len(seen.terms) <= 12
    assert seen.profile == "blank+lookups; first 100000 characters"


def test_a_declared_language_is_said_in_the_profile() -> None:
    seen = one("Wahlbetrug!", language="de-AT")
    assert (seen.language, seen.margin, seen.profile) == ("de", 0.0, "blank+lookups; declared")


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "\u0301" * 1_000_000, "a" * 300_000, "!" * 300_000, "(" * 100_000, json.loads('"\\ud83d\\u0000 \\udc00x"'),
        "\u202eabc\u202c مرحبا", "b " + "#a " * 40_000 + "b",
        "#" * 100_000, "@" * 100_000, "a." * 60_000, "https://" * 20_000, "x/" * 60_000, "#a" * 60_000, "\x00" * 1000, "é" * 200_000,
        "RT " * 50_000, "-_" * 60_000,
    ],
)  # fmt: skip
def test_hostile_text_costs_neither_the_run_nor_much_time(text: str) -> None:
    before = time.process_time()
    seen = one(text, title="\ud800")
    assert time.process_time() - before < 12
    assert not seen.profile.startswith("failed")
    assert Annotation.from_json(seen.to_json()) == seen


def test_batches_and_workers_change_nothing_but_the_order() -> None:
    documents = many(83)
    told: list[int] = []
    alone = {a.document: a for a in reading.annotate(documents, ENTITIES, ONE)}
    shared = list(reading.annotate(iter(documents), ENTITIES, TWO, lambda _stage, **numbers: told.append(numbers["done"])))
    assert len(shared) == len(alone) == 83
    assert {a.document: a for a in shared} == alone
    assert told[-1] == 83
    assert not workers()


def test_a_small_input_starts_no_process() -> None:
    def watched() -> Iterator[Document]:
        yield from many(10)

    for _ in reading.annotate(watched(), ENTITIES, TWO):
        assert not workers()


def test_a_killed_worker_costs_no_document() -> None:
    results = reading.annotate(many(120), ENTITIES, TWO)
    seen = [next(results)]
    for process in workers():
        process.send_signal(signal.SIGKILL)
    seen += results
    assert sorted(a.document for a in seen) == sorted(d.id for d in many(120))
    assert not [a for a in seen if a.profile.startswith("failed")]


def test_an_abandoned_run_leaves_no_process() -> None:
    results = reading.annotate(many(120), (), TWO)
    next(results)
    assert workers()
    results.close()  # type: ignore[attr-defined]
    assert not workers()


PIPELINE = """
import os, spacy
from spacy.language import Language

@Language.component("touchy")
def touchy(doc):
    if "BOOM" in doc.text:
        os._exit(9)
    if "OOPS" in doc.text:
        raise ValueError("a fault of the model")
    for token in doc:
        token.lemma_ = token.lower_[::-1]
    return doc

def load(**_):
    nlp = spacy.blank("en")
    nlp.add_pipe("touchy")
    nlp.meta.update(name="touchy", version="1.2")
    return nlp
"""


@pytest.fixture
def touchy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installed pipeline that ends its process, or raises, at certain words."""
    (tmp_path / "en_touchy").mkdir()
    (tmp_path / "en_touchy" / "__init__.py").write_text(PIPELINE)
    (tmp_path / "en_touchy-1.2.dist-info").mkdir()
    (tmp_path / "en_touchy-1.2.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: en-touchy\nVersion: 1.2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return TWO.over({"nlp.pipelines": ["en=en_touchy"]})


def test_a_named_pipeline_is_used_and_a_crash_costs_one_document(touchy: Settings) -> None:
    documents = [document(f"{ENGLISH} {k}", id=f"d{k}") for k in range(25)]
    documents[7] = document(f"{ENGLISH} BOOM", id="d7")
    documents[13] = document(f"{ENGLISH} OOPS", id="d13")
    seen = {a.document: a for a in reading.annotate(documents, ENTITIES, touchy)}
    assert len(seen) == 25
    failed = {key: a.profile for key, a in seen.items() if a.language == "und"}
    assert failed == {"d7": "failed: the worker process ended (exit code 9)", "d13": "failed: ValueError: a fault of the model"}
    assert seen["d0"].profile == "en_touchy-1.2"
    assert "yrtsinim" in seen["d0"].lemmas.split()
    assert reading.version(ENTITIES, touchy) != reading.version(ENTITIES, TWO)


def test_a_pipeline_saved_to_a_folder_is_used(tmp_path: Path) -> None:
    import spacy

    spacy.blank("de").to_disk(tmp_path / "mine")
    (seen,) = reading.annotate([document(GERMAN)], (), ONE.over({"nlp.pipelines": [f"de={tmp_path / 'mine'}"]}))
    assert seen.profile.startswith("de_pipeline-")
    assert "ergebnis" in seen.lemmas.split()


@pytest.mark.parametrize(
    ("value", "told"),
    [("fr=fr_core_news_xx", "python -m spacy download fr_core_news_xx"), ("fr", "write fr=fr_core_news_md"), ("=x", "write")],
)
def test_a_pipeline_that_is_not_there_is_said_with_what_to_do(value: str, told: str) -> None:
    settings = ONE.over({"nlp.pipelines": [value]})
    with pytest.raises(UsageError, match=told):
        list(reading.annotate([document(FRENCH)], (), settings))
    with pytest.raises(UsageError, match=told):
        reading.version((), settings)


def test_a_broken_pipeline_is_said_from_inside_a_worker(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text('{"version": "1"}')
    with pytest.raises(UsageError, match="cannot be loaded"):
        list(reading.annotate([document(ENGLISH, id=f"d{k}") for k in range(30)], (), TWO.over({"nlp.pipelines": [f"en={tmp_path}"]})))
    assert not workers()


def test_the_version_depends_on_the_entities_but_not_on_their_order_or_the_process() -> None:
    version = reading.version(ENTITIES, ONE)
    assert version == reading.version(tuple(reversed(ENTITIES)), TWO)
    assert version != reading.version((MACRON,), ONE)
    program = (
        "from tests.support.reading import ENTITIES; from models.settings import Settings; from nlp import reading; "
        "print(reading.version(ENTITIES, Settings()))"
    )
    env = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(random.randrange(1, 999))}
    assert subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True).stdout.strip() == version


PARENT = """
import sys
from tests.support.reading import ENGLISH, document
from models.settings import Settings
from nlp import reading
results = reading.annotate((document(ENGLISH, id=f"d{k}") for k in range(10**9)), (), Settings().over({"nlp.workers": 2, "nlp.batch": 20}))
next(results)
print("ready", flush=True)
try:
    for _ in results:
        pass
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_workers_die_with_their_parent(sent: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        children = psutil.Process(parent.pid).children(recursive=True)
        try:
            assert len(children) == 2
            parent.send_signal(sent)
            out, errors = parent.communicate(timeout=20)
        finally:
            parent.kill()  # a failure must not leave it reading for ever
    assert out == ("interrupted\n" if sent is signal.SIGINT else "")
    assert errors == ""
    assert not psutil.wait_procs(children, timeout=10)[1]
