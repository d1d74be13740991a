"""Development data for near-duplicates, made anew from open texts each time: nothing of it is stored.

Sentences of NTREX-128 (Federmann et al. 2022, CC BY-SA 4.0; TOCSIN_SHARED or ../shared), articles kept apart: one half to fit on, the
other to measure on. Groups of texts, each of one kind:

- copies: a sentence and nine edited versions (case, accents, punctuation, emoji, links, hashtags, mentions, slips, a lost or an added
  phrase, look-alike letters, zero-width characters);
- rewordings: two independent translations of one sentence into French or Spanish, and paraphrases by rule (synonyms over a pivot
  language of the installed dictionaries, clauses in another order, words dropped and put in);
- translations: the same sentence in seven languages.

All other pairs are none; sentences of one article are the hard ones among them, and sentences of another event with the same names
and numbers.
"""

from __future__ import annotations

import os
import random
import re
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NTREX = Path(os.environ.get("TOCSIN_SHARED") or ROOT.parent / "shared") / "data" / "open" / "ntrex"
FILES = {
    "en": "src.eng", "fr": "ref.fra", "fr2": "ref.fra-CA", "de": "ref.deu", "it": "ref.ita", "nl": "ref.nld", "ru": "ref.rus",
    "es": "ref.spa", "es2": "ref.spa-MX",
}  # fmt: skip
SHARE = {"en": 0.5, "fr": 0.26, "es": 0.06, "de": 0.08, "it": 0.05, "ru": 0.05}


@dataclass
class Data:
    """Texts and the kind of each pair that is one (i < j)."""

    texts: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    truth: dict[tuple[int, int], str] = field(default_factory=dict)

    def add(self, members: list[tuple[str, str]], kind: str) -> None:
        first = len(self.texts)
        for text, language in members:
            self.texts.append(text)
            self.languages.append(language)
        for i, j in combinations(range(first, len(self.texts)), 2):
            self.truth[i, j] = kind


@lru_cache(maxsize=1)
def sentences() -> list[dict[str, str]]:
    """Each sentence in all languages, with its article under ``article``."""
    ids = [line.split("\t")[0] for line in (NTREX / "DOCUMENT_IDS.tsv").read_text("utf-8").splitlines()]
    columns = {code: (NTREX / f"newstest2019-{name}.txt").read_text("utf-8").splitlines() for code, name in FILES.items()}
    return [{"article": ids[i]} | {code: lines[i] for code, lines in columns.items()} for i in range(len(columns["en"]))]


def half(article: str) -> int:
    return zlib.crc32(article.encode()) & 1


SIZES = (2, 2, 3, 4, 6, 10, 10)


