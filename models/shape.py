"""Whether what a person wrote in TOML has the shape of a record: unknown keys, missing ones, wrong types, told in the words of the file.

:func:`models.codec.build` reads what a program wrote and forgives what it does not know. A file written by hand must not be
forgiven: a mistyped key would be a source that nobody reads.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any

from models.errors import UsageError
from models.registry import nearest

_WORDS: dict[Any, str] = {
    str: 'text in quotes, as "…"',
    int: "a whole number",
    tuple: "a list, as [ … ]",
    dict: "a table, as { … }",
}


def demand(kind: type, data: Any, where: str, keys: frozenset[str] | None = None) -> None:
    """Nothing, if ``data`` has the keys and types of the record ``kind``, or of those of its fields named in ``keys``.

    Raises UsageError that names ``where`` (file and entry), the key, and what belongs there. A required text must not be empty.
    """
    if not isinstance(data, Mapping):
        raise UsageError(f"must be {_WORDS[dict]}, not {data!r:.80}", where=where)
    hints = {name: hint for name, hint in typing.get_type_hints(kind).items() if keys is None or name in keys}
    for key, value in data.items():
        if key not in hints:
            raise UsageError(f"there is no key {key!r} here", where=where, hint=nearest(key, hints))
        _fits(hints[key], value, f"{where}: {key}")
    for field in dataclasses.fields(kind):
        bare = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if bare and field.name in hints and data.get(field.name) in (None, ""):
            raise UsageError(
                f"{field.name} is missing or empty", where=where, hint=f"write: {field.name} = {_WORDS[_plain(hints[field.name])]}"
            )


def _plain(hint: Any) -> Any:
    return typing.get_origin(hint) or hint


def _fits(hint: Any, value: Any, where: str) -> None:
    kind, args = _plain(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(kind):
        demand(typing.cast("type", kind), value, where)
        return
    if kind is Any:
        return
    if not isinstance(value, list if kind is tuple else kind) or isinstance(value, bool):
        raise UsageError(f"must be {_WORDS[kind]}, not {value!r:.80}", where=where)
    if isinstance(value, list):
        for number, item in enumerate(value, 1):
            _fits(args[0], item, f"{where}, {number}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _fits(args[1], item, f"{where}, {key}")
