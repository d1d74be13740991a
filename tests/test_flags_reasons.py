"""What is flagged, what is not, and what a flag says."""

import random
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import nlp.reasons
from models.records import Group, Listing, Source, Verdict
from models.registry import load, names
from nlp.flags import flag
from nlp.narratives import narrate
from nlp.reasons._case import count, credits_agency, duration
from nlp.reasons.growth import burst
from tests.support.narratives import FRAUD_FR, NIGHT, SETTINGS, STORM_FR, TEXTS, acted, article, background, post, read, several

DAY = timedelta(days=1)
CALL = "Ouvrez le hangar de Valbrune maintenant, les bulletins cochés sont là, partagez avant que la vidéo disparaisse"
PRESS = tuple(Listing(by="Registre de la presse", label=label) for label in ("newspaper", "Mainstream", "periphery"))
DOUBTED = Listing(by="VIGINUM", label="Portal Kombat network", where="report of 12 February 2024")


def source(name, *listing):
    return Source(name=name, access="feed", urls=(f"https://{name}/rss",), listing=tuple(listing))


def judge(documents, edges=(), sources=(), past=(), verdicts=(), night=NIGHT, groups=()):
    items = read(documents)
    told = narrate(items, (), SETTINGS, night).narratives
    by_id, notes = {d.id: d for d, _ in items}, {a.document: a for _, a in items}
    flags = flag(told, by_id, notes, edges, groups, {s.name: s for s in sources}, past, SETTINGS, night, verdicts=verdicts)
    return {next(n for n in told if n.id == f.narrative).documents: f for f in flags}


def only(flags):
    assert len(flags) == 1, list(flags)
    return next(iter(flags.values()))


def kinds(found):
    return [r.kind for r in found.reasons]


DEBATE_PARTS, DEBATE_TALK, FRAUD_PARTS = (TEXTS[name] for name in ("DEBATE_PARTS", "DEBATE_TALK", "FRAUD_PARTS"))


def reports(parts, number):
    """Texts that tell one story, each a choice of its own of one sentence from each part, in an order of its own."""
    chosen, drawn, rng = [], set(), random.Random(7)
    while len(chosen) < number:
        sentences = [rng.choice(part) for part in parts]
        if tuple(sentences) not in drawn:
            drawn.add(tuple(sentences))
            rest = sentences[1:]
            rng.shuffle(rest)
            chosen.append(" ".join([sentences[0], *rest]))
    return chosen


def quiet(nights=7):
    """Local news of some nights, as the volume against which a burst is measured."""
    return [replace(d, id=f"q{k}-{d.id}", text=f"{d.text} {k}", published=d.time - k * DAY) for k in range(nights) for d in background()]


def campaign(accounts=6):
    """Posts of one text and of another, seconds apart, and the edges between their accounts."""
    posts = [post(f"c{i}", CALL, hours=8 - i / 400, links=(f"https://v{i}.example/",)) for i in range(accounts)]
    rest = [post(f"r{i}", FRAUD_FR[i % 3], account=p.account, hours=6 - i / 400) for i, p in enumerate(posts)]
    edges = [acted(a, b) for i, a in enumerate(posts) for b in posts[i + 1 :]]
    return [*background(), *several("storm", STORM_FR), *posts, *rest], edges


def test_a_planted_campaign_is_flagged_first_with_its_numbers():
    documents, edges = campaign()
    found = max(judge(documents, edges).values(), key=lambda f: f.level)
    assert (found.level, found.state) == (3, "new")
    reason = next(r for r in found.reasons if r.kind == "coordination")
    assert (reason.numbers["accounts"], reason.numbers["edges"], reason.numbers["co_actions"]) == (6, 15, 120)
    assert reason.numbers["expected"] == pytest.approx(0.15)
    assert reason.sentence == (
        "6 accounts shared the same text within 60 s of each other; in all, 15 pairs of them acted alike 120 times; "
        "by chance one would expect 0.15 (smallest q 1e-06)"
    )
    assert {e.id for e in edges} <= set(reason.evidence)
    assert {"c0", "c5"} <= set(reason.evidence)
    assert reason.innocent


