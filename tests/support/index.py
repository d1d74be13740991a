"""For the search tests: an invented corpus in four languages, random queries, and a reference that reads each document by hand."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from index import analysis, dates
from index.base import IndexDocument
from index.dates import Clock
from index.fields import key
from index.plan import prefixes
from index.query import And, Field, Node, Not, Or, Phrase, Prefix, Word
from index.syntax import All
from models.records import Annotation, Document, Mention, digest

ROOT = Path(__file__).resolve().parent.parent.parent
NOON = datetime(2027, 3, 15, 12, tzinfo=UTC)
PARIS = Clock.of("Europe/Paris", NOON)

WORDS = {
    "fr": "l'élection|les élections|d'une élection|la fraude|des fraudes|électorale|électoraux|bulletins truqués|bulletin truqué|le vote|"
    "votes|aujourd'hui|qu'il|n'est pas|le maire|les maires|la présidente|le président|l'Œuvre|vote-t-on|"
    "week-end|pays|étrangère|étrangers|🗳|49.3",
    "de": "Wahlbetrug|der Wahl|Wahlen|Wähler|Wählern|Waehler|Bundestagswahl|Briefwahlunterlagen|Stimmzettel|Stimmen|die Straße|"
    "Strasse|Lügenpresse|Bundes-Kanzler|Bundeskanzler|Politikerinnen|Politiker|Länder|Land|Fälschung|Wahlfälscher|gefälscht|müssen|E-Mail|Email|neue",
    "en": "the election|elections|vote|voting|voted|Trump's|rigged|rigging|mail-in ballots|ballot|parties|party|news|"
    "new|don't|press|e-mail|voters",
    "ru": "выборы|выборов|на выборах|голосование|голосования|фальсификации|ещё|еще|партия|партии|Россия|России|йод|голоса",
    "it": "l'elezione|elezioni|dell'Italia|brogli|il voto|più|città",
}
TAGS = ("#Wahl2027", "Élection", "STOPfraude", "выборы", "Wahl")
ENTITIES = (("Q1", "Marie Exemple"), ("Q2", "Jürgen Beispiel"), ("Q3", "Partei der Mitte"))


def corpus(size: int, seed: int = 7) -> list[IndexDocument]:
    """Invented documents, mixed in language, source, account, time, links, narratives and flags."""
    draw = random.Random(seed)
    return [_document(draw, number) for number in range(size)]


def _document(draw: random.Random, number: int) -> IndexDocument:
    language = draw.choice(["fr", "de", "en", "ru", "it"])
    pool = WORDS[language].split("|")
    sentences = [
        " ".join(draw.choices(pool, k=draw.randint(2, 9))) + draw.choice([".", "!", ", ", "… ", "?\n"]) for _ in range(draw.randint(1, 5))
    ]
    text = " ".join(sentences).replace("'", draw.choice(["'", "’"]))
    text = text.upper() if draw.random() < 0.1 else text
    post = draw.random() < 0.5
    names = draw.sample(ENTITIES, k=draw.randint(0, 2))
    document = Document(
        id=digest("invented", str(number)),
        kind="post" if post else "article",
        platform="mastodon" if post else "web",
        source=draw.choice(["Le Journal", "morgenblatt.example", "evening.example", "вечер.example"]),
        fetched=NOON,
        url=f"https://www.site{number % 5}.example/{number}",
        account=f"@{draw.choice(['anna', 'Ben', 'Zoë'])}@social.example" if post else "",
        account_name=draw.choice(["Anna", "Ben Ö", "Zoë"]) if post else "",
        published=NOON - timedelta(minutes=draw.randint(0, 60 * 24 * 60)),
        title="" if post else " ".join(draw.choices(pool, k=3)),
        text=text,
        links=(f"https://news.site{draw.randint(0, 9)}.example/a?utm_source=x",) if draw.random() < 0.4 else (),
        hashtags=tuple(draw.sample(TAGS, k=draw.randint(0, 2))),
        mentions=("@Anna",) if draw.random() < 0.2 else (),
    )
    note = Annotation(
        document=document.id,
        version="1",
        language=language,
        margin=1.0,
        entities=tuple(Mention(id=i, surface=s, start=0, end=1) for i, s in names),
    )
    narratives = [name for name in ("N-7Q4K", "N-2ABC") if draw.random() < 0.2]
    return IndexDocument.of(document, note, narratives, flagged="N-7Q4K" in narratives)


def matches(node: Node, document: IndexDocument, clock: Clock) -> bool:
    """Whether a document is one of a query's, said without any index."""
    match node:
        case All():
            return True
        case And(children=children):
            return all(matches(child, document, clock) for child in children)
        case Or(children=children):
            return any(matches(child, document, clock) for child in children)
        case Not(child=child):
            return not matches(child, document, clock)
        case Field():
            return _field(node, document, clock)
        case Word(text=text) | Phrase(text=text) | Prefix(text=text):
            return _text(node, text, document)


