"""``tocsin index sync`` makes index and archive equal and proves it, after any fault; ``index retry`` works off what was refused."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from archive.store import Archive
from index import backends, open_index
from index.base import Index
from models import registry
from models.records import Document, article_id, digest
from models.workspace import open_at
from tests.support import index as support
from tests.support.cli import quiet_election, tocsin

NOW = datetime(2027, 3, 14, 6, tzinfo=UTC)


@pytest.fixture(params=registry.names(backends))
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    folder = quiet_election(tmp_path / "watch")
    if request.param != "embedded":
        url, prefix = request.getfixturevalue("server"), f"proof-{os.getpid()}"
        with (folder / "tocsin.toml").open("a") as file:
            file.write(f'[index]\nbackend = "{request.param}"\nurls = ["{url}"]\nprefix = "{prefix}"\n')
    keep(folder, 40)
    yield folder
    if request.param != "embedded":
        support.drop(url, prefix)


def keep(workspace: Path, size: int) -> None:
    archive = Archive(workspace / "archive")
    with archive.spool("journal.example") as spool:
        for number in range(size):
            url = f"https://journal.example/{number}"
            values = {"kind": "article", "platform": "web", "source": "s", "fetched": NOW, "language": "fr", "text": f"Fraude {number}"}
            published = None if number == 7 else datetime(1969, 12, 31, tzinfo=UTC) if number == 8 else NOW - timedelta(hours=9 * number)
            spool.add(Document(id=article_id(url), url=url, published=published, **values))  # type: ignore[arg-type]
    archive.seal()


def opened(workspace: Path) -> Index:
    found = open_at(workspace, {})
    return open_index(found.settings, found.index)


def test_sync_after_any_difference_makes_both_equal_and_proves_it_by_day(workspace: Path) -> None:
    tocsin("index", "verify", cwd=workspace, code=1)  # there is no index: every day differs
    said = json.loads(tocsin("index", "sync", "--json", cwd=workspace).stdout)["counts"]
    assert (said["added"], said["documents"], said["refused"]) == (40, 40, 0)
    proofs = [json.loads(line) for line in tocsin("index", "verify", "--json", cwd=workspace).stdout.splitlines()]
    assert said["days_proven"] == len(proofs) == 16
    assert sum(p["archive"] for p in proofs) == 40
    assert all(p["equal"] and p["archive_digest"] == p["index_digest"] for p in proofs)
    assert proofs[0]["day"] == "1970-01-01"
    of_day = digest(article_id("https://journal.example/39"))
    assert proofs[1] == {"day": "2027-02-27", "archive": 1, "index": 1, "archive_digest": of_day, "index_digest": of_day, "equal": True}
    index = opened(workspace)
    index.delete(list(index.ids())[3:9])
    index.add(support.corpus(3))
    index.close()
    done = tocsin("index", "verify", cwd=workspace, code=1)
    assert "DIFFERENT" in done.stdout
    assert "differ on 2027-" in done.stderr
    assert "tocsin index sync" in done.stderr
    said = json.loads(tocsin("index", "sync", "--json", cwd=workspace).stdout)["counts"]
    assert (said["added"], said["removed"], said["documents"], said["days_proven"]) == (6, 3, 40, 16)
    assert "16 days: 40 documents, index and archive are equal." in tocsin("index", "verify", cwd=workspace).stdout
    said = json.loads(tocsin("index", "sync", "--json", cwd=workspace).stdout)["counts"]
    assert (said["added"], said["removed"]) == (0, 0)


def test_a_document_indexed_under_another_day_is_put_right(workspace: Path) -> None:
    tocsin("index", "rebuild", cwd=workspace)
    index = opened(workspace)
    name = next(iter(index.ids()))
    index.add([replace(support.corpus(1)[0], id=name)])
    index.close()
    tocsin("index", "verify", cwd=workspace, code=1)
    assert json.loads(tocsin("index", "sync", "--json", cwd=workspace).stdout)["counts"]["added"] == 1
    tocsin("index", "verify", cwd=workspace)


def test_nothing_refused_is_nothing_to_retry(workspace: Path) -> None:
    tocsin("index", "sync", cwd=workspace)
    assert "0 documents taken in, 0 still refused" in tocsin("index", "retry", cwd=workspace).stdout


def test_what_the_server_refused_is_named_with_its_reason_and_worked_off(server: str, tmp_path: Path) -> None:
    folder, prefix, client = quiet_election(tmp_path / "watch"), f"refused-{os.getpid()}", Elasticsearch(server)
    with (folder / "tocsin.toml").open("a") as file:
        file.write(f'[index]\nbackend = "elasticsearch"\nurls = ["{server}"]\nprefix = "{prefix}"\n')
    keep(folder, 5)
    try:
        tocsin("index", "rebuild", cwd=folder)
        keep(folder, 12)
        client.ingest.put_pipeline(id=prefix, processors=[{"fail": {"message": "no more today"}}])
        client.indices.put_settings(index=f"{prefix}-documents*", settings={"index.default_pipeline": prefix})
        done = tocsin("index", "sync", cwd=folder)
        assert "7 refused" in done.stdout
        assert done.stdout.count("no more today") == 7
        assert "no more today" in tocsin("doctor", "index", cwd=folder).stdout
        done = tocsin("index", "retry", cwd=folder, code=1)
        assert "0 documents taken in, 7 still refused." in done.stdout
        client.indices.put_settings(index=f"{prefix}-documents*", settings={"index.default_pipeline": None})
        assert json.loads(tocsin("index", "retry", "--json", cwd=folder).stdout) == {"taken": 7, "refused": []}
        tocsin("index", "verify", cwd=folder)
    finally:
        support.drop(server, prefix)
        client.options(ignore_status=404).ingest.delete_pipeline(id=prefix)
        client.close()
