from __future__ import annotations

from nlp.neardup import Text, find

HEADLINE = "Harbour council postpones ferry tariffs until autumn"
COMMENTS = [
    f"{a} {b} {c} {d} {e}"
    for a, b, c, d, e in zip(
        ["outrageous", "lovely", "finally", "weird", "surprising", "typical", "brilliant", "horrid", "sensible", "boring"],
        ["neighbours", "grandmother", "engineers", "butchers", "gardeners", "florists", "painters", "sailors", "teachers", "bakers"],
        ["complained", "celebrated", "whispered", "shouted", "predicted", "doubted", "cheered", "wept", "laughed", "yawned"],
        ["yesterday", "loudly", "twice", "everywhere", "seldom", "nearby", "upstairs", "offshore", "indoors", "halfway"],
        ["umbrella", "violin", "casserole", "tractor", "pyramid", "lantern", "bicycle", "thermos", "compass", "hammock"],
        strict=True,
    )
]


def test_one_headline_with_different_comments_is_no_template_and_no_rewording() -> None:
    twice = [Text(f"{k} {n}", f"{comment} {COMMENTS[n - k]} {HEADLINE}", "en") for k in (1, 2) for n, comment in enumerate(COMMENTS)]
    kinds = {pair.kind for pair in find(twice) if pair.a.split()[1] != pair.b.split()[1]}
    assert "fragment" in kinds
    assert "template" not in kinds


def test_a_form_filled_with_different_names_is_a_template() -> None:
    names = [comment.split()[1] for comment in COMMENTS] + [comment.split()[4] for comment in COMMENTS]
    told = find([Text(name, f"{name} is following me now on the harbour network thanks for reading", "en") for name in names])
    assert {pair.kind for pair in told} == {"template"}


def test_a_headline_is_none_either_where_some_comments_touch_one_end_of_it_only() -> None:
    """Its last words then stand in more texts than its first ones."""
    whole = [Text(f"whole {n}", f"{comment} {HEADLINE}", "en") for n, comment in enumerate(COMMENTS[:9])]
    cut = [Text(f"cut {n}", f"{COMMENTS[n - 1]} postpones ferry tariffs until autumn", "en") for n in range(8)]
    alone = [
        Text(name, text, "en")
        for name, text in (("a", HEADLINE), ("b", f"{HEADLINE} Gazette"), *((f"same {n}", HEADLINE) for n in range(9)))
    ]
    of = {(pair.a, pair.b): pair.kind for pair in find([*whole, *cut, *alone])}
    assert of["a", "b"] == "copy"
    assert "template" not in of.values()


def test_a_text_that_stands_almost_whole_in_the_other_is_a_copy_with_something_added() -> None:
    short = "Harbour council postpones all ferry tariffs until late autumn"
    told = find([Text("a", f"After months of angry letters and petitions: {short}", "en"), Text("b", f"Finally! Read: {short}", "en")])
    assert [pair.kind for pair in told] == ["copy"]
