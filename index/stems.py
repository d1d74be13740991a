"""Light stemmers for words that are folded already (no capitals, no accents): they join the forms of one word, not a whole family.

They work on folded words so that `élection` and `election` meet by construction. They follow the idea of J. Savoy, *Light stemming
approaches for the French, Portuguese, German and Hungarian languages*, SAC 2006 (and his Russian list), with rules of our own.
"""

from __future__ import annotations

from collections.abc import Callable

from index import german

_VOWELS = frozenset("aeiouy")


def french(word: str) -> str:
    """`électoraux`, `électorales` -> `electoral`; `truqués`, `truquer` -> `truqu`; `électrices`, `électeur` -> `electeu`."""
    if len(word) < 4:
        return word
    word = _french_plural(word)
    for ending, instead in (("trice", "teu"), ("euse", "eu"), ("eur", "eu"), ("ive", "if"), ("iere", "ie"), ("ere", "e")):
        if word.endswith(ending) and len(word) > 5:
            return _single(word[: -len(ending)] + instead) if instead != "e" else _french_end(word[:-2])
    return _french_end(word)


def _french_plural(word: str) -> str:
    if word.endswith(("eaux", "eux", "oux")):
        return word[:-1]
    if word.endswith("aux") and len(word) > 4:
        return word[:-2] + "l"
    return word[:-1] if word.endswith("s") and word[-2:] != "ss" else word


def _french_end(word: str) -> str:
    if len(word) > 4 and word.endswith(("er", "ee")):
        word = word[:-1]
    if len(word) > 5 and word.endswith("e"):
        word = word[:-1]
    return _single(word)


def _single(word: str) -> str:
    """``word`` with a doubled last consonant made single."""
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in _VOWELS and word[-1].isalpha() else word


def german_light(word: str) -> str:
    """`Wahlen`, `Wahl` -> `wahl`; `Bildern`, `Bilder` -> `bild`; but `Wählern`, `Wähler` -> `wahler`, which is a word of its own."""
    if len(word) < 4:
        return word
    for ending in ("n", "s", ""):
        base = word[: len(word) - len(ending)]
        if word.endswith(ending) and base.endswith("er") and german.own_word(base):
            return base
    word = _german_ending(word)
    return _single(word) if len(word) > 5 else word


def _german_ending(word: str) -> str:
    size = len(word)
    if size > 5 and word.endswith(("ern", "ens")):
        return word[:-3]
    if size > 4 and word.endswith(("em", "en", "er", "es")):
        return word[:-2]
    if word.endswith("e") or (word.endswith("s") and word[-2] in "bdfghklmnrt"):
        return word[:-1]
    return word


_NOT_PLURAL = frozenset({"news", "series", "species", "always", "perhaps", "besides", "afterwards", "whereas"})


def english(word: str) -> str:
    """`votes`, `voted`, `voting` -> `vot`; `parties` -> `party`; `rigged`, `rigging`, `rig` -> `rig`; `news` stays."""
    if len(word) < 4 or word in _NOT_PLURAL:
        return word
    word = _english_plural(word)
    for ending in ("ing", "ed"):
        stem = word[: -len(ending)]
        if word.endswith(ending) and len(stem) > 2 and _VOWELS.intersection(stem):
            word = stem[:-1] + "y" if ending == "ed" and stem.endswith("i") else stem
            break
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    return _single(word)


def _english_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_RUSSIAN: tuple[tuple[int, frozenset[str]], ...] = (
    (4, _set("иями оями")),
    (3, _set("иям иях оях ями оям ами его ему ими ого ому ыми оев ией иею")),
    (2, _set("ая яя ях юю ах ею их ия ию ие ии ою ую ям ых ея ам ем ей ев ий им ое ой ом ов ые ый ым ми")),
    (1, frozenset("аеиоуйыяью")),
)


def russian(word: str) -> str:
    """`выборы`, `выборов`, `выборами` -> `выбор`: the case endings go, the longest first."""
    for size, endings in _RUSSIAN:
        if len(word) > size + 2 and word[-size:] in endings:
            word = word[:-size]
            break
    word = word[:-1] if len(word) > 3 and word[-1] in "ьи" else word
    return word[:-1] if word.endswith("нн") else word


def as_it_is(word: str) -> str:
    """Languages without a stemmer of their own."""
    return word


STEMMERS: dict[str, Callable[[str], str]] = {"fr": french, "de": german_light, "en": english, "ru": russian, "xx": as_it_is}
