"""What changes, in one SQLite file: cursors, sources, narratives and their history, verdicts, jobs, watches."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from archive.database import Database, scripts
from models.codec import Record, plain, time_text, time_value
from models.decisions import Decision
from models.records import Narrative, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState(Record):
    """How a source fared: last success and its yield, last try and its note, failures in a row since the last success."""

    name: str
    last_success: datetime | None = None
    last_yield: int = 0
    last_try: datetime | None = None
    last_note: str = ""
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Record):
    """A run: ``status`` is running, done, failed or lost (its process is gone without a word)."""

    id: str
    what: str
    started: datetime
    ended: datetime | None = None
    pid: int = 0
    status: str = "running"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Record):
    """A saved search."""

    name: str
    query: str
    created: datetime
    last_run: datetime | None = None
    last_count: int = 0


class State:
    """The state in the file ``path``; opened when first used. Raises StopRun for a full disk, a read-only place, a newer Tocsin's file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _database(self) -> Database:
        return Database(self._path, scripts())

    def get(self, source: str, key: str) -> str | None:
        """The value last put for this source and key, or None."""
        rows = self._rows("SELECT value FROM cursors WHERE source = ? AND key = ?", source, key)
        return str(rows[0][0]) if rows else None

    def put(self, source: str, key: str, value: str) -> None:
        """Keep a value for this source and key."""
        self._run("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?)", source, key, value, _now())

    def meta(self, key: str) -> str | None:
        """A value of the workspace itself, or None."""
        rows = self._rows("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value of the workspace itself."""
        self._run("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)

    def source_success(self, name: str, when: datetime, found: int = 0, note: str = "") -> None:
        """Note that a source was read at ``when`` and gave ``found`` documents."""
        self._run(
            "INSERT INTO sources VALUES (?1, ?2, ?3, ?2, ?4, 0) ON CONFLICT (name) DO UPDATE SET last_success = ?2, last_yield = ?3, "
            "last_try = ?2, last_note = ?4, failures = 0",
            name,
            time_text(when),
            found,
            note,
        )

    def source_failure(self, name: str, when: datetime, note: str) -> None:
        """Note that a source could not be read at ``when``, and why; the last success stays."""
        self._run(
            "INSERT INTO sources (name, last_try, last_note, failures) VALUES (?1, ?2, ?3, 1) ON CONFLICT (name) DO UPDATE SET "
            "last_try = ?2, last_note = ?3, failures = failures + 1",
            name,
            time_text(when),
            note,
        )

    def source_states(self) -> dict[str, SourceState]:
        """How every source fared that was ever tried, by name."""
        rows = self._rows("SELECT name, last_success, last_yield, last_try, last_note, failures FROM sources ORDER BY name")
        return {
            r[0]: SourceState(name=r[0], last_success=_time(r[1]), last_yield=r[2], last_try=_time(r[3]), last_note=r[4], failures=r[5])
            for r in rows
        }

    def narratives(self) -> tuple[Narrative, ...]:
        """All narratives as last saved, by id."""
        return tuple(Narrative.from_json(r[0]) for r in self._rows("SELECT json FROM narratives ORDER BY id"))

    def save_narratives(self, narratives: Iterable[Narrative], events: Iterable[Record] = ()) -> None:
        """Keep narratives (by id, the others stay) and add what happened to them, in one transaction; the same event again is not added.

        An event is any record with the fields ``narrative`` and ``night``.
        """
        self.decide((), narratives, events)

    def decide(self, decisions: Iterable[Decision], narratives: Iterable[Narrative] = (), events: Iterable[Record] = ()) -> None:
        """Add decisions of analysts with the narratives and events they make, in one transaction. They are never changed or removed."""
        decided = [(d.narrative, d.to_json()) for d in decisions]
        kept = [(n.id, n.to_json(), n.status, time_text(n.last_seen)) for n in narratives]
        happened = [(str(d.get("narrative", "")), str(d.get("night", "")), json.dumps(d, ensure_ascii=False)) for d in map(plain, events)]
        with self._database.transaction() as connection:
            connection.executemany("INSERT INTO decisions (narrative, json) VALUES (?, ?)", decided)
            connection.executemany("INSERT OR REPLACE INTO narratives VALUES (?, ?, ?, ?)", kept)
            connection.executemany("INSERT OR IGNORE INTO narrative_events (narrative, night, json) VALUES (?, ?, ?)", happened)

    def decisions(self) -> tuple[Decision, ...]:
        """What analysts decided about narratives, oldest first."""
        return tuple(Decision.from_json(r[0]) for r in self._rows("SELECT json FROM decisions ORDER BY number"))

    def narrative_events(self, narrative: str | None = None) -> list[dict[str, Any]]:
        """What happened to one narrative (or all), oldest first, as JSON types."""
        where, values = ("WHERE narrative = ? ", (narrative,)) if narrative is not None else ("", ())
        return [json.loads(r[0]) for r in self._rows(f"SELECT json FROM narrative_events {where}ORDER BY number", *values)]  # noqa: S608  constant parts

    def add_verdict(self, verdict: Verdict) -> None:
        """Add what an analyst said; verdicts are never changed or removed."""
        self._run(
            "INSERT INTO verdicts (about, kind, judgement, note, who, moment) VALUES (?, ?, ?, ?, ?, ?)",
            verdict.about,
            verdict.kind,
            verdict.judgement,
            verdict.note,
            verdict.who,
            time_text(verdict.when),
        )

    def verdicts(self, about: str | None = None) -> tuple[Verdict, ...]:
        """Verdicts on one thing (or all), oldest first."""
        where, values = ("WHERE about = ? ", (about,)) if about is not None else ("", ())
        rows = self._rows(f"SELECT about, kind, judgement, note, who, moment FROM verdicts {where}ORDER BY number", *values)  # noqa: S608  constant parts
        return tuple(Verdict(about=r[0], kind=r[1], judgement=r[2], note=r[3], who=r[4], when=time_value(r[5])) for r in rows)

    def start_job(self, what: str, when: datetime | None = None) -> str:
        """Note that this process begins ``what``; the job's id. Running jobs of dead processes become ``lost``."""
        for job in self.jobs(status="running"):
            if not _alive(job.pid):
                self.end_job(job.id, "lost", note="its process ended without a word")
        moment = when or datetime.now(UTC)
        key = f"{moment:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
        self._run(
            "INSERT INTO jobs (id, what, started, pid, status) VALUES (?, ?, ?, ?, 'running')", key, what, time_text(moment), os.getpid()
        )
        return key

    def end_job(self, job: str, status: str = "done", *, note: str = "", when: datetime | None = None) -> None:
        """Note how a job ended: done, failed or lost."""
        self._run("UPDATE jobs SET ended = ?, status = ?, note = ? WHERE id = ?", time_text(when or datetime.now(UTC)), status, note, job)

    def jobs(self, status: str | None = None, limit: int = 100) -> list[Job]:
        """The last jobs, newest first."""
        where, values = ("WHERE status = ? ", (status,)) if status is not None else ("", ())
        query = f"SELECT id, what, started, ended, pid, status, note FROM jobs {where}ORDER BY started DESC, id DESC LIMIT ?"  # noqa: S608  constant parts
        rows = self._rows(query, *values, limit)
        return [Job(id=r[0], what=r[1], started=time_value(r[2]), ended=_time(r[3]), pid=r[4], status=r[5], note=r[6]) for r in rows]

    def save_watch(self, watch: Watch) -> None:
        """Keep a saved search under its name."""
        ran = time_text(watch.last_run) if watch.last_run else ""
        self._run(
            "INSERT OR REPLACE INTO watches VALUES (?, ?, ?, ?, ?)",
            watch.name,
            watch.query,
            time_text(watch.created),
            ran,
            watch.last_count,
        )

    def watches(self) -> list[Watch]:
        """The saved searches, by name."""
        rows = self._rows("SELECT name, query, created, last_run, last_count FROM watches ORDER BY name")
        return [Watch(name=r[0], query=r[1], created=time_value(r[2]), last_run=_time(r[3]), last_count=r[4]) for r in rows]

    def remove_watch(self, name: str) -> bool:
        """Forget a saved search; whether there was one."""
        there = bool(self._rows("SELECT 1 FROM watches WHERE name = ?", name))
        self._run("DELETE FROM watches WHERE name = ?", name)
        return there

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _rows(self, statement: str, *values: Any) -> Sequence[Any]:
        with self._database.told():
            return self._database.connection.execute(statement, values).fetchall()

    def _run(self, statement: str, *values: Any) -> None:
        with self._database.transaction() as connection:
            connection.execute(statement, values)


def _now() -> str:
    return time_text(datetime.now(UTC))


def _time(text: str) -> datetime | None:
    return time_value(text) if text else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
