from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.textkey import HASHES, signature, similarity, text_key

ROOT = Path(__file__).resolve().parent.parent
SENTENCES = (
    "Les bulletins de vote du bureau 12 ont été truqués pendant la nuit, dit un témoin.",
    "In der Nacht wurden die Stimmzettel im Wahllokal 12 gefälscht, sagt ein Zeuge aus Köln.",
    "Ballots were swapped overnight at polling station 12, a witness claims.",
    "Ночью на участке номер 12 подменили бюллетени, утверждает свидетель.",
)
NOISE = st.sampled_from(
    [
        "😀",
        "🇫🇷",
        "!!!",
        " https://example.org/x?utm_source=a",
        " @someone",
        "\u200b",
        "…",
        " #vote #fraude",
        "\n",
        " t.co/abc",
        " ❤️",
        "\u202e",
    ]
)


def disguised(text: str, seed: int) -> str:
    draw = random.Random(seed)
    alike = str.maketrans("aeocpxyAEOCPTXKMHB", "аеосрхуАЕОСРТХКМНВ")
    letters = [draw.choice((c, c.upper(), c.lower(), c.translate(alike), c + "\u200b")) for c in text]
    return "".join(letters).replace(",", draw.choice(("", " –", " ;")))


@pytest.mark.parametrize("text", SENTENCES)
@given(seed=st.integers(0, 10_000), before=st.lists(NOISE, max_size=3), after=st.lists(NOISE, max_size=3))
def test_a_disguise_keeps_the_key(text: str, seed: int, before: list[str], after: list[str]) -> None:
    # noise before the text ends in a blank, else it becomes a part of the first word
    noisy = "".join(f"{n} " for n in before) + disguised(text, seed) + "".join(f" {n}" for n in after)
    assert text_key(noisy) == text_key(text) != ""
    assert signature(noisy) == signature(text)


@pytest.mark.parametrize(
    "other",
    [
        "RT @elu_du_12: Les bulletins de vote du bureau 12 ont été truqués pendant la nuit, dit un témoin.",
        "LES BULLETINS DE VOTE DU BUREAU 12 ONT ETE TRUQUES PENDANT LA NUIT DIT UN TEMOIN",
        "#Alerte 🔴 Les bulletins de vote du bureau 12 ont été truqués pendant la nuit&#44; dit un témoin. #Fraude https://t.co/x via @x",
        "Les bulletins de vote du bureau 12 ont e\u0301te\u0301 truque\u0301s pendant la nuit, dit un te\u0301moin",
    ],
)
def test_the_same_words_have_the_same_key(other: str) -> None:
    assert text_key(other) == text_key(SENTENCES[0])


def test_other_words_have_another_key() -> None:
    changed = [s.replace("12", "13") for s in SENTENCES] + ["Les bulletins #truqués du bureau 12 pendant la nuit", *SENTENCES]
    assert len({text_key(text) for text in changed}) == len(changed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "oui",
        "Bonjour à tous",
        "#Macron #Fraude #2027 #vote #france #urgent",
        "https://example.org/a-b-c-d @a @b 😀",
        "a b c d e f",
        "\u0301" * 99,
    ],
)
def test_too_little_text_has_neither_key_nor_signature(text: str) -> None:
    assert text_key(text) == ""
    assert signature(text) == ""


def test_signatures_estimate_what_two_texts_share() -> None:
    words = [f"{a}{b}" for a in "bcdfghklmnprst" for b in ("al", "en", "or", "ut", "im")]
    base = words[:60]
    seen = [similarity(signature(" ".join(base)), signature(" ".join([*base[: 60 - k], *map(str, range(k))]))) for k in (0, 6, 15, 30, 60)]
    assert seen[0] == 1.0
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] < 0.1
    for k, estimate in zip((6, 15, 30), seen[1:], strict=False):
        shared = 59 - k
        assert abs(estimate - shared / (2 * 59 - shared)) < 4 * 0.5 / HASHES**0.5


def test_signatures_of_nothing_and_of_another_kind() -> None:
    one = signature(SENTENCES[0])
    assert len(one) == 4 * HASHES
    assert similarity(one, "") == 0.0
    with pytest.raises(ValueError, match="cannot be compared"):
        similarity(one, one[:8])


def test_key_and_signature_are_the_same_in_every_process() -> None:
    program = f"from nlp.textkey import *; print(text_key({SENTENCES[3]!r}), signature({SENTENCES[3]!r}))"
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert seen == {f"{text_key(SENTENCES[3])} {signature(SENTENCES[3])}\n"}
