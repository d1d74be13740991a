"""``tocsin watch`` as a user runs it, on every backend, and what a scan says of it."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.state import State, Watch
from archive.store import Archive
from index import backends
from models import registry
from models.records import Document, Narrative, article_id
from tests.support import index as support
from tests.support.cli import quiet_election, tocsin

NOW = datetime(2027, 3, 14, 6, tzinfo=UTC)


@pytest.fixture(params=registry.names(backends))
def workspace(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = quiet_election(tmp_path / "watch")
    if request.param != "embedded":
        url = request.getfixturevalue("server")
        with (folder / "tocsin.toml").open("a") as file:
            file.write(f'[index]\nbackend = "{request.param}"\nurls = ["{url}"]\nprefix = "watch-{os.getpid()}"\n')
    yield folder
    if request.param != "embedded":
        support.drop(url, f"watch-{os.getpid()}")


def keep(workspace: Path, **texts: str) -> None:
    """Articles, the older the later they are named: what is new to us may be old news."""
    archive = Archive(workspace / "archive")
    with archive.spool(next(iter(texts))) as spool:
        for name, text in texts.items():
            url, moment = f"https://journal.example/{name}", NOW - timedelta(days=len(archive.days()))
            values = {"kind": "article", "platform": "web", "source": "journal.example", "fetched": NOW, "published": moment}
            spool.add(Document(id=article_id(url), url=url, language="fr", text=text, date_source="feed", **values))  # type: ignore[arg-type]
    archive.seal()


def scanned(workspace: Path) -> dict[str, dict[str, object]]:
    report = json.loads(tocsin("scan", "--json", "-q", cwd=workspace).stdout)
    return {watch["name"]: watch for watch in report["watches"]}


def test_every_scan_reports_what_is_new_until_it_is_read(workspace: Path) -> None:
    keep(workspace, one="Une fraude", two="Un match")
    tocsin("index", "sync", cwd=workspace)
    assert "1 document matches now" in tocsin("watch", "add", "fraude", "fraude", "OR", "licorne", cwd=workspace).stdout
    assert scanned(workspace)["fraude"]["new"] == 0, "what was there when it was saved is read"
    keep(workspace, three="Des fraudes anciennes", four="Encore un match")
    found = scanned(workspace)["fraude"]
    assert (found["new"], found["found"], found["documents"]) == (1, 2, [article_id("https://journal.example/three")])
    keep(workspace, five="Une licorne")
    assert scanned(workspace)["fraude"]["new"] == 2, "not read yet, so it is still new"
    assert "watch fraude: 2 new documents. Look: tocsin watch run fraude" in tocsin("scan", "-q", cwd=workspace).stdout
    assert "2 new of 3" in tocsin("watch", "run", "--keep", cwd=workspace).stdout
    shown = tocsin("watch", "run", "fraude", cwd=workspace).stdout
    assert "2 new of 3" in shown
    assert "Une licorne" in shown
    assert "Une fraude" not in shown
    assert "0 new of 3" in tocsin("watch", "run", cwd=workspace).stdout
    assert scanned(workspace)["fraude"]["new"] == 0


def test_a_document_that_matches_only_later_is_new(tmp_path: Path) -> None:
    workspace = quiet_election(tmp_path / "watch")
    keep(workspace, one="Une fraude", two="Un match")
    tocsin("index", "sync", cwd=workspace)
    tocsin("watch", "add", "n", "narrative:N-7Q4K", cwd=workspace)
    member = article_id("https://journal.example/two")
    told = {"label": "x", "terms": (), "entities": (), "languages": ("fr",), "first_seen": NOW, "last_seen": NOW}
    state = State(workspace / "state.sqlite")
    state.save_narratives([Narrative(id="N-7Q4K", documents=(member,), **told)])  # type: ignore[arg-type]
    state.close()
    tocsin("index", "sync", cwd=workspace)
    (found,) = map(json.loads, tocsin("watch", "run", "--json", cwd=workspace).stdout.splitlines())
    assert (found["new"], found["documents"]) == (1, [member])


def test_names_and_queries_are_checked_and_one_bad_watch_does_not_silence_the_others(tmp_path: Path) -> None:
    workspace = quiet_election(tmp_path / "watch")
    assert "tocsin watch add" in tocsin("watch", "list", cwd=workspace).stdout
    assert "column" in tocsin("watch", "add", "w", 'fraude "x', cwd=workspace, code=2).stderr
    assert "letters, digits" in tocsin("watch", "add", "a/b", "x", cwd=workspace, code=2).stderr
    tocsin("watch", "add", "w", "fraude", cwd=workspace)
    assert "already" in tocsin("watch", "add", "w", "licorne", cwd=workspace, code=2).stderr
    assert "known: w" in tocsin("watch", "run", "v", cwd=workspace, code=2).stderr
    state = State(workspace / "state.sqlite")
    state.save_watch(Watch(name="old", query="no:such", created=NOW))
    state.close()
    keep(workspace, one="Une fraude")
    found = scanned(workspace)
    assert (found["w"]["new"], found["old"]["new"]) == (1, 0)
    assert "'no'" in str(found["old"]["note"])
    tocsin("watch", "remove", "old", cwd=workspace)
    assert "there is no watch" in tocsin("watch", "remove", "old", cwd=workspace, code=2).stderr
    (left,) = map(json.loads, tocsin("watch", "list", "--json", cwd=workspace).stdout.splitlines())
    assert (left["name"], left["query"], left["last_count"]) == ("w", "fraude", 0)
    tocsin("watch", "remove", "w", cwd=workspace)
    tocsin("watch", "add", "w", "fraude", cwd=workspace)
    assert scanned(workspace)["w"]["new"] == 0, "a new watch of an old name has its own memory"
