"""The served index when something is wrong on the way or on the server: one line with the next step, and nothing secret in it."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from index import bulk, connection, open_index
from index.backends.elasticsearch import ElasticIndex
from index.query import parse
from index.syntax import All
from models.errors import StopRun, TocsinError, UsageError
from models.settings import Settings
from tests.support import index as support
from tests.support.nodes import revive

PASSWORD = "tocsin-test"  # of the test tool's own user


def settings(url: str, **more: Any) -> Settings:
    return Settings({"index.backend": "elasticsearch", "index.urls": [url], "index.prefix": f"faults-{os.getpid()}", **more})


@contextmanager
def answering(status: int, body: bytes, headers: dict[str, str], delay: float = 0.0) -> Iterator[str]:
    """A real HTTP server that gives one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            time.sleep(delay)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_HEAD = answer  # noqa: N815  the names that http.server calls

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


JSON = {"Content-Type": "application/json"}
GENUINE = JSON | {"X-Elastic-Product": "Elasticsearch"}


def said(url: str, **more: Any) -> str:
    index = open_index(settings(url, **more), Path("/nonexistent"))
    with pytest.raises(StopRun) as caught:
        index.replace(support.corpus(2), "g")
    bad = [finding for finding in index.check() if not finding.good]
    assert bad[0].said in str(caught.value), "the doctor says the same"
    index.close()
    return str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "headers", "says"),
    [
        (200, b'{"version": {"number": "2.11.0", "distribution": "opensearch"}}', JSON, "not Elasticsearch"),
        (200, b'{"version": {"number": "7.17.0"}}', GENUINE, "Elasticsearch 7.17.0.*update"),
        (200, b'{"version": {"number": "10.0.0"}}', GENUINE, "Elasticsearch 10.0.0.*8.19 and 9.x"),
        (200, b"<html>Welcome</html>", {"Content-Type": "text/html"}, "not Elasticsearch|does not speak JSON"),
        (502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}, "a proxy answers"),
        (401, b'{"error": {"type": "security_exception"}}', GENUINE, "does not accept"),
        (403, b'{"error": {"type": "security_exception"}}', GENUINE, "may not do this"),
    ],
)
def test_what_is_no_usable_elasticsearch_is_named(status: int, body: bytes, headers: dict[str, str], says: str) -> None:
    with answering(status, body, headers) as url:
        line = said(url)
    assert re.search(says, line), line
    assert "\n" not in line


def test_nobody_there_a_slow_server_and_no_tls() -> None:
    assert "tocsin index sync" in said("http://127.0.0.1:9")
    with answering(200, b"{}", GENUINE, delay=1.0) as url:
        assert "did not answer in time" in said(url, **{"index.timeout": 0.2})
        assert "index.ca_file" in said(url.replace("http:", "https:"))


@pytest.mark.parametrize("url", ["ftp://a", "nonsense", "http://a:99999", "http://user:hunter2@host:9200", "http://:9200"])
def test_an_address_that_cannot_be_is_a_usage_error_and_no_password_is_repeated(url: str) -> None:
    with pytest.raises(UsageError, match=r"index\.urls") as caught:
        open_index(settings(url), Path("/nonexistent"))
    assert "hunter2" not in str(caught.value)


def test_secrets_come_from_the_environment_or_a_file_of_tight_permissions(tmp_path: Path) -> None:
    path = tmp_path / "secrets.toml"
    path.write_text('user = "anna"\npassword = "hunter2"\n')
    path.chmod(0o644)
    mine = settings("http://127.0.0.1:9", **{"index.secrets": str(path)})
    with pytest.raises(UsageError, match="chmod 600"):
        connection.secrets(mine, {})
    path.chmod(0o600)
    assert connection.secrets(mine, {}) == {"user": "anna", "password": "hunter2"}
    assert connection.secrets(mine, {"TOCSIN_INDEX_PASSWORD": "other"})["password"] == "other"
    for text in ("password = hunter2", 'pasword = "hunter2"', "password = 3"):
        path.write_text(text)
        with pytest.raises(UsageError, match=str(path)) as caught:
            connection.secrets(mine, {})
        assert "hunter2" not in str(caught.value)
    with pytest.raises(UsageError, match="needs a password"):
        connection.connect(settings("http://127.0.0.1:9"), {"TOCSIN_INDEX_USER": "anna"})
    with pytest.raises(UsageError, match="no such certificate"):
        connection.connect(settings("https://127.0.0.1:9", **{"index.ca_file": str(tmp_path / "none")}), {})


@pytest.fixture
def served(secure: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ElasticIndex]:
    monkeypatch.setenv("TOCSIN_INDEX_USER", "elastic-test")
    monkeypatch.setenv("TOCSIN_INDEX_PASSWORD", PASSWORD)
    index = open_index(settings(secure[0]), tmp_path / "index")
    assert isinstance(index, ElasticIndex)
    index.clear()
    yield index
    index.close()


