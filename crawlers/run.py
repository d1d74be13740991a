"""The crawl of one scan: :func:`collect` reads all sources and says what each gave."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from models.errors import StopRun
from models.protocols import Memory, Progress, Sink, silent
from models.records import Source, SourceReport
from models.settings import Settings

if TYPE_CHECKING:
    from crawlers.shared import Shared

AT_ONCE = 64
"""Requests on their way at the same time, over all hosts."""


def collect(sources: Sequence[Source], sink: Sink, memory: Memory, options: Settings, progress: Progress = silent) -> list[SourceReport]:
    """Read all ``sources`` into ``sink``; one report each, in their order.

    Blocks, and can run once in a process (Twisted's reactor cannot start again). SIGINT and SIGTERM end it after the pages in hand are on
    disk; the reports say so. ``sink.add`` is called from one thread of its own, ``memory`` only from the calling thread.
    Raises StopRun if the sink cannot take any more (full disk).
    """
    from scrapy import Spider
    from scrapy.crawler import AsyncCrawlerProcess

    reports: list[SourceReport] = []
    fatal: list[Exception] = []

    class Reader(Spider):
        """The one spider: what is asked and when is decided by the accesses and the gates of the hosts, not by Scrapy's scheduler."""

        name = "tocsin"

        async def start(self) -> Any:
            shared = _shared(self, sink, memory, options, progress)
            reports.extend(await _read_all(sources, shared))
            if shared.fatal is not None:
                fatal.append(shared.fatal)
            requests: tuple[Any, ...] = ()  # Scrapy expects some from here; ours are made in crawlers/fetch.py
            for request in requests:
                yield request

    process = AsyncCrawlerProcess(_scrapy_settings(options))
    process.crawl(Reader)
    process.start(install_signal_handlers=False)
    if fatal:
        raise StopRun(
            f"what was fetched cannot be written: {fatal[0]}", hint="make room on the disk and run again; nothing is fetched twice"
        )
    return reports


def user_agent(contact: str) -> str:
    """``Tocsin/<version> (+contact)``: who reads, and where to complain."""
    try:
        number = version("tocsin")
    except PackageNotFoundError:
        number = "0"
    told = "".join(c for c in contact if c.isascii() and c.isprintable() and c not in "()").strip()[:200]
    return f"Tocsin/{number} (+{told})" if told else f"Tocsin/{number}"


def _scrapy_settings(options: Settings) -> dict[str, Any]:
    # Scrapy is asked for nothing but HTTP: politeness, redirects, retries and unpacking are crawlers/fetch.py and crawlers/hosts.py,
    # so its own versions are off and its slots wide
    off = ("RETRY", "REDIRECT", "METAREFRESH", "COMPRESSION", "COOKIES", "TELNETCONSOLE", "REFERER", "LOG", "MEMUSAGE", "REMOTE_CONTROL")
    return {f"{name}_ENABLED": False for name in off} | {
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "USER_AGENT": user_agent(options["crawl.contact"]),
        "ROBOTSTXT_OBEY": False,  # obeyed in crawlers/hosts.py, where an unreachable robots.txt forbids instead of allowing
        "CONCURRENT_REQUESTS": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": AT_ONCE,
        "DOWNLOAD_DELAY": 0,
        "DOWNLOAD_TIMEOUT": options["crawl.timeout"],
        "DOWNLOAD_MAXSIZE": options["crawl.max_bytes"],
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "STATS_DUMP": False,
        "LOGSTATS_INTERVAL": 0,
        "DEFAULT_REQUEST_HEADERS": {},
    }


def _shared(spider: Any, sink: Sink, memory: Memory, options: Settings, progress: Progress) -> Shared:
    from crawlers.fetch import Fetcher
    from crawlers.pool import Pool
    from crawlers.shared import Shared

    workers = options["crawl.workers"] or os.cpu_count() or 1
    fetcher = Fetcher(spider.crawler.engine.download_async, options, AT_ONCE)
    backlog = asyncio.Semaphore(8 * workers + 8)
    return Shared(sink, memory, options, progress, fetcher, Pool(workers), asyncio.Event(), backlog)


async def _read_all(sources: Sequence[Source], shared: Shared) -> list[SourceReport]:
    from crawlers.reading import Reading

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError, RuntimeError, NotImplementedError):  # not the main thread, or a system without
            loop.add_signal_handler(number, shared.stop.set)
    try:
        return list(await asyncio.gather(*(Reading(source, shared).run() for source in sources)))
    finally:
        await shared.pool.close()
        shared.writer.shutdown(wait=True)
