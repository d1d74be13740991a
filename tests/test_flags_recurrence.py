"""Accounts that share one link after another at once: called against how others share, whatever part of the night they are."""

import random
from dataclasses import replace

import pytest

from models.records import Verdict
from nlp.flags import level
from nlp.reasons._gatherings import MOST, gatherings
from tests.support.narratives import FRAUD_FR, NIGHT, STORM_FR, background, post, several
from tests.test_flags_reasons import judge

PLACES = ("Vernais", "Courcelle", "Marbourg", "Lantigny", "Sauvagne", "Trévoix")


def share(account, link, seconds, text="À lire"):
    """A post with a link, ``seconds`` after three days before the night."""
    return post(f"{account}-{link}-{seconds:.0f}", text, account=account, hours=72 - seconds / 3600, links=(f"https://{link}/",))


def public(rng, accounts=80, links=60, least=3):
    """People who share links of one site at times of their own: half within six hours of the page, half within two days."""
    made = []
    for k in range(links):
        begin = rng.uniform(0, 40_000)
        readers = rng.sample(range(accounts), rng.randrange(least, 15))
        made += [share(f"reader{a}", f"site.example/{k}", begin + rng.uniform(0, rng.choice((21_600, 172_800)))) for a in readers]
    return made


def crew(rng, size, links, within=50):
    return [share(f"crew{a}", f"site.example/{k}", 5_000 * k + rng.uniform(0, within)) for k in range(links) for a in range(size)]


@pytest.mark.parametrize("size", [3, 10, 40])
def test_a_crew_is_called_alone_even_where_it_is_most_of_the_night(size):
    rng = random.Random(size)
    (found,) = gatherings([*public(rng), *crew(rng, size, 6)], 60, 0.05)
    assert found.accounts == {f"mastodon:crew{a}" for a in range(size)}
    assert (len(found.links), found.pairs) == (6, size * (size - 1) // 2)
    assert found.met == found.common == 6 * found.pairs
    assert found.rate < 0.05
    assert found.q < 1e-4


def test_readers_of_one_site_gather_in_no_more_nights_than_the_rate_of_false_discovery_allows():
    nights = [gatherings(public(random.Random(seed), accounts=25, least=8), 60, 0.05) for seed in range(40)]
    assert sum(map(bool, nights)) <= 2


def test_where_everybody_hurries_hurrying_says_nothing():
    rng = random.Random(1)
    hasty = [share(f"reader{a}", f"site.example/{k}", 5_000 * k + rng.uniform(0, 90)) for k in range(20) for a in rng.sample(range(60), 8)]
    assert gatherings([*hasty, *crew(rng, 5, 6)], 60, 0.05) == ()


def test_who_posts_a_link_again_and_again_meets_everybody_and_gathers_with_nobody():
    rng = random.Random(4)
    loud = [share(f"loud{a}", f"site.example/{k}", rng.uniform(0, 200_000)) for a in range(5) for k in range(8) for _ in range(400)]
    assert gatherings([*public(rng), *loud], 60, 0.05) == ()


def test_a_crew_without_anybody_to_compare_with_is_not_called():
    assert gatherings(crew(random.Random(0), 8, 6), 60, 0.05) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"repost_of": "mastodon:1"},
        {"kind": "article"},
        {"account": ""},
        {"date_source": "guessed"},
        {"links": ()},
        {"links": ("not a link", "")},
        {"published": NIGHT},
    ],
)
def test_what_is_no_share_of_a_link_at_a_time_of_its_own_does_not_take_part(change):
    rng = random.Random(2)
    others = public(rng)
    changed = [replace(d, **change) for d in crew(rng, 6, 6)]
    found = gatherings([*others, *changed], 60, 0.05)
    assert bool(found) is ("published" in change), "six accounts that share six links in one moment are called as well"


def test_two_accounts_two_links_and_links_of_everybody_are_no_gathering():
    rng = random.Random(3)
    others = public(rng)
    assert gatherings([*others, *crew(rng, 2, 8)], 60, 0.05) == ()
    assert gatherings([*others, *crew(rng, 8, 2)], 60, 0.05) == ()
    assert gatherings([*others, *crew(rng, MOST + 1, 3)], 60, 0.05) == ()
    assert gatherings([], 60, 0.05) == ()


def campaign(size=6):
    """One crew that shares a page of each of several stories, and the reports of one of them."""
    rng = random.Random(5)
    posts = [*crew(rng, size, 5), *public(rng, links=12)]
    told = [replace(d, text=f"{STORM_FR[0]} {PLACES[k]}") for d in posts if d.account.startswith("crew") for k in [int(d.links[0][-2])]]
    told = [replace(d, text=f"{FRAUD_FR[1]} {d.id}") if d.links[0].endswith("/0/") else d for d in told]
    return [*background(), *several("fraud", FRAUD_FR), *told, *[d for d in posts if not d.account.startswith("crew")]]


def recurrence(flags):
    return [(f, r) for f in flags.values() for r in f.reasons if r.kind == "recurrence"]


def test_one_crew_in_many_stories_is_flagged_in_each_with_its_numbers():
    documents = campaign()
    flagged = recurrence(judge(documents))
    assert len(flagged) == 2
    assert all(f.level == 3 for f, _ in flagged)
    numbers = next(r.numbers for _, r in flagged if r.numbers["links"] == 1)
    assert (numbers["accounts"], numbers["documents"], numbers["all_accounts"], numbers["all_links"]) == (6, 6, 6, 5)
    assert numbers["expected"] == numbers["rate"] * numbers["common"] < numbers["met"] / 10
    sentence = next(r.sentence for _, r in flagged if r.numbers["links"] == 1)
    said = "6 accounts shared the same link within 60 s of each other, as 6 did at 4 links beyond this narrative; 15 pairs"
    assert sentence.startswith(said)
    ids = {d.id for d in documents}
    assert all(set(r.evidence) <= ids and len(r.evidence) == 30 for _, r in flagged)


def test_accounts_that_an_analyst_cleared_no_longer_gather():
    verdict = Verdict(about="crew0", kind="account", judgement="organic", note="our press office", who="a", when=NIGHT)
    cleared = [replace(verdict, about=f"crew{a}") for a in range(4)]
    assert recurrence(judge(campaign(), verdicts=cleared)) == []


def test_coordination_and_recurrence_count_as_one_reason():
    acted = next(r for _, r in recurrence(judge(campaign())))
    few = replace(acted, numbers=acted.numbers | {"accounts": 3})
    weak = replace(acted, kind="coordination", numbers={"connected": 3, "co_actions": 4, "expected": 1, "smallest_q": 0.01})
    assert level({"recurrence": acted}, 0.05) == 3
    assert level({"recurrence": few}, 0.05) == level({"recurrence": few, "coordination": weak}, 0.05) == 2
    assert level({"recurrence": few, "growth": few}, 0.05) == 3


def test_the_result_does_not_depend_on_the_order_of_documents():
    rng = random.Random(9)
    documents = [*public(rng), *crew(rng, 7, 5), *[replace(d, account=f"b{d.account}", id=f"b{d.id}") for d in crew(rng, 4, 5, within=20)]]
    first = gatherings(documents, 60, 0.05)
    rng.shuffle(documents)
    assert gatherings(documents, 60, 0.05) == first