@lru_cache(maxsize=100_000)
def _read(text: str, language: str) -> tuple[list[str], set[str], set[str]]:
    """Tokens, parts and words."""
    read = analysis.analyse(text, language)
    return read.body.split(), set(read.parts.split()), set(read.words.split())


def _text(node: Node, text: str, document: IndexDocument) -> bool:
    language = analysis.language_key(document.language)
    read = [_read(part, language) for part in (document.title, document.text)]
    if isinstance(node, Prefix):
        words = set().union(*(words for _, _, words in read))
        return any(set(before) <= words and any(w.startswith(last) for w in words) for *before, last in prefixes(text))
    wanted = list(analysis.tokens(text, language))
    size = len(wanted)
    if wanted and any(wanted == found[i : i + size] for found, _, _ in read for i in range(len(found))):
        return True
    if isinstance(node, Phrase):
        return False
    single = set(wanted if size == 1 else []) | {analysis.joined(text, language)} - {""}
    return any(single & (set(found) | parts) for found, parts, _ in read)


@lru_cache(maxsize=100_000)
def _keys(document: IndexDocument) -> dict[str, tuple[str, ...]]:
    return document.keys()


def _field(node: Field, document: IndexDocument, clock: Clock) -> bool:
    if node.name == "since":
        return document.published.timestamp() // 1 >= dates.span(node.value, clock)[0].timestamp() // 1
    if node.name == "until":
        return document.published.timestamp() // 1 < dates.span(node.value, clock)[1].timestamp()
    values = _keys(document)[node.name]
    wanted = node.value if node.name == "link" else key(node.value)
    if node.name == "source" and document.kind == "article":
        values = (*values, *_keys(document)["account"])
    return any(value.startswith(wanted) if node.prefix else value == wanted for value in values)


FIELDS = (
    'lang:fr|lang:de|lang:it|lang:und|kind:post|kind:article|platform:mastodon|source:morgenblatt.example|source:"le journal"|'
    "source:вечер*|account:@anna@social.example|account:zoe|account:ben*|@Ben@social.example|mention:anna|domain:site3.example|"
    "domain:example|"
    "domain:https://www.site1.example/x|link:https://site2.example/2|https://news.site4.example/a|#wahl2027|hashtag:election|hashtag:wahl*|"
    '#ВЫБОРЫ|entity:Q1|entity:"jurgen beispiel"|entity:part*|narrative:n-7q4k|narrative:N-*|flagged:yes|flagged:no|since:2027-03-01|'
    "until:2027-02|since:7d|until:3d|since:2w|since:yesterday|until:2027-03-10|since:2027-02-10|since:12h"
)


def queries(count: int, seed: int = 11) -> Iterator[str]:
    """Random queries of every construct; the words come from all languages, some typed without accents, some inflected otherwise."""
    draw = random.Random(seed)
    for _ in range(count):
        yield _query(draw, 3)