def build(part: int, seed: int, groups: int = 110) -> Data:
    """A collection from the articles of one half; ``groups`` of each kind, and every other sentence alone."""
    draw = random.Random(seed)
    rows = [row for row in sentences() if half(row["article"]) == part and 50 <= len(row["en"]) <= 400]
    draw.shuffle(rows)
    data = Data()
    languages = list(SHARE)
    for _ in range(groups):
        code = draw.choices(languages, list(SHARE.values()))[0]
        base = rows.pop()[code]
        size = draw.choice(SIZES)
        data.add([(base, code), *((edited(base, draw), code) for _ in range(size - 1))], "copy")
    for n in range(groups):
        code = ("fr", "es", "en", "de", "en")[n % 5]
        data.add([(text, code) for text in rewordings(rows.pop(), code, draw, draw.choice(SIZES))], "rewording")
    for _ in range(groups // 2):
        row = rows.pop()
        codes = draw.sample(("en", "fr", "de", "it", "nl", "ru", "es"), k=draw.choice((2, 3, 7)))
        data.add([(row[code], code) for code in codes], "translation")
    frames = [rows.pop() for _ in range(len(rows) // 3)]
    for row in rows:
        code = draw.choices(languages, list(SHARE.values()))[0]
        data.add([(row[code], code)], "")
        other = frames.pop() if frames else row
        if draw.random() < 0.5 and other["article"] != row["article"]:
            data.add([(exchanged(row[code], other[code], draw), code)], "")
    return data


# copies

EMOJI = ["😀", "😂", "🔥", "🚨", "👇", "💥", "🇫🇷", "🇩🇪", "❗", "✅", "😡", "🤔"]
TAGS = ["#breaking", "#news", "#politique", "#Wahl", "#info", "#ALERTE", "#ukraine", "#vote"]
ALIKE = str.maketrans({"a": "а", "e": "е", "o": "о", "c": "с", "p": "р"})
BEFORE = ["BREAKING:", "À lire !", "Wow...", "RT @someone:", "Just in –", "Important :", "Eilmeldung:", "Please read this:", "So true!"]
BEHIND = [
    "(via @newsbot)",
    "What do you think?",
    "Partagez !",
    "https://t.co/a8Bz1qP",
    "www.example.org/a/b",
    "Unglaublich...",
    "!!!",
    "1/2",
]


def edited(text: str, draw: random.Random) -> str:
    """The text after one to four edits that leave it a copy."""
    for _ in range(draw.choice((1, 1, 2, 2, 3, 4))):
        text = draw.choice(EDITS)(text, draw)
    return text


def _slip(text: str, draw: random.Random) -> str:
    for _ in range(draw.randint(1, 3)):
        i = draw.randrange(1, len(text) - 1)
        text = draw.choice((text[:i] + text[i + 1 :], text[:i] + text[i + 1] + text[i] + text[i + 2 :], text[:i] + text[i] + text[i:]))
    return text


def _shorter(text: str, draw: random.Random) -> str:
    words = text.split()
    cut = max(1, int(len(words) * draw.uniform(0.04, 0.22)))
    return " ".join(words[:-cut] if draw.random() < 0.7 else words[cut:])


def _without_word(text: str, draw: random.Random) -> str:
    words = text.split()
    del words[draw.randrange(len(words))]
    return " ".join(words)


def _hidden(text: str, draw: random.Random) -> str:
    words = text.split(" ")
    for i in draw.sample(range(len(words)), k=min(3, len(words))):
        words[i] = words[i].translate(ALIKE) if draw.random() < 0.5 else "\u200b".join(words[i])
    return " ".join(words)


EDITS = [
    lambda t, d: t.upper() if d.random() < 0.5 else t.lower(),
    lambda t, d: re.sub(r"[^\w\s]", "" if d.random() < 0.5 else " ", t),
    lambda t, d: f"{d.choice(EMOJI)} {t} {d.choice(EMOJI) * d.randint(1, 3)}",
    lambda t, d: f"{t} {d.choice(TAGS)} {d.choice(TAGS)}",
    lambda t, d: f"{d.choice(BEFORE)} {t}",
    lambda t, d: f"{t} {d.choice(BEHIND)}",
    lambda t, d: f"{d.choice(BEFORE)} {t} {d.choice(BEHIND)}",
    _slip, _slip, _shorter, _shorter, _without_word, _hidden,
    lambda t, _: t.translate(str.maketrans("éèêàùçüöä", "eeeaucuoa")),
]  # fmt: skip


# rewordings

FILLERS = {
    "en": ["reportedly", "actually", "apparently", "indeed", "now", "really", "clearly", "sources", "say", "that", "it", "seems", "that"],
    "fr": ["apparemment", "en", "effet", "désormais", "vraiment", "clairement", "notamment", "d'ailleurs", "selon", "plusieurs", "sources"],
    "de": ["offenbar", "tatsächlich", "wohl", "jetzt", "wirklich", "eindeutig", "laut", "Berichten", "anscheinend"],
    "es": ["aparentemente", "en", "efecto", "ahora", "realmente", "claramente", "al", "parecer", "según", "varias", "fuentes"],
}


def rewordings(row: dict[str, str], code: str, draw: random.Random, size: int) -> list[str]:
    """Texts that say the same in other words."""
    bases = [row[code]] + ([row[code + "2"]] if code + "2" in row else [])
    found = list(dict.fromkeys(bases))
    for _ in range(60):
        if len(found) == size:
            break
        text = paraphrased(draw.choice(bases), code, draw)
        if text not in found:
            found.append(text)
    return found


def paraphrased(text: str, code: str, draw: random.Random) -> str:
    words = text.split()
    strength = draw.uniform(0.15, 0.6)
    out = []
    for word in words:
        bare = re.sub(r"\W", "", word).lower()
        others = synonyms(code).get(bare) if len(bare) > 3 else None
        if others and draw.random() < strength:
            out.append(word.lower().replace(bare, draw.choice(others)) if bare in word.lower() else word)
        elif draw.random() > 0.05 or len(words) < 9:
            out.append(word)
    if draw.random() < 0.5:
        i = draw.randrange(len(out) + 1)
        out[i:i] = draw.sample(FILLERS[code], k=draw.randint(1, 2))
    clauses = re.split(r"(?<=[,;:–]) ", " ".join(out))
    if len(clauses) > 1 and draw.random() < 0.6:
        k = draw.randrange(1, len(clauses))
        clauses = clauses[k:] + clauses[:k]
    return " ".join(clauses)


@lru_cache(maxsize=8)
def synonyms(code: str) -> dict[str, tuple[str, ...]]:
    """Words that share two translations, by FreeDict (German, or English for the others); {} without dictionaries."""
    from nlp import dictionaries

    found = dictionaries.installed()
    other = "de" if code == "en" else "en"
    pairs = {p: dictionaries._pairs(path, p) for p, path in found.items() if p in {(code, other), (other, code)}}  # noqa: SLF001
    forward = dictionaries._both_ways(code, other, pairs)  # noqa: SLF001
    back: dict[str, list[str]] = defaultdict(list)
    for word, glosses in forward.items():
        for gloss in glosses[:5]:
            if len(back[gloss]) < 12:
                back[gloss].append(word)
    answers = {}
    for word, glosses in forward.items():
        votes: dict[str, int] = defaultdict(int)
        for gloss in glosses[:5]:
            for peer in back[gloss]:
                if peer != word and " " not in peer and peer[:4] != word[:4]:
                    votes[peer] += 1
        best = [p for p, n in sorted(votes.items(), key=lambda x: (-x[1], x[0])) if n > 1][:5]
        if best:
            answers[word] = tuple(best)
    return answers


def exchanged(text: str, other: str, draw: random.Random) -> str:
    """Another event of the same people: the names and numbers of one sentence, and a few of its words, in the frame of another."""
    mine = text.split()
    names = [w for w in mine[1:] if w[:1].isupper() or w[:1].isdigit()] or mine
    out = [draw.choice(names) if i and (w[:1].isupper() or w[:1].isdigit()) else w for i, w in enumerate(other.split())]
    for word in draw.sample(mine, k=len(mine) // 6):
        out.insert(draw.randrange(len(out) + 1), word)
    return " ".join(out)


# translations beyond NTREX's languages

HELP = Path(os.environ.get("TOCSIN_HELP") or "/usr/share/help")
HELP_CODES = {"en": "C", "de": "de", "es": "es", "fr": "fr", "it": "it", "ja": "ja", "pt": "pt_BR", "ru": "ru", "tr": "tr", "zh": "zh_CN"}


@lru_cache(maxsize=1)
def manual() -> list[dict[str, str]]:
    """Paragraphs of the GNOME user manual in ten languages (Debian gnome-user-docs, CC BY-SA 3.0), aligned by their order; [] if absent."""
    found = []
    for page in sorted((HELP / "C" / "gnome-help").glob("*.page")):
        columns = {code: _paragraphs(HELP / name / "gnome-help" / page.name) for code, name in HELP_CODES.items()}
        fitting = {code: lines for code, lines in columns.items() if len(lines) == len(columns["en"])}
        for i, line in enumerate(columns["en"]):
            row = {code: lines[i] for code, lines in fitting.items() if code == "en" or lines[i] != line}
            if 60 <= len(line) <= 300 and len(row) > 4:
                found.append({"article": page.stem} | row)
    return _unlike(found)


def _unlike(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Without the paragraphs that nearly repeat an earlier one."""
    from rapidfuzz.fuzz import token_sort_ratio

    kept: list[dict[str, str]] = []
    for row in rows:
        if all(token_sort_ratio(row["en"], other["en"], score_cutoff=62) == 0 for other in kept):
            kept.append(row)
    return kept


def _paragraphs(path: Path) -> list[str]:
    from lxml import etree

    if not path.exists():
        return []
    tree = etree.parse(str(path))
    return [" ".join("".join(p.itertext()).split()) for p in tree.iter("{*}p")]


def translations(part: int, seed: int, source: str) -> Data:
    """Every sentence in a random few of its languages (all in three of ten), one text for each language; those of one article are near."""
    draw = random.Random(seed)
    rows = sentences() if source == "ntrex" else manual()
    rows = [row for row in rows if half(row["article"]) == part and len(row["en"]) >= 40]
    draw.shuffle(rows)
    data = Data()
    for row in rows[:450]:
        codes = [code for code in row if code not in {"article", "fr2", "es2"}]
        size = len(codes) if draw.random() < 0.3 else draw.choice((1, 1, 2, 3))
        data.add([(row[code], code) for code in draw.sample(codes, k=min(size, len(codes)))], "translation")
    return data
