"""Documentation is tested: everything a user can name is in docs/, and the reference pages are what the program says."""

import re
from pathlib import Path

import click
import pytest

import cli
from models import settings
from scripts import reference

ROOT = Path(__file__).resolve().parent.parent


def every_command() -> list[tuple[str, click.Command]]:
    context = click.Context(cli.tocsin)
    found: list[tuple[str, click.Command]] = []
    for name in cli.tocsin.list_commands(context):
        command = cli.tocsin.get_command(context, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {sub}", command.commands[sub]) for sub in command.commands]
    return found


@pytest.mark.parametrize(("name", "command"), every_command(), ids=lambda v: v if isinstance(v, str) else "")
def test_every_command_has_help_with_an_example_and_every_option_a_sentence(name: str, command: click.Command) -> None:
    assert command.help, name
    assert "Example:" in command.help, f"{name}: the help shows no example"
    assert re.search(rf"tocsin {name}\b|TOCSIN_\w+", command.help), f"{name}: the example does not use the command"
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.opts[0]} has no sentence"


@pytest.mark.parametrize("page", sorted(reference.PAGES))
def test_reference_pages_are_up_to_date(page: str) -> None:
    assert (ROOT / "docs" / "reference" / page).read_text("utf-8") == reference.PAGES[page](), "run: make docs"


def test_every_registry_entry_says_what_it_is() -> None:
    for kind, (folder, _, _) in reference.KINDS.items():
        found = dict(reference.entries(ROOT / folder))
        assert found, f"no {kind} in {folder}"
        for name, text in found.items():
            assert len(text) > 30, f"{folder}/{name}.py says nothing of itself"


def test_every_setting_has_a_sentence() -> None:
    for setting in settings.TABLE:
        assert setting.sentence.endswith("."), setting.key
        assert settings.checked(setting.key, setting.default, "") == setting.default


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"(docs/{page.name})" not in readme] == []


def test_pages_that_the_program_names_are_there() -> None:
    rooms = ("commands", "nightly", "nlp", "coordination", "index", "crawlers", "exchange", "archive", "models", "demo", "docs")
    files = [*ROOT.glob("*.py"), *(path for room in rooms for path in (ROOT / room).rglob("*") if path.suffix in {".py", ".md", ".toml"})]
    named = {(page, path.name) for path in files for page in re.findall(r"docs/[a-z/-]+\.md", path.read_text("utf-8"))}
    assert sorted(pair for pair in named if not (ROOT / pair[0]).is_file()) == []


def test_the_changelog_has_a_place_for_what_is_next() -> None:
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_no_page_of_this_project_names_a_machine() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        assert "/work/" not in page.read_text("utf-8"), page
