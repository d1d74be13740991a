"""Invented labelled texts: two ways to write, over subjects that both share, by publishers with a word of their own."""

import csv
import random
from pathlib import Path

SUBJECTS = "pont marché école budget train hôpital forêt rivière mairie stade musée route récolte vaccin loyer port usine plage "
VERBS = "ouvre ferme attend reçoit prépare discute annonce visite mesure finance répare inspecte "
PLAIN = "selon hier commune conseil habitants travaux mardi responsable euros projet réunion calendrier rapport chiffre "
LOUD = "élites mensonge vérité peuple système scandale silence complot trahison réveil caste manipulation honte propagande "
COMMON = "le la les des une dans pour avec sur par mais aussi plus cette leur après depuis sans entre "


def text(rng: random.Random, loud: bool, publisher: str, length: int = 90) -> str:
    """A text of ``length`` words: most are anybody's, a fifth of one's own side and a tenth of the other, one names the publisher."""
    words = [publisher.partition(".")[0]]
    for _ in range(length):
        own, other = (LOUD, PLAIN) if loud else (PLAIN, LOUD)
        kind = rng.choices((COMMON, SUBJECTS, VERBS, own, other), (40, 20, 10, 20, 10))[0]
        words.append(rng.choice(kind.split()))
    return " ".join(words)


def rows(publishers: int = 4, texts: int = 12, language: str = "fr") -> list[dict[str, str]]:
    """Texts of so many publishers of each side."""
    rng = random.Random(5)
    found = []
    for loud in (True, False):
        for number in range(publishers):
            name = f"{'cri' if loud else 'gazette'}{chr(97 + number)}.example"
            label = "doubted" if loud else "press"
            found += [{"text": text(rng, loud, name), "label": label, "publisher": name, "language": language} for _ in range(texts)]
    return found


def write(path: Path, found: list[dict[str, str]]) -> Path:
    """The rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    return path
