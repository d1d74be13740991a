"""A scan with mistakes in the election or the settings, or without a network: what the analyst is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.settings import BY_KEY
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


WRONG = {
    "crawl.delay=nan": "crawl.delay must be from 0 to 3,600, not nan",
    "crawl.per_host=0": "crawl.per_host must be from 1 to 64",
    "crawl.max_pages=-1": "crawl.max_pages must be from 0",
    "coordination.days=99999999": "coordination.days must be from 1 to 36,525",
    "coordination.windows=-1,60": "coordination.windows must be from 0",
    "coordination.traces=urll": "unknown trace 'urll' (did you mean 'url'",
    "coordination.traces=": "coordination.traces is empty",
    "nlp.pipelines=fr=none_such": "'none_such' is not installed",
    "nlp.encoder=none_such": "there is no folder",
    "display.timezone=Mars/Base": "unknown time zone 'Mars/Base'",
}


@pytest.mark.parametrize("setting", WRONG)
def test_a_setting_that_a_late_stage_would_refuse_is_told_before_the_first(tmp_path: Path, setting: str) -> None:
    key, _, value = setting.partition("=")
    folder = own(tmp_path, "")
    done = tocsin("scan", cwd=folder, code=2, **{BY_KEY[key].variable: value})
    assert WRONG[setting] in done.stderr
    assert not (folder / "archive").exists()
