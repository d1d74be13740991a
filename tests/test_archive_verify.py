"""`archive verify`: every kind of damage is one clear line, and the rest is checked all the same."""

import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from archive.store import Archive
from models.errors import StopRun
from models.records import Document, Group
from tests.support.archive import START, document
from tests.support.cli import quiet_election, tocsin


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(quiet_election(tmp_path) / "archive")
    with archive.spool("test") as spool:
        spool.add_many(document(n) for n in range(12))
    archive.seal()
    group = Group(id="g", members=("a", "b"), edges=("e",), first_seen=START, last_seen=START)
    archive.write("groups", [group], night=date(2027, 4, 5), version="v")
    archive.close()
    return archive


def segments(archive: Archive) -> list[Path]:
    return sorted((archive.folder / "documents").glob("*/*.parquet"))


def rewritten(path: Path, rows: pa.Table, **metadata: str) -> None:
    facts = (pq.read_schema(path).metadata or {}) | {f"tocsin.{k}".encode(): v.encode() for k, v in metadata.items()}
    pq.write_table(rows.replace_schema_metadata(facts), path)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def no_parquet(path: Path) -> None:
    path.write_text("<html>not here</html>" * 20, "utf-8")


def changed(path: Path) -> None:
    rows = pq.read_table(path)
    place = rows.schema.get_field_index("text")
    rewritten(path, rows.set_column(place, rows.schema.field(place), pa.array(["forged"] * rows.num_rows)))


def fewer(path: Path) -> None:
    rewritten(path, pq.read_table(path).slice(1))


def foreign(path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), path)


def columns(path: Path) -> None:
    rewritten(path, pq.read_table(path).drop_columns(["account"]))


def newer(path: Path) -> None:
    rewritten(path, pq.read_table(path), format="99")


def moved(path: Path) -> None:
    folder = path.parent.parent / "day=1999-01-01"
    folder.mkdir()
    path.rename(folder / path.name)


def bytes_flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(60, 90):
        data[at] ^= 0x55
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (empty, "is empty (0 bytes)"),
        (cut, "not a readable segment"),
        (no_parquet, "not a readable segment"),
        (bytes_flipped, ""),
        (changed, "was changed"),
        (fewer, "holds 2 rows, its description says 3"),
        (foreign, "is no segment of Tocsin"),
        (columns, "has other columns"),
        (newer, "format 99 is newer"),
        (moved, "lies in day=1999-01-01, its description says"),
    ],
)
def test_damage_is_named_and_the_others_are_checked(archive: Archive, damage: object, words: str) -> None:
    assert archive.verify() == []
    first, second, *_ = segments(archive)
    damage(first)  # type: ignore[operator]
    empty(second)
    problems = archive.verify()
    assert len(problems) == 2, problems
    assert {p.what for p in problems if p.path == second.relative_to(archive.folder).as_posix()} == {"is empty (0 bytes)"}
    assert any(words in p.what for p in problems)
    assert all("\n" not in p.what and p.hint for p in problems)


def test_the_same_document_twice_is_named(archive: Archive) -> None:
    other = Archive(archive.folder.parent / "other")
    with other.spool("x") as spool:
        spool.add_many([document(1), document(400)])
    other.seal()
    for path in segments(other):
        shutil.copy(path, archive.folder / "documents" / path.parent.name / path.name)
    problems = archive.verify()
    assert [p.what.split(",")[0] for p in problems] == ["repeats a document that is there already"]
    assert document(1).id in problems[0].what


def test_what_a_killed_run_left_is_named_and_the_next_seal_clears_it(archive: Archive) -> None:
    (segments(archive)[0].parent / ".x.parquet.part").write_bytes(b"half")
    assert [p.what for p in archive.verify()] == ["was left by a run that was killed"]
    archive.seal()
    assert archive.verify() == []


def test_reading_names_the_damaged_segment(archive: Archive) -> None:
    empty(segments(archive)[2])
    with pytest.raises(StopRun, match="tocsin archive verify"):
        list(archive.documents())
    assert len(list(archive.documents(until=START.date()))) == 3, "other days are read"


def test_the_command_exits_1_and_names_each(archive: Archive, tmp_path: Path) -> None:
    assert "5 segments: all proven." in tocsin("archive", "verify", cwd=tmp_path).stdout
    assert tocsin("archive", "verify", "--json", cwd=tmp_path).stdout == '{"segments": 5, "problems": 0}\n'
    empty(segments(archive)[0])
    cut(segments(archive)[1])
    done = tocsin("archive", "verify", cwd=tmp_path, code=1)
    assert len(done.stdout.splitlines()) == 2
    assert "is empty (0 bytes)" in done.stdout
    assert "2 problems in 5 segments" in done.stderr


def test_what_was_lost_comes_back_as_the_first_revision(archive: Archive) -> None:
    with archive.spool("x") as spool:
        spool.add(document(0, "changed"))
    archive.seal()
    lost = next(
        p for p in segments(archive) if pq.read_table(p, columns=["id"]).num_rows == 3 and p.parent.name.endswith(START.date().isoformat())
    )
    lost.unlink()
    with archive.spool("x") as spool:
        spool.add_many([document(0), document(4, "changed"), document(8)])
    assert archive.seal().new == 3
    assert {d.id: d.text for d in archive.documents(START.date(), START.date())}[document(4).id] == "changed"
    assert archive.verify() == []


def test_records_of_an_older_program_are_read(archive: Archive) -> None:
    """A line with an unknown key, and without a newer one, is still a document."""
    spool = archive.folder / "spool" / "20270401T000000-1-old.jsonl"
    line = document(50).to_json().replace('"raw":"",', "")[:-1] + ',"invented_later":[1,2]}'
    spool.write_text(line + "\n", "utf-8")
    assert archive.seal().new == 1
    assert next(archive.documents(ids=[document(50).id])) == Document.from_json(line)
