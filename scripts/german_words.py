"""Writes index/german.txt: the German words the search analyser knows, from the frequency and lemma tables of spacy-lookups-data (MIT)."""

from __future__ import annotations

import gzip
import json
from importlib import resources
from pathlib import Path

from index import analysis, compounds

OUT = Path(__file__).resolve().parent.parent / "index" / "german.txt"
FLOOR = -14.4  # natural logarithm of a word's share; rarer words are seldom parts of compounds
SHORT = "Tag Rat Amt Weg Zug Hof Not Öl Uhr Rad Eis Bad Gas Arm Ost Süd Land West Nord Netz Welt Haus Geld Wahl Volk Bund Heer Welt Bau"
NEVER = (
    "Runge Lunge Rung Tand Lung Dung Ling Este Eben Sion Sant Sante Nisch Viert Lein Lost Ernt Ester Loser Enter Thek Nomen Amen Stag "
    "Stags Sort Lasst Anden Gert Dart Renz Rinnen View Int Tande Lich Rich Richs Same Samen Leich Beth Ausge Ausg Verl Veran "
    "Reno Rucks Bros Diffe Gigan Stan Dies Stage Tina Ulie Inte Orga Juris Biele Magde Logen Loge Falls Krit Ander Abtei "
    "Ende Ente Erde Teil Ten Ion Ration Anten Ungen Ungern Innen Kanten Arten Enten Gang Rate Rang Stand Schaft Schaf Heit "
    "Ruf Los Alle Alt Ein Eine Einen Mal Man Wer Sich Ringen Lich Tin Enz Ei Sein Seine Ser Des Den Tion Ing Steller Verb "
    "Vers Inter Mens Chen Elle Ellen Asse Lern Erin Bär Bar Eile Eilen Akti Mill Elis Ionen Alien Alias Essern Unden Spezi "
    "Geni Interes Rung View Tech Mind Biss Akt Star Branden Halten Halter Bunde Neu Gest Ruck Verein Leichen Leiben Assen Nieren Wiesen "
    "Matt Maten"
)
BEGINNINGS = (
    "neu alt groß klein hoch tief rot grün blau braun schwarz weiß links rechts rund frei fremd schnell gemein sonder spitzen "
    "mittel doppel schein extrem ultra anti euro öko bio agrar sozial national international regional lokal digital real "
    "spezial total wähl stimm schreib les fahr bau kauf lauf renn sprech sammel warn streik lehr lern wohn zahl zähl spar "
    "miet leih lenk kenn merk impf falsch innen außen wahl such brenn denk trink glaub heiz kopier mess nähr prüf rede schutz "
    "schweige sende spiel steh teil trag zieh bundes landes staats volks schul sprach friedens freiheits geschäfts hilfs "
    "kirchen kriegs lebens miss stich kreis"
)


def table(name: str) -> dict[str, float] | dict[str, str]:
    """One of the package's tables, by its name."""
    path = resources.files("spacy_lookups_data") / "data" / f"de_{name}.json.gz"
    with path.open("rb") as raw, gzip.open(raw) as file:
        found: dict[str, float] = json.load(file)
    return found


def folded(words: list[str]) -> list[str]:
    """The words as the German analyser sees them."""
    return [analysis.word(word, "de")[1] for word in words]


def main() -> None:
    """Nouns in order of frequency, without those made of commoner ones; nouns in -er; beginnings."""
    share: dict[str, float] = table("lexeme_prob")  # type: ignore[assignment]  # JSON says no types
    lemma: dict[str, str] = table("lemma_lookup")  # type: ignore[assignment]  # JSON says no types
    never = set(NEVER.split())
    nouns = sorted((w for w in share if _noun(w, share, lemma) and w not in never), key=lambda w: -share[w])
    persons = [w for w in nouns if w.endswith("er") and len(w) > 4 and _own_word(w, share, lemma)]
    words = sorted(set(folded(persons)))
    known = set(words)
    short = [w for w in words if not any(w[i:] in known for i in range(3, len(w) - 5))]
    beginnings = sorted(set(folded(BEGINNINGS.split())))
    common = [w for w in nouns if share[w] > FLOOR and (len(w) > 3 or w in SHORT.split())]
    simple = compounds.simple(list(dict.fromkeys(folded(common))), frozenset(beginnings))
    lines = ["# Made by scripts/german_words.py from spacy-lookups-data 1.0.5 (Explosion, MIT). n: nouns, m: beginnings, p: nouns in -er"]
    for kind, group in (("n", sorted(simple)), ("m", beginnings), ("p", short)):
        lines += [f"{kind} {' '.join(group[i : i + 20])}" for i in range(0, len(group), 20)]
    OUT.write_text("\n".join(lines) + "\n", "utf-8")
    print(len(simple), "nouns,", len(beginnings), "beginnings,", len(short), "nouns in -er,", OUT.stat().st_size, "bytes")


def _noun(word: str, share: dict[str, float], lemma: dict[str, str]) -> bool:
    """Written with a capital far more often than without, and not a form of another noun."""
    plain = word.isalpha() and word[0].isupper() and word[1:].islower() and 3 <= len(word) <= 16
    return plain and share[word] > -15 and share[word] > share.get(word.lower(), -25) - 0.7 and lemma.get(word, word) == word


def _own_word(word: str, share: dict[str, float], lemma: dict[str, str]) -> bool:
    inflected = word in (lemma.get(word + "n"), lemma.get(word + "s"))
    return inflected or word + "in" in share or (word + "s" in share and word + "n" in share)


if __name__ == "__main__":
    main()
