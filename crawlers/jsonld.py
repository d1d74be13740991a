"""The article described in a page's JSON-LD, read forgivingly: nested graphs, several blocks, broken JSON."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_BLOCK = 1_000_000
"""Characters of one block that are read."""
_NODES = 2_000
_FIELD = re.compile(r'"(datePublished|headline)"\s*:\s*"((?:[^"\\]|\\.){1,500})"')


@dataclass(frozen=True, slots=True)
class Described:
    """What the page says of its article; "" where it says nothing. ``published`` as written."""

    published: str = ""
    headline: str = ""
    site: str = ""


def describe(blocks: list[str]) -> Described:
    """The first article among the nodes of all JSON-LD blocks; a page type only counts if nothing calls itself an article or posting."""
    second = Described()
    for node in _nodes(blocks):
        kind = _kind(node)
        if kind.endswith(("article", "posting", "report")):
            found = _described(node)
            if found.published:
                return found
            second = second if second.headline else found
        elif kind.endswith(("page", "object")) and not second.published and not second.headline:
            second = _described(node)
    return second if second.published or second.headline else _salvaged(blocks)


def _nodes(blocks: list[str]) -> Iterator[dict[str, Any]]:
    queue: list[Any] = [value for value in map(_loaded, blocks) if value is not None]
    for _ in range(_NODES):
        if not queue:
            return
        value = queue.pop(0)
        if isinstance(value, list):
            queue[:0] = value[:200]
        elif isinstance(value, dict):
            yield value
            queue += [value[key] for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement") if key in value][:4]


def _loaded(block: str) -> Any:
    text = block[:_BLOCK].strip().removeprefix("//<![CDATA[").removeprefix("<![CDATA[").removeprefix("<!--").strip()
    text = text.removesuffix("//]]>").removesuffix("]]>").removesuffix("-->").strip().rstrip(";")
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _kind(node: dict[str, Any]) -> str:
    kinds = node.get("@type", "")
    return str(kinds[0] if isinstance(kinds, list) and kinds else kinds).lower()


def _described(node: dict[str, Any]) -> Described:
    publisher = node.get("publisher")
    publisher = publisher[0] if isinstance(publisher, list) and publisher else publisher
    site = publisher.get("name") if isinstance(publisher, dict) else ""
    return Described(_text(node.get("datePublished") or node.get("dateCreated")), _text(node.get("headline")), _text(site))


def _text(value: Any) -> str:
    value = value[0] if isinstance(value, list) and value else value
    return " ".join(html.unescape(value).split()) if isinstance(value, str) else ""


def _salvaged(blocks: list[str]) -> Described:
    found: dict[str, str] = {}
    for block in blocks:
        if _loaded(block) is None:
            for name, value in _FIELD.findall(block[:_BLOCK]):
                found.setdefault(name, html.unescape(value.replace('\\"', '"')))
    return Described(found.get("datePublished", ""), found.get("headline", ""))
