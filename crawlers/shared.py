"""What all sources of one scan share: the network, the extracting processes, the disk, the memory, and the wish to stop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from crawlers.fetch import Fetcher
from crawlers.pool import Pool
from models.errors import StopRun
from models.protocols import Memory, Progress, Sink
from models.records import Document
from models.settings import Settings

T = TypeVar("T")


@dataclass(slots=True)
class Shared:
    """``taken``: ids of addresses some source is already after; ``kept``: ids given to the sink; ``fatal``: why nothing can go on."""

    sink: Sink
    memory: Memory
    options: Settings
    progress: Progress
    fetcher: Fetcher
    pool: Pool
    stop: asyncio.Event
    backlog: asyncio.Semaphore
    writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "sink"))
    taken: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    wanted: int = 0
    fatal: Exception | None = None

    async def keep(self, document: Document) -> bool:
        """Put a document on disk, in the one thread that writes; False if the disk cannot take it, which stops the scan."""
        self.kept.add(document.id)
        try:
            await asyncio.get_running_loop().run_in_executor(self.writer, self.sink.add, document)
        except (OSError, StopRun) as error:
            self.fatal = self.fatal or error
            self.stop.set()
            return False
        self.progress("collect", done=len(self.kept), total=max(self.wanted, len(self.kept)), note=document.source)
        return True


class ThreadMemory:
    """A memory for accesses, whose callbacks run in threads: calls are made in the loop's own, where the database was opened."""

    def __init__(self, memory: Memory, loop: asyncio.AbstractEventLoop) -> None:
        self._memory, self._loop, self._home = memory, loop, threading.get_ident()

    def _at_home(self, call: Callable[[], T]) -> T:
        if threading.get_ident() == self._home:
            return call()

        async def there() -> T:
            return call()

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result(60)

    def get(self, source: str, key: str) -> str | None:
        """See :class:`models.protocols.Memory`."""
        return self._at_home(lambda: self._memory.get(source, key))

    def put(self, source: str, key: str, value: str) -> None:
        """See :class:`models.protocols.Memory`; an access yields Remember instead."""
        self._at_home(lambda: self._memory.put(source, key, value))

    def seen(self, ids: Collection[str]) -> set[str]:
        """See :class:`models.protocols.Memory`."""
        return self._at_home(lambda: self._memory.seen(ids))
