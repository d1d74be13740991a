"""Columns of Document out of the columns of a file; constants, provenance and the rows that remain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from exchange.times import TIME
from models.records import digest, post_id


def source_name(path: Path) -> str:
    """``Document.source`` of what is read from a file."""
    return f"import:{path.name}"


def provenance(path: Path, rows: NDArray[np.int64]) -> pa.Array:
    """``Document.raw``: ``posts.csv#12``, the file and the number of the data row."""
    return pc.binary_join_element_wise(pa.scalar(path.name), pa.array(rows).cast(pa.string()), "#")


def constant(value: Any, count: int) -> pa.Array:
    """The same value ``count`` times."""
    return pa.repeat(pa.scalar(value, TIME if isinstance(value, datetime) else pa.string()), count)


def common(path: Path, count: int) -> dict[str, pa.Array]:
    """Columns that are the same for all rows of a file."""
    return {
        "kind": constant("post", count),
        "source": constant(source_name(path), count),
        "fetched": constant(datetime.now(UTC).replace(microsecond=0), count),
    }


def post_ids(platforms: pa.Array, ids: pa.Array, accounts: pa.Array, times: pa.Array, texts: pa.Array) -> pa.Array:
    """``post_id(platform, id)``; where there is no id, the hash of platform, account, time and text."""
    made = []
    micros = times.cast(pa.int64()).to_pylist()
    for at, (platform, key) in enumerate(zip(platforms.to_pylist(), ids.to_pylist(), strict=True)):
        made.append(post_id(platform, key) if key else digest("post", platform, accounts[at].as_py(), str(micros[at]), texts[at].as_py()))
    return pa.array(made, pa.string())


def table(columns: Mapping[str, pa.Array], good: NDArray[np.bool_]) -> pa.Table:
    """The columns as a table of the rows that are ``good``."""
    whole = pa.table(dict(columns))
    return whole if good.all() else whole.filter(pa.array(good))


def date_source(by_day: NDArray[np.bool_]) -> pa.Array:
    """``import``; ``import-day`` where only a day was given, which is too coarse for a window test."""
    return pc.if_else(pa.array(by_day), "import-day", "import")


def first_of_each(rows: pa.Table) -> pa.Table:
    """The rows whose id was not there before."""
    coded = rows.column("id").combine_chunks().dictionary_encode()
    indices = (pa.concat_arrays(coded.chunks) if isinstance(coded, pa.ChunkedArray) else coded).indices.to_numpy(zero_copy_only=False)
    _, first = np.unique(indices, return_index=True)
    return rows if len(first) == rows.num_rows else rows.take(pa.array(np.sort(first)))
