"""Parquet files as a source of columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from exchange.raw import Columns
from models.errors import StopRun, UsageError


class ParquetSource:
    """A Parquet file; rows are counted from 1."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []
        try:
            with path.open("rb") as handle, pq.ParquetFile(handle) as file:
                self.names: list[str] = file.schema_arrow.names
                self._rows: int = file.metadata.num_rows
        except (pa.ArrowException, OSError):
            raise StopRun("is not a whole Parquet file", where=str(path), hint="download or write it again") from None

    def columns(self, wanted: Sequence[str]) -> Columns:
        """The columns of these names; ``a.b`` is field b of column a. Raises UsageError for one that is there twice."""
        for name in wanted:
            if self.names.count(name) > 1:
                raise UsageError(f"the column {name!r} is there twice", where=self.path.name, hint="keep one of them")
        try:
            with self.path.open("rb") as handle, pq.ParquetFile(handle) as file:
                table = file.read(columns=sorted({w if w in self.names else w.split(".")[0] for w in wanted}))
        except (pa.ArrowException, OSError) as error:
            raise StopRun(f"cannot be read: {str(error).splitlines()[0]}", where=str(self.path), hint="write it again") from None
        return Columns({w: self._column(table, w) for w in wanted}, pa.chunked_array([pa.array(np.arange(1, self._rows + 1))]), [])

    def _column(self, table: pa.Table, name: str) -> pa.ChunkedArray:
        if name in table.column_names:
            return table.column(name)
        first, *rest = name.split(".")
        column = table.column(first)
        for part in rest:
            if not pa.types.is_struct(column.type) or column.type.get_field_index(part) < 0:
                raise UsageError(f"there is no column {name!r}", where=self.path.name)
            column = pa.chunked_array([c.field(part) for c in column.chunks], column.type.field(part).type)
        return column

    def places(self, rows: Sequence[int]) -> list[str]:
        """``posts.parquet, row 12``."""
        return [f"{self.path.name}, row {row}" for row in rows]