def test_a_big_story_that_everyone_reports_is_not_flagged():
    debate = [article(f"d{i}", text, hours=20 - i / 4) for i, text in enumerate(reports(DEBATE_PARTS, 60))]
    earlier = [article(f"e{i}", text, hours=30 + 24 * i) for i, text in enumerate(reports(DEBATE_PARTS, 66)[60:])]
    talk = [post(f"p{i}", text, hours=18 - i / 10) for i, text in enumerate(reports(DEBATE_TALK, 60))]
    listed = [source(f"d{i}.example", DOUBTED if i < 3 else PRESS[0]) for i in range(60)]
    documents = [*quiet(), *earlier, *debate, *talk]
    told = narrate(read(documents), (), SETTINGS, NIGHT).narratives
    assert max(len(n.documents) for n in told) >= 12, "many sites tell one story"
    assert judge(documents, sources=listed) == {}


def test_a_wire_story_on_many_sites_is_not_flagged_and_without_credit_it_is_looked_at():
    credit = "VALBRUNE (AFP) - "
    wire = [article(f"w{i}", (credit if i % 2 else "") + FRAUD_FR[0], hours=9 - i / 10) for i in range(8)]
    assert judge([*background(), *wire]) == {}
    bare = [article(f"w{i}", FRAUD_FR[0], hours=9 - i / 10) for i in range(8)]
    found = only(judge([*background(), *bare]))
    assert (found.level, kinds(found)) == (1, ["copies"])
    assert found.reasons[0].sentence == (
        "8 sites carry the same text in 8 documents within 42 min; first w0.example at 2027-04-08 17:30 UTC"
    )
    assert "an agency text without its credit" in found.reasons[0].innocent


def test_edges_over_a_wire_story_are_no_reason_but_anyone_can_write_afp():
    papers = [replace(article(f"w{i}", "VALBRUNE (AFP) - " + FRAUD_FR[0], hours=9 - i / 400), account=f"w{i}.example") for i in range(4)]
    assert judge([*background(), *papers], [acted(papers[0], other) for other in papers[1:]]) == {}
    posts = [post(f"w{i}", "VALBRUNE (AFP) - " + FRAUD_FR[0], hours=9 - i / 400) for i in range(4)]
    assert only(judge([*background(), *posts], [acted(posts[0], other) for other in posts[1:]])).level == 3
    one = [article(f"w{i}", ("" if i else "VALBRUNE (AFP) - ") + FRAUD_FR[0], hours=9 - i / 10) for i in range(8)]
    assert only(judge([*background(), *one])).level == 1


def test_copies_among_ordinary_papers_are_not_flagged():
    copies = [article(f"w{i}", FRAUD_FR[0], hours=9 - i / 10) for i in range(4)]
    press = [source(f"w{i}.example", PRESS[i % 3]) for i in range(4)]
    assert judge([*background(), *copies], sources=press) == {}
    assert judge([*background(), *copies], sources=press[:1]), "three of the four are nobody's ordinary media"


def test_copies_on_listed_outlets_are_looked_at_first():
    copies = [article(f"w{i}", FRAUD_FR[0], hours=9 - i / 10) for i in range(4)]
    found = only(judge([*background(), *copies], sources=[source(f"w{i}.example", DOUBTED) for i in (0, 1)]))
    copies_reason = next(r for r in found.reasons if r.kind == "copies")
    assert found.level == 3
    assert copies_reason.numbers["listed"] == 2
    assert copies_reason.sentence.startswith("4 sites, 2 of them listed, carry the same text in 4 documents")


def test_reposts_and_share_buttons_are_no_copies():
    reposts = [replace(post(f"c{i}", CALL, hours=8 - i), repost_of="c") for i in range(6)]
    assert judge([*background(), post("c", CALL, hours=9), *reposts]) == {}
    button = [post(f"c{i}", CALL, hours=8 - i, links=["https://journal.example/hangar"]) for i in range(6)]
    assert judge([*background(), *button]) == {}


def test_a_listing_alone_and_growth_alone_are_no_flag_together_they_are_a_look():
    texts = reports(FRAUD_PARTS, 19)
    old = [article(f"o{i}", text, hours=30 + 24 * i, source=f"a{i}.example") for i, text in enumerate(texts[:5])]
    fresh = [article(f"f{i}", text, hours=i, source=f"b{i}.example") for i, text in enumerate(texts[5:])]
    doubted = [source(f"b{i}.example", DOUBTED) for i in range(9)]
    assert judge([*quiet(), *old, *fresh]) == {}, "growth alone"
    slow = [replace(d, published=d.time - (i % 7) * DAY) for i, d in enumerate(fresh)]
    assert judge([*quiet(), *old, *slow], sources=doubted) == {}, "a listing alone"
    found = only(judge([*quiet(), *old, *fresh], sources=doubted))
    assert (found.level, sorted(kinds(found))) == (1, ["growth", "listed"])
    listed = next(r for r in found.reasons if r.kind == "listed")
    assert "b0.example by VIGINUM as Portal Kombat network" in listed.sentence
    growth = next(r for r in found.reasons if r.kind == "growth")
    assert 12 <= growth.numbers["documents"] <= 14
    assert growth.numbers["p"] < 0.001 < growth.numbers["expected"]


