from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.clean import LIMIT, clean, plain_words, split_hashtag


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("l&#39;élection &amp; le vote", "l'élection & le vote"),
        ("cafe\u0301", "café"),
        ("fi\u200bn de\u00adputes", "fin deputes"),
        ("\u202eabc\u202c", "abc"),
        ("ﬁn Ⅳ ½\u00a0%", "fin IV 1⁄2 %"),
        ("l´été", "l'été"),
        ("\ud800 seul", "\ufffd seul"),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("AT&T; R&D", "AT&T; R&D"),
        ("plain ascii", "plain ascii"),
    ],
)
def test_what_a_reader_sees(raw: str, cleaned: str) -> None:
    assert clean(raw).text == cleaned


@pytest.mark.parametrize(
    "raw", ["l&#39;été de\u0301but &amp; ﬁn", "a\u200bb\u200bMacron\u200b!", "…«\u00a0Macron\u00a0»…", "Ёлка е\u0308лка"]
)
def test_every_word_leads_back_to_its_characters(raw: str) -> None:
    cleaned = clean(raw)
    for word in cleaned.text.replace("'", " ").split():
        start = cleaned.text.index(word)
        first, last = cleaned.raw_span(start, start + len(word))
        assert clean(raw[first:last]).text == word
        assert raw[first] not in "\u200b "
        assert raw[last - 1] not in "\u200b "


@given(st.text(max_size=200))
def test_clean_is_nfkc_and_its_spans_lie_inside(raw: str) -> None:
    cleaned = clean(raw)
    assert unicodedata.is_normalized("NFC", cleaned.text)
    for start in range(len(cleaned.text)):
        first, last = cleaned.raw_span(start, start + 1)
        assert 0 <= first < last <= len(raw)


@pytest.mark.parametrize(
    "raw", ["\u0301\u0316" * 500_000, "a" + "\u0316\u0301" * 400_000, "\ufdfa" * 300_000, "&" * 500_000, "\ud800" * 200_000]
)
def test_hostile_text_is_cut_and_quick(raw: str) -> None:
    before = time.process_time()
    assert len(clean(raw).text) <= LIMIT
    assert time.process_time() - before < 5


def test_links_mentions_and_hashtags_tell_nothing_of_a_language() -> None:
    text = "RT @tagesschau@ard.social: Guten Tag https://example.org/the-news lemonde.fr/politique… #election2027 www.example.org"
    assert plain_words(text).split() == ["RT", ":", "Guten", "Tag"]


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("BulletinsTruqués", ["Bulletins", "Truqués"]),
        ("wahlbetrug", ["wahlbetrug"]),
        ("Macron2027", ["Macron", "2027"]),
        ("NATOGipfel", ["NATO", "Gipfel"]),
        ("ВыборыПрезидента", ["Выборы", "Президента"]),
        ("stop_the_count", ["stop", "the", "count"]),
        ("AfD", ["Af", "D"]),
    ],
)
def test_hashtags_are_split_at_capitals_digits_and_underscores(tag: str, words: list[str]) -> None:
    assert split_hashtag(tag) == words
