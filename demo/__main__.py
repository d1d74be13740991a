"""``python -m demo``: an invented election on the loopback address, scanned for two nights; the score against what was planted.

python -m demo [FOLDER] [--nights 1]
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from demo import country, posting
from demo.score import Score, score
from demo.server import PORT, Site, serve
from demo.world import make

ROOT = Path(__file__).resolve().parent.parent
MARK = ".exercise"
SETTINGS = {"TOCSIN_CRAWL_DELAY": "0"}
"""Every site is this machine, so nobody has to be waited for."""


def main() -> int:
    """Exit code 0 if the planted campaign is flagged and no organic narrative is, 1 if not, 2 for a folder that is not the demo's."""
    options = _options()
    folder: Path = options.folder.resolve()
    if not _cleared(folder):
        print(f"{folder} holds something else than a former demo; name another folder", file=sys.stderr)
        return 2
    begin = time.monotonic()
    world = make(datetime.now(UTC))
    with serve(world, port=PORT) as site:
        _introduced(site)
        _run(["init", str(folder), "--election", "exercise", "--contact", "https://example.org/exercise"], ROOT)
        (folder / MARK).write_text("made by python -m demo; may be thrown away\n", "utf-8")
        site.write_election(folder)
        found = _first_night(folder, site)
        if options.nights > 1:
            found = _second_night(folder, site)
    _farewell(folder, found, time.monotonic() - begin)
    return 0 if found.passed else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description="An invented election, scanned for two nights, and the score.")
    parser.add_argument("folder", nargs="?", default=Path("demo-watch"), type=Path, help="where the workspace is made (demo-watch)")
    parser.add_argument("--nights", type=int, choices=(1, 2), default=2, help="how many nights are scanned")
    return parser.parse_args()


def _cleared(folder: Path) -> bool:
    """Throw away a former demo. False if the folder is somebody else's."""
    if (folder / MARK).is_file():
        shutil.rmtree(folder)
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _introduced(site: Site) -> None:
    articles, posts = site.world.night(1)
    print(
        f"The republic of Lorval votes. {len(country.OUTLETS)} sites and a post network are served at 127.0.0.11 to "
        f"127.0.0.{country.SOCIAL_OCTET}, port {site.port}:\n{len(articles)} articles, {len(posts):,} posts of {len(site.world.accounts)} "
        f"accounts in twelve days, French and German. Somewhere in it lies one\ncampaign: {len(country.readable()) - 9} outlets and "
        f"{sum(posting.PLANTED.values())} accounts. Two sites are broken on purpose."
    )


def _run(arguments: list[str], folder: Path, moment: datetime | None = None) -> None:
    """Show a command, then run it; a command that fails ends the demo."""
    print(f"\n$ tocsin {shlex.join(arguments)}", flush=True)
    start = ["-m", "demo.moment", moment.isoformat()] if moment else [str(ROOT / "cli.py")]
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    environment = {**os.environ, **SETTINGS, "PYTHONPATH": paths}
    done = subprocess.run([sys.executable, *start, *arguments], cwd=folder, env=environment, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _first_night(folder: Path, site: Site) -> Score:
    _run(["scan"], folder, site.world.first_night)
    _run(["narratives", "--flagged"], folder)
    found = score(folder, site.truth())
    for name in _strongest(folder):
        _run(["show", name, "--evidence", "--limit", "5"], folder)
    _run(["search", '"bulletins truqués" lang:fr', "--limit", "4"], folder)
    return _printed(found, "The first night against the truth:")


def _second_night(folder: Path, site: Site) -> Score:
    site.advance()
    print("\nA night later: the sites have new articles, the network new posts.")
    _run(["scan"], folder)
    _run(["narratives", "--flagged", "--since", "2d"], folder)
    return _printed(score(folder, site.truth()), "The second night against the truth:")


def _printed(found: Score, title: str) -> Score:
    print("\n" + "\n".join([title, *(f"  {line}" for line in found.lines())]), flush=True)
    return found


def _strongest(folder: Path) -> list[str]:
    """The id of the first flagged narrative, if there is one."""
    from archive.store import Archive
    from nightly.night import latest_flags

    return [flag.narrative for flag in latest_flags(Archive(folder / "archive"))[:1]]


def _farewell(folder: Path, found: Score, seconds: float) -> None:
    print(
        f"\n{'The exercise is passed' if found.passed else 'THE EXERCISE IS NOT PASSED'}: {found.documents:,} documents, {seconds:.0f} s.\n"
        f"{_path_line()}"
        f"Look around:          cd {shlex.quote(str(folder))} && tocsin narratives\n"
        "What was planted:     docs/exercise.md\n"
        "Watch a real one:     tocsin init watch --election fr-2027 --contact you@example.org && cd watch && tocsin scan"
    )


def _path_line() -> str:
    """How to call ``tocsin`` from here, where it is not on the path: make demo installs it into an environment of its own."""
    there = Path(sys.executable).with_name("tocsin")
    return (
        ""
        if shutil.which("tocsin") or not there.exists()
        else f"First, in this shell:  export PATH={shlex.quote(str(there.parent))}:$PATH\n"
    )


if __name__ == "__main__":
    sys.exit(main())
