"""What changes is kept in one database: cursors, sources, narratives, verdicts, jobs, watches."""

import multiprocessing
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive import database
from archive.pseudonym import Pseudonymiser
from archive.state import State, Watch
from models.errors import StopRun
from models.records import Narrative, Verdict
from tests.support.archive import document

NOW = datetime(2027, 4, 5, 3, 0, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state.sqlite")


def test_opening_is_lazy_and_values_last(state: State, tmp_path: Path) -> None:
    assert not (tmp_path / "state.sqlite").exists()
    assert state.get("s", "etag") is None
    state.put("s", "etag", "1")
    state.put("s", "etag", "2")
    state.put("t", "etag", "3")
    state.set_meta("key", "é")
    again = State(tmp_path / "state.sqlite")
    assert (again.get("s", "etag"), again.get("t", "etag"), again.meta("key"), again.meta("none")) == ("2", "3", "é", None)


def test_a_source_keeps_its_last_success(state: State) -> None:
    state.source_success("a", NOW, 4)
    state.source_failure("a", NOW + timedelta(days=1), "http-404: 2")
    state.source_failure("b", NOW, "says why")
    a, b = state.source_states()["a"], state.source_states()["b"]
    assert (a.last_success, a.last_yield, a.last_try, a.last_note, a.failures) == (NOW, 4, NOW + timedelta(days=1), "http-404: 2", 1)
    assert (b.last_success, b.last_note) == (None, "says why")
    state.source_success("a", NOW + timedelta(days=2), 0, "nothing new")
    assert (state.source_states()["a"].failures, state.source_states()["a"].last_note) == (0, "nothing new")


def narrative(name: str, **fields: object) -> Narrative:
    values: dict[str, object] = {"label": "l", "terms": ("x",), "entities": (), "languages": ("fr",), "documents": ("d",)}
    return Narrative(id=name, first_seen=NOW, last_seen=NOW, **(values | fields))  # type: ignore[arg-type]


def test_narratives_are_replaced_by_id_and_events_are_added_once(state: State) -> None:
    events = [Verdict(about="N-1", kind="narrative", judgement="x", note="", who="", when=NOW)]
    state.save_narratives([narrative("N-2"), narrative("N-1")], events)
    state.save_narratives([narrative("N-1", label="new", grown=3)], events)
    assert [(n.id, n.label, n.grown) for n in state.narratives()] == [("N-1", "new", 3), ("N-2", "l", 0)]
    assert len(state.narrative_events()) == 1


def test_verdicts_are_only_ever_added(state: State, tmp_path: Path) -> None:
    given = [Verdict(about="N-1", kind="narrative", judgement=j, note="weil ß", who="me", when=NOW) for j in ("unsure", "organic")]
    for verdict in given:
        state.add_verdict(verdict)
    assert state.verdicts("N-1") == tuple(given)
    assert state.verdicts("N-2") == ()
    state.close()
    with sqlite3.connect(tmp_path / "state.sqlite") as connection:
        for statement in ("UPDATE verdicts SET judgement = 'coordinated'", "DELETE FROM verdicts"):
            with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
                connection.execute(statement)
    connection.close()


def test_a_job_whose_process_is_gone_is_lost(state: State) -> None:
    first = state.start_job("scan", NOW)
    assert [(j.id, j.status, j.pid) for j in state.jobs()] == [(first, "running", os.getpid())]
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    state._run("UPDATE jobs SET pid = ? WHERE id = ?", gone.pid, first)
    second = state.start_job("scan", NOW + timedelta(days=1))
    state.end_job(second, note="fine")
    assert [(j.id, j.status) for j in state.jobs()] == [(second, "done"), (first, "lost")]
    assert state.jobs("running") == []


def test_watches_are_kept_by_name(state: State) -> None:
    watch = Watch(name="fraud", query="fraude lang:fr", created=NOW)
    state.save_watch(watch)
    assert state.watches() == [watch]
    assert state.remove_watch("fraud")
    assert not state.remove_watch("fraud")


def _write_many(path: str, name: str) -> None:
    state = State(Path(path))
    for n in range(30):
        state.put(name, f"key{n}", str(n))


def test_two_processes_write_at_once_without_losing_a_line(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    path = str(tmp_path / "state.sqlite")
    both = [context.Process(target=_write_many, args=(path, name)) for name in ("a", "b")]
    for process in both:
        process.start()
    _write_many(path, "c")
    for process in both:
        process.join(60)
        assert process.exitcode == 0
    assert [State(Path(path)).get(name, "key29") for name in "abc"] == ["29"] * 3


def test_migrations_run_once_each_in_order_and_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "some.sqlite"
    first = ["CREATE TABLE a (x TEXT)"]
    database.Database(path, first).connection.execute("INSERT INTO a VALUES ('kept')").connection.close()
    broken = database.Database(path, [*first, "ALTER TABLE a ADD COLUMN y TEXT;\nCREATE TABLE nonsense("])
    with pytest.raises(StopRun):
        broken.connection.execute("SELECT 1")
    two = database.Database(path, [*first, "ALTER TABLE a ADD COLUMN y TEXT DEFAULT 'new'"])
    assert two.connection.execute("SELECT x, y FROM a").fetchall() == [("kept", "new")]
    two.close()
    assert [int(p.stem) for p in sorted(database.MIGRATIONS.glob("*.sql"))] == list(range(1, len(database.scripts()) + 1))


def test_pseudonyms_are_stable_keyed_and_reach_every_name(tmp_path: Path) -> None:
    key = tmp_path / "pseudonym.key"
    mask = Pseudonymiser(key)
    one = document(
        1,
        "Merci @Jeanne@masto.example et @Paul_2, écrivez à a@b.example",
        account="did:plc:abc123",
        account_name="Jeanne",
        mentions=("@jeanne", "Paul_2"),
        url="https://masto.example/@Jeanne/99",
        platform_id="at://did:plc:abc123/app.bsky.feed.post/1",
        repost_of="at://did:plc:zzz/app.bsky.feed.post/2",
        repost_author="did:plc:zzz",
    )
    hidden = mask.document(one)
    assert key.stat().st_mode & 0o777 == 0o600
    text = hidden.to_json()
    assert not [name for name in ("eanne", "Paul_2", "plc") if name in text]
    assert "a@b.example" in hidden.text
    assert hidden.account_name == hidden.mentions[0] == mask.name("JEANNE")
    assert hidden.account in hidden.platform_id
    assert hidden.repost_author in hidden.repost_of
    assert Pseudonymiser(key).document(one) == hidden
    assert Pseudonymiser(tmp_path / "other.key").document(one).account != hidden.account
    assert mask.document(document(2, account="")).account == ""
    key.write_bytes(b"short")
    with pytest.raises(StopRun, match="is not a key"):
        Pseudonymiser(key).name("x")
