"""``tocsin doctor``: every check of ``nightly/checks/``, each finding with a verdict and, unless all is well, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from models import registry
from models.codec import Record
from models.errors import TocsinError
from models.workspace import Workspace

OK, WARNING, BROKEN = "ok", "warning", "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Record):
    """What was looked at, the verdict (ok, warning, broken), what was found, what to do. ``check`` is the name of the check's file."""

    what: str
    verdict: str
    said: str
    hint: str = ""
    check: str = ""


def ok(what: str, said: str) -> Look:
    """All is well."""
    return Look(what=what, verdict=OK, said=said)


def warning(what: str, said: str, hint: str) -> Look:
    """It works, and could be better."""
    return Look(what=what, verdict=WARNING, said=said, hint=hint)


def broken(what: str, said: str, hint: str) -> Look:
    """Something does not work."""
    return Look(what=what, verdict=BROKEN, said=said, hint=hint)


def examine(workspace: Workspace, names: Sequence[str] = ()) -> Iterator[Look]:
    """What the named checks find, or all. A check that fails is itself a finding. Raises UsageError for a name that is none."""
    from nightly import checks

    known = names or registry.names(checks)
    modules = [registry.load(checks, name, "check") for name in known]
    for name, module in zip(known, modules, strict=True):
        yield from (replace(look, check=name) for look in _looked(name, module.look, workspace))


def _looked(name: str, look: Callable[[Workspace], Iterable[Look]], workspace: Workspace) -> Iterable[Look]:
    try:
        return list(look(workspace))
    except TocsinError as error:
        where = f"{error.where}: " if error.where else ""
        return [broken(name, where + error.message, error.hint or "see the message")]
    except OSError as error:
        return [broken(name, f"{error.filename or workspace.root}: {error.strerror or error}", "check its rights and the disk")]
