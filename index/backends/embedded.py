"""The index on the own disk: tantivy, one writer at a time, readers that see each commit."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import tantivy

from index import current
from index.answers import answer, fields, packed, shown, similar
from index.base import Finding, Hit, IndexDocument, Results
from index.dates import Clock
from index.lock import writer_lock
from index.plan import Clause, Everything, plan
from index.queries import query, schema
from index.rejected import Rejected
from index.syntax import All, Node
from index.vectors import Space
from models.codec import Record
from models.errors import StopRun
from models.settings import Settings

COMMIT_EVERY = 20_000
BATCH = 500
HEAP = 256_000_000
FULL = 16_000_000
"""Free bytes under which a failed write is put down to a full disk: the engine's threads do not say what they met."""


def open_index(settings: Settings, folder: Path, space: Space | None = None) -> EmbeddedIndex:
    """The index in ``folder``; nothing is opened before it is used. It holds no vectors."""
    del space
    return EmbeddedIndex(folder, settings["display.timezone"])


class EmbeddedIndex:
    """See :class:`index.base.Index`."""

    def __init__(self, root: Path, zone: str) -> None:
        self.root, self.zone = root, zone
        self._opened: tuple[str, tantivy.Index] | None = None

    def search(
        self, node: Node, *, limit: int = 20, offset: int = 0, sort: str = "date", facets: Collection[str] = (), histogram: str = ""
    ) -> Results:
        """See :meth:`index.base.Index.search`."""
        with self._reading() as engine:
            return answer(engine, node, Clock.of(self.zone), limit=limit, offset=offset, sort=sort, facets=facets, histogram=histogram)

    def count(self) -> int:
        """Number of documents; 0 if there is no index yet."""
        if current.read(self.root) is None:
            return 0
        with self._reading() as engine:
            return int(engine.searcher.num_docs)

    def ids(self, node: Node | None = None) -> Iterator[str]:
        """Ids of a query's documents, newest first; of all documents without one."""
        if node is None and current.read(self.root) is None:
            return
        with self._reading() as engine:
            _, found = engine.find(plan(node or All(), Clock.of(self.zone)), max(1, engine.searcher.num_docs), 0, "date")
            yield from (data["id"] for _, data in found)

    def held(self) -> Iterator[tuple[str, int]]:
        """See :meth:`index.base.Index.held`."""
        if current.read(self.root) is None:
            return
        with self._reading() as engine:
            yield from engine.held()

    def add(self, documents: Iterable[IndexDocument]) -> int:
        """Put documents in, in place of those of the same id; kept by the batch, searchable when it returns."""
        with writer_lock(self.root):
            found = current.read(self.root)
            if found is None:
                return self._build(documents, "")
            with self._engine_errors():
                return _write(self._index(found.folder), documents)

    def replace(self, documents: Iterable[IndexDocument], generation: str) -> int:
        """Build the index anew beside the old one; readers go over to it when it is whole."""
        with writer_lock(self.root):
            return self._build(documents, generation)

    def clear(self) -> None:
        """An empty index in place of whatever there is."""
        self.replace((), "")

    def delete(self, ids: Iterable[str]) -> None:
        """Take documents out."""
        with writer_lock(self.root):
            found = current.read(self.root)
            if found is None:
                return
            with self._engine_errors():
                writer = self._index(found.folder).writer(15_000_000, 1)
                for name in ids:
                    writer.delete_documents_by_term("id", name)
                writer.commit()
                writer.wait_merging_threads()

    @property
    def generation(self) -> str:
        """What the index was last said to hold; "" if nothing."""
        found = current.read(self.root)
        return found.generation if found else ""

    def set_generation(self, generation: str) -> None:
        """Say what the index holds. Raises StopRun if there is none."""
        with writer_lock(self.root):
            found = current.read(self.root)
            if found is None:
                self._build((), generation)
            else:
                current.write(self.root, found.folder, generation)

    def similar(self, name: str, limit: int = 10) -> tuple[Hit, ...]:
        """See :meth:`index.base.Index.similar`."""
        with self._reading() as engine:
            return similar(engine, name, limit)

    def rejected(self) -> Sequence[Rejected]:
        """None: tantivy takes every document or fails as a whole."""
        return ()

    def retry(self) -> int:
        """Nothing to retry."""
        return 0

    def share(self, kind: str, records: Iterable[Record]) -> int:
        """None: archive and state of the workspace hold them already."""
        del kind, records
        return 0

    def check(self) -> Sequence[Finding]:
        """The folder, what is in it, and the space that is left."""
        try:
            findings = [Finding("index", good=True, said=f"{self.count():,} documents in {self.root}")]
        except StopRun as error:
            findings = [Finding("index", good=False, said=error.message, hint=error.hint)]
        free = shutil.disk_usage(next(p for p in (self.root, *self.root.parents) if p.exists())).free
        hint = "free some space: a rebuild needs the size of the index once more"
        return [*findings, Finding("free space", free > 500_000_000, f"{free / 1e9:.1f} GB", hint if free <= 500_000_000 else "")]

    def close(self) -> None:
        """Let go of the files; the next use opens them again."""
        self._opened = None

    def _build(self, documents: Iterable[IndexDocument], generation: str) -> int:
        for old in self.root.glob("i-*"):  # what a killed build left, but not what serves
            if not self._serves(old):
                shutil.rmtree(old, ignore_errors=True)
        folder = self.root / f"i-{secrets.token_hex(8)}"
        folder.mkdir()
        try:
            with self._engine_errors():
                written = _write(tantivy.Index(schema(), str(folder)), documents, fresh=True)
                current.write(self.root, folder.name, generation)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        for old in self.root.glob("i-*"):  # open readers keep the files they have mapped
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
        return written

    def _serves(self, folder: Path) -> bool:
        try:
            found = current.read(self.root)
        except StopRun:
            return False
        return found is not None and found.folder == folder.name

    def _index(self, folder: str) -> tantivy.Index:
        if self._opened is None or self._opened[0] != folder:
            self._opened = folder, tantivy.Index.open(str(self.root / folder))
        return self._opened[1]

    @contextmanager
    def _reading(self) -> Iterator[_Engine]:
        found = current.read(self.root)
        if found is None:
            raise StopRun("there is no index yet", where=str(self.root), hint="collect with: tocsin scan; or tocsin index rebuild")
        with self._engine_errors():
            index = self._index(found.folder)
            index.reload()
            engine = _Engine(index.searcher(), index.schema)
            yield engine

    @contextmanager
    def _engine_errors(self) -> Iterator[None]:
        """The engine says everything with ValueError; a person needs to know which files, and what to do."""
        try:
            yield
        except BaseException as error:
            self._opened = None
            if not isinstance(error, ValueError | OSError) and type(error).__module__ != "pyo3_runtime":  # a panic over damaged files
                raise
            if "No space left" in str(error) or shutil.disk_usage(self.root).free < FULL:
                raise StopRun(
                    "the disk is full, the index cannot be written", where=str(self.root), hint="free some space, then run again"
                ) from None
            raise StopRun(f"the index cannot be used: {error}", where=str(self.root), hint=current.REBUILD) from None


