"""Known claims: their file, their matches over languages, and the reason they give."""

from dataclasses import replace

import pytest

import nlp.reasons.resemblance as module
from models import claims
from models.claims import Claim
from models.errors import UsageError
from models.records import Listing, Source
from nlp import meanings
from nlp.flags import flag, level
from nlp.narratives import narrate
from nlp.resemblance import files
from nlp.resemblance.claims import Matcher, checks, passage, probability
from nlp.resemblance.night import Known
from tests.support.cli import quiet_election, tocsin
from tests.support.labelled import rows, text, write
from tests.support.narratives import DEBATE_FR, FRAUD_DE, FRAUD_FR, NIGHT, SETTINGS, STORM_FR, article, background, read, several

BALLOTS = Claim(
    id="ballots",
    claim="Des milliers de bulletins de vote déjà cochés ont été trouvés dans un hangar de Valbrune",
    language="fr",
    source="a desk",
)
LISTED = Listing(by="somebody", label="doubted")
FOUND = replace(BALLOTS, claim="Des bulletins déjà cochés ont été retrouvés dans un hangar de Valbrune")
DENIED = "Faktencheck: " + FRAUD_DE[0]


def matcher(documents, *noted):
    items = read(documents)
    return Matcher(noted or (BALLOTS,), [a for _, a in items]), items


def likely(documents, *noted):
    found, items = matcher(documents, *noted)
    return {d.id: m for d, a in items for m in found.matches(d, a)}


def judge(documents, known, sources=()):
    items = read(documents)
    told = narrate(items, (), SETTINGS, NIGHT).narratives
    by_id, notes = {d.id: d for d, _ in items}, {a.document: a for _, a in items}
    return flag(told, by_id, notes, (), (), {s.name: s for s in sources}, (), SETTINGS, NIGHT, known=known)


def reasons(documents, known, sources=()):
    """The reason of each narrative, whether or not it is flagged."""
    from nlp.reasons._case import Case, Night

    items = read(documents)
    told = narrate(items, (), SETTINGS, NIGHT).narratives
    night = Night(
        {d.id: d for d, _ in items}, {a.document: a for _, a in items}, (), (), {s.name: s for s in sources}, (), SETTINGS, NIGHT, known
    )
    return [r for n in told if (r := module.reason(Case(n, night, ())))]


def test_a_claim_is_found_in_other_words_and_not_in_its_neighbours():
    documents = [*several("fraud", FRAUD_FR), *several("storm", STORM_FR), *several("debate", DEBATE_FR), *background()]
    found = likely(documents)
    assert set(found) <= {f"fraud{i}" for i in range(len(FRAUD_FR))}
    assert len(found) >= 3
    best = max(found.values(), key=lambda m: m.p)
    assert best.p > 0.8
    assert {"bulletin", "hangar"} & set(best.phrases)


def test_a_claim_is_found_in_another_language():
    documents = [*several("fraud", FRAUD_DE), *several("storm", STORM_FR), *background()]
    found, items = matcher(documents)
    scores = {d.id: max((m.coverage for m in found.matches(d, a, 0.0)), default=0.0) for d, a in items}
    others = max(v for k, v in scores.items() if not k.startswith("fraud"))
    assert others < 0.3
    if {"de", "fr"} <= meanings.languages():
        assert max(v for k, v in scores.items() if k.startswith("fraud")) > others


def test_a_text_that_denies_or_checks_is_marked():
    assert checks(article("x", DENIED, title="Faktencheck: keine Belege"), "de")
    assert checks(article("x", "C'est faux. Il s'agit d'une fausse information, une rumeur sans fondement."), "fr")
    assert not checks(article("x", FRAUD_FR[0]), "fr")
    assert not checks(article("x", FRAUD_FR[0]), "und")


def test_short_claims_are_named_and_match_nothing():
    found, items = matcher(background(), replace(BALLOTS, id="short", claim="Valbrune ment"))
    assert found.short == ("short",)
    assert not [m for d, a in items for m in found.matches(d, a, 0.0)]


def test_the_best_passage_counts_each_word_once():
    assert passage([(0, 0), (1, 0), (2, 1), (50, 2)], [1.0, 2.0, 4.0], 20) == ({2: 50}, 4.0)
    assert passage([(0, 0), (1, 0), (2, 1)], [1.0, 2.0], 20) == ({0: 0, 1: 2}, 3.0)
    assert passage([], [1.0], 20)[1] == 0
    assert probability(1.0, 60, same=True) > 0.99
    assert probability(0.1, 5, same=True) < 0.01


