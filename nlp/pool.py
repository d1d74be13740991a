"""Worker processes for annotation: no fork, so no inherited lock; plain JSON between; a crash costs at most the document that caused it.

Own processes, because spaCy's ``n_process`` sends whole Doc objects back and was measured slower than one process.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from models.errors import StopRun, UsageError
from nlp.annotating import Item, failed

_ROOT = Path(__file__).resolve().parent.parent
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from nlp.worker import main; main()"


class WorkerDied(Exception):
    """A worker ended in the middle; the message is the cause."""


class Worker:
    """One process. ``setup``: version, entities and pipelines as JSON types."""

    def __init__(self, setup: dict[str, Any]) -> None:
        # a session of its own: Ctrl-C reaches the parent alone, which ends its workers itself
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _BOOT, str(_ROOT)],  # -P: nothing from the folder the user is in
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._say(setup)

    def _say(self, value: object) -> None:
        stdin = self.process.stdin
        with suppress(OSError):  # it died; reading tells how
            if stdin is not None:
                stdin.write(json.dumps(value).encode() + b"\n")
                stdin.flush()

    def annotate(self, items: Sequence[Item]) -> Iterator[dict[str, Any]]:
        """One annotation for each item, in order. Raises WorkerDied when the process ends before the last, UsageError from inside."""
        self._say(items)
        for _ in items:
            line = self.process.stdout.readline() if self.process.stdout else b""
            if not line.endswith(b"\n"):
                raise WorkerDied(_cause(self.process.wait()))
            answer: dict[str, Any] = json.loads(line)
            if "error" in answer:
                message, where, hint = answer["error"]
                raise UsageError(message, where=where, hint=hint)
            yield answer

    def kill(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()

    def release(self) -> None:
        """Wait for its end and close the pipes; only when nobody reads from it any more."""
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what could not be sent to a dead process
                    pipe.close()


def _cause(code: int) -> str:
    if code == -signal.SIGPROF:
        return "took longer than a document may"
    name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"the worker process ended ({name})"


class Pool:
    """``workers`` processes; :meth:`annotate` gives back annotations as they come, in any order."""

    def __init__(self, setup: dict[str, Any], workers: int) -> None:
        self._setup, self._workers = setup, workers
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        self._living: set[Worker] = set()
        self._lock = threading.Lock()
        self._closing = False

    def annotate(self, batches: Iterable[list[Item]]) -> Iterator[list[dict[str, Any]]]:
        """One annotation for each item of each batch. At most two batches a worker are in memory. Ends its processes however it ends."""
        source = iter(batches)
        pending: set[Future[list[dict[str, Any]]]] = set()
        executor = ThreadPoolExecutor(self._workers, thread_name_prefix="annotate")
        try:
            while True:
                pending |= {executor.submit(self._batch, batch) for batch in islice(source, 2 * self._workers - len(pending))}
                if not pending:
                    return
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            self._kill_all()
            executor.shutdown(cancel_futures=True)
            for worker in self._living:
                worker.release()

    def _batch(self, items: list[Item]) -> list[dict[str, Any]]:
        done: list[dict[str, Any]] = []
        suspect = -1
        while len(done) < len(items):
            worker = self._worker()
            try:
                done.extend(worker.annotate(items[len(done) :] if suspect < len(done) else items[suspect : suspect + 1]))
                self._idle.put(worker)
            except WorkerDied as death:
                self._bury(worker)
                if suspect == len(done):  # it died twice on the same document
                    done.append(failed(items[suspect][0], self._setup["version"], str(death)))
                else:
                    suspect = len(done)
        return done

    def _worker(self) -> Worker:
        try:
            return self._idle.get_nowait()
        except Empty:
            with self._lock:
                if self._closing:
                    raise StopRun("annotation was ended") from None
                worker = Worker(self._setup)
                self._living.add(worker)
            return worker

    def _bury(self, worker: Worker) -> None:
        with self._lock:
            self._living.discard(worker)
        worker.kill()
        worker.release()

    def _kill_all(self) -> None:
        with self._lock:
            self._closing = True
            for worker in self._living:
                worker.kill()
