"""How this package compiles its loops: numba without the interpreter's lock, cached on disk, ranges of rows over threads."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np


def _compiler() -> Callable[[Callable[..., Any]], Any]:
    """The njit of numba with its cache beside the code, or where NUMBA_CACHE_DIR says, or in the temporary folder of a read-only system."""
    import numba

    here, home = Path(__file__).parent, Path("~").expanduser()
    if not (os.environ.get("NUMBA_CACHE_DIR") or os.access(here, os.W_OK) or os.access(home, os.W_OK)):
        setattr(numba.config, "CACHE_DIR", str(Path(tempfile.gettempdir()) / f"tocsin-numba-{os.getuid()}"))  # noqa: B010  not in its types
    return numba.njit(nogil=True, cache=True)


compiled = _compiler()


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(work: Callable[[int, int], Any], size: int, least: int = 2048) -> list[Any]:
    """``work(low, high)`` over the ranges of 0 to ``size``, on one thread per core; the answers in order of the ranges."""
    parts = max(1, min(cores() * 4, size // least))
    edges = np.linspace(0, size, parts + 1).astype(np.int64)
    ranges = [(int(low), int(high)) for low, high in pairwise(edges)]
    if parts == 1:
        return [work(0, size)]
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(lambda r: work(*r), ranges))
