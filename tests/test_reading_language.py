from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import languages
from nlp.language import identify
from nlp.ranks import Ranks
from tests.support.reading import ENGLISH, FRENCH, GERMAN, NTREX, RUSSIAN

FLOORS = Path(__file__).resolve().parent.parent / "benchmarks" / "floors.json"
FILES = {"fr": "ref.fra", "de": "ref.deu", "en": "src.eng", "ru": "ref.rus", "es": "ref.spa", "it": "ref.ita", "nl": "ref.nld"}


@pytest.mark.parametrize(("text", "code"), [(FRENCH, "fr"), (GERMAN, "de"), (ENGLISH, "en"), (RUSSIAN, "ru"), (GERMAN.upper(), "de")])
def test_a_sentence_is_enough(text: str, code: str) -> None:
    guess = identify(text)
    assert guess.language == code
    assert 0.3 <= guess.margin <= 1


@pytest.mark.parametrize(
    "text",
    [
        "", "kurz", "😀" * 50, "12 345 678 901 234 567 890 123", "https://example.org/les-resultats-du-premier-tour",
        "#LesResultatsDuPremierTour",
        "Bom dia, o presidente da república falou hoje sobre as eleições em Lisboa",
        "这是一个关于选举的测试句子，投票站昨天晚上八点关闭，结果今天公布",
        "Η κυβέρνηση ανακοίνωσε εκλογές τον Σεπτέμβριο", "xq zzkw vvrt pplk qwrt xxcv bbnm hjkl",
    ],
)  # fmt: skip
def test_what_is_too_short_or_in_no_language_of_ours_is_undecided(text: str) -> None:
    assert identify(text).language == "und"


def test_a_declared_language_decides_only_where_the_text_does_not() -> None:
    assert (identify("kurz", "de-DE").language, identify("kurz", "de-DE").margin) == ("de", 0.0)
    assert identify("kurz", "de").declared
    assert identify(FRENCH, "de").language == "fr"
    assert identify("kurz", "tlh").language == "und"


@pytest.mark.skipif(not NTREX.is_dir(), reason="the shared NTREX sentences are not here")
def test_accuracy_on_news_sentences_keeps_its_floor() -> None:
    floor = json.loads(FLOORS.read_text())["language"]
    found = scores()
    assert found["decided"] >= floor["decided"]
    assert found["accuracy"] >= floor["accuracy"]


def scores() -> dict[str, float]:
    """Share of the beginnings of sentences that get a language, and of these the share that get theirs."""
    right = decided = total = 0
    for code, name in FILES.items():
        for line in (NTREX / f"newstest2019-{name}.txt").read_text("utf-8").splitlines()[::4]:
            guess = identify(line[:60])
            total += 1
            decided += guess.language != "und"
            right += guess.language == code
    return {"decided": decided / total, "accuracy": right / decided}


ODD = [
    "", "a", "\ud800 x" * 9, "i\u0307stanbul" * 40, "𝐀𝐁𝐂" * 20, "e\u0301" * 300, "\0" * 50, "选举" * 30, "😀" * 40, "12 " * 90, "가각" * 40,
    "aa" * 600, FRENCH.lower(), RUSSIAN.lower() + GERMAN.lower(),
]  # fmt: skip


@cache
def theirs() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@cache
def ours(walked: int) -> Ranks:
    return Ranks(languages.names(), walked)


def same(text: str) -> bool:
    """Do both walks give py3langid's own probabilities, to the last bit and in its order?"""
    expected = [(code, share) for code, share in theirs().rank(text) if code in languages.names()]
    return ours(10**12).of(text) == ours(-1).of(text) == expected


def open_texts() -> list[str]:
    """Every twentieth NTREX sentence of each language, and some politicians' posts."""
    import pyarrow.parquet as pq

    lines = [line for path in sorted(NTREX.glob("newstest*")) for line in path.read_text("utf-8").splitlines()[::20]]
    posts = (
        pq.read_table(NTREX.parent / "de_politicians_2021" / "tw_data.parquet", columns=["full_text"])["full_text"]
        .slice(0, 1000)
        .to_pylist()
    )
    return [text.lower() for text in (*lines, *posts) if text]


@pytest.mark.skipif(not NTREX.is_dir(), reason="the shared texts are not here")
def test_both_walks_give_the_answers_of_py3langid_on_open_texts() -> None:
    texts = open_texts()
    assert len(texts) > 1500
    assert [text for text in texts if not same(text)] == []


@pytest.mark.parametrize("text", ODD)
def test_both_walks_give_the_answers_of_py3langid_on_odd_texts(text: str) -> None:
    assert same(text)


@given(st.text(max_size=120))
def test_both_walks_give_the_answers_of_py3langid_on_any_text(text: str) -> None:
    assert same(text.lower())


def test_the_walk_may_change_in_the_middle_of_a_run() -> None:
    changing = Ranks(languages.names(), 3 * len(FRENCH))
    assert len({tuple(changing.of(FRENCH.lower())) for _ in range(8)}) == 1


def test_few_texts_load_no_compiler() -> None:
    code = "import sys; from nlp.language import identify; print(identify(sys.argv[1]).language, 'numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, FRENCH], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["fr", "False"]


@pytest.mark.parametrize("code", sorted(languages.names()))
def test_every_language_file_keeps_the_contract(code: str) -> None:
    language = languages.load(code)
    assert language.name
    assert len(code) == 2
    assert language.code == code
    assert len(language.months) == 12
    assert all(language.months)
    assert language.negation
    for words in (language.stop_words, language.elisions, language.common, language.negation, *language.months):
        assert all(word == word.lower().strip() != "" for word in words)
        assert len(set(words)) == len(words), [w for w in words if words.count(w) > 1]
    assert all(len(pair) == 2 for pair in language.quotation.marks)
    for ends, additions in language.endings.items():
        assert additions
        assert all(len(addition) - len(addition.lstrip("-")) <= min(map(len, ends.split() or [""])) for addition in additions)
    if language.complete:
        assert min(map(len, (language.stop_words, language.common, language.denial, language.quotation.marks, language.quotation.cues))) > 2


def test_four_languages_are_complete_of_twelve() -> None:
    assert {code for code in languages.names() if languages.load(code).complete} == {"fr", "de", "en", "ru"}
    assert len(languages.names()) >= 12
    assert languages.load("eo").name == "eo"
