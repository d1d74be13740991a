"""What is installed is what is in the repository: modules, and every data file that they read."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.cli import ROOT, environment

DATA = (".toml", ".sql", ".txt", ".html", ".json")
ROOMS = ("archive", "commands", "coordination", "crawlers", "elections", "exchange", "index", "models", "nightly", "nlp")


@pytest.mark.slow
def test_the_wheel_holds_every_module_and_data_file_and_runs(tmp_path: Path) -> None:
    source = tmp_path / "source"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(source)], check=True)
    wheel = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(source)]
    subprocess.run(wheel, check=True, env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as archive:
        held = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    kept = subprocess.run(["git", "ls-files", *ROOMS], cwd=source, capture_output=True, text=True, check=True).stdout.splitlines()
    missing = [name for name in kept if name.endswith((".py", *DATA)) and name not in held]
    assert not missing
    command = [sys.executable, "-P", "-c", "import cli; cli.main()", "elections"]
    env = environment(PYTHONPATH=str(tmp_path / "site"))
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert "fr-2027" in done.stdout
