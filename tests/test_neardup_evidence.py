from __future__ import annotations

import numpy as np

from nlp.neardup import crossing, evidence, pivot, reading

HOUSE = "Der Bürgermeister Lindqvist eröffnet morgen Wagadugu"
SAME = "Mayor Lindqvist opens Wagadugu tomorrow"
NEAR = "Mayor Lindqvist visits hospital tomorrow"


def surplus(texts: list[str], codes: list[str], pairs: list[tuple[int, int]]) -> list[float]:
    """The bits above chance of some pairs, names and equal words alone, without a dictionary."""
    space = pivot.space(reading.read(texts, codes), {})
    left, right = np.array(pairs, np.int32).T
    languages = np.unique(codes, return_inverse=True)[1].astype(np.int32)
    return [float(bits) for bits in evidence.surplus(space, languages, left, right)[0]]


def test_the_more_texts_the_less_the_same_words_say() -> None:
    others = [f"Bericht {i} Tannenwald" for i in range(40)] + [f"report {i} pinewood" for i in range(40)]
    few = surplus([HOUSE, SAME], ["de", "en"], [(0, 1)])[0]
    many = surplus([HOUSE, SAME, *others], ["de", "en", *["de"] * 40, *["en"] * 40], [(0, 1)])[0]
    assert few > many
    assert few - many < 2 * np.log2(41) + 0.1  # 41 times 41 pairs instead of one; the words themselves became no more frequent


def test_a_word_of_many_texts_says_less_than_a_rare_one() -> None:
    rare = [f"report {i} pinewood" for i in range(40)]
    common = [f"report {i} Lindqvist Wagadugu" for i in range(40)]
    codes = ["de", *["en"] * 41]
    assert surplus([HOUSE, SAME, *common], codes, [(0, 1)])[0] < surplus([HOUSE, SAME, *rare], codes, [(0, 1)])[0] - 2


def test_words_without_a_partner_speak_against_a_pair_and_the_order_is_nothing() -> None:
    codes = ["de", "en", "en"]
    good, worse = surplus([HOUSE, SAME, NEAR], codes, [(0, 1), (0, 2)])
    assert good > worse
    assert surplus([SAME, NEAR, HOUSE], ["en", "en", "de"], [(0, 2), (1, 2)]) == [good, worse]


def test_a_word_said_thrice_counts_once() -> None:
    again = "Mayor Lindqvist Lindqvist Lindqvist visits hospital tomorrow"
    once, thrice = surplus([HOUSE, NEAR], ["de", "en"], [(0, 1)]), surplus([HOUSE, again], ["de", "en"], [(0, 1)])
    assert thrice[0] <= once[0] + 0.5


def test_fewer_agreeing_words_need_more_bits_and_a_small_collection_needs_a_share_only() -> None:
    assert crossing.enough(6, 12, 12, -12.0)
    assert not crossing.enough(3, 12, 12, 0.0)
    assert crossing.enough(3, 12, 12, 6.0)
    assert not crossing.enough(1, 3, 3, 99.0)
    assert crossing.enough(2, 10, 12, None)
    assert not crossing.enough(2, 10, 20, None)