def test_who_may_not_is_told_so_and_no_secret_is_shown(
    served: ElasticIndex, secure: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    served.add(support.corpus(5))
    monkeypatch.setenv("TOCSIN_INDEX_PASSWORD", "hunter2")
    assert "TOCSIN_INDEX_API_KEY" in (line := said(secure[0]))
    assert "hunter2" not in line
    monkeypatch.delenv("TOCSIN_INDEX_USER")
    monkeypatch.delenv("TOCSIN_INDEX_PASSWORD")
    assert "does not accept" in said(secure[0])
    lasting, short, weak = (
        served.client.security.create_api_key(name=name, **more)["encoded"]
        for name, more in (
            ("lasting", {}),
            ("short", {"expiration": "1s"}),
            ("weak", {"role_descriptors": {"r": {"cluster": ["monitor"], "indices": [{"names": ["faults-*"], "privileges": ["read"]}]}}}),
        )
    )
    monkeypatch.setenv("TOCSIN_INDEX_API_KEY", lasting)
    assert open_index(settings(secure[0]), Path("/nonexistent")).count() == 5
    monkeypatch.setenv("TOCSIN_INDEX_API_KEY", weak)
    index = open_index(settings(secure[0]), Path("/nonexistent"))
    with pytest.raises(StopRun, match="may not do this"):
        index.replace(support.corpus(2), "g")
    assert any(f.what == "rights" and "write" in f.said and not f.good for f in index.check())
    time.sleep(1.5)
    monkeypatch.setenv("TOCSIN_INDEX_API_KEY", short)
    assert "expired" in (line := said(secure[0]))
    assert short not in line


def test_an_index_made_read_only_by_a_full_disk_is_said_and_goes_on_when_freed(
    served: ElasticIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bulk.LIMITS, "max_retries", 1)  # within half a minute a server with free space lifts the block itself
    served.add(support.corpus(5))
    served.client.indices.put_settings(index=served.alias, settings={"index.blocks.read_only_allow_delete": True})
    with pytest.raises(StopRun, match=r"nearly full.*free space"):
        served.add(support.corpus(8))
    assert served.count() == 5
    served.client.indices.put_settings(index=served.alias, settings={"index.blocks.read_only_allow_delete": None})
    assert served.add(support.corpus(8)) == 8


def test_a_refused_document_is_listed_and_the_others_are_in(served: ElasticIndex) -> None:
    documents = support.corpus(30)
    posts = {d.id for d in documents if d.kind == "post"}
    served.add(documents)
    served.delete(d.id for d in documents)
    processors: list[dict[str, Any]] = [{"fail": {"if": "ctx.kind[0] == 'post'", "message": "no posts today"}}]
    served.client.ingest.put_pipeline(id="picky", processors=processors)
    served.client.indices.put_settings(index=served.alias, settings={"index.default_pipeline": "picky"})
    assert served.add(documents) == 30 - len(posts)
    assert {item.id for item in served.rejected()} == posts
    assert "no posts today" in served.rejected()[0].reason
    assert served.retry() == 0
    served.client.indices.put_settings(index=served.alias, settings={"index.default_pipeline": None})
    assert served.retry() == len(posts)
    assert (list(served.rejected()), served.count()) == ([], 30)
    assert {hit.id for hit in served.search(parse("kind:post"), limit=50).hits} == posts


def test_an_index_of_another_version_asks_for_a_rebuild(served: ElasticIndex) -> None:
    served.add(support.corpus(3))
    served.client.indices.put_mapping(index=served.alias, meta={"made_by": "0.0"})
    for action in (lambda: served.search(All()), lambda: served.add(support.corpus(1))):
        with pytest.raises(StopRun, match="tocsin index rebuild"):
            action()
    assert any(f.what == "index" and not f.good for f in served.check())
    served.replace(support.corpus(3), "g")
    assert served.search(All()).total == 3


def test_a_rebuild_serves_the_old_until_the_new_is_whole_and_leaves_one_index(served: ElasticIndex) -> None:
    served.replace(support.corpus(20), "old")

    def watched() -> Iterator[Any]:
        for number, document in enumerate(support.corpus(30)):
            if number == 29:
                assert (served.count(), served.generation) == (20, "old")
            yield document

    served.replace(watched(), "new")
    assert (served.count(), served.generation) == (30, "new")
    assert set(served.client.indices.get(index=f"{served.alias}-*")) == set(served.client.indices.get(index=served.alias))


def test_a_server_killed_in_the_middle_and_back(served: ElasticIndex, secure: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    url, folder = secure
    monkeypatch.setitem(bulk.LIMITS, "chunk_size", 400)
    documents = [replace(d, id=f"{n}-{d.id}") for n in range(80) for d in support.corpus(100)]

    def interrupted() -> Iterator[Any]:
        yield from documents[:7_000]  # more than may be made ahead: some are confirmed
        support.kill(folder)
        yield from documents[7_000:]

    with pytest.raises(StopRun, match=r"no answer.*tocsin index sync"):
        served.add(interrupted())
    with pytest.raises(StopRun, match="no answer"):
        served.count()
    start_again(folder, url)
    left = set(served.ids())
    assert 0 < len(left) < len(documents)
    served.add(d for d in documents if d.id not in left)
    assert set(served.ids()) == {d.id for d in documents}
    served.clear()


def start_again(folder: Path, url: str) -> None:
    revive(folder)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        index = open_index(settings(url), folder)
        try:
            set(index.ids())  # every part of it is back
        except TocsinError:
            time.sleep(0.5)
        else:
            return
        finally:
            index.close()
    pytest.fail("the server did not come back: " + json.dumps((folder / "n1" / "again.log").read_text()[-500:]))
