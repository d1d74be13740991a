"""Documents sent to a server: batches by number and bytes, several under way, a busy server given time, refused documents set aside."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

from index.answers import packed
from index.connection import NO_SPACE, addresses, disk_full
from index.rejected import Rejected
from models.errors import StopRun

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

UNDER_WAY, AHEAD = 4, 12
"""Batches on the way to the server; with those made already. A new index takes the server a while and is asked for when a line needs it."""

LIMITS: dict[str, int] = {"chunk_size": 1_000, "max_chunk_bytes": 8_000_000, "max_retries": 6}
"""Lines and bytes of a batch; how often a server that is busy is asked again."""

BUSY = (429, 503)
LONGEST_PAUSE = 20.0
"""A busy server is asked again after 1, 2, 4 … seconds, at most this many: in all about a minute."""

ANSWER = "errors,items.*.status,items.*.error"
"""What is read of an answer: everything else would be written, sent and read for each document."""


class Line(NamedTuple):
    """What is done to an id: a document, as its JSON, is put in; one without is taken out. ``where``: its index, if not the one of all."""

    id: str
    source: bytes = b""
    where: str = ""

    @classmethod
    def of(cls, name: str, source: Mapping[str, Any]) -> Line:
        """A document, written down at once: thousands wait, and bytes are small and nothing that the collector must walk."""
        return cls(name, packed(source))

    @property
    def verb(self) -> str:
        """What the server calls it."""
        return "index" if self.source else "delete"

    def body(self) -> bytes:
        """One or two lines of JSON, as they are sent."""
        head = {self.verb: {"_id": self.id, "_index": self.where} if self.where else {"_id": self.id}}
        return b"%s\n%s\n" % (packed(head), self.source) if self.source else packed(head) + b"\n"


@dataclass
class Sent:
    """What became of what was sent: number taken in, ids that are settled, documents that were refused."""

    done: int = 0
    settled: set[str] = field(default_factory=set)
    refused: list[Rejected] = field(default_factory=list)

    def add(self, other: Sent) -> None:
        """Count another batch in."""
        self.done += other.done
        self.settled |= other.settled
        self.refused += other.refused


def _there(names: Iterable[str]) -> None:
    """All indices are there already."""


def send(client: Elasticsearch, name: str, lines: Iterable[Line], ready: Callable[[Iterable[str]], None] = _there) -> Sent:
    """Put documents in and take them out, in the index ``name`` if they name none. Raises StopRun when the server takes nothing more.

    ``ready`` sees to it that indices are there: it is called once for each, as soon as a batch is made that has lines for it.
    As elasticsearch.helpers.parallel_bulk (client 9), which does not ask a busy server again; a later line of an id waits for an earlier.
    """
    total, stop = Sent(), Event()
    waiting: deque[tuple[Future[Sent], set[str]]] = deque()
    asked: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(1, thread_name_prefix="ready") as early, ThreadPoolExecutor(UNDER_WAY, thread_name_prefix="bulk") as pool:
        try:
            for batch in _batches(lines):
                places, ids = {line.where for line in batch if line.where}, {line.id for line in batch}
                if new := places - asked.keys():
                    asked |= dict.fromkeys(new, early.submit(ready, new))
                while waiting and (len(waiting) >= AHEAD or any(ids & others for _, others in waiting)):
                    total.add(waiting.popleft()[0].result())
                waiting.append((pool.submit(_deliver, client, name, batch, {asked[p] for p in places}, stop), ids))
            for future, _ in waiting:
                total.add(future.result())
        finally:
            stop.set()  # after a failure nobody goes on asking
            for pending in (early, pool):
                pending.shutdown(wait=False, cancel_futures=True)
    return total


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    batch, size = list[Line](), 0
    for line in lines:
        if batch and (len(batch) >= LIMITS["chunk_size"] or size + len(line.source) > LIMITS["max_chunk_bytes"]):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line.source)
    if batch:
        yield batch


def _deliver(client: Elasticsearch, name: str, batch: list[Line], there: Iterable[Future[None]], stop: Event) -> Sent:
    """Send a batch once its indices are ``there``, and what the server is too busy for again after a pause."""
    from elasticsearch import ApiError

    for place in there:
        place.result()
    sent, again, attempt = Sent(), batch, 0
    while True:
        last = attempt >= LIMITS["max_retries"]
        try:
            again = _once(client, name, again, sent, last=last)
        except ApiError as error:
            if last or error.status_code not in BUSY:
                raise
        if not again:
            return sent
        if stop.wait(min(LONGEST_PAUSE, 2.0**attempt)):
            raise StopRun("not sent, as another batch failed", where=addresses(client), hint="tocsin index sync")
        attempt += 1


def _once(client: Elasticsearch, name: str, batch: list[Line], sent: Sent, *, last: bool) -> list[Line]:
    """Send a batch; those of its lines that the server was too busy for, of which there are none if this was the last time."""
    body = b"".join(map(Line.body, batch))
    answered = client.bulk(index=name, operations=body, filter_path=ANSWER)  # type: ignore[arg-type]  # bytes go as they are
    again = []
    for line, item in zip(batch, answered["items"], strict=True):
        result = item[line.verb]
        if result["status"] < 300 or (line.verb == "delete" and result["status"] == 404):
            sent.done += line.verb != "delete"
            sent.settled.add(line.id)
        elif result["status"] in BUSY and not last:
            again.append(line)
        elif result["status"] in (403, *BUSY) or NO_SPACE in str(result["error"]):  # a block or a missing shard, not this document
            raise disk_full(client) or StopRun(_blocked(result), where=addresses(client), hint="see its health, then: tocsin index sync")
        else:
            sent.refused.append(Rejected(line.id, json.dumps(result["error"])[:500], json.loads(line.source or b"{}")))
    return again


def _blocked(result: Mapping[str, Any]) -> str:
    if NO_SPACE in str(result["error"]):
        return "the server's disk is full: free space there"
    if "read-only-allow-delete" in json.dumps(result["error"]):
        return "the server's disk is nearly full, so the index is read-only: free space there"
    if result["status"] == 403:
        return "the index is blocked for writing on the server"
    return "the server is overloaded, or a part of the index does not answer"
