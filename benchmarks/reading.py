"""Documents annotated per second over two workers, against spaCy's tokeniser alone on the same documents.

    python benchmarks/reading.py [--documents 4000]
    python benchmarks/reading.py --posts FILE.parquet [--documents 20000]

Reads NTREX-128 articles where the shared data is there (TOCSIN_SHARED or ../shared), else invented ones; a document is used once, since
repeated ones would flatter what is remembered of earlier texts. The bound is one tokeniser, times two. Processor time compares the
two also on a busy machine; the clock says what two workers give on this one, with and without loading spaCy and its tables. With
--posts the texts are the first ones of the column ``text`` of a Parquet file, in German, read in one process; only processor time is told.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from models.records import Document, Entity  # noqa: E402  the checkout comes first
from models.settings import Settings  # noqa: E402
from nlp import reading  # noqa: E402

NTREX = Path(os.environ.get("TOCSIN_SHARED") or ROOT.parent / "shared") / "data" / "open" / "ntrex"
FILES = {"fr": "ref.fra", "de": "ref.deu", "en": "src.eng", "ru": "ref.rus"}
SYLLABLES = {"fr": "mou tion ber que lir sant vré pon dal eur ", "de": "schaft ung ver zier lön keit mag wer bund "}
SYLLABLES |= {"en": "ment ing ter wald ship ness port lor den ", "ru": "ство ние пере гол рав мир тор лен дар "}


def document(key: str, title: str, text: str) -> Document:
    return Document(
        id=key, kind="article", platform="web", source="bench", fetched=datetime(2027, 4, 1, tzinfo=UTC), title=title, text=text
    )


def ntrex() -> list[tuple[str, Document]]:
    ids = [line.split("\t")[0] for line in (NTREX / "DOCUMENT_IDS.tsv").read_text("utf-8").splitlines()]
    found = []
    for code, name in FILES.items():
        articles: dict[str, list[str]] = defaultdict(list)
        for key, line in zip(ids, (NTREX / f"newstest2019-{name}.txt").read_text("utf-8").splitlines(), strict=False):
            articles[key].append(line)
        found += [(code, document(f"{code}-{key}", lines[0], "\n".join(lines[1:]))) for key, lines in articles.items()]
    return found


def invented(count: int) -> list[tuple[str, Document]]:
    """Articles of 350 words: half function words, half of a vocabulary of 40,000 with Zipf's frequencies."""
    import spacy

    draw = random.Random(7)
    words, weights = {}, [1 / (rank + 3) for rank in range(40_000)]
    for code, syllables in SYLLABLES.items():
        words[code] = ["".join(draw.choices(syllables.split(), k=draw.randint(2, 4))) for _ in weights]
    found = []
    for k in range(count):
        code = list(FILES)[k % 4]
        stop = sorted(spacy.util.get_lang_class(code).Defaults.stop_words)
        content = draw.choices(words[code], weights, k=175)
        text = " ".join(f"{draw.choice(stop)} {word}{draw.choice(('', '', '', ',', '.'))}" for word in content)
        found.append((code, document(f"{code}-{k}", text[:60], text)))
    return found


def posts(path: Path, count: int) -> list[tuple[str, Document]]:
    """The first texts of a file of German posts."""
    import pyarrow.parquet as pq

    texts = pq.read_table(path, columns=["text"]).slice(0, count)["text"].to_pylist()
    return [("de", document(f"p{k}", "", text or "")) for k, text in enumerate(texts)]


def tokeniser_alone(documents: list[tuple[str, Document]]) -> float:
    """Documents per second of processor time, the first quarter aside."""
    import spacy

    tokenizers = {code: spacy.blank(code).tokenizer for code in FILES}
    times = [time.process_time()]
    for code, one in documents:
        tokenizers[code](f"{one.title}\n{one.text}")
        times.append(time.process_time())
    return rate(times)


def rate(times: list[float]) -> float:
    quarter = len(times) // 4  # by then every language was met and loaded
    return (len(times) - quarter) / (times[-1] - times[quarter])


def annotated(documents: list[tuple[str, Document]], workers: int, clock: Callable[[], float]) -> tuple[float, float]:
    entities = [Entity(id=f"Q{k}", kind="person", name=f"Given{k % 97} Family{k}") for k in range(3000)]
    settings = Settings().over({"nlp.workers": workers, "nlp.batch": 50})
    times = []
    begun = clock()
    for _ in reading.annotate((one for _, one in documents), entities, settings):
        times.append(clock())  # noqa: PERF401  the moment of each result is the point
    return rate(times), len(times) / (times[-1] - begun)


def in_process(documents: list[tuple[str, Document]]) -> float:
    """Documents annotated per second of processor time in this process, the first quarter aside: no pipes, no other process's time."""
    from nlp.annotating import Annotator

    annotator = Annotator("benchmark", (), {})
    times = [time.process_time()]
    for code, one in documents:
        annotator.annotate((one.id, one.title, one.text, code))
        times.append(time.process_time())
    return rate(times)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=4000, help="how many to invent where NTREX is absent, or with --invented")
    parser.add_argument("--invented", action="store_true")
    parser.add_argument("--posts", type=Path, help="a Parquet file of German posts, to read instead of articles")
    options = parser.parse_args()
    if options.posts:
        documents = posts(options.posts, options.documents)
        bound, alone = tokeniser_alone(documents), in_process(documents)
        print(f"{len(documents)} posts of {sum(len(one.text) for _, one in documents) // len(documents)} characters")
        print(f"spaCy's tokeniser alone {bound:.0f} a second of processor time; annotated {alone:.0f}, {alone / bound:.2f} of it")
        return
    documents = ntrex() if NTREX.is_dir() and not options.invented else invented(options.documents)
    random.Random(1).shuffle(documents)
    size = sum(len(one.text) for _, one in documents) // len(documents)
    print(f"{len(documents)} documents of {size} characters, {'/'.join(FILES)}")
    bound = tokeniser_alone(documents)
    alone, _ = annotated(documents, 1, time.process_time)
    steady, whole = annotated(documents, 2, time.perf_counter)
    print(f"spaCy's tokeniser alone          {bound:6.0f} documents per second of processor time")
    print(f"annotated, one process           {alone:6.0f} documents per second of processor time, {alone / bound:.2f} of it")
    print(
        f"annotated, two workers           {steady:6.0f} documents/s by the clock, {steady / bound / 2:.2f} of two tokenisers on idle cores"
    )
    print(f"the same with loading            {whole:6.0f} documents/s by the clock, {whole / bound / 2:.2f} of it")


if __name__ == "__main__":
    main()
