"""How well texts that spread a claim are told from those that report, deny or check it.

    python benchmarks/stances.py [--errors]

160 invented texts in French, German, English and Russian (tests/fixtures/stances.tsv), five claims, forty texts of each stance. Half of the
templates are for development (part ``dev``), the other half (``test``) was written before the cues and is only scored. A text is judged
beside the claim in its language, as it would be in a narrative of texts that spread it.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import results  # noqa: E402  the folder must be on the path first
from models.records import Document  # noqa: E402
from models.settings import Settings  # noqa: E402

FILE = ROOT / "tests" / "fixtures" / "stances.tsv"
LABELS = {"spread": "", "reported": "reported", "denied": "denied", "check": "checked"}
NOON = datetime(2027, 4, 9, 12, tzinfo=UTC)
CLAIMS = {
    "fr": {
        "ballots": ("Des bulletins ont été brûlés dans un hangar de Valbrune.", "On a brûlé des bulletins à Valbrune."),
        "dead": ("À Valbrune, des morts ont voté.", "Des milliers de morts votent à Valbrune."),
        "pensions": ("Ferrand va supprimer les retraites.", "Ferrand veut la suppression des retraites."),
        "machines": ("Les machines à voter sont reliées à un serveur étranger.", "Les machines sont reliées à l'étranger."),
        "soldiers": ("Les bulletins des soldats sont annulés.", "Le vote des soldats a été annulé."),
    },
    "de": {
        "ballots": ("In einer Halle in Valbrune wurden Stimmzettel verbrannt.", "Stimmzettel in Valbrune verbrannt."),
        "dead": ("In Valbrune haben Tote gewählt.", "Tausende Tote wählen in Valbrune."),
        "pensions": ("Ferrand schafft die Rente ab.", "Ferrand will die Rente abschaffen."),
        "machines": ("Die Wahlmaschinen sind mit einem fremden Server verbunden.", "Wahlmaschinen am Server im Ausland."),
        "soldiers": ("Die Briefwahl der Soldaten wurde annulliert.", "Die Stimmen der Soldaten sind annulliert."),
    },
    "en": {
        "ballots": ("Ballots were burnt in a warehouse in Valbrune.", "Ballots burnt in Valbrune."),
        "dead": ("In Valbrune the dead voted.", "Thousands of dead people vote in Valbrune."),
        "pensions": ("Ferrand will abolish pensions.", "Ferrand wants to abolish pensions."),
        "machines": ("The voting machines are wired to a foreign server.", "Voting machines wired to a server abroad."),
        "soldiers": ("The soldiers' postal ballots were cancelled.", "The votes of soldiers are cancelled."),
    },
    "ru": {
        "ballots": ("В Вальбрюне на складе сожгли бюллетени.", "Бюллетени в Вальбрюне сожгли."),
        "dead": ("В Вальбрюне проголосовали мёртвые.", "Тысячи мёртвых голосуют в Вальбрюне."),
        "pensions": ("Ферран отменит пенсии.", "Ферран хочет отменить пенсии."),
        "machines": ("Машины для голосования подключены к чужому серверу.", "Машины подключены к серверу за границей."),
        "soldiers": ("Бюллетени солдат аннулировали.", "Голоса солдат аннулированы."),
    },
}
"""Two ways to say each claim: what the narrative says that a text is judged in."""


def rows(part: str) -> list[dict[str, str]]:
    """The labelled texts of one part."""
    with FILE.open(encoding="utf-8", newline="") as handle:
        return [row for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE) if row["part"] == part]


def judged(part: str) -> list[tuple[dict[str, str], str]]:
    """Each text of a part with the stance that was found for it."""
    from nlp.reading import annotate
    from nlp.stance import stances

    labelled = {str(i): row for i, row in enumerate(rows(part))}
    documents = {i: _document(i, row["text"], row["language"]) for i, row in labelled.items()}
    for code, claims in CLAIMS.items():
        for name, texts in claims.items():
            documents |= {f"{code}-{name}-{k}": _document(f"{code}-{name}-{k}", text, code) for k, text in enumerate(texts)}
    notes = {note.document: note for note in annotate(documents.values(), (), Settings({"nlp.workers": 1}))}
    found = []
    for i, row in labelled.items():
        names = [i, *(f"{row['language']}-{row['claim']}-{k}" for k in range(2))]
        found.append((row, stances([(documents[n], notes[n]) for n in names])[i]))
    return found


def _document(name: str, text: str, language: str) -> Document:
    return Document(id=name, kind="post", platform="bench", source="bench", fetched=NOON, language=language, text=text)


def scores(found: Sequence[tuple[Mapping[str, str], str]]) -> dict[str, float]:
    """Accuracy over the four stances; precision and recall of what is no spread (denied or checked); spread wrongly taken for such."""
    against = {"denied", "checked"}
    right = sum(LABELS[row["stance"]] == stance for row, stance in found)
    called = [row for row, stance in found if stance in against]
    true = [stance for row, stance in found if LABELS[row["stance"]] in against]
    spread = [stance for row, stance in found if row["stance"] == "spread"]
    return {
        "accuracy": round(right / len(found), 3),
        "against_precision": round(sum(LABELS[row["stance"]] in against for row in called) / max(1, len(called)), 3),
        "against_recall": round(sum(stance in against for stance in true) / len(true), 3),
        "spread_kept": round(sum(stance not in against for stance in spread) / len(spread), 3),
    }


def main() -> int:
    """Print the scores of both parts; 1 below a floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", action="store_true", help="print the development texts that are judged wrongly")
    arguments = parser.parse_args()
    for part in ("dev", "test"):
        found = judged(part)
        print(part, scores(found))
        for row, stance in found if arguments.errors and part == "dev" else ():
            if LABELS[row["stance"]] != stance:
                print(f"  {row['language']} {row['stance']} -> {stance or 'spread'}: {row['text']}")
    return results.kept("stances", scores(judged("test")))


if __name__ == "__main__":
    sys.exit(main())
