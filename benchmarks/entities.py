"""How well an election's people, parties, institutions and places are found, and how often something else is taken for them.

    python benchmarks/entities.py [--errors] [--open]

101 invented texts in French, German, English and Russian (tests/fixtures/entities.tsv) with 175 mentions and 72 distractors: the month of
March and a baker called Merz, "le maire", Weber grills, green meadows, Macron inside other words. Entities are those of the shipped
elections de-2025 and fr-2027, and two places. Half of the texts is for development (part ``dev``), the other half is only scored.
``--open`` also reads the tweets of German politicians of 2021 (data/open/de_politicians_2021) with the entities of de-2021: how many
mentions of a surname alone agree with who the tweets can be about.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import results  # noqa: E402  the folder must be on the path first
from models.election import load  # noqa: E402
from models.records import Document, Entity  # noqa: E402
from models.settings import Settings  # noqa: E402

FILE = ROOT / "tests" / "fixtures" / "entities.tsv"
NOON = datetime(2027, 4, 9, 12, tzinfo=UTC)
PLACES = (
    Entity(
        id="sachsen",
        kind="place",
        name="Sachsen",
        aliases={"fr": ("Saxe",), "de": ("Sachsen",), "en": ("Saxony",), "ru": ("Саксония",)},
    ),
    Entity(id="henin", kind="place", name="Hénin-Beaumont"),
)
SHORT = {
    "macron": "emmanuel-macron", "lepen": "marine-le-pen", "attal": "gabriel-attal", "autain": "clementine-autain",
    "merz": "friedrich-merz", "scholz": "olaf-scholz", "habeck": "robert-habeck", "weidel": "alice-weidel", "lindner": "christian-lindner",
    "wagenknecht": "sahra-wagenknecht",
}  # fmt: skip
NAMES = {
    "rn": "Rassemblement national", "lr": "Les Républicains", "insoumise": "La France insoumise", "conseil": "Conseil constitutionnel",
    "assemblee": "Assemblée nationale", "afp": "Agence France-Presse", "viginum": "VIGINUM", "gruene": "BÜNDNIS 90/DIE GRÜNEN",
    "cdu": "Christlich Demokratische Union Deutschlands", "csu": "Christlich-Soziale Union in Bayern", "fdp": "Freie Demokratische Partei",
    "spd": "Sozialdemokratische Partei Deutschlands", "afd": "Alternative für Deutschland", "linke": "DIE LINKE",
    "bsw": "Bündnis Sahra Wagenknecht", "bundestag": "Deutscher Bundestag", "bverfg": "Bundesverfassungsgericht",
    "bwl": "Bundeswahlleiterin",
}  # fmt: skip
_MARKED = re.compile(r"\{(?P<key>\w+):(?P<name>[^{}]+)\}|<(?P<other>[^<>]+)>")

Span = tuple[int, int, str]


def entities() -> tuple[Entity, ...]:
    """The entities that are looked for."""
    found = {e.id: e for name in ("de-2025", "fr-2027") for e in load(name).entities}
    return (*found.values(), *PLACES)


def keys() -> dict[str, str]:
    """Entity id to its key in the file."""
    by_name = {name: key for key, name in NAMES.items()}
    persons = {slug: key for key, slug in SHORT.items()}
    found = {e.id: persons.get(e.id.rpartition("/")[2]) or by_name.get(e.name) or e.id for e in entities()}
    return found | {e.id: e.id for e in PLACES}


def texts(part: str) -> list[tuple[str, str, list[Span], list[Span]]]:
    """Language, text, mentions and distractors of one part; ``{key:before|name}`` marks the name only."""
    made = []
    with FILE.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["part"] == part:
                made.append((row["language"], *_read(row["text"])))  # noqa: PERF401  read while the file is open
    return made


def _read(marked: str) -> tuple[str, list[Span], list[Span]]:
    text, at = "", 0
    true: list[Span] = []
    other: list[Span] = []
    for match in _MARKED.finditer(marked):
        text += marked[at : match.start()]
        at = match.end()
        whole, _, short = (match["name"] or match["other"]).partition("|")
        begin = len(text) + (whole.index(short) if short else 0)
        text += whole
        (true if match["key"] else other).append((begin, begin + len(short or whole), match["key"] or ""))
    return text + marked[at:], true, other


def found(part: str) -> list[tuple[str, list[Span], list[Span], list[Span]]]:
    """Text, mentions, distractors and what was found, for each text of a part."""
    from nlp.reading import annotate

    rows, short = texts(part), keys()
    documents = [
        Document(id=str(i), kind="post", platform="bench", source="bench", fetched=NOON, language=code, text=text)
        for i, (code, text, _, _) in enumerate(rows)
    ]
    notes = {int(n.document): n for n in annotate(documents, entities(), Settings({"nlp.workers": 1}))}
    spans = [[(m.start - 1, m.end - 1, short[m.id]) for m in notes[i].entities] for i in range(len(rows))]
    return [(text, true, other, spans[i]) for i, (_, text, true, other) in enumerate(rows)]


def _hit(one: Span, some: Sequence[Span]) -> bool:
    """Do two spans overlap under one key?"""
    return any(one[0] < b and a < one[1] and one[2] == key for a, b, key in some)


def scores(rows: Sequence[tuple[str, list[Span], list[Span], list[Span]]]) -> dict[str, float]:
    """Precision and recall over mentions (same entity, overlapping), F1, and the share of distractors in which nothing was found."""
    called = [(span, true) for _, true, _, spans in rows for span in spans]
    wanted = [(span, spans) for _, true, _, spans in rows for span in true]
    others = [(span, spans) for _, _, other, spans in rows for span in other]
    precision = sum(_hit(span, true) for span, true in called) / max(1, len(called))
    recall = sum(_hit(span, spans) for span, spans in wanted) / len(wanted)
    left = sum(not any(span[0] < b and a < span[1] for a, b, _ in spans) for span, spans in others) / len(others)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3), "distractors_left": round(left, 3)}


def politicians(path: Path) -> str:
    """What surnames alone were taken for in open tweets: counts, and a sample to read."""
    from pyarrow import parquet

    from nlp.reading import annotate

    table = parquet.read_table(path, columns=["status_id", "full_text"]).slice(0, 6000).to_pylist()
    documents = [
        Document(id=row["status_id"], kind="post", platform="x", source="open", fetched=NOON, language="de", text=row["full_text"])
        for row in table
    ]
    people = tuple(load("de-2021").entities)
    names = {e.id: e.name for e in people if e.kind == "person"}
    alone: Counter[tuple[str, str]] = Counter()
    for note in annotate(documents, people, Settings({"nlp.workers": 1})):
        alone.update((m.surface, names[m.id]) for m in note.entities if m.id in names and " " not in m.surface and "@" not in m.surface)
    lines = [f"{count:5d}  {surface} -> {name}" for (surface, name), count in alone.most_common(40)]
    return f"{sum(alone.values())} mentions by one word in {len(documents)} tweets\n" + "\n".join(lines)


def main() -> int:
    """Print the scores of both parts; 1 below a floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", action="store_true", help="print what is wrong in the development texts")
    parser.add_argument("--open", type=Path, metavar="FILE", help="also read the open tweets of German politicians")
    arguments = parser.parse_args()
    for part in ("dev", "test"):
        rows = found(part)
        print(part, scores(rows))
        for text, true, _, spans in rows if arguments.errors and part == "dev" else ():
            for label, some, all_ in (("missed", true, spans), ("wrong", spans, true)):
                wrong = [(text[a:b], key) for a, b, key in some if not _hit((a, b, key), all_)]
                print(*(f"  {label} {name!r} ({key}): {text}" for name, key in wrong), sep="\n", end="\n" if wrong else "")
    if arguments.open:
        print(politicians(arguments.open))
    return results.kept("entities", scores(found("test")))


if __name__ == "__main__":
    sys.exit(main())
