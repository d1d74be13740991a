"""A scan of an own election that cannot be read: what the analyst is told."""

from __future__ import annotations

from pathlib import Path

from tests.support.cli import tocsin

HEAD = 'name = "Mayors"\ncountry = "fr"\nlanguages = ["fr"]\n[[dates]]\nwhat = "vote"\nday = "2027"\nprecision = "year"\nsource = "s"\n'


def own(root: Path, sources: str) -> Path:
    folder = root / "elections" / "mayors"
    folder.mkdir(parents=True)
    (folder / "election.toml").write_text(HEAD, "utf-8")
    (folder / "sources.toml").write_text(sources, "utf-8")
    (root / "tocsin.toml").write_text('election = "mayors"\n[crawl]\nretries = 0\n', "utf-8")
    return root


def test_without_a_network_the_scan_says_so_and_names_every_source(tmp_path: Path) -> None:
    entry = '[[source]]\nname = "{0}"\naccess = "feed"\nurls = ["https://{0}.invalid/rss"]\npromise = 1\n'
    done = tocsin("scan", cwd=own(tmp_path, entry.format("one") + entry.format("two")), code=1, no_proxy="*")
    assert "no source could be read: no host was found by its name; is this machine on the network?" in done.stdout
    assert all(f"  {name}: robots-unreachable" in done.stdout for name in ("one", "two"))


def test_an_election_without_sources_is_told(tmp_path: Path) -> None:
    assert "no source is named" in tocsin("scan", cwd=own(tmp_path, "")).stdout
