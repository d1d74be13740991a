"""Bad input: each with its clear line, its exit code, and nothing half-written."""

from pathlib import Path

import pytest

from tests.support.cli import quiet_election, tocsin


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
    assert "No such command" in said("skan", cwd=tmp_path, code=2)
    quiet_election(tmp_path)
    tocsin("scan", cwd=tmp_path)
    assert "no narrative 'N-0000'" in said("show", "N-0000", cwd=tmp_path, code=2)


def test_a_quiet_scan_reports_and_status_agrees(tmp_path: Path) -> None:
    quiet_election(tmp_path)
    done = tocsin("scan", cwd=tmp_path)
    assert "0 new documents" in done.stdout
    assert "Index: up to date" in tocsin("status", cwd=tmp_path).stdout
    assert len(list((tmp_path / "reports").glob("*.json"))) == 1
    assert tocsin("narratives", cwd=tmp_path).stdout.startswith("narrative")
