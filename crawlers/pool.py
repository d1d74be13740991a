"""The processes that extract: never in the reactor, and a page that kills or hangs one costs that page only."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from crawlers.causes import Lost
from crawlers.extract import Extracted, Job
from crawlers.worker import framed
from models.records import Document

PAGE_SECONDS = 30.0
"""Longest time one page may take."""
AHEAD = 2
"""Pages handed to a worker at once, so that it never waits for us between two."""


@dataclass(slots=True)
class _Task:
    payload: bytes
    done: asyncio.Future[bytes]


@dataclass(slots=True)
class _Worker:
    """One process and the pages it has in hand, oldest first: the first is the one it works on."""

    hand: deque[_Task] = field(default_factory=deque)
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AHEAD))
    process: asyncio.subprocess.Process | None = None
    reader: asyncio.Task[None] | None = None
    began: float = 0.0
    late: bool = False


class Pool:
    """``workers`` processes, started when the first page comes (0: one per core)."""

    def __init__(self, workers: int) -> None:
        self._workers = [_Worker() for _ in range(workers or os.cpu_count() or 1)]
        self._waiting: asyncio.Queue[_Task] = asyncio.Queue()
        self._feeders: list[asyncio.Task[None]] = []

    async def extract(self, body: bytes, job: Job) -> Extracted:
        """The document in the page. Raises Lost: ``no-text``, ``extract-crash`` (died, hung, or wanted too much memory)."""
        if not self._feeders:
            self._feeders = [asyncio.create_task(self._feed(worker)) for worker in self._workers] + [asyncio.create_task(self._watch())]
        task = _Task(framed(job.to_json().encode() + b"\n" + body), asyncio.get_running_loop().create_future())
        self._waiting.put_nowait(task)
        answer = json.loads(await task.done)
        if "lost" in answer:
            raise Lost(answer["lost"], answer["text"], where=job.url)
        return Extracted(Document.from_dict(answer["document"]), Counter(answer["odd"]))

    async def close(self) -> None:
        """End the processes."""
        for task in (*self._feeders, *(w.reader for w in self._workers if w.reader)):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for worker in self._workers:
            await _end(worker)

    async def _feed(self, worker: _Worker) -> None:
        while True:
            await worker.room.acquire()
            task = await self._waiting.get()
            worker.began = worker.began if worker.hand else time.monotonic()
            worker.hand.append(task)
            await self._send(worker, task)

    async def _send(self, worker: _Worker, task: _Task) -> None:
        if worker.process is None:
            worker.process = await _started()
            worker.reader = asyncio.create_task(self._read(worker, worker.process))
        if worker.process.stdin is not None:
            worker.process.stdin.write(task.payload)
            with suppress(ConnectionError):  # it died: _read notices and gives the rest of its hand to another
                await worker.process.stdin.drain()

    async def _read(self, worker: _Worker, process: asyncio.subprocess.Process) -> None:
        out = process.stdout
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while out is not None:
                size = int.from_bytes(await out.readexactly(4), "big")
                self._settle(worker, worker.hand.popleft(), await out.readexactly(size))
        await self._bury(worker)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for worker in self._workers:
                if worker.hand and worker.process and time.monotonic() - worker.began > PAGE_SECONDS:
                    worker.late = True
                    with suppress(ProcessLookupError):
                        worker.process.kill()

    @staticmethod
    def _settle(worker: _Worker, task: _Task, answer: bytes) -> None:
        worker.began = time.monotonic()
        worker.room.release()
        if not task.done.done():
            task.done.set_result(answer)

    async def _bury(self, worker: _Worker) -> None:
        hand, worker.hand = worker.hand, deque()
        why = f"took longer than {PAGE_SECONDS:g} s" if worker.late else "the process that read it died"
        worker.late = False
        if hand:
            self._settle(worker, hand.popleft(), json.dumps({"lost": "extract-crash", "text": why}).encode())
        for task in hand:  # innocent: they were only waiting behind it
            self._waiting.put_nowait(task)
            worker.room.release()
        await _end(worker)


async def _started() -> asyncio.subprocess.Process:
    root = str(Path(__file__).resolve().parent.parent)
    environment = os.environ | {"PYTHONPATH": root, "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    pipe = asyncio.subprocess.PIPE
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crawlers.worker", stdin=pipe, stdout=pipe, stderr=quiet, env=environment, limit=1 << 20
    )


async def _end(worker: _Worker) -> None:
    process, worker.process = worker.process, None
    if process is not None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
