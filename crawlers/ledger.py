"""The books of one source in one scan: what came, what failed and why, and what may be remembered only after something else is on disk."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from crawlers.causes import Lost
from crawlers.steps import Note, Remember
from models.records import Source, SourceReport
from models.safe import printable

MOST_NOTES = 4


@dataclass(slots=True)
class Tickets:
    """Documents and articles in the order they were yielded; a Remember is written when all before it are through.

    ``put(key, value)`` is called for it then, unless one of those before was lost for a reason that may pass.
    """

    put: Callable[[str, str], None]
    _states: list[bool | None] = field(default_factory=list)
    _through: int = 0
    _clean: bool = True
    _waiting: deque[tuple[int, Remember]] = field(default_factory=deque)

    def draw(self) -> int:
        """A ticket for something that is now on its way."""
        self._states.append(None)
        return len(self._states) - 1

    def settle(self, ticket: int, *, final: bool) -> None:
        """It is on disk, or lost for good (``final``), or lost for now."""
        self._states[ticket] = final
        self._flush()

    def remember(self, step: Remember) -> None:
        """Write it as soon as everything drawn before is settled."""
        self._waiting.append((len(self._states), step))
        self._flush()

    def _flush(self) -> None:
        while self._waiting:
            upto, step = self._waiting[0]
            while self._through < upto and self._states[self._through] is not None:
                self._clean = self._clean and bool(self._states[self._through])
                self._through += 1
            if self._through < upto:
                return
            self._waiting.popleft()
            if self._clean:
                self.put(step.key, step.value)


@dataclass(slots=True)
class Ledger:
    """Counts and sentences for the report of one source."""

    source: Source
    fetched: int = 0
    new: int = 0
    known: int = 0
    put_off: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    notes: dict[str, None] = field(default_factory=dict)
    first_loss: str = ""
    started: float = field(default_factory=time.monotonic)

    def note(self, step: Note) -> None:
        """Count a failure or keep an explanation."""
        self.known += step.known
        if step.cause:
            self.failed[step.cause] += 1
        if step.text or step.cause:
            self.say(f"{step.cause}: {step.text}".strip(": ") + (f" [{step.url}]" if step.url and step.cause else ""))

    def lose(self, lost: Lost) -> None:
        """Count a page that could not be had; the first is described if nothing else came."""
        self.failed[lost.cause] += 1
        self.first_loss = self.first_loss or str(lost)

    def say(self, sentence: str) -> None:
        """Keep a sentence for the report, once."""
        if len(self.notes) < MOST_NOTES:
            self.notes[printable(sentence)[:400]] = None

    def report(self) -> SourceReport:
        """The record; a source that gave nothing says why."""
        return SourceReport(
            source=self.source.name,
            fetched=self.fetched,
            new=self.new,
            failed=dict(sorted(self.failed.items())),
            promise=self.source.promise,
            promise_met=self.new + self.known >= self.source.promise,
            seconds=round(time.monotonic() - self.started, 3),
            note=self._explained(),
        )

    def _explained(self) -> str:
        said = list(self.notes)
        if self.put_off:
            said.append(f"{self.put_off} pages wait for the next scan")
        if not self.new and self.first_loss:
            said.append(f"nothing could be kept, first: {printable(self.first_loss)[:300]}")
        if not self.new and self.known:
            said.append(f"nothing new: {self.known} {'document was' if self.known == 1 else 'documents were'} archived before")
        return "; ".join(said) or ("" if self.new else "the source offered nothing")
