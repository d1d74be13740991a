from __future__ import annotations

from pathlib import Path

import pytest

from nlp.neardup import Finder, Pair, Text, find
from tests.support import encoder as small
from tests.support.cli import tocsin

BASE = "Le président a annoncé hier soir à Paris une baisse des impôts de 3 milliards d'euros pour 2027."
OTHER = "Deux hommes ont été arrêtés dimanche près de Lyon après un vol de bijoux dans un musée de la ville."


def pairs(*texts: str, language: str = "") -> list[Pair]:
    return find([Text(str(i), text, language) for i, text in enumerate(texts)])


@pytest.mark.parametrize(
    "disguise",
    [
        BASE.upper(), BASE.replace("é", "e").replace("à", "a").replace("ô", "o"), f"🚨🚨 {BASE} 🇫🇷",
        f"{BASE} https://t.co/a8Bz1qP #info #impots",
        f"RT @quelquun: {BASE}", BASE.replace("a", "а").replace("e", "е"), "\u200b".join(BASE), BASE.replace(" ", "  ").replace(".", "!!!"),
    ],
)  # fmt: skip
def test_a_disguised_text_is_a_copy(disguise: str) -> None:
    (found,) = pairs(BASE, OTHER, disguise)
    assert (found.a, found.b, found.kind, found.score) == ("0", "2", "copy", 1.0)
    assert "the same text" in found.reason


def test_a_shortened_text_is_a_copy_and_says_where() -> None:
    (found,) = pairs(BASE, OTHER, "Breaking: " + BASE.removesuffix(" pour 2027."))
    assert found.kind == "copy"
    assert f"a 0-{len(BASE) - 11} = b 10-{len(BASE) - 1}" in found.reason


def test_other_words_are_a_rewording() -> None:
    (found,) = pairs(BASE, OTHER, "Hier soir à Paris, une baisse des impôts de 3 milliards a été annoncée par le chef de l'État pour 2027")
    assert found.kind == "rewording"
    assert "impôts" in found.reason


def test_a_denial_is_no_copy_of_the_claim() -> None:
    (found,) = pairs("Les chats sont gris", "Les chats ne sont pas gris", language="fr")
    assert found.kind == "rewording"
    assert "negation differs ('ne' in one only)" in found.reason


@pytest.mark.parametrize("texts", [(), ("",), ("", ""), ("x", "x"), ("😀" * 50, "😀" * 50), ("#a #b", "#a #b"), ("1", "1", "kurz", "kurz")])
def test_what_says_nothing_has_no_pair(texts: tuple[str, ...]) -> None:
    assert pairs(*texts) == []


def test_japanese_and_chinese_need_no_blanks() -> None:
    found = pairs(
        "今日の選挙の結果は明日発表されますと政府が述べた",
        "政府は、今日の選挙の結果が明日発表されると述べました",
        "昨夜、東京で大きな火事がありました",
    )
    assert [(p.a, p.b) for p in found] == [("0", "1")]


def test_a_night_adds_what_is_new() -> None:
    finder = Finder()
    assert finder.add([Text("a", BASE), Text("b", OTHER)]) == []
    (found,) = finder.add([Text("c", "Breaking: " + BASE)])
    assert (found.a, found.b, found.kind) == ("a", "c", "copy")
    assert finder.add([]) == []
    assert [(p.a, p.b) for p in finder.add([Text("d", OTHER.upper())])] == [("b", "d")]


def test_a_hundred_thousand_equal_texts_give_a_pair_each() -> None:
    found = find([Text(str(i), BASE) for i in range(20_000)])
    assert len(found) < 25_000
    assert {p.b for p in found} == {str(i) for i in range(1, 20_000)}


def test_the_command_takes_other_column_names_and_names_bad_rows(tmp_path: Path) -> None:
    rows = [(1, "Le vote est truqué, disent les uns et les autres"), (2, "LE VOTE est truque, disent les uns et les autres!")]
    lines = [f'{key},"{text}"' for key, text in [*rows, ("", "sans numéro"), (2, "encore")]]
    (tmp_path / "export.csv").write_text("\n".join(["post_id,says", *lines]), "utf-8")
    assert "no column for text" in tocsin("neardup", "export.csv", "-o", "pairs.csv", cwd=tmp_path, code=2).stderr
    done = tocsin("neardup", "export.csv", "-o", "pairs.csv", "--map", "id=post_id", "--map", "text=says", cwd=tmp_path)
    assert "2 texts, 2 rows skipped, 1 pair (1 copy," in done.stdout
    assert "line 4: no id" in done.stderr
    assert "line 5: an id that is there twice" in done.stderr
    assert (tmp_path / "pairs.csv").read_text("utf-8").splitlines()[1].startswith("1,2,copy,1.000,")


def test_an_encoder_finds_what_no_word_leads_to_and_says_so(tmp_path: Path) -> None:
    folder = small.build(tmp_path / "encoder")
    texts = ["bulletins truqués pluie", "stimmzettel gefälscht regen", "forêt match public", "the quarterly harbour tariff report came out"]
    lines = [f"{n},{text} {'!' * n}" for n, text in enumerate(texts)]
    (tmp_path / "texts.csv").write_text("\n".join(["id,text", *lines]), "utf-8")
    tocsin("neardup", "texts.csv", "-o", "without.csv", cwd=tmp_path, TOCSIN_DICTIONARIES=str(tmp_path))
    done = tocsin("neardup", "texts.csv", "-o", "with.csv", "--encoder", str(folder), cwd=tmp_path, TOCSIN_DICTIONARIES=str(tmp_path))
    assert "1 pair (" in done.stdout
    assert len((tmp_path / "without.csv").read_text("utf-8").splitlines()) == 1
    told = (tmp_path / "with.csv").read_text("utf-8").splitlines()[1]
    assert told.startswith("0,1,")
    assert "encoder cosine" in told
    assert "no folder" in tocsin("neardup", "texts.csv", "-o", "x.csv", "--encoder", "nowhere", cwd=tmp_path, code=2).stderr
