"""More than one process for what the interpreter does text by text or word by word: reading, dictionaries.

A task is a function of this package that takes fields and gives fields (arrays, or lists of strings). Its pieces are done by this process
and by helpers, whoever is free; answers come in the order of the pieces, so nothing depends on how many helpers there are. Helpers are
processes of their own (no fork, so no inherited lock), started when there is enough to do, and end with their parent.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np

from models.errors import StopRun
from nlp.neardup.compiled import cores

Fields = Sequence[Any]
"""Arrays (numpy) and lists of strings."""

KEPT = 16
"""After so many pieces a helper has remembered so much that a new one is cheaper than its memory."""

_ROOT = Path(__file__).resolve().parent.parent.parent
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from nlp.neardup.crew import help_parent; help_parent()"


class Crew:
    """The process itself and up to ``workers - 1`` helpers (0: one process for each core). Leaving the ``with`` block ends the helpers."""

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers or cores()
        self._helpers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.dismiss()

    def dismiss(self) -> None:
        """End the helpers; new ones start when there is enough to do."""
        for helper in self._helpers:
            helper.kill()
            helper.wait()
            for pipe in (helper.stdin, helper.stdout):
                if pipe is not None:
                    with suppress(OSError):  # what could not be sent any more
                        pipe.close()
        self._helpers = []

    def each(self, task: str, pieces: Sequence[Fields], shared: Fields = ()) -> list[Fields]:
        """The answers of ``task`` ("module:function") to each piece, in order. ``shared``: told to each process once for the call.

        Raises StopRun when a helper ends before its time.
        """
        todo = _Todo(pieces)
        threads = [threading.Thread(target=_feed, args=(helper, task, shared, todo)) for helper in self._staff(len(pieces))]
        for thread in threads:
            thread.start()
        try:
            work = _work(task, shared)
            for k, piece in todo:
                todo.answers[k] = work(piece)
        except BaseException:
            todo.stop()
            self.dismiss()
            raise
        finally:
            for thread in threads:
                thread.join()
        if todo.fault:
            raise StopRun(todo.fault, hint="memory may have run out: set nlp.workers to 1, or give fewer texts at a time")
        if len(pieces) > KEPT:
            self.dismiss()
        return todo.answers

    def _staff(self, pieces: int) -> list[subprocess.Popen[bytes]]:
        wanted = min(self.workers, pieces) - 1
        while len(self._helpers) < wanted:
            command = [sys.executable, "-P", "-c", _BOOT, str(_ROOT)]  # -P: nothing from the folder the user is in
            self._helpers.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True))
        return self._helpers[: max(wanted, 0)]


class _Todo:
    """Hands out pieces with their numbers, each once, to several threads; ``answers`` in their order."""

    def __init__(self, pieces: Sequence[Fields]) -> None:
        self._pieces, self._next, self._lock = pieces, 0, threading.Lock()
        self.answers: list[Fields] = [()] * len(pieces)
        self.fault = ""

    def __iter__(self) -> Iterator[tuple[int, Fields]]:
        return self

    def __next__(self) -> tuple[int, Fields]:
        with self._lock:
            if self._next >= len(self._pieces):
                raise StopIteration
            self._next += 1
            return self._next - 1, self._pieces[self._next - 1]

    def stop(self, fault: str = "") -> None:
        """Nothing more is handed out, because of ``fault``."""
        with self._lock:
            self._next, self.fault = len(self._pieces), fault or self.fault


def _feed(helper: subprocess.Popen[bytes], task: str, shared: Fields, todo: _Todo) -> None:
    out, back = helper.stdin, helper.stdout
    if out is None or back is None:
        return
    try:
        _send(out, [[task], *shared])
        _received(back)  # it is ready: until then others take the pieces
        for k, piece in todo:
            _send(out, piece)
            todo.answers[k] = _received(back)
        _send(out, [])
    except (OSError, EOFError, ValueError):
        code = helper.wait()
        todo.stop(f"a helper process ended before its time ({signal.Signals(-code).name if code < 0 else f'exit code {code}'})")


def _work(task: str, shared: Fields) -> Any:
    """The function that answers a piece; made from what is shared."""
    module, _, name = task.partition(":")
    return getattr(importlib.import_module(module), name)(*shared)


def help_parent() -> None:
    """What a helper does: take a task with what is shared, then pieces until an empty one; end when the parent does."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its helpers itself
    source = sys.stdin.buffer
    with suppress(EOFError, BrokenPipeError):
        while True:
            (task,), *shared = _received(source)
            work = _work(task, shared)
            _send(out, [])
            while piece := _received(source):
                _send(out, work(piece))
    os._exit(0)  # nothing here is worth finishing


def _send(out: IO[bytes], fields: Fields) -> None:
    """A line of JSON that says what follows, then the bytes."""
    told: list[tuple[str, int]] = []
    parts: list[bytes] = []
    for field in fields:
        strings = not isinstance(field, np.ndarray)
        pieces = [text.encode("utf-8", "surrogatepass") for text in field] if strings else []
        array = np.fromiter(map(len, pieces), np.int64, len(pieces)) if strings else np.ascontiguousarray(field)
        told.append(("strings" if strings else array.dtype.str, array.nbytes))
        parts += [array.tobytes(), *pieces]
    out.write(json.dumps(told).encode() + b"\n")
    out.writelines(parts)
    out.flush()


def _received(source: IO[bytes]) -> list[Any]:
    """What :func:`_send` sent. Raises EOFError when nothing more comes."""
    line = source.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return [_strings(_exactly(source, size), source) if kind == "strings" else np.frombuffer(_exactly(source, size), kind)
            for kind, size in json.loads(line)]  # fmt: skip


def _strings(sizes: bytes, source: IO[bytes]) -> list[str]:
    ends = np.cumsum(np.frombuffer(sizes, np.int64)).tolist()
    data = _exactly(source, ends[-1] if ends else 0)
    return [data[low:high].decode("utf-8", "surrogatepass") for low, high in zip([0, *ends], ends, strict=False)]


def _exactly(source: IO[bytes], size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise EOFError
    return data


def sliced(size: int, workers: int, least: int, most: int) -> Iterable[slice]:
    """Slices of 0 to ``size`` for the pieces of a task: eight for each process, none above ``most``; one if there is at most ``least``."""
    step = min(-(-size // (8 * workers)) if size > least else max(size, 1), most)
    return [slice(low, low + step) for low in range(0, size, step)]
