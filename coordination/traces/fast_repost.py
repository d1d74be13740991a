"""A repost within ten seconds of the original, which no reader manages often; ``fast_repost:60`` takes a minute.

The original must be at hand. Delay and ten seconds: Pacheco et al. 2020, Luceri et al. 2024.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from coordination.acts import SECOND, column, times
from coordination.traces._columns import originals, table
from models.errors import UsageError

SECONDS = 10


def objects(posts: pa.Table, kind: str = "") -> pa.Table:
    """Rows of fast reposts and the post they repeat. ``kind``: most seconds after the original."""
    if kind and not kind.isdigit():
        raise UsageError(f"the trace fast_repost takes seconds, not {kind!r}", hint="for example fast_repost:60")
    original = originals(posts)
    known = original.is_valid().to_numpy(zero_copy_only=False)
    place = original.fill_null(0).to_numpy(zero_copy_only=False)
    when, trusted = times(posts)
    if posts.num_rows == 0:
        return table([], [])
    delay = when - when[place]
    fast = known & trusted & trusted[place] & (delay >= 0) & (delay <= int(kind or SECONDS) * SECOND)
    rows = np.flatnonzero(fast)
    return table(rows, column(posts, "repost_of").take(pa.array(rows)))
