"""What goes into the archive comes out of it unchanged, once, and by its day."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import columns
from archive.store import Archive
from models.codec import Record
from models.errors import StopRun, UsageError
from models.records import Annotation, Document, Edge, Flag, Mention, Pair, Reason
from tests.support.archive import START, day, document, documents, texts, times, tuples

NIGHT = date(2027, 4, 5)


def filled(folder: Path, count: int = 12) -> Archive:
    archive = Archive(folder)
    with archive.spool("test") as spool:
        spool.add_many(document(n) for n in range(count))
    archive.seal()
    return archive


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(documents, max_size=6, unique_by=lambda d: d.id))
def test_any_document_comes_back_as_it_went_in(tmp_path_factory: pytest.TempPathFactory, given_documents: list[Document]) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"))
    with archive.spool("test") as spool:
        for one in given_documents:
            spool.add(one)
    sealed = archive.seal()
    assert (sealed.new, sealed.torn) == (len(given_documents), 0)
    assert {d.id: d for d in archive.documents()} == {d.id: d for d in given_documents}
    assert archive.verify() == []


EDGES = st.builds(
    Edge,
    a=texts, b=texts, traces=tuples, window=st.floats(0, 1e6), weight=st.integers(0, 10**9), expected=st.floats(0, 1e9), p=st.floats(0, 1),
    q=st.floats(0, 1), lead=st.floats(0, 1), first_seen=times, last_seen=times, pairs_total=st.integers(0, 10**6),
    pairs=st.lists(st.builds(Pair, trace=texts, object=texts, a=texts, b=texts, time_a=times, time_b=times), max_size=2).map(tuple),
)  # fmt: skip
FLAGS = st.builds(
    Flag,
    narrative=texts, level=st.integers(1, 3), state=texts, night=times,
    reasons=st.lists(
        st.builds(Reason, kind=texts, sentence=texts, evidence=tuples, numbers=st.dictionaries(texts, st.floats(-1e9, 1e9), max_size=2)),
        max_size=2,
    ).map(tuple),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(EDGES | FLAGS, max_size=5))
def test_any_derived_record_survives_its_columns(records: list[Record]) -> None:
    for kind in (Edge, Flag):
        some = [r for r in records if isinstance(r, kind)]
        rows = columns.table(kind, some)
        assert list(columns.records(kind, rows)) == some
        assert columns.digest(rows) == columns.digest(pa.concat_tables([rows.slice(0, 1), rows.slice(1)])), "chunks must not matter"


def test_the_digest_sees_every_change() -> None:
    base = [document(1), document(2, links=("a", "bc"))]
    rows = columns.table(Document, base)
    others = [
        [base[0], dataclasses.replace(base[1], links=("ab", "c"))],
        [base[0], dataclasses.replace(base[1], links=("a", "bc", ""))],
        [base[0], dataclasses.replace(base[1], published=None)],
        [base[0], dataclasses.replace(base[1], account="b", account_name="")],
        [base[1], base[0]],
    ]
    found = {columns.digest(columns.table(Document, other)) for other in others} | {columns.digest(rows)}
    assert len(found) == 6
    assert columns.digest(columns.table(Document, [document(0), *base]).slice(1)) == columns.digest(rows), "a slice is its rows"


def test_the_same_again_is_counted_and_a_changed_text_is_a_new_revision(tmp_path: Path) -> None:
    archive = filled(tmp_path)
    with archive.spool("again") as spool:
        spool.add_many([document(1), document(2, "changed"), document(3, "changed"), document(3, "changed twice"), document(99)])
    sealed = archive.seal()
    assert (sealed.new, sealed.revised, sealed.same) == (1, 3, 1)
    assert next(archive.documents(ids=[document(3).id])).text == document(3).text
    revisions = sorted(archive.documents(ids=[document(3).id], revisions=True), key=lambda d: d.revision)
    assert [(d.revision, d.text) for d in revisions] == [(0, document(3).text), (1, "changed"), (2, "changed twice")]
    assert archive.count() | {"segments": 0} == archive.count() | {"documents": 13, "revisions": 3, "spooled": 0, "segments": 0}
    assert archive.verify() == []


def test_reading_is_by_day_both_ends_included(tmp_path: Path) -> None:
    archive = filled(tmp_path)
    assert archive.days() == [day(0), day(1), day(2), day(3)]
    assert {d.time.date() for d in archive.documents(day(1), day(2))} == {day(1), day(2)}
    posts = archive.posts(day(3))
    assert posts.schema.remove_metadata() == columns.schema(Document)
    assert posts["account"].to_pylist() == ["account-3", "account-2", "account-1"]
    assert archive.posts(names=["account"]).column_names == ["account"]
    assert Archive(tmp_path / "nowhere").posts().num_rows == 0


def test_a_spool_counts_as_seen_before_and_after_the_seal(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    wanted = [document(n).id for n in range(3)] + ["unknown"]
    assert archive.seen(wanted) == set()
    with archive.spool("test") as spool:
        for n in range(2):
            spool.add(document(n))
            assert archive.seen(wanted) == set(wanted[: n + 1])
    assert Archive(tmp_path).seen(wanted) == set(wanted[:2])
    archive.seal()
    assert archive.seen(wanted) == Archive(tmp_path).seen(wanted) == set(wanted[:2])
    assert set(archive.ids()) == set(wanted[:2])


def test_a_seal_leaves_a_spool_that_is_being_written(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.spool("busy") as spool:
        spool.add(document(1))
        assert archive.seal().new == 0
        spool.add(document(2))
    assert archive.has_spool()
    assert archive.seal().new == 2
    assert not archive.has_spool()


def test_a_torn_line_costs_that_line_only(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.spool("killed") as spool:
        spool.add_many(document(n) for n in range(5))
    file = next((tmp_path / "spool").glob("*.jsonl"))
    data = file.read_bytes()
    lines = data.splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:2]) + b'{"id": 7, broken\n' + b"".join(lines[2:4]) + lines[4][:40])
    sealed = archive.seal()
    assert (sealed.new, sealed.torn) == (4, 2)
    assert set(archive.ids()) == {document(n).id for n in range(4)}


def test_half_a_surrogate_pair_is_replaced_not_refused(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.spool("odd") as spool:
        spool.add(document(1, "broken \ud83d emoji, whole 😀, NUL \x00"))
    archive.seal()
    assert next(archive.documents()).text == "broken \ufffd emoji, whole 😀, NUL \x00"


def test_the_index_of_ids_is_made_again_when_lost_or_damaged(tmp_path: Path) -> None:
    archive = filled(tmp_path)
    wanted = {document(n).id for n in range(12)}
    archive.close()
    for damage in (b"", b"not a database at all, but some text that is long enough to be looked at" * 20):
        for file in tmp_path.glob("known.sqlite*"):
            file.unlink()
        if damage:
            (tmp_path / "known.sqlite").write_bytes(damage)
        again = Archive(tmp_path)
        assert again.seen(wanted) == wanted
        with again.spool("same") as spool:
            spool.add(document(4))
        assert again.seal().same == 1
        again.close()


def test_rows_are_taken_without_a_spool_and_only_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    rows = columns.table(Document, [document(n) for n in range(8)]).drop_columns(["title", "raw", "revision", "mentions"])
    assert archive.take(rows).new == 8
    sealed = archive.take(rows)
    assert (sealed.new, sealed.same, sealed.segments) == (0, 8, ())
    assert sorted(archive.documents(), key=lambda d: d.id) == sorted((document(n) for n in range(8)), key=lambda d: d.id)


def test_many_rows_over_many_days_become_few_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.seal._ROWS", 50)
    archive = Archive(tmp_path)
    given_documents = [document(n) for n in range(400)] + [document(7, "changed")]
    sealed = archive.take(columns.table(Document, given_documents))
    assert (sealed.new, sealed.revised, len(sealed.segments)) == (400, 1, 9), "two a day, not eight"
    assert archive.verify() == []
    assert archive.take(columns.table(Document, given_documents)).same == 401, "also the text that was changed since"


def annotation(number: int, version: str = "v1", language: str = "fr") -> Annotation:
    mention = Mention(id="E1", surface="Élysée", start=0, end=6)
    return Annotation(document=document(number).id, version=version, language=language, margin=0.5, entities=(mention,), terms=("vote",))


def test_annotations_lie_by_the_documents_day_and_the_newest_counts(tmp_path: Path) -> None:
    archive = filled(tmp_path)
    assert {d.id for d in archive.unannotated()} == set(archive.ids())
    archive.write("annotations", [annotation(n) for n in range(10)], night=NIGHT, version="v1")
    assert {d.id for d in archive.unannotated()} == {document(10).id, document(11).id}
    assert len(list(archive.unannotated("v2"))) == 12
    assert {a.document for a in archive.read("annotations", Annotation, day(1), day(1))} == {document(n).id for n in (1, 5, 9)}
    archive.write_annotations([(document(1).time.date(), annotation(1, "v2", "de"))], version="v2")
    found = {a.document: a for a in archive.read("annotations", Annotation)}
    assert len(found) == 10
    assert (found[document(1).id], found[document(2).id]) == (annotation(1, "v2", "de"), annotation(2))
    assert archive.annotations(names=["document"]).num_rows == 10
    assert archive.write("annotations", [], night=NIGHT, version="v1") is None
    assert archive.verify() == []


def test_an_annotation_of_an_unknown_document_is_refused(tmp_path: Path) -> None:
    archive = filled(tmp_path)
    with pytest.raises(StopRun, match="not in the archive"):
        archive.write("annotations", [annotation(77)], night=NIGHT, version="v1")


def edge(weight: int) -> Edge:
    return Edge(
        a="x",
        b="y",
        traces=("url",),
        window=60.0,
        weight=weight,
        expected=0.1,
        p=0.001,
        q=0.01,
        lead=0.5,
        first_seen=START,
        last_seen=START,
    )


def test_a_night_made_again_replaces_the_former_one(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.write("edges", [edge(1)], night=NIGHT, version="kernel 1")
    archive.write("edges", [edge(2), edge(3)], night=NIGHT, version="kernel 1")
    assert [e.weight for e in archive.read("edges", Edge)] == [2, 3]
    archive.write("edges", [edge(4)], night=NIGHT + timedelta(days=1), version="kernel 1")
    assert [e.weight for e in archive.read("edges", Edge, NIGHT, NIGHT)] == [2, 3]
    archive.write("edges", [], night=NIGHT, version="kernel/2")
    assert [e.weight for e in archive.read("edges", Edge)] == [4], "that night there were none, says the newer version"
    assert archive.nights("edges") == [NIGHT, NIGHT + timedelta(days=1)]
    with pytest.raises(UsageError, match="keeps no 'edge'"):
        archive.write("edge", [], night=NIGHT, version="x")


def test_segments_say_what_they_are(tmp_path: Path) -> None:
    archive = filled(tmp_path)
    path = next((tmp_path / "documents").glob("*/*.parquet"))
    facts = pq.read_schema(path).metadata
    assert facts[b"tocsin.format"] == b"1"
    assert facts[b"tocsin.writer"].startswith(b"tocsin ")
    assert facts[b"tocsin.day"].decode() in path.parent.name
    assert path.stem == facts[b"tocsin.digest"].decode()[:24]
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"
    assert archive.size() >= path.stat().st_size


def test_order_and_segments_do_not_change_the_digest(tmp_path: Path) -> None:
    one = filled(tmp_path / "one")
    two = Archive(tmp_path / "two")
    for n in reversed(range(12)):
        with two.spool("one by one") as spool:
            spool.add(document(n, fetched=datetime(2027, 5, 1, tzinfo=UTC)))
        two.seal()
    assert one.digest() == two.digest()
    with two.spool("more") as spool:
        spool.add(document(3, "changed"))
    two.seal()
    assert one.digest() != two.digest()
