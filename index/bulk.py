"""Documents sent to a server: batches by number and bytes, several under way, a busy server given time, refused documents set aside."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from index.connection import addresses
from index.rejected import Rejected
from models.errors import StopRun

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

BATCH, UNDER_WAY = 1_000, 4
"""Documents of a batch; batches on the way to the server while the next one is made."""

LIMITS: dict[str, Any] = {"chunk_size": BATCH, "max_chunk_bytes": 8_000_000, "max_retries": 6, "initial_backoff": 1, "max_backoff": 20}
"""A server that is busy (429, 503) is asked again after pauses that grow to 20 s, in all about a minute."""

Action = dict[str, Any]


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


def send(client: Elasticsearch, name: str, actions: Iterable[Action]) -> Sent:
    """Send index and delete actions to the index ``name``. Raises StopRun when the server takes nothing more.

    As elasticsearch.helpers.parallel_bulk (client 9), which does not ask a busy server again; a later action on an id waits for an earlier.
    """
    total, stream = Sent(), iter(actions)
    waiting: deque[tuple[Future[Sent], set[str]]] = deque()
    with ThreadPoolExecutor(UNDER_WAY, thread_name_prefix="bulk") as pool:
        while batch := list(islice(stream, BATCH)):
            ids = {action["_id"] for action in batch}
            while waiting and (len(waiting) >= UNDER_WAY or any(ids & others for _, others in waiting)):
                total.add(waiting.popleft()[0].result())
            waiting.append((pool.submit(_batch, client, name, batch), ids))
        for future, _ in waiting:
            total.add(future.result())
    return total


def _batch(client: Elasticsearch, name: str, batch: list[Action]) -> Sent:
    sent, sources = Sent(), {action["_id"]: action["_source"] for action in batch if "_source" in action}
    for ok, verb, result in _answers(client, name, batch):
        if ok or (verb == "delete" and result["status"] == 404):
            sent.done += verb != "delete"
            sent.settled.add(result["_id"])
        elif result["status"] in (403, 429, 503):  # a block or a missing shard, not this document
            raise StopRun(_blocked(result), where=addresses(client), hint="see its health, then: tocsin index sync")
        else:
            sent.refused.append(Rejected(result["_id"], json.dumps(result["error"])[:500], sources.get(result["_id"], {})))
    return sent


def _answers(client: Elasticsearch, name: str, batch: list[Action]) -> Iterator[tuple[bool, str, Mapping[str, Any]]]:
    from elasticsearch import helpers

    for ok, item in helpers.streaming_bulk(client, batch, index=name, raise_on_error=False, retry_on_status=(429, 503), **LIMITS):
        ((verb, result),) = item.items()
        yield ok, verb, result


def _blocked(result: Mapping[str, Any]) -> str:
    if "read-only-allow-delete" in json.dumps(result["error"]):
        return "the server's disk is nearly full, so the index is read-only: free space there"
    if result["status"] == 403:
        return "the index is blocked for writing on the server"
    return "the server is overloaded, or a part of the index does not answer"
