"""Two errors with two meanings, and one boundary that turns them into a line.

    TocsinError            something a person can act on: what, where, what to do
    ├── UsageError         the command or the settings are wrong      exit code 2
    ├── StopRun            nothing more can be right in this run      exit code 1
    └── SkipRecord         this one record is lost, counted and named; the run goes on

Only ``cli.main`` and the scan's stage boundary catch broadly; everything else raises one of these.
"""

from __future__ import annotations


class TocsinError(Exception):
    """What went wrong (``message``), where (``where``: file, line, source) and the next step (``hint``)."""

    exit_code = 1

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message, self.where, self.hint = message, where, hint

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.where, self.hint)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        step = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{step}"


class UsageError(TocsinError):
    """The command, an option or a setting is wrong."""

    exit_code = 2


class StopRun(TocsinError):
    """Nothing more can be right in this run."""


class SkipRecord(TocsinError):
    """One record is lost; it is counted and named, and the run goes on."""


def _rebuild(kind: type[TocsinError], message: str, where: str, hint: str) -> TocsinError:
    return kind(message, where=where, hint=hint)
