"""Write the reference pages from the program itself: ``python -m scripts.reference``; ``--check`` only says whether they are true."""

from __future__ import annotations

import ast
import dataclasses
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

import cli
from models import records, settings
from models.codec import Record

ROOT = Path(__file__).resolve().parent.parent
HEAD = "<!-- Written by `make docs` from the program; edits are overwritten. -->\n"

KINDS = {
    "sources": ("crawlers/spiders", "Access kinds", "How a source is read: the `access` of a source in `sources.toml`."),
    "traces": ("coordination/traces", "Traces", "What accounts can do alike: the values of `coordination.traces` and `--trace`."),
    "readers": ("exchange/readers", "Import formats", "What `tocsin import` and `tocsin edges` read: the values of `--format`."),
    "reasons": ("nlp/reasons", "Reasons", "Why a narrative is flagged."),
    "backends": ("index/backends", "Index backends", "Where search runs: the values of `index.backend`."),
    "checks": ("nightly/checks", "Checks", "What `tocsin doctor` looks at: the names it takes."),
}
"""Kind to its folder, a title and a sentence: the folders that are registries."""


def entries(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and docstring of each file of a registry folder, read without importing it."""
    for path in sorted(folder.glob("[!_]*.py")):
        yield path.stem, ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""


def kinds_page() -> str:
    """The page of everything that is added by dropping in a file."""
    parts = [HEAD, "# What Tocsin knows\n", "Each entry is one file of the named folder; its text is the file's own.\n"]
    for folder, title, sentence in KINDS.values():
        parts.append(f"\n## {title}\n\n{sentence} Folder: `{folder}/`.\n")
        parts += [f"\n### {name}\n\n{doc}\n" for name, doc in entries(ROOT / folder)]
    return "".join(parts)


def settings_page() -> str:
    """The page of the settings table."""
    rows = [f"| `{s.key}` | {s.kind}{s.allowed} | `{s.default!r}` | {s.sentence} | `{s.variable}` |\n" for s in settings.TABLE]
    return (
        f"{HEAD}# Settings\n\nIn `tocsin.toml`, in the environment, or both (the environment wins). `crawl.delay` is the key `delay` "
        "of the table `[crawl]`.\n\n| setting | type | default | what it does | environment |\n|---|---|---|---|---|\n" + "".join(rows)
    )


def records_page() -> str:
    """The page of the records, one table a record."""
    found = [r for r in vars(records).values() if isinstance(r, type) and issubclass(r, Record) and r is not Record]
    parts = [HEAD, "# Records\n\nOne JSON object a line, these keys; times are ISO 8601 in UTC.\n"]
    for record in found:
        kind: Any = record  # every record is a dataclass
        rows = "".join(f"| `{f.name}` | `{f.type}` |\n" for f in dataclasses.fields(kind))
        parts.append(f"\n## {record.__name__}\n\n{(record.__doc__ or '').strip()}\n\n| field | type |\n|---|---|\n{rows}")
    return "".join(parts)


def commands_page() -> str:
    """The page of the commands: the help of each, as it is printed."""
    return HEAD + "# Commands\n" + "".join(_help("tocsin", cli.tocsin, None))


def _help(name: str, command: click.Command, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100, **command.context_settings)
    level = "#" * (2 + len(context.command_path.split()) - 1)
    yield f"\n{level} {context.command_path}\n\n```\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            if found is not None:
                yield from _help(sub, found, context)


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "settings.md": settings_page,
    "records.md": records_page,
    "kinds.md": kinds_page,
}


def main() -> int:
    """Write the pages, or with --check name those that are out of date (exit code 1)."""
    stale = []
    for name, page in PAGES.items():
        path, text = ROOT / "docs" / "reference" / name, page()
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    if stale and "--check" in sys.argv:
        print(f"out of date in docs/reference: {', '.join(stale)}; run: make docs", file=sys.stderr)
        return 1
    print(f"docs/reference: {', '.join(stale) or 'nothing'} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