class _Engine:
    """What :class:`index.answers.Engine` asks of tantivy, over one state of the index."""

    def __init__(self, searcher: tantivy.Searcher, fields_of: tantivy.Schema) -> None:
        self.searcher, self.schema = searcher, fields_of

    def find(self, clause: Clause, limit: int, offset: int, sort: str) -> tuple[int, list[tuple[float, Mapping[str, Any]]]]:
        """Number of documents in all; score and shown fields of those asked for."""
        wanted = query(clause, self.schema)
        if sort == "relevance":
            total, hits = self._best(wanted, offset + limit)
            hits = hits[offset:]
        else:
            found = self.searcher.search(wanted, max(1, limit), order_by_field="order", offset=offset)
            total, hits = found.count, [(0.0, address) for _, address in found.hits[:limit]]  # type: ignore[attr-defined]  # not in its stubs
        return int(total), [(score, json.loads(self.searcher.doc(address)["shown"][0])) for score, address in hits]

    def held(self) -> Iterator[tuple[str, int]]:
        """Id and seconds of all documents, newest first."""
        every = query(Everything(), self.schema)
        found = self.searcher.search(every, max(1, self.searcher.num_docs), order_by_field="order")
        addresses = [address for _, address in found.hits]
        for address, order in zip(addresses, self.searcher.fast_field_values("order", addresses), strict=True):
            yield json.loads(self.searcher.doc(address)["shown"][0])["id"], int(order or 0) >> 29

    def _best(self, wanted: tantivy.Query, size: int) -> tuple[int, list[tuple[float, Any]]]:
        """The best ``size``, those of one score by order: the engine leaves ties open, so it is asked until the tie at the end is whole."""
        asked = size + 100
        while True:
            found = self.searcher.search(wanted, asked)
            hits = found.hits
            if len(hits) < asked or not size or hits[-1][0] < hits[size - 1][0]:
                break
            asked *= 8
        orders = self.searcher.fast_field_values("order", [address for _, address in hits])
        best = sorted(zip(hits, orders, strict=True), key=lambda pair: (-pair[0][0], -int(pair[1] or 0)))
        return int(found.count), [(float(score), address) for (score, address), _ in best[:size]]  # type: ignore[attr-defined]  # not in its stubs

    def frequencies(self, field: str, tokens: list[str]) -> tuple[int, Mapping[str, int]]:
        """Number of documents in all, and of those with each token in ``field``."""
        return int(self.searcher.num_docs), {token: int(self.searcher.doc_freq(field, token)) for token in tokens}

    def aggregate(self, clause: Clause, body: dict[str, Any]) -> dict[str, Any]:
        """The engine's answer to aggregations."""
        return self.searcher.aggregate(query(clause, self.schema), body)


def _write(index: tantivy.Index, documents: Iterable[IndexDocument], *, fresh: bool = False) -> int:
    """Put documents in; committed every COMMIT_EVERY and at the end. A fresh index need not look for what it replaces."""
    writer = index.writer(HEAP, 2)
    written, seen, source = 0, set[str](), iter(documents)
    while batch := list(islice(source, BATCH)):
        for document in batch:
            if not fresh or document.id in seen:
                writer.delete_documents_by_term("id", document.id)
            elif fresh:
                seen.add(document.id)
            writer.add_document(tantivy.Document(shown=packed(shown(document)), **fields(document)))
        written += len(batch)
        if written % COMMIT_EVERY == 0:
            writer.commit()
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return written
