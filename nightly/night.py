"""One workspace on one night: its archive and state, and what its stages have done so far."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from models.codec import Record
from models.election import Election, load
from models.errors import UsageError
from models.protocols import Progress, silent
from models.records import Flag, SourceReport, StageReport, WatchReport
from models.workspace import Workspace

if TYPE_CHECKING:
    from archive.state import State
    from archive.store import Archive

R = TypeVar("R", bound=Record)


@dataclass
class Night:
    """One workspace on one night, and what its stages have done so far."""

    workspace: Workspace
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    progress: Progress = silent
    sources: list[SourceReport] = field(default_factory=list)
    stages: list[StageReport] = field(default_factory=list)
    flags: tuple[Flag, ...] = ()
    broken: list[str] = field(default_factory=list)
    watches: tuple[WatchReport, ...] = ()
    until: date | None = None
    """The last day whose documents are told into narratives; None for all there are."""

    @cached_property
    def election(self) -> Election:
        """The election that the workspace watches."""
        name = self.workspace.settings["election"]
        if not name:
            raise UsageError("no election is set", where=str(self.workspace.root / "tocsin.toml"), hint='add: election = "fr-2027"')
        return load(name, self.workspace.root)

    @cached_property
    def archive(self) -> Archive:
        """What was collected."""
        from archive.store import Archive

        return Archive(self.workspace.archive)

    @cached_property
    def state(self) -> State:
        """What changes."""
        from archive.state import State

        return State(self.workspace.state)

    def go_back(self, day: date) -> None:
        """Make this the night of a past day, as if nothing later were known. Raises UsageError if narratives were told later than that."""
        told = self.archive.nights("narratives")
        if day > self.night or (told and told[-1] > day):
            wrong, hint = f"{day} is still to come", f"give {self.night} or earlier"
            if day <= self.night:
                wrong = f"no night of {day}: narratives were told on {told[-1]} already"
                hint = "nights only go forward; import into a workspace of its own (tocsin init)"
            raise UsageError(wrong, where=str(self.workspace.root), hint=hint)
        self.now, self.until = datetime.combine(day, datetime.max.time(), UTC), day

    @property
    def night(self) -> date:
        """The day this night belongs to."""
        return self.now.date()

    def since(self, setting: str) -> date:
        """The first day that ``setting`` (a number of days) lets a stage look at."""
        return self.night - timedelta(days=self.workspace.settings[setting])

    @contextmanager
    def stage(self, name: str) -> Iterator[dict[str, int]]:
        """Time a stage and keep its counts."""
        counts: dict[str, int] = {}
        begin = time.perf_counter()
        yield counts
        seconds = round(time.perf_counter() - begin, 3)
        self.stages.append(StageReport(stage=name, counts=counts, seconds=seconds))
        self.progress(name, finished=seconds, **counts)


def latest(archive: Archive, kind: str, record: type[R], before: date | None = None) -> list[R]:
    """What the newest night that has ``kind`` says, of those before a day if one is given."""
    nights = [n for n in archive.nights(kind) if before is None or n < before]
    return list(archive.read(kind, record, nights[-1], nights[-1])) if nights else []


def latest_flags(archive: Archive) -> list[Flag]:
    """The flags of the newest night; none if that night flagged nothing."""
    return latest(archive, "flags", Flag)
