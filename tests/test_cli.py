"""Bad input: each with its clear line, its exit code, and nothing half-written."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.store import Archive
from tests.support.cli import ROOT, quiet_election, tocsin


def said(*words: str, cwd: Path, code: int) -> str:
    err = tocsin(*words, cwd=cwd, code=code).stderr.strip()
    assert err.startswith(("tocsin: ", "Usage: "))
    return err


@pytest.mark.parametrize(
    "words", [("scan",), ("status",), ("narratives",), ("show", "N-7Q4K"), ("search", "x"), ("schedule",), ("coordinate",)]
)
def test_without_a_workspace_the_next_step_is_told(tmp_path: Path, words: tuple[str, ...]) -> None:
    err = said(*words, cwd=tmp_path, code=2)
    assert "no workspace here" in err
    assert "tocsin init" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('election = "quiet\n', ("not valid TOML", "line 1")),
        ('electoin = "quiet"\n', ("unknown setting 'electoin'", "did you mean 'election'")),
        ("[crawl]\ndelay = 'slow'\n", ("crawl.delay must be a number",)),
        ("[crawl]\ndelai = 2\n", ("unknown setting 'crawl.delai'", "crawl.delay")),
        ("[index]\nbackend = 'lucene'\n", ("index.backend cannot be 'lucene'", "embedded")),
        ("election = 'fr-2072'\n", ("unknown election 'fr-2072'", "fr-2027")),
        ("", ("no election is set",)),
    ],
)
def test_a_broken_setting_is_named_with_its_file(tmp_path: Path, text: str, parts: tuple[str, ...]) -> None:
    (tmp_path / "tocsin.toml").write_text(text)
    err = said("scan", cwd=tmp_path, code=2)
    for part in parts:
        assert part in err
    assert "\n" not in err


def test_an_environment_setting_is_checked_too(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    err = tocsin("scan", cwd=tmp_path, code=2, TOCSIN_CRAWL_DELAY="fast").stderr
    assert "TOCSIN_CRAWL_DELAY" in err


def test_init_names_the_nearest_election_and_refuses_to_overwrite(tmp_path: Path) -> None:
    assert "did you mean 'fr-2027'" in said("init", "watch", "--election", "fr-2028", cwd=tmp_path, code=2)
    assert not (tmp_path / "watch").exists()
    done = tocsin("init", "watch", "--election", "fr-2027", cwd=tmp_path)
    assert "Next: cd watch && tocsin scan" in done.stdout
    assert "is a workspace already" in said("init", "watch", "--election", "fr-2027", cwd=tmp_path, code=2)


def test_the_workspace_is_found_from_below_by_option_and_by_environment(tmp_path: Path) -> None:
    quiet_election(tmp_path / "watch")
    below = tmp_path / "watch" / "a" / "b"
    below.mkdir(parents=True)
    for done in (
        tocsin("status", cwd=below),
        tocsin("--workspace", str(tmp_path / "watch"), "status", cwd=tmp_path),
        tocsin("status", cwd=tmp_path, TOCSIN_WORKSPACE=str(tmp_path / "watch")),
    ):
        assert "A quiet vote" in done.stdout
    assert "no tocsin.toml" in tocsin("-w", "elsewhere", "status", cwd=tmp_path, code=2).stderr


def test_an_unknown_command_and_an_unknown_narrative(tmp_path: Path) -> None:
    told = said("skan", cwd=tmp_path, code=2)
    assert "there is no command 'skan'" in told
    assert "did you mean 'scan'?" in told
    quiet_election(tmp_path)
    tocsin("scan", cwd=tmp_path)
    assert "no narrative 'N-0000'" in said("show", "N-0000", cwd=tmp_path, code=2)


def test_a_quiet_scan_reports_and_status_agrees(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    done = tocsin("scan", cwd=tmp_path)
    assert "0 new documents" in done.stdout
    assert "Index: up to date" in tocsin("status", cwd=tmp_path).stdout
    assert len(list((tmp_path / "reports").glob("*.json"))) == 1
    assert tocsin("narratives", cwd=tmp_path).stdout == "0 narratives. Next: tocsin scan\n"


def mounted(folder: Path, *options: str) -> bool:
    """A small file system of its own at ``folder``; False where mounting is refused (never in CI)."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)], check=False, capture_output=True)
    assert done.returncode == 0 or not os.environ.get("CI"), done.stderr
    return done.returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    if not mounted(folder, "size=400k"):
        pytest.skip("mounting is refused here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


POSTS = "account,time,text\n" + "".join(f"a{n % 7},2027-03-01T10:{n % 60:02}:00Z,{'mot ' * 40}{n}\n" for n in range(20_000))


def test_a_full_disk_is_told_and_what_was_there_stays(small_disk: Path, tmp_path: Path) -> None:
    quiet_election(small_disk)
    few = tmp_path / "few.csv"
    few.write_text("".join(POSTS.splitlines(keepends=True)[:20]))
    tocsin("import", str(few), cwd=small_disk)
    before = Archive(small_disk / "archive").digest()
    many = tmp_path / "many.csv"
    many.write_text(POSTS.replace("mot mot", "mot \N{SNOWMAN} mot"))
    (small_disk / "filler").write_bytes(os.urandom(shutil.disk_usage(small_disk).free - 60_000))
    err = said("import", str(many), cwd=small_disk, code=1)
    assert "the disk is full" in err
    assert Archive(small_disk / "archive").digest() == before
    (small_disk / "filler").unlink()
    assert Archive(small_disk / "archive").verify() == []
    assert not [p for p in (small_disk / "archive").rglob("*") if ".half" in p.name or ".tmp" in p.name]


def test_a_read_only_workspace_is_told(small_disk: Path) -> None:
    quiet_election(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    err = said("scan", cwd=small_disk, code=1)
    assert "ead-only" in err
    assert str(small_disk) in err


def test_a_second_writer_is_told_who_holds_the_lock_and_a_dead_ones_lock_is_free(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    code = f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\nfrom models.workspace import open_at, locked\nfrom pathlib import Path\n"
    code += "with locked(open_at(Path('.')), 'a test'): print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    err = said("scan", cwd=tmp_path, code=1)
    assert "a test" in err
    assert str(holder.pid) in err
    holder.kill()
    holder.wait()
    holder.stdout.close()
    tocsin("scan", cwd=tmp_path)


def test_a_bad_import_row_is_named_and_the_good_rest_is_kept(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    (tmp_path / "posts.csv").write_text(
        "account,time,text\na,2027-03-01T10:00:00Z,bonjour\nb,yesterday,salut\nc,2027-03-01T10:00:05Z,bonsoir\n"
    )
    done = tocsin("import", "posts.csv", cwd=tmp_path)
    assert "2 new" in done.stdout
    assert "yesterday" in done.stderr + done.stdout
    (tmp_path / "empty.parquet").write_bytes(b"")
    assert "empty.parquet" in said("import", "empty.parquet", cwd=tmp_path, code=1)
    assert "nowhere.csv" in tocsin("import", "nowhere.csv", cwd=tmp_path, code=2).stderr


def test_an_imported_campaign_of_the_past_is_told_night_by_night(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    days = (4, 5, 7)
    rows = [f"a{n},2022-04-0{day}T10:0{n}:00Z,Le ministre a fermé {n} bureaux de vote à Lyon" for day in days for n in range(3)]
    (tmp_path / "posts.csv").write_text("account,time,text\n" + "\n".join(rows) + "\n", "utf-8")
    assert "Next: tocsin collect, or tocsin import" in tocsin("narrate", cwd=tmp_path).stdout
    tocsin("import", "posts.csv", cwd=tmp_path)
    assert "Next: tocsin narrate --as-of 2022-04-07" in tocsin("narrate", cwd=tmp_path).stdout
    assert "Next: tocsin annotate" in tocsin("narrate", "--as-of", "2022-04-05", cwd=tmp_path).stdout
    tocsin("annotate", cwd=tmp_path)
    assert "narrate: 6 documents, 1 narrative, 1 new" in tocsin("narrate", "--as-of", "2022-04-05", cwd=tmp_path).stdout
    assert "narrate: 9 documents, 1 narrative, 0 new" in tocsin("narrate", "--as-of", "2022-04-07", cwd=tmp_path).stdout
    assert "told on 2022-04-07 already" in said("narrate", "--as-of", "2022-04-06", cwd=tmp_path, code=2)
    assert "--as-of cannot be 'May'" in said("narrate", "--as-of", "May", cwd=tmp_path, code=2)


def test_a_damaged_segment_is_named(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    (tmp_path / "posts.csv").write_text("account,time,text\na,2027-03-01T10:00:00Z,bonjour\n")
    tocsin("import", "posts.csv", cwd=tmp_path)
    segment = next((tmp_path / "archive" / "documents").rglob("*.parquet"))
    segment.write_bytes(b"")
    done = tocsin("archive", "verify", cwd=tmp_path, code=1)
    assert segment.name in done.stdout + done.stderr


def test_an_invalid_query_points_at_its_column(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    tocsin("scan", cwd=tmp_path)
    err = said("search", 'fraude AND "bulletins', cwd=tmp_path, code=2)
    assert "column 12" in err


def test_native_threads_at_the_end_do_not_abort_a_finished_command():
    """What Arrow's threads do now and then at the end of a process (apache/arrow 34314), done here every time."""
    code = (
        "import atexit, ctypes, sys; from pathlib import Path; import cli; libc = ctypes.CDLL(None); libc.__cxa_atexit(libc.abort, 0, 0); "
        "atexit.register(print, 'exit functions ran'); sys.argv = ['tocsin', *sys.argv[1:]]; cli.main()"
    )
    for words, expected in ((["--version"], 0), (["no-such-command"], 2)):
        done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == expected, done.stderr
        assert "exit functions ran" in done.stdout
