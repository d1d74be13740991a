"""Collecting in a process of its own: a Scrapy reactor starts only once in a process, and a crash in it must not take the scan along."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Collection, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from models.errors import StopRun, TocsinError
from models.protocols import Progress
from models.records import Document, Source, SourceReport
from models.workspace import Workspace, open_at

ENDED = "collecting ended early"


def collect_apart(workspace: Workspace, sources: Sequence[Source], progress: Progress) -> list[SourceReport]:
    """Read ``sources`` into the workspace's spool, in a child process. Ctrl-C ends the child cleanly; what is on disk stays.

    Raises StopRun if the child dies; its spool is sealed by the next run.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    # not a daemon: the child has extraction processes of its own
    child = context.Process(target=_child, args=(theirs, str(workspace.root), dict(workspace.settings), [s.to_dict() for s in sources]))
    child.start()
    theirs.close()
    try:
        return _listen(ours, progress)
    except EOFError:
        child.join()
        hint = "what it fetched is kept; run the scan again to go on"
        raise StopRun(f"{ENDED} (exit code {child.exitcode})", where="collect", hint=hint) from None
    finally:
        _end(child)


def _end(child: Any) -> None:
    child.join(10)
    if child.is_alive():
        child.terminate()
        child.join(5)
    if child.is_alive():
        child.kill()


def _listen(pipe: Connection, progress: Progress) -> list[SourceReport]:
    while True:
        kind, value = pipe.recv()
        if kind == "progress":
            progress("collect", **value)
        elif kind == "error":
            message, where, hint = value
            raise TocsinError(message, where=where, hint=hint)
        else:
            return [SourceReport.from_dict(data) for data in value]


class _Keeper:
    """The child's memory: cursors in the state, known documents in archive and spool. Pseudonymises before anything is written."""

    def __init__(self, workspace: Workspace) -> None:
        from archive.state import State
        from archive.store import Archive

        self._state, self._archive = State(workspace.state), Archive(workspace.archive)
        self.get, self.put = self._state.get, self._state.put
        self.spool = self._archive.spool("scan")
        self._added: set[str] = set()
        self._mask = self._masker(workspace)

    @staticmethod
    def _masker(workspace: Workspace) -> Any:
        if not workspace.settings["privacy.pseudonymise"]:
            return None
        from archive.pseudonym import Pseudonymiser

        return Pseudonymiser(workspace.root / "pseudonym.key").document

    def add(self, document: Document) -> None:
        self.spool.add(self._mask(document) if self._mask else document)
        self._added.add(document.id)

    def seen(self, ids: Collection[str]) -> set[str]:
        return set(self._archive.seen(ids)) | self._added.intersection(ids)


def _child(pipe: Connection, root: str, settings: dict[str, Any], sources: list[dict[str, Any]]) -> None:
    threading.Thread(target=_die_with_parent, daemon=True).start()
    lock = threading.Lock()

    def say(kind: str, value: Any) -> None:
        with lock:
            pipe.send((kind, value))

    try:
        from crawlers.run import collect

        workspace = open_at(Path(root))
        workspace = Workspace(root=workspace.root, settings=workspace.settings.over(settings))
        keeper = _Keeper(workspace)
        with keeper.spool:
            reports = collect(
                [Source.from_dict(s) for s in sources],
                keeper,
                keeper,
                workspace.settings,
                lambda stage, **numbers: say("progress", numbers),  # noqa: ARG005  the stage is known: collect
            )
        say("done", [r.to_dict() for r in reports])
    except TocsinError as error:
        say("error", (error.message, error.where, error.hint))
    except KeyboardInterrupt:
        os._exit(130)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL) if os.getpgrp() == os.getpid() else os._exit(1)