def test_the_reason_says_which_claim_by_which_words_and_leaves_checks_aside():
    spread = several("fraud", FRAUD_FR)
    check = article("check", FRAUD_FR[0], title="Vérification : une fausse information, un démenti", hours=5)
    found = reasons([*spread, check, *background()], Known(claims=(FOUND,)))
    assert len(found) == 1
    assert "resemble the claim ballots (noted by a desk)" in found[0].sentence
    assert "1 text left aside that check or deny it" in found[0].sentence
    assert "check" not in found[0].evidence
    assert found[0].numbers["publishers"] >= 3
    assert found[0].innocent == module.INNOCENT
    assert reasons([*spread, *background()], Known()) == []


def test_resemblance_alone_is_no_flag_and_lifts_what_behaviour_shows():
    assert judge([*several("fraud", FRAUD_FR), *background()], Known(claims=(FOUND,))) == ()
    one = {"resemblance": object(), "growth": object()}
    assert level(one, 0.05) == 1
    assert level({"resemblance": object()}, 0.05) == 0
    copies = [article(f"w{i}", FRAUD_FR[0], hours=9 - i / 10) for i in range(5)]
    alone, known = (judge([*copies, *background()], k) for k in (Known(), Known(claims=(FOUND,))))
    assert (alone[0].level, known[0].level) == (1, 2)


def test_sites_that_write_as_listed_outlets_do_are_told_where_nobody_lists_them(tmp_path):
    import random

    write(tmp_path / "texts.csv", rows())
    tocsin("train", "--labels", "texts.csv", "-o", "style.npz", cwd=tmp_path)
    rng = random.Random(2)
    sites = [f"new{i}.example" for i in range(4)]
    loud = [
        article(f"{site}-{k}", FRAUD_FR[k % 3] + " " + text(rng, loud=True, publisher="x"), source=site, hours=9 - k / 10)
        for site in sites
        for k in range(6)
    ]
    known = Known(style=files.load(tmp_path / "style.npz"))
    found = reasons([*loud, *background()], known)
    assert found
    assert "that nobody lists write as listed outlets do" in found[0].sentence
    assert found[0].numbers["style_sites"] >= 3
    listed = [Source(name=s, access="feed", urls=("https://x.example/",), listing=(LISTED,)) for s in sites]
    assert reasons([*loud, *background()], known, listed) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("c.toml", '[[claim]]\nid = "a"\nclaim = "x"\n', "claim 1: has no language"),
        ("c.toml", '[[claim]]\nid = "a"\nclaim = "x"\nlanguage = "fr"\nwho = "y"\n', "unknown field 'who'"),
        ("c.toml", "[[claim]\n", "is no file of claims"),
        ("c.toml", "claim = 3\n", "[[claim]] tables"),
        ("c.toml", "[[claim]]\nid = 3\n", "has no id"),
        ("c.csv", "id,claim\na,b\n", "no column 'language'"),
        ("c.csv", "id,claim,language\na,b,fr\na,c,fr\n", "claim 2: the id 'a' is there twice"),
    ],
)
def test_a_wrong_file_of_claims_is_told_by_its_entry(tmp_path, name, content, said):
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(UsageError) as caught:
        claims.read(tmp_path / name)
    assert said in str(caught.value)


def test_claims_are_read_from_toml_and_csv(tmp_path):
    (tmp_path / "c.toml").write_text('[[claim]]\nid = "a"\nclaim = "é"\nlanguage = "fr"\n', "utf-8")
    (tmp_path / "c.csv").write_text("\ufeffid,claim,language,source\na,é,fr,\n", "utf-8")
    assert claims.read(tmp_path / "c.toml") == claims.read(tmp_path / "c.csv") == (Claim(id="a", claim="é", language="fr"),)
    (tmp_path / "none.toml").write_text("", "utf-8")
    assert claims.read(tmp_path / "none.toml") == ()


def test_a_night_goes_on_without_what_is_refused_and_says_so(tmp_path):
    folder = quiet_election(tmp_path)
    tocsin("narrate", cwd=folder)
    (folder / "style.npz").write_bytes(b"PK no model")
    (folder / "claims.toml").write_text("[[claim]]\n", "utf-8")
    done = tocsin("narrate", cwd=folder)
    assert "style.npz: is no model of Tocsin" in done.stderr
    assert "claim 1: has no id" in done.stderr
    (folder / "tocsin.toml").write_text('election = "quiet"\n[resemblance]\nclaims = "other.toml"\nstyle = ""\n', "utf-8")
    done = tocsin("narrate", cwd=folder)
    assert "other.toml: there is no such file of claims" in done.stderr
    assert "style.npz" not in done.stderr