def _query(draw: random.Random, depth: int) -> str:
    if depth == 0 or draw.random() < 0.3:
        return _leaf(draw)
    left, right = _query(draw, depth - 1), _query(draw, depth - 1)
    form = draw.choice(
        ["{0} {1}", "{0} AND {1}", "({0}) OR {1}", "{0} OR {1}", "{0} NOT ({1})", "NOT ({0})", "-({0}) {1}", "({0}) AND NOT ({1})"]
    )
    return form.format(left, right)


def _leaf(draw: random.Random) -> str:
    if draw.random() < 0.3:
        return draw.choice(FIELDS.split("|"))
    words = draw.choice(WORDS[draw.choice(list(WORDS))].split("|")).split()
    if draw.random() < 0.2:
        more = draw.choice(WORDS["fr"].split("|"))
        return f'"{" ".join(words)} {more}"' if draw.random() < 0.3 else f'"{" ".join(words)}"'
    word = draw.choice(words)
    if draw.random() < 0.3:
        word = analysis.fold(word)
    if draw.random() < 0.2 and len(word) > 3 and word.isalpha():
        return word[: draw.randint(2, len(word))] + "*"
    return word


def served(name: str, *options: str) -> Iterator[str]:
    """What a fixture yields from: the address of a real server of the tests' own; TOCSIN_TEST_ELASTIC names one that runs already."""
    running = os.environ.get("TOCSIN_TEST_ELASTIC")
    if running and not options:
        yield running
        return
    needs_tool()
    folder = Path("/tmp") / f"tocsin-test-{name}-{os.getpid()}"  # the server's own user must reach it
    try:
        yield start_server(folder, *options)
    finally:
        stop_server(folder)


def needs_tool() -> None:
    """Skip the test where no server can be started; on CI there must be one."""
    if server_tool() is None:
        reason = "no tool that starts an Elasticsearch beside the repository (TOCSIN_SHARED)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def drop(url: str, prefix: str) -> None:
    """Remove the indices of a prefix from a server."""
    from elasticsearch import Elasticsearch

    client = Elasticsearch(url)
    for name in client.indices.get(index=f"{prefix}-*", expand_wildcards="all"):
        client.indices.delete(index=name)
    client.close()


def server_tool() -> Path | None:
    """The tool that starts a real Elasticsearch, or None where it is absent."""
    shared = Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared"))
    tool = shared / "tools" / "elasticsearch-server"
    return tool if tool.is_file() else None


def free_port() -> int:
    """A port that is free, with the two after it and those a hundred further on: what three nodes take."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with ExitStack() as stack:
            try:
                for number in (*range(port, port + 3), *range(port + 100, port + 103)):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", number))
            except OSError:
                continue
        return port


def start_server(folder: Path, *options: str) -> str:
    """Start a server of the tests' own; its address. Stop it with :func:`stop_server`."""
    port = free_port()
    command = [str(server_tool()), "start", "--dir", str(folder), "--port", str(port), "--heap", "512m", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    return done.stdout.strip().splitlines()[-1]


def processes(folder: Path, node: str = "n1") -> list[int]:
    """The launcher of a node and the server it started."""
    launcher = int((folder / node / "pid").read_text())
    children = [child for task in Path(f"/proc/{launcher}/task").iterdir() for child in (task / "children").read_text().split()]
    assert children, "the launcher started no server"
    return [launcher, *map(int, children)]


def kill(folder: Path, node: str = "n1") -> None:
    """kill -9 for the launcher of a node and the server it started."""
    for process in processes(folder, node):
        os.kill(process, signal.SIGKILL)


def stop_server(folder: Path) -> None:
    """End a server of the tests' own, and remove its files."""
    subprocess.run([str(server_tool()), "stop", "--dir", str(folder)], capture_output=True, timeout=60, check=False)
    shutil.rmtree(folder, ignore_errors=True)
