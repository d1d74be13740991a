"""Who may import whom, and what importing costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STAGES = {"crawlers", "archive", "nlp", "coordination", "index", "exchange"}
TOP = {"cli", "scan", "commands", "nightly", "web", "demo", "scripts"}
LIBRARIES = "scrapy twisted spacy sklearn numpy scipy numba pyarrow tantivy lxml trafilatura elasticsearch rich onnxruntime tokenizers"
HEAVY = frozenset(LIBRARIES.split(" "))


def imported(path: Path) -> set[str]:
    """First parts of the names that the file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_a_stage_imports_only_itself_and_the_floor(stage: str) -> None:
    paths = files(stage)
    assert paths, f"{stage} is empty"
    for path in paths:
        breach = imported(path) & ((STAGES | TOP) - {stage})
        assert not breach, f"{path.relative_to(ROOT)} imports {sorted(breach)}"


def test_the_floor_imports_the_standard_library_only() -> None:
    for path in files("models"):
        foreign = {name for name in imported(path) if name not in sys.stdlib_module_names and name != "models"}
        assert not foreign, f"{path.relative_to(ROOT)} imports {sorted(foreign)}"


def test_relative_imports_are_not_used() -> None:
    for room in STAGES | {"models", "commands", "nightly"}:
        for path in files(room):
            tree = ast.parse(path.read_text("utf-8"))
            assert not [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level], path


def test_no_pickle_and_no_dotted_import_path_is_stored() -> None:
    for room in STAGES | {"models", "commands", "nightly"}:
        for path in files(room):
            assert not imported(path) & {"pickle", "joblib", "shelve", "dill", "cloudpickle"}, path


def test_help_imports_nothing_heavy() -> None:
    show = "print('|'.join(sys.modules), file=sys.stderr)"
    code = f"import sys; sys.argv=['tocsin','--help']\nimport cli\ncli.run()\n{show}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stderr.strip().split("|")}
    assert not loaded & HEAVY
    assert not loaded & STAGES
    assert "Commands:" in done.stdout


def test_a_package_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "nlp").mkdir()
    (tmp_path / "nlp" / "__init__.py").write_text("")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.path.append({str(ROOT)!r}); import cli"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "'nlp' is taken from" in done.stderr
    assert str(tmp_path) in done.stderr
    assert "Traceback" not in done.stderr


def test_both_ways_to_start_work(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(ROOT / "cli.py"), "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Early warning" in done.stdout
