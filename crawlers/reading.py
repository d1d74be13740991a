"""One source in one scan: its access is asked for steps, the steps are carried out, everything that happens is booked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import crawlers.spiders
from crawlers.causes import Lost, cause_of
from crawlers.extract import Job
from crawlers.fetch import Ask
from crawlers.ledger import Ledger, Tickets
from crawlers.shared import Shared, ThreadMemory
from crawlers.steps import Access, Article, Fetch, Note, Page, Pause, Remember, Step
from models import registry
from models.errors import SkipRecord, TocsinError
from models.records import Document, Source, SourceReport, article_id
from models.urls import canonical

SPARE = 3
"""Readers of articles beyond ``crawl.per_host``: a source whose pages lie on several hosts is read from several at once."""
LAST_WORDS = 20.0
"""Seconds that pages already fetched get to reach the disk when a source is stopped."""


class Reading:
    """Reads one source to its end, its time limit, or the end of the scan; what the source does never makes :meth:`run` raise."""

    def __init__(self, source: Source, shared: Shared) -> None:
        self.source, self.shared = source, shared
        self.ledger = Ledger(source)
        self.tickets = Tickets(lambda key, value: shared.memory.put(source.name, key, value))
        self.queue: asyncio.Queue[tuple[Article, int, str]] = asyncio.Queue()
        self.accepted = self.pending = 0
        self.idle = asyncio.Event()
        self.finishing: set[asyncio.Task[None]] = set()
        self.inside = False

    async def run(self) -> SourceReport:
        """The report of the source."""
        shared = self.shared
        work, stop = asyncio.create_task(self._work()), asyncio.create_task(shared.stop.wait())
        limit = 60.0 * shared.options["crawl.source_minutes"]
        await asyncio.wait({work, stop}, timeout=limit or None, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not work.done():
            self.ledger.say("stopped before its end" if shared.stop.is_set() else f"stopped after {limit / 60:g} minutes")
            self.ledger.put_off += self.queue.qsize()
            work.cancel()
        await asyncio.wait({work})
        if self.finishing:
            await asyncio.wait(self.finishing, timeout=LAST_WORDS)
        if not work.cancelled():
            self._book(work.exception())
        return self.ledger.report()

    def _book(self, fault: BaseException | None) -> None:
        """What went wrong in the access or in us, as a count of this source; the others go on."""
        while isinstance(fault, BaseExceptionGroup):
            fault = fault.exceptions[0]
        if isinstance(fault, TocsinError):
            self.ledger.note(Note("settings", str(fault)))
        elif fault is not None:
            self.ledger.note(Note("fault", f"a fault in Tocsin: {type(fault).__name__}: {fault}"))

    async def _work(self) -> None:
        memory = ThreadMemory(self.shared.memory, asyncio.get_running_loop())
        module = registry.load(crawlers.spiders, self.source.access, "access")
        access: Access = module.Access(self.source, memory, self.shared.options)
        self.inside = await self.shared.fetcher.guard.inside(self.source.urls)
        async with asyncio.TaskGroup() as group:
            width = self.shared.options["crawl.per_host"] + SPARE
            readers = [group.create_task(self._articles()) for _ in range(width)]
            self.pending += 1
            await self._carry_out(access.start, group)
            self._less()
            await self.idle.wait()
            for reader in readers:
                reader.cancel()

    def _less(self) -> None:
        self.pending -= 1
        if not self.pending:
            self.idle.set()

    async def _carry_out(self, produce: Callable[[], Iterable[Step]], group: asyncio.TaskGroup) -> None:
        steps, skip = await asyncio.to_thread(_collected, produce)
        wanted = {id(step): _id_of(step) for step in steps if isinstance(step, Article | Document)}
        known = self.shared.memory.seen([key for key in wanted.values() if key]) if wanted else set()
        for step in steps:
            if isinstance(step, Article):
                self._accept(step, wanted[id(step)], known)
            elif isinstance(step, Document):
                self._receive(step, known)
            elif isinstance(step, Fetch):
                self.pending += 1
                group.create_task(self._fetch(step, group))
            elif isinstance(step, Remember):
                self.tickets.remember(step)
            elif isinstance(step, Pause):
                self.shared.fetcher.hosts.of(step.url).pause(min(step.seconds, 86_400.0))
            else:
                self.ledger.note(step)
        if skip is not None:
            self.ledger.note(Note(cause_of(skip), skip.hint or skip.message, skip.where))

    async def _fetch(self, step: Fetch, group: asyncio.TaskGroup) -> None:
        ask = Ask(step.url, step.kind, tuple(step.headers.items()), step.expect, self.inside)
        try:
            page = await self.shared.fetcher.get(ask)
        except Lost as lost:
            self.ledger.note(Note(lost.cause, lost.hint or lost.cause, step.url))
        else:
            came = Page(page.url, page.status, page.headers, page.body, page.received, step.url, step.meta)
            await self._carry_out(lambda: step.callback(came), group)
        finally:
            self._less()

    def _accept(self, step: Article, key: str, known: set[str]) -> None:
        if not key:
            self.ledger.note(Note("bad-address", "not an http address", step.url))
        elif key in known or key in self.shared.taken or self.shared.memory.get(self.source.name, f"same:{key}"):
            self.ledger.known += 1
        elif 0 < self.shared.options["crawl.max_pages"] <= self.accepted:
            self.ledger.put_off += 1
            self.tickets.settle(self.tickets.draw(), final=False)
        else:
            self.accepted += 1
            self.pending += 1
            self.shared.taken.add(key)
            self.shared.wanted += 1
            self.queue.put_nowait((step, self.tickets.draw(), key))

    def _receive(self, document: Document, known: set[str]) -> None:
        self.ledger.fetched += 1
        if not document.revision and (document.id in known or document.id in self.shared.kept):
            self.ledger.known += 1
            return
        self.pending += 1
        self._finish(self._keep(document, self.tickets.draw()))

    async def _articles(self) -> None:
        while True:
            article, ticket, key = await self.queue.get()
            try:
                page = await self.shared.fetcher.get(Ask(article.url, inside=self.inside))
            except Lost as lost:
                self._lose(lost, ticket)
                continue
            self.ledger.fetched += 1
            await self.shared.backlog.acquire()
            self._finish(self._extract(article, page, ticket, key))

    def _finish(self, rest: Coroutine[Any, Any, None]) -> None:
        """Work that is brought to its end even when the source is stopped."""
        task = asyncio.create_task(rest)
        self.finishing.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self.finishing.discard(task)
        if not task.cancelled():
            self._book(task.exception())
        self._less()

    async def _extract(self, article: Article, page: Page, ticket: int, key: str) -> None:
        job = Job(
            url=page.url,
            source=self.source.name,
            received=page.received,
            content_type=page.headers.get("content-type", "")[:200],
            title=article.title,
            published=article.published,
            date_source=article.date_source,
            language=article.language or self.source.language,
            country=self.source.country,
        )
        try:
            done = await self.shared.pool.extract(page.body, job)
        except Lost as lost:
            self._book_loss(lost, ticket)
            return
        finally:
            self.shared.backlog.release()
        self.ledger.failed.update(done.odd)
        document = done.document
        if document.id in self.shared.kept or (document.id != key and self.shared.memory.seen([document.id])):
            self.ledger.known += 1
            self.tickets.settle(ticket, final=True)
        else:
            await self._keep(document, ticket)
        if document.id != key:  # the page names another address as its own: next time it is recognised before it is fetched
            self.shared.memory.put(self.source.name, f"same:{key}", document.id)

    async def _keep(self, document: Document, ticket: int) -> None:
        written = await self.shared.keep(document)
        self.ledger.new += written
        self.tickets.settle(ticket, final=written)

    def _lose(self, lost: Lost, ticket: int) -> None:
        self._book_loss(lost, ticket)
        self._less()

    def _book_loss(self, lost: Lost, ticket: int) -> None:
        self.ledger.lose(lost)
        self.tickets.settle(ticket, final=not lost.may_pass)


def _id_of(step: Article | Document) -> str:
    if isinstance(step, Document):
        return step.id
    address = canonical(step.url)
    return article_id(address) if address else ""


def _collected(produce: Callable[[], Iterable[Step]]) -> tuple[list[Step], SkipRecord | None]:
    """The steps up to the end, or up to the SkipRecord that ended them."""
    steps: list[Step] = []
    try:
        steps.extend(produce())
    except SkipRecord as skip:
        return steps, skip
    return steps, None
