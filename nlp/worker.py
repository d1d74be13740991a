"""A process that annotates: JSON lines in on standard input, JSON lines out; started by nlp/pool.py, ends when its parent does."""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import warnings
from typing import BinaryIO

from models.errors import TocsinError
from models.records import Entity
from nlp.annotating import Annotator

SECONDS = 60.0
"""Processor time for one document; then the kernel ends the process, even inside a library's loop."""


def main() -> None:
    """Read the set-up line, then batches; write one line for each document, at once, so that a crash costs no finished work."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with the lines
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    warnings.simplefilter("ignore")
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, lines), daemon=True).start()
    setup = json.loads(lines.get())
    annotator = Annotator(setup["version"], [Entity.from_dict(e) for e in setup["entities"]], setup["pipelines"])
    while True:
        _batch(annotator, json.loads(lines.get()), out)


def _listen(source: BinaryIO, lines: queue.SimpleQueue[bytes]) -> None:
    for line in source:
        lines.put(line)
    os._exit(0)  # the parent is gone or done; nothing here is worth finishing


def _batch(annotator: Annotator, items: list[list[str]], out: BinaryIO) -> None:
    try:
        for item in items:
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            answer = annotator.annotate(item)
            signal.setitimer(signal.ITIMER_PROF, 0)
            out.write(json.dumps(answer).encode() + b"\n")
            out.flush()
    except TocsinError as error:
        out.write(json.dumps({"error": [error.message, error.where, error.hint]}).encode() + b"\n")
        out.flush()