def test_a_single_pair_needs_a_smaller_error_rate():
    documents, _ = campaign(2)
    pair = next(d for d in documents if d.id == "c0"), next(d for d in documents if d.id == "c1")
    assert judge(documents, [acted(*pair, q=0.04)]) == {}
    found = only(judge(documents, [acted(*pair, q=0.001)]))
    assert found.level == 1
    assert found.reasons[0].sentence.startswith(
        "2 accounts shared the same text within 60 s of each other; in all, 1 pair of them acted alike 8 times"
    )


def test_edges_that_were_not_called_or_lie_elsewhere_are_no_reason():
    documents, edges = campaign(4)
    documents = [replace(d, repost_of="x") if d.id.startswith("c") else d for d in documents]
    assert judge(documents, [replace(e, q=0.5) for e in edges]) == {}
    moved = [replace(e, pairs=tuple(replace(p, a="elsewhere") for p in e.pairs)) for e in edges]
    assert judge(documents, moved) == {}


def test_the_state_is_new_then_known_then_growing():
    documents, edges = campaign(4)
    small = [e for e in edges if "acct:c3" not in {e.a, e.b}]
    first = judge(documents, small)
    past = tuple(first.values())
    assert {f.state for f in past} == {"new"}
    again = judge(documents, small, past=past)
    assert {f.state for f in again.values()} == {"new"}, "the same night judged twice"
    earlier = [replace(f, night=NIGHT - DAY) for f in past]
    assert {f.state for f in judge(documents, small, past=earlier).values()} == {"known"}
    assert "growing" in {f.state for f in judge(documents, edges, past=earlier).values()}


def test_verdicts_of_organic_settle_narratives_accounts_and_groups():
    documents, edges = campaign(5)
    found = judge(documents, edges)
    verdict = Verdict(about=only(found).narrative, kind="narrative", judgement="organic", note="fans", who="a", when=NIGHT)
    assert judge(documents, edges, verdicts=[verdict]) == {}
    before = replace(verdict, when=NIGHT - DAY)
    assert judge(documents, edges, verdicts=[before]), "they acted alike after the verdict"
    unsure = replace(verdict, judgement="unsure", when=NIGHT + DAY)
    assert judge(documents, edges, verdicts=[verdict, unsure]), "the last verdict counts"
    group = Group(id="g", members=tuple(f"acct:c{i}" for i in range(5)), edges=(), first_seen=NIGHT, last_seen=NIGHT)
    of_group = replace(verdict, about="g", kind="group")
    assert judge(documents, edges, groups=[group], verdicts=[of_group]) == {}, "nor are their copies a reason"


def test_sleeping_narratives_are_not_flagged():
    documents, edges = campaign()
    items = read(documents)
    told = [replace(n, status="asleep") for n in narrate(items, (), SETTINGS, NIGHT).narratives]
    notes = {a.document: a for _, a in items}
    assert flag(told, {d.id: d for d in documents}, notes, edges, (), {}, (), SETTINGS, NIGHT) == ()


def test_every_reason_kind_explains_itself_and_is_in_the_documentation():
    page = (Path(__file__).resolve().parent.parent / "docs" / "flags.md").read_text("utf-8")
    for name in names(nlp.reasons):
        module = load(nlp.reasons, name, "reason")
        assert module.__doc__
        assert re.search(rf"^## `{name}`", page, re.MULTILINE), name
        for innocent in [text for key, texts in vars(module).items() if key.startswith("INNOCENT") for text in texts]:
            assert innocent in page, innocent


def test_no_sentence_speaks_of_guilt_or_truth():
    documents, edges = campaign()
    for found in judge(documents, edges).values():
        text = " ".join([r.sentence + " ".join(r.innocent) for r in found.reasons]).lower()
        assert not re.search(r"culprit|guilty|false|fake|disinformation|lie\b", text)


