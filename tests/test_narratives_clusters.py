"""Which documents tell one story."""

import random

from nlp.narratives import narrate
from nlp.stories import collapsed, stories
from tests.support.narratives import (
    DEBATE_FR,
    FRAUD_DE,
    FRAUD_FR,
    MILK_DE,
    NIGHT,
    SETTINGS,
    STORM_FR,
    article,
    background,
    post,
    read,
    several,
)


def night(*more):
    documents = [*background(), *several("fraud", FRAUD_FR), *several("storm", STORM_FR), *several("debate", DEBATE_FR)]
    return [*documents, *several("milk", MILK_DE), *more]


def groups(documents):
    return [set(n.documents) for n in narrate(read(documents), (), SETTINGS, NIGHT).narratives]


def test_each_story_is_one_narrative_and_local_news_are_none():
    found = groups(night())
    for name, texts in (("fraud", FRAUD_FR), ("storm", STORM_FR), ("debate", DEBATE_FR), ("milk", MILK_DE)):
        assert {f"{name}{i}" for i in range(len(texts))} in found, name
    assert len(found) == 4


def test_the_order_of_the_input_does_not_matter():
    items = read(night(*several("fraude", FRAUD_DE)))
    first = narrate(items, (), SETTINGS, NIGHT)
    for seed in range(3):
        random.Random(seed).shuffle(items)
        assert narrate(items, (), SETTINGS, NIGHT) == first


def test_one_claim_in_two_languages_is_one_narrative():
    texts = several("betrug", FRAUD_DE)
    found = groups(night(*texts))
    assert any({"fraud0", "betrug0", "betrug1"} <= group for group in found), "by names, entities and cognates"
    assert {"milk0", "milk1"} in found


def test_a_shared_link_joins_posts_of_two_languages():
    link = "https://canal-libre.example/videos/hangar-de-valbrune?utm_source=feed"
    one = post("un", "Regardez cette vidéo avant qu'elle disparaisse, tout est là, les cartons, le canal, le hangar", links=[link])
    two = post(
        "zwei",
        "Dieses Video muss jeder gesehen haben, bevor es gelöscht wird: Kartons, Kanal, Halle",
        links=[link.split("?", maxsplit=1)[0]],
    )
    other = post("drei", "Heute wieder zehn Kilometer gelaufen, die Beine sind müde, aber die Laune ist gut")
    assert {"un", "zwei"} in groups([*background(), *several("milk", MILK_DE), one, two, other])


def test_one_entity_alone_joins_nothing():
    one = post("un", "Louise Ferrand sera mardi à la foire aux chevaux de Trélon")
    two = post("zwei", "Louise Ferrand hat den neuen Roman ihrer Schwester gelobt")
    assert not [g for g in groups([*night(), one, two]) if "zwei" in g]


def test_an_election_does_not_become_one_giant_narrative():
    openings = ("À trois jours du vote, ", "Élection : ", "Dans la campagne de Louise Ferrand, ", "Avant le scrutin de dimanche, ")
    bodies = [s.format(t) for s in SUBJECTS_ for t in TOWNS_]
    documents = [
        article(
            f"e{i}",
            f"{openings[i % 4]}{body}. Louise Ferrand et la Commission électorale appellent au vote pour l'élection.",
        )
        for i, body in enumerate(bodies)
    ]
    found = groups(documents)
    assert max(map(len, found), default=0) <= len(documents) / 4


def test_copies_are_one_text_however_disguised():
    text = FRAUD_FR[0]
    documents = [article("a", text), article("b", text.upper(), hours=9), article("c", text.replace("On y voit", "On voit"), hours=8)]
    items = read([*documents, *several("storm", STORM_FR)])
    assert collapsed(items)[0] == [0, 1, 2]
    story = next(s for s in stories(items, 0.18, 14.0) if "a" in s.ids)
    assert (len(story.items), story.nodes) == (3, 1)


def test_hundreds_of_copies_do_not_hide_the_second_text():
    copies = [post(f"k{i}", FRAUD_FR[0], hours=9 - i / 100) for i in range(300)]
    found = groups([*night(), *copies])
    assert next(g for g in found if "k0" in g) == {"fraud0", "fraud1", "fraud2"} | {c.id for c in copies}


def test_texts_without_words_cluster_with_nothing():
    empty = [post(f"leer{i}", text, hashtags=["vote2027"]) for i, text in enumerate(("", "👍👍", "https://a.example/x", "2027"))]
    items = [(d, a) for d, a in read([*night(), *empty])]
    assert not {d.id for d in empty} & {i for n in narrate(items, (), SETTINGS, NIGHT).narratives for i in n.documents}
    assert narrate([], (), SETTINGS, NIGHT).narratives == ()


def test_the_label_is_a_phrase_of_its_texts_and_the_terms_are_its_words():
    found = {n.documents[0]: n for n in narrate(read(night()), (), SETTINGS, NIGHT).narratives}
    fraud = found["fraud0"]
    assert any(fraud.label.rstrip("…") in text for text in FRAUD_FR)
    assert {"hangar", "carton"} <= set(fraud.terms)
    assert fraud.languages == ("fr",)
    assert "Q-valbrune" in fraud.entities
    assert fraud.documents == ("fraud0", "fraud1", "fraud2")


SUBJECTS_ = (
    "{0} rénove sa piscine municipale après onze mois de travaux",
    "une fromagère de {0} élève ses chèvres dans les collines",
    "la bibliothèque de {0} prête des instruments de musique",
    "un chevreuil égaré retarde le train de {0}",
    "les pompiers de {0} cherchent des volontaires",
    "l'orchestre de {0} joue Fauré dans la filature",
)
TOWNS_ = ("Ormesson", "Quintal", "Brassac", "Trélon", "Vézac", "Luzy", "Marnay", "Sorède")


def ties_of(documents):
    return {(link.a, link.b): link for link in narrate(read(documents), (), SETTINGS, NIGHT).links}


def test_what_ties_two_languages_is_kept():
    found = [link for link in ties_of(night(*several("betrug", FRAUD_DE))).values() if link.languages in {("fr", "de"), ("de", "fr")}]
    fraud = next(link for link in found if {link.a, link.b} & {"betrug0", "betrug1"} and {link.a, link.b} & {"fraud0", "fraud1", "fraud2"})
    assert "Q-valbrune" in fraud.shared["entity"]
    assert fraud.similarity > SETTINGS["narratives.threshold"]
    link = "https://canal-libre.example/videos/hangar"
    one = post("un", "Regardez cette vidéo avant qu'elle disparaisse, tout est là, les cartons, le canal, le hangar", links=[link])
    two = post("zwei", "Dieses Video muss jeder gesehen haben, bevor es gelöscht wird: Kartons, Kanal, Halle", links=[link])
    assert ties_of([*background(), one, two])["un", "zwei"].shared["link"] == (link,)


def test_the_ties_of_a_narrative_hold_all_its_documents_together():
    copies = [post(f"k{i}", FRAUD_FR[0], hours=9 - i / 100) for i in range(5)]
    told = narrate(read(night(*copies, *several("betrug", FRAUD_DE))), (), SETTINGS, NIGHT)
    for narrative in told.narratives:
        home = {d: d for d in narrative.documents}

        def root(document, home=home):
            while home[document] != document:
                document = home[document]
            return document

        for link in told.links:
            if link.narrative == narrative.id:
                assert link.shared, "no link without evidence"
                home[root(link.a)] = root(link.b)
        assert len({root(d) for d in narrative.documents}) == 1
    assert sum("copy" in link.shared for link in told.links) == 5
