"""The page about the query language says what the parser does."""

import re
from pathlib import Path

from index import query
from index.fields import FIELDS
from index.query import parse

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "query-language.md").read_text("utf-8")


def test_every_field_has_its_row_and_its_example_parses() -> None:
    rows = dict(re.findall(r"^\| `(\w+):` \|.*\| (.+?) \|$", PAGE, re.MULTILINE))
    assert rows.keys() == FIELDS.keys()
    for name, examples in rows.items():
        for example in re.findall(r"`([^`]+)`", examples):
            assert name in str(parse(example)), example


def test_the_queries_shown_parse() -> None:
    shown = re.findall(r"```query\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()
    shown += [
        text for row in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE) for text in re.findall(r"`([^`]+)`", row) if not text.endswith(":")
    ]
    assert len(shown) > 10
    for text in shown:
        assert parse(text), text


def test_the_limits_are_those_of_the_parser() -> None:
    assert f"{query.LONGEST:,}\ncharacters" in PAGE
    assert f"{query.MOST} terms and {query.DEEPEST} parentheses" in PAGE