@pytest.mark.parametrize(
    ("text", "credited"),
    [
        ("PARIS (AFP) - Le scrutin", True),
        ("Berlin (dpa) – Die Wahl", True),
        ("Le scrutin a commencé. (avec AFP)", True),
        ("Die Wahl hat begonnen. (dpa/Reuters)", True),
        ("Mit Material von dpa", True),
        ("Rom, KNA - Der Papst", True),
        ("Genève (ATS/Keystone-ATS) Le vote", True),
        ("L'AfD gewinnt, die AP sagt nichts", False),
        ("L'AFP a publié hier un démenti très commenté", False),
        ("Des bulletins déjà cochés", False),
    ],
)
def test_agency_credits(text, credited):
    assert credits_agency(article("x", text)) is credited


def test_burst_against_poisson_and_a_wild_past():
    calm = [(2, 100)] * 7
    wild = [(14, 100), (0, 100), (0, 100), (0, 100), (0, 100), (0, 100), (0, 100)]
    assert burst(12, 100, calm)[1] < 1e-4
    assert burst(12, 100, wild)[1] > burst(12, 100, calm)[1] * 100
    assert burst(12, 600, calm)[1] > 0.1, "the whole night is louder"
    assert burst(0, 100, calm) == (pytest.approx(15 / 7), 1.0)


def test_counts_and_durations_are_written_as_people_do():
    assert [count(n, "account") for n in (0, 1, 2)] == ["0 accounts", "1 account", "2 accounts"]
    assert [duration(s) for s in (0, 60, 300, 10_000, 200_000)] == ["0 s", "60 s", "5 min", "2.78 h", "2.31 days"]


def test_five_accounts_with_one_text_within_two_minutes_are_level_two_even_without_an_edge():
    text = "Ouvrez le hangar de Valbrune maintenant, les bulletins cochés sont là, partagez avant que la vidéo disparaisse"
    quick = [post(f"c{i}", text, hours=8 - i / 200) for i in range(6)]
    found = only(judge([*background(), *quick]))
    assert (found.level, kinds(found), found.reasons[0].numbers["accounts_together"]) == (2, ["copies"], 6)
    slow = [post(f"c{i}", text, hours=20 - 3 * i) for i in range(6)]
    assert only(judge([*background(), *slow])).level == 1


def test_a_significant_group_that_met_in_the_narrative_is_coordination_without_any_edge():
    documents, _ = campaign(6)
    accounts = tuple(f"acct:c{i}" for i in range(6))
    group = Group(
        id="g1",
        members=accounts,
        edges=(),
        first_seen=NIGHT,
        last_seen=NIGHT,
        trace="same_text",
        window=60.0,
        joins=40,
        expected=0.3,
        q=1e-8,
    )
    found = next(f for f in judge(documents, groups=[group]).values() if "coordination" in kinds(f))
    reason = next(r for r in found.reasons if r.kind == "coordination")
    assert found.level == 3
    assert reason.sentence.endswith(
        "of this narrative within 60 s of each other; in all, the group met 40 times; by chance one would expect 0.3 (q 1e-08)"
    )
    assert "g1" in reason.evidence
    for weak in (replace(group, q=0.5), replace(group, members=("acct:x", "acct:y", *accounts[:2])), replace(group, window=0.5)):
        assert all("coordination" not in kinds(f) for f in judge(documents, groups=[weak]).values())


def test_fact_checks_are_no_spread_unless_a_doubted_outlet_wrote_them():
    texts = reports(FRAUD_PARTS, 19)
    old = [article(f"o{i}", text, hours=30 + 24 * i, source=f"a{i}.example") for i, text in enumerate(texts[:5])]
    fresh = [article(f"f{i}", f"Fact-checking : {text}", hours=i, source=f"b{i}.example") for i, text in enumerate(texts[5:])]
    doubted = [source(f"b{i}.example", DOUBTED) for i in range(14)]
    every, fewer = (only(judge([*quiet(), *old, *fresh], sources=doubted[:k])) for k in (14, 13))
    all_of_them, one_less = (next(r for r in f.reasons if r.kind == "growth") for f in (every, fewer))
    assert one_less.numbers["documents"] == all_of_them.numbers["documents"] - 1
    assert "1 document that denies or checks it not counted" in one_less.sentence
    assert "not counted" not in all_of_them.sentence
    claim = STORM_FR[0]
    check = [article(f"x{i}", f"Fact-checking : {claim}", source=f"x{i}.example") for i in range(6)]
    assert judge([*background(), *check]) == {}
    assert only(judge([*background(), *(replace(d, id=f"s{d.id}", text=claim) for d in check)])), "the same text without the mark"
    called = [replace(d, id=f"c{d.id}", text=f"Fact-checking : {CALL}") for d in check]
    assert only(judge([*background(), *called])), "a check that asks to be passed on is none"
