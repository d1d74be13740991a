"""How words become tokens: what must be one word, what must not, and that nothing hostile breaks it."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import analysis, german
from index.analysis import LANGUAGES, LONGEST, analyse, compound_parts, tokens


@pytest.mark.parametrize(
    ("language", "same"),
    [
        ("fr", "élection élections ÉLECTION election l'élection d’Élections"),
        ("fr", "truqué truquée truqués truquées truquer"),
        ("fr", "électeur électeurs électrice électrices"),
        ("fr", "électoral électorale électoraux électorales"),
        ("fr", "étranger étrangère étrangers étrangères"),
        ("fr", "frauduleux frauduleuse frauduleuses"),
        ("fr", "présidentiel présidentielle présidentiels"),
        ("fr", "vote votes voter votée"),
        ("fr", "bateau bateaux"),
        ("de", "Wähler Waehler Wahler Wählern Wählers WÄHLER"),
        ("de", "Wahl Wahlen"),
        ("de", "Bild Bilder Bildern Bildes"),
        ("de", "Haus Häuser Haeusern"),
        ("de", "Politiker Politikern Politikers"),
        ("de", "Wählerin Wählerinnen"),
        ("de", "Straße Strasse Straßen"),
        ("de", "Müller Mueller Muller"),
        ("en", "vote votes voted voting"),
        ("en", "party parties party's"),
        ("en", "rig rigged rigging"),
        ("en", "study studies studied"),
        ("ru", "выборы выборов выборам выборах выборами"),
        ("ru", "голосование голосования голосованием голосованию"),
        ("ru", "ещё еще ЕЩЁ"),
        ("xx", "città citta CITTÀ"),
        ("xx", "elezione l'elezione dell'elezione"),
    ],
)
def test_forms_of_one_word_meet(language: str, same: str) -> None:
    assert len({tokens(word, language) for word in same.split()}) == 1, [tokens(word, language) for word in same.split()]


@pytest.mark.parametrize(
    ("language", "other"),
    [
        ("fr", "élection électeur électoral élève"),
        ("fr", "pays payer paix"),
        ("de", "Wähler Wahl"),
        ("de", "Politik Politiker Politikerin"),
        ("en", "news new"),
        ("en", "party part"),
        ("ru", "йод иод"),
        ("xx", "vote votes"),
    ],
)
def test_different_words_stay_apart(language: str, other: str) -> None:
    assert len({tokens(word, language) for word in other.split()}) == len(other.split())


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("wahlbetrug", "wahl betrug"),
        ("wahlbetrugsvorwurfe", "wahl wahlbetrug betrug betrugsvorwurf vorwurf"),
        ("bundestagswahl", "bundestag wahl"),
        ("stimmzettel", "stimm zettel"),
        ("briefwahlunterlagen", "brief briefwahl wahl wahlunterlag unterlag"),
        ("lugenpresse", "lug press"),
        ("fluchtlingspolitik", "fluchtling politik"),
        ("wahlfalscher", "wahl falscher"),
        ("impfpflicht", "impf pflicht"),
        ("aussenminister", "auss minister"),
    ],
)
def test_compounds_are_found_by_their_parts(word: str, parts: str) -> None:
    assert set(compound_parts(word)) == set(parts.split())


def test_simple_words_are_no_compounds() -> None:
    simple = (
        "auswahl regierung zeitung information demokratie kandidat kandidatin verantwortung sicherheit direktor menschen verbunden "
        "interview interessen abteilung gründung forderung ausgelöst verlust diskussion international"
    )
    assert {word: compound_parts(word) for word in simple.split() if compound_parts(word)} == {}


def test_the_list_of_german_words_is_in_its_folded_form() -> None:
    known = german.known()
    assert len(known.nouns) > 15_000
    assert all(word == analysis.word(word, "de")[1] for word in known.persons)


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60), st.sampled_from(LANGUAGES))
def test_any_text_gives_short_tokens_without_blanks_and_the_same_ones_however_it_is_composed(text: str, language: str) -> None:
    cleaned = analysis.clean(text)
    read, whole = analyse(cleaned, language), tokens(text, language)
    for token in (*whole, *read.parts.split(), *read.words.split()):
        assert token.split() == [token]
        assert len(token) <= LONGEST
        assert analysis.BREAK not in token
    assert tuple(read.body.split()) == whole
    assert len(set(read.words.split())) == len(read.words.split())
    assert set(read.words.split()) >= set(analysis.surfaces(text, language))
    assert tokens(unicodedata.normalize("NFD", text), language) == tokens(unicodedata.normalize("NFC", text), language)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="abcdeéèêëàâîïôûùçœ'’ -sxr", max_size=30))
def test_french_without_accents_is_the_same(text: str) -> None:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    assert tokens(bare, "fr") == tokens(text, "fr")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="bcdfghklmnrstäöüßei ", max_size=30))
def test_german_umlauts_written_out_are_the_same(text: str) -> None:
    plain = text.replace("ß", "ss")
    out = plain
    for umlaut, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        out = out.replace(umlaut, written)
    if not any(pair in plain.replace("ß", "ss") for pair in ("eü", "oe", "ae", "ue", "eue", "öe", "äü", "öü", "üü", "üe", "äe")):
        assert tokens(out, "de") == tokens(text, "de")
