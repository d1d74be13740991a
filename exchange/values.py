"""Cells into values, a column at a time: texts, ids that must not be floats, lists in the notations people use."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from exchange.raw import Problems

TEXTS = pa.list_(pa.string())
Bools = NDArray[np.bool_]
_FLOAT_ID = r"^[+-]?(\d[.,]\d+[eE]\+?\d+|\d[eE]\+\d+|\d{16,}[.,]0+)$"
_EXACT = float(1 << 53)
_PRECISION = "the last digits are lost for good: export the ids as text"
MAX_ITEMS = 1000
"""Most entries kept of one list cell; beyond that it is no post."""


def array(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column as one array."""
    if isinstance(column, pa.Array):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def texts(column: pa.ChunkedArray | None, count: int) -> pa.Array:
    """The column as texts without blanks at the ends; null and an absent column are ""."""
    if column is None:
        return pa.repeat(pa.scalar(""), count)
    values = array(column)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type) or pa.types.is_struct(values.type):
        values = pa.array([None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in values.to_pylist()], pa.string())
    return pc.utf8_trim_whitespace(pc.fill_null(values.cast(pa.string()), ""))


def identifiers(column: pa.ChunkedArray | None, rows: NDArray[np.int64], name: str, problems: Problems) -> tuple[pa.Array, Bools]:
    """Ids as texts, and which rows hold one that went through a floating-point number and lost its last digits (told)."""
    values = None if column is None else array(column)
    if values is not None and pa.types.is_floating(values.type):
        return _from_floats(values, rows, name, problems)
    found = texts(column, len(rows))
    if not any(pc.any(pc.match_substring(found, sign)).as_py() for sign in ".,+"):  # no number with a fraction or an exponent
        return found, np.zeros(len(rows), bool)
    bad = _mask(pc.match_substring_regex(found, _FLOAT_ID))
    _tell(bad, found, rows, name, problems)
    tailed = pc.match_substring_regex(found, r"^\d{1,15}\.0$")
    if pc.any(tailed).as_py():
        found = pc.if_else(tailed, pc.replace_substring_regex(found, r"\.0$", ""), found)
    return found, bad


def _from_floats(values: pa.Array, rows: NDArray[np.int64], name: str, problems: Problems) -> tuple[pa.Array, Bools]:
    """A float column: whole numbers below 2^53 are exact (empty cells made the column float); anything else is lost."""
    numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    there = ~np.isnan(numbers)
    bad = there & ((np.abs(numbers) >= _EXACT) | (numbers != np.floor(numbers)))
    _tell(bad, values, rows, name, problems)
    good = pa.array(np.where(there & ~bad, numbers, 0).astype(np.int64), mask=~there | bad)
    return pc.fill_null(good.cast(pa.string()), ""), bad


def _tell(bad: Bools, values: pa.Array, rows: NDArray[np.int64], name: str, problems: Problems) -> None:
    for at in np.flatnonzero(bad).tolist():
        problems.add(int(rows[at]), f"{name} is a floating-point number", values[at].as_py(), _PRECISION)


def need(found: pa.Array, rows: NDArray[np.int64], name: str, problems: Problems) -> Bools:
    """Which rows have no value, told as problems."""
    empty = _mask(pc.equal(found, ""))
    for at in np.flatnonzero(empty).tolist():
        problems.add(int(rows[at]), f"no {name}", None, "every row needs one")
    return empty


def _mask(flags: Any) -> Bools:
    return cast("Bools", flags.to_numpy(zero_copy_only=False).astype(bool))


def lists(column: pa.ChunkedArray | None, count: int, split: Callable[[str], Iterable[str]], clean: Callable[[str], str]) -> pa.Array:
    """The column as lists of texts; each distinct cell is read once. ``split`` cuts a text, ``clean`` makes an entry ("" drops it)."""
    if column is None:
        return pa.ListArray.from_arrays(pa.array(np.zeros(count + 1, np.int32)), pa.array([], pa.string()))
    values = array(column)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        return pa.array([_entries((str(x) for x in v or [] if x is not None), clean) for v in values.to_pylist()], TEXTS)
    return mapped(texts(column, count), lambda cell: _entries(cell_entries(cell, split), clean))


