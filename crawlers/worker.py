"""A process that reads pages handed to it: ``python -m crawlers.worker``, spoken to through its standard input and output.

A frame is four bytes of length (big-endian) and that many bytes. Asked: the job as a line of JSON, then the page. Answered: JSON with
``document`` and ``odd``, or ``lost`` and ``text``. It ends when its input ends, so it never outlives who started it.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from typing import BinaryIO

from crawlers.extract import Job, extract
from models.errors import SkipRecord

MEMORY = 3_000_000_000
"""Bytes of address space a worker may take; a page that wants more loses itself, not the machine."""


def frames(stream: BinaryIO) -> Iterator[bytes]:
    """The frames of a stream until it ends."""
    while True:
        size = stream.read(4)
        if len(size) < 4:
            return
        yield stream.read(int.from_bytes(size, "big"))


def framed(payload: bytes) -> bytes:
    """``payload`` with its length in front."""
    return len(payload).to_bytes(4, "big") + payload


def answer(frame: bytes) -> bytes:
    """What is made of one frame: JSON."""
    head, _, body = frame.partition(b"\n")
    try:
        done = extract(body, Job.from_json(head.decode("utf-8")))
    except SkipRecord as skip:
        return json.dumps({"lost": skip.message, "text": skip.hint}).encode()
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, AssertionError, MemoryError) as fault:
        # what parsers raise on pages nobody foresaw: the page is lost and named, the worker goes on
        return json.dumps({"lost": "extract-crash", "text": f"{type(fault).__name__}: {fault}"[:200]}).encode()
    return json.dumps({"document": done.document.to_dict(), "odd": dict(done.odd)}, ensure_ascii=True).encode()


def main() -> None:
    """Answer frames until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started us; our end is the end of our input
    _limit_memory()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # parsing makes and drops many small objects, hardly ever in circles
    # the answers get a descriptor of their own: whatever a library prints must not get between them
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    waiting: queue.Queue[bytes | None] = queue.Queue()
    threading.Thread(target=_listen, args=(waiting,), daemon=True).start()
    while (frame := waiting.get()) is not None:
        out.write(framed(answer(frame)))
        out.flush()


def _listen(waiting: queue.Queue[bytes | None]) -> None:
    for frame in frames(sys.stdin.buffer):
        waiting.put(frame)
    os._exit(0)  # whoever asked is gone: nobody waits for the page in hand


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):
        return  # a system without such limits


if __name__ == "__main__":
    main()
