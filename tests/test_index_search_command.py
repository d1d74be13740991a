"""``tocsin search`` as a user runs it."""

import json
import os
import pty
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.store import Archive
from models.records import Document, article_id
from tests.support.cli import CLI, environment, quiet_election, tocsin

NOW = datetime(2027, 3, 14, 6, tzinfo=UTC)
TEXTS = [
    ("fr", "Une fraude électorale ?", "On parle d’une fraude électorale et de « bulletins truqués » dans deux communes. " * 8),
    ("fr", "Résultats", "Le dépouillement continue, sans fraude constatée."),
    ("de", "Wahlbetrug?", "Behauptungen über Wahlbetrug und gefälschte Stimmzettel verbreiten sich."),
    ("en", "\x1b[31mred\x1b[0m \u202eevil", "A hostile \x1b]0;title\x07 text about fraud [bold]not bold[/bold]."),
]


def article(number: int) -> Document:
    language, title, text = TEXTS[number % len(TEXTS)]
    url = f"https://journal{number}.example/article"
    moment = NOW - timedelta(hours=number)
    return Document(
        id=article_id(url),
        kind="article",
        platform="web",
        source=f"journal{number}.example",
        fetched=NOW,
        url=url,
        canonical_url=url,
        published=moment,
        date_source="feed",
        language=language,
        title=title,
        text=text,
    )


def keep(workspace: Path, *numbers: int) -> None:
    archive = Archive(workspace / "archive")
    with archive.spool(f"test{numbers[0]}") as spool:
        for number in numbers:
            spool.add(article(number))
    archive.seal()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = quiet_election(tmp_path_factory.mktemp("search") / "watch")
    keep(folder, 0, 1, 2, 3)
    tocsin("index", "rebuild", cwd=folder)
    return folder


def test_results_are_readable_and_counted(workspace: Path) -> None:
    done = tocsin("search", 'fraude "bulletin truqué" lang:fr since:2027-03-01 NOT source:lemonde.fr', cwd=workspace)
    assert "Une fraude électorale ?" in done.stdout
    assert "journal0.example · fr" in done.stdout
    assert "2027-03-14 06:00" in done.stdout
    assert re.search(r"1 document, \d+ ms", done.stdout)
    assert "Wahlbetrug" not in done.stdout
    assert done.stderr == ""


def test_words_may_be_given_without_quotes_and_in_any_form(workspace: Path) -> None:
    assert "1 document," in tocsin("search", "FRAUDES", "electorales", cwd=workspace).stdout
    assert "1 document," in tocsin("search", "Betrug", cwd=workspace).stdout
    assert "0 documents," in tocsin("search", "licorne", cwd=workspace).stdout


def test_json_gives_one_document_a_line(workspace: Path) -> None:
    lines = [json.loads(line) for line in tocsin("search", "fraude OR Wahlbetrug", "--json", cwd=workspace).stdout.splitlines()]
    assert [line["id"] for line in lines] == [article(n).id for n in range(4)], "fraud is a form of fraude in one of the languages"
    assert lines[0]["published"] == "2027-03-14T06:00:00Z"
    start, end = lines[0]["marks"][0]
    assert lines[0]["snippet"][start:end] == "fraude"
    assert len(tocsin("search", "fraude OR Wahlbetrug", "--json", "--limit", "1", "--offset", "1", cwd=workspace).stdout.splitlines()) == 1


def test_facets_and_days_are_counted(workspace: Path) -> None:
    shown = tocsin("search", "NOT licorne", "--facets", "--limit", "1", cwd=workspace).stdout
    assert re.search(r"lang: +fr 2, de 1, en 1", shown)
    assert "2027-03-14 4" in shown
    assert "4 documents, 1 to 1 shown" in shown
    *_, last = tocsin("search", "NOT licorne", "--facets", "--json", cwd=workspace).stdout.splitlines()
    assert json.loads(last)["total"] == 4


def test_documents_like_another_are_found_by_its_id(workspace: Path) -> None:
    lines = [json.loads(line) for line in tocsin("search", "--like", article(0).id, "--json", cwd=workspace).stdout.splitlines()]
    assert [line["id"] for line in lines][:1] == [article(1).id], "the other French text on fraud"
    assert article(0).id not in {line["id"] for line in lines}
    assert "Résultats" in tocsin("search", "--like", article(0).id, "--limit", "1", cwd=workspace).stdout
    for words, says in {
        ("--like", "nobody"): "no document 'nobody'",
        ("--like", article(0).id, "fraude"): "and not both",
        (): "a query, or --like",
        ("--like", article(0).id, "--offset", "3"): "takes no --offset",
    }.items():
        done = tocsin("search", *words, cwd=workspace, code=2)
        assert says in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_foreign_text_does_nothing_to_the_terminal(workspace: Path) -> None:
    done = tocsin("search", "hostile", cwd=workspace)
    assert "[bold]not bold[/bold]" in done.stdout
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", done.stdout)


def test_on_a_terminal_of_80_columns_it_is_coloured_and_fits(workspace: Path) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, str(CLI), "search", "fraude OR Wahlbetrug OR hostile"]
    with subprocess.Popen(command, cwd=workspace, stdout=follower, env=environment(COLUMNS="80", TERM="xterm-256color")) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                got = os.read(leader, 65_536)
            except OSError:
                break
            shown += got
            if not got:
                break
        assert process.wait() == 0
    os.close(leader)
    text = shown.decode("utf-8")
    assert "\x1b[1;33mfraude\x1b[0m" in text, "what matched stands out"
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(map(len, plain.splitlines())) <= 80


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ('fraude "bulletins', "column 8"),
        ("sorce:x", "did you mean 'source'"),
        ("since:soon", "2027-03-01"),
        ("()", "empty"),
        ("*", "column 1"),
    ],
)
def test_a_wrong_query_is_one_line_and_exit_code_2(workspace: Path, query: str, says: str) -> None:
    done = tocsin("search", query, cwd=workspace, code=2)
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_an_index_the_next_step_is_named(tmp_path: Path) -> None:
    done = tocsin("search", "fraude", cwd=quiet_election(tmp_path / "new"), code=1)
    assert "tocsin index rebuild" in done.stderr


def test_an_index_behind_the_archive_says_so(tmp_path: Path) -> None:
    folder = quiet_election(tmp_path / "watch")
    keep(folder, 0)
    tocsin("index", "rebuild", cwd=folder)
    keep(folder, 1)
    done = tocsin("search", "fraude", cwd=folder)
    assert "1 document," in done.stdout
    assert "tocsin index sync" in done.stderr
    tocsin("index", "sync", cwd=folder)
    done = tocsin("search", "fraude", cwd=folder)
    assert "2 documents," in done.stdout
    assert done.stderr == ""