def mapped(found: pa.Array, read: Callable[[str], list[str]]) -> pa.Array:
    """A list per text, each distinct text read once."""
    coded = found.dictionary_encode()
    return pa.array([read(value) for value in coded.dictionary.to_pylist()], TEXTS).take(coded.indices)


def _entries(values: Iterable[str], clean: Callable[[str], str]) -> list[str]:
    return list(dict.fromkeys(entry for value in values if (entry := clean(value))))[:MAX_ITEMS]


def cell_entries(cell: str, split: Callable[[str], Iterable[str]]) -> Iterable[str]:
    """The entries of one cell: a JSON list, a Python list as text, ``[a, b]`` without quotes, or a plain text that ``split`` cuts."""
    if not cell.startswith("["):
        return split(cell)
    for parse in (json.loads, ast.literal_eval):
        try:
            data = parse(cell)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(data, list):
            return [_entry(item) for item in data]
    return cell.removeprefix("[").removesuffix("]").split(",")


_KEYS = ("expanded_url", "url", "tag", "text", "name", "id_str", "id", "username", "screen_name")


def _entry(item: Any) -> str:
    """An entry that is itself an object (entities of a post) stands for its most telling key."""
    if isinstance(item, dict):
        return next((str(item[k]) for k in _KEYS if item.get(k)), "")
    return "" if item is None else str(item)


def split_addresses(cell: str) -> list[str]:
    """Addresses separated by blanks, bars or commas; a comma inside an address stays."""
    return re.split(r"[\s|]+|[,;](?=https?://)", cell)


def split_words(cell: str) -> list[str]:
    """Words separated by blanks, commas, semicolons or bars."""
    return re.split(r"[\s,;|]+", cell)


def address(text: str) -> str:
    """A shared address without blanks and quotes around it."""
    return text.strip().strip("'\"")


def hashtag(text: str) -> str:
    """A hashtag as it is stored: lower case, without ``#``."""
    return text.strip().strip("'\"").lstrip("#\uff03").lower()


def mention(text: str) -> str:
    """A mentioned account without ``@``."""
    return text.strip().strip("'\"").lstrip("@")


def word(text: str) -> str:
    """An entry without blanks and quotes around it."""
    return text.strip().strip("'\"")


_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+", re.IGNORECASE)
_HASHTAG = re.compile(r"(?<![\w&/])[#\uff03](\w*[^\W\d_]\w*)")
_MENTION = re.compile(r"(?<![\w@/.])@(\w+(?:[.-]\w+)*(?:@[\w-]+(?:\.[\w-]+)+)?)")


def addresses_in(text: str) -> list[str]:
    """The http(s) addresses written out in a text, without the punctuation after them."""
    found = []
    for match in _ADDRESS.findall(text):
        link = match.rstrip(".,;:!?…»“”’*_")
        while link.endswith((")", "]")) and link.count(link[-1]) > link.count({")": "(", "]": "["}[link[-1]]):
            link = link[:-1].rstrip(".,;:!?…")
        found.append(link)
    return list(dict.fromkeys(found))


def hashtags_in(text: str) -> list[str]:
    """The hashtags in a text (not those that are numbers, not parts of addresses), lower case, without ``#``."""
    return list(dict.fromkeys(tag.lower() for tag in _HASHTAG.findall(_ADDRESS.sub(" ", text))))


def mentions_in(text: str) -> list[str]:
    """The accounts mentioned in a text with ``@``, without it; mail addresses are none."""
    return list(dict.fromkeys(_MENTION.findall(_ADDRESS.sub(" ", text))))


def from_text(found: pa.Array, sign: str, read: Callable[[str], list[str]]) -> pa.Array:
    """What ``read`` finds in each text; only texts that hold ``sign`` are looked at."""
    has = pc.match_substring(found, sign)
    if not pc.any(has).as_py():
        return lists(None, len(found), split_words, word)
    return mapped(pc.if_else(has, found, ""), lambda text: read(text) if text else [])
