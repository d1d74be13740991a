"""Proof that the index holds what the archive holds: for each day (UTC) the number of documents and a digest over their ids."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from models.codec import Record
from models.errors import StopRun
from models.records import digest

if TYPE_CHECKING:
    from archive.store import Archive
    from index.base import Index


@dataclass(frozen=True, slots=True, kw_only=True)
class DayProof(Record):
    """One day: how many documents archive and index have, and the digest of each side's sorted ids ("" for none)."""

    day: str
    archive: int
    index: int
    archive_digest: str
    index_digest: str
    equal: bool


def archived(archive: Archive) -> dict[str, int]:
    """Id of each document of the archive to when it was published or else fetched, in seconds since 1970; earlier is 0."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = archive.posts(names=["id", "published", "fetched"])
    moments = pc.coalesce(table["published"], table["fetched"]).cast(pa.timestamp("us", "UTC"))
    seconds = pc.floor(pc.divide(moments.cast(pa.int64()).cast(pa.float64()), 1e6)).cast(pa.int64())
    return dict(zip(table["id"].to_pylist(), pc.max_element_wise(seconds, 0).to_pylist(), strict=True))


def prove(index: Index, wanted: Mapping[str, int], refused: Collection[str] = ()) -> list[DayProof]:
    """Each day that one of the two has, oldest first; ``wanted`` is what :func:`archived` gave. Ids in ``refused`` are left out."""
    mine, theirs = (_days(pair for pair in pairs if pair[0] not in refused) for pairs in (wanted.items(), index.held()))
    return [_proof(day, mine.get(day, []), theirs.get(day, [])) for day in sorted(mine.keys() | theirs.keys())]


def _days(pairs: Iterable[tuple[str, int]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for name, seconds in pairs:
        found.setdefault(seconds // 86_400, []).append(name)
    return found


def _proof(day: int, mine: list[str], theirs: list[str]) -> DayProof:
    ours, others = (digest(*sorted(ids)) if ids else "" for ids in (mine, theirs))
    named = f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}"
    return DayProof(day=named, archive=len(mine), index=len(theirs), archive_digest=ours, index_digest=others, equal=ours == others)


def demand(proofs: Iterable[DayProof]) -> int:
    """Number of days, all equal. Raises StopRun that names those that are not."""
    proofs = list(proofs)
    wrong = [p for p in proofs if not p.equal]
    if wrong:
        named = ", ".join(f"{p.day} (archive {p.archive:,}, index {p.index:,})" for p in wrong[:5])
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise StopRun(f"index and archive differ on {named}{more}", hint="is another workspace writing to it? then: tocsin index sync")
    return len(proofs)
