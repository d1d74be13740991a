"""Both backends on one large mixed corpus: the same documents for every query, the same counts and order, nearly the same first ten."""

import json
import os
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from index import open_index
from index.base import FACETS, INTERVALS, Index, IndexDocument
from index.query import parse
from index.syntax import All
from models.records import Document, digest
from models.settings import Settings
from tests.support import index as support

INVENTED, QUERIES = 5_000, 210
FLOORS = json.loads((support.ROOT / "benchmarks" / "floors.json").read_text("utf-8"))["index"]
NTREX = {"fr": "ref.fra", "de": "ref.deu", "en": "src.eng", "ru": "ref.rus"}
REAL_EACH = 700
_INVENTED = [(lang, words.replace("|", " ")) for lang, words in support.WORDS.items()]
"""What queries take words from where there are no real sentences."""


def sentences() -> list[tuple[str, str]]:
    """Language and text of real news sentences, if the shared folder is there (NTREX-128, CC BY-SA 4.0; read, never kept)."""
    shared = Path(os.environ.get("TOCSIN_SHARED", support.ROOT.parent / "shared")) / "data/open/ntrex"
    if not shared.is_dir():
        return []
    texts = {lang: (shared / f"newstest2019-{name}.txt").read_text("utf-8").splitlines() for lang, name in NTREX.items()}
    return [(lang, text) for lang, found in texts.items() for text in found[:REAL_EACH]]


def real(number: int, language: str, text: str) -> IndexDocument:
    moment = support.NOON - timedelta(minutes=17 * number)
    values = {"kind": "article", "platform": "web", "source": "news.example", "fetched": moment, "published": moment}
    return IndexDocument.of(Document(id=digest("real", str(number)), language=language, text=text, **values))  # type: ignore[arg-type]


def asked(texts: list[tuple[str, str]]) -> list[str]:
    """Queries of every construct over invented words, and of words, pairs, phrases and beginnings as real sentences have them."""
    draw, found = random.Random(3), list(support.queries(QUERIES))
    for _ in range(QUERIES // 2):
        words = [w for w in draw.choice(texts or _INVENTED)[1].split() if w.isalpha() and len(w) > 1] or ["und"]
        at = draw.randrange(len(words))
        one, next_ = words[at], words[min(at + 1, len(words) - 1)]
        found.append(draw.choice([one, f"{one} {words[0]}", f'"{one} {next_}"', f"{one[:4]}*", f"{one} NOT {next_}", f"{one} OR {next_}"]))
    return found


@pytest.fixture(scope="module")
def texts() -> list[tuple[str, str]]:
    return sentences()


@pytest.fixture(scope="module")
def both(server: str, texts: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Index]]:
    documents = [*support.corpus(INVENTED), *(real(n, lang, text) for n, (lang, text) in enumerate(texts))]
    prefix, folder = f"agreement-{os.getpid()}", tmp_path_factory.mktemp("agreement")
    made = []
    for backend in ("embedded", "elasticsearch"):
        values = {"index.backend": backend, "index.urls": [server], "index.prefix": prefix, "display.timezone": "Europe/Berlin"}
        index = open_index(Settings(values), folder / backend)
        assert index.replace(documents, "g") == len(documents)
        made.append(index)
    yield made[0], made[1]
    for index in made:
        index.close()
    support.drop(server, prefix)


def test_every_query_gives_the_same_documents_in_the_same_order(both: tuple[Index, Index], texts: list[tuple[str, str]]) -> None:
    mine, theirs = both
    queries = asked(texts)
    assert len(queries) >= 300, "as many as the answers are said to be equal for"
    nothing = 0
    for text in queries:
        found = list(mine.ids(parse(text)))
        assert found == list(theirs.ids(parse(text))), text
        nothing += not found
    assert nothing < len(queries) / 2


@pytest.mark.parametrize("text", ["", "lang:de wahl*", "fraude OR betrug OR fraud"])
def test_facets_histograms_and_deep_pages_are_the_same(both: tuple[Index, Index], text: str) -> None:
    tree = parse(text) if text else All()
    for interval in INTERVALS:
        mine, theirs = (index.search(tree, limit=0, facets=FACETS, histogram=interval) for index in both)
        assert (mine.total, mine.facets, mine.histogram) == (theirs.total, theirs.facets, theirs.histogram)
    deep = [[hit.id for hit in index.search(tree, limit=30, offset=max(0, mine.total - 40)).hits] for index in both]
    assert deep[0] == deep[1]
    shown = [[(hit.id, hit.title, hit.snippet, hit.marks, hit.title_marks) for hit in index.search(tree).hits] for index in both]
    assert shown[0] == shown[1]


def test_the_first_ten_by_relevance_are_nearly_the_same(both: tuple[Index, Index], texts: list[tuple[str, str]]) -> None:
    same, firsts, counted = 0.0, 0, 0
    for text in asked(texts)[QUERIES:]:
        found = [[hit.id for hit in index.search(parse(text), limit=10, sort="relevance").hits] for index in both]
        if not found[0] or text.endswith("*"):
            continue
        same += len(set(found[0]) & set(found[1])) / len(found[0])
        firsts += found[0][0] == found[1][0]
        counted += 1
    print(f"\nfirst ten: {same / counted:.3f} the same; first one: {firsts / counted:.3f}; {counted} queries")
    assert same / counted >= FLOORS["first_ten"]


def test_more_like_this_is_nearly_the_same(both: tuple[Index, Index]) -> None:
    names = list(both[0].ids())[:4_000:100]
    shares = []
    for name in names:
        mine, theirs = ({hit.id for hit in index.similar(name, 10)} for index in both)
        if mine:
            shares.append(len(mine & theirs) / len(mine))
    print(f"\nmore like this: {sum(shares) / len(shares):.3f} the same of ten, {len(shares)} documents")
    assert sum(shares) / len(shares) >= FLOORS["more_like_this"]
