"""The HTML of a post into plain text and links.

lxml's parser is driven with a target, so no tree is kept. The standard library's ``html.parser`` was tried first: 100 kB of
``<a <a <a`` keep it busy for 84 s (Python 3.11.7); here no input of that size takes a tenth of a second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

_BREAKS = {"br": "\n", "p": "\n\n", "div": "\n", "li": "\n", "ul": "\n", "ol": "\n", "blockquote": "\n\n", "pre": "\n\n", "tr": "\n"}
_BREAKS |= {f"h{level}": "\n\n" for level in range(1, 7)}
_SILENT = ("script", "style", "template", "head", "title")
_BLANKS = re.compile(r"[ \t\r\n\f]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """``text``; ``links`` that are neither hashtag nor mention; ``quoted``: the address in a fallback quotation (``RE: …``), or ""."""

    text: str
    links: tuple[str, ...]
    quoted: str = ""


def read(html: str) -> Reading:
    """Plain text of a post: paragraphs parted by an empty line, ``<br>`` by a line end, addresses whole (Mastodon hides their ends).

    The words of ``<… class="quote-inline">`` are left out: they repeat a quoted post's address for programs that show no quotations.
    Elements nested deeper than libxml2 allows (256) end the reading of that post.
    """
    from lxml import etree

    target = _Target()
    # lxml calls only the methods a target has; its stubs want them all
    parser: Any = etree.HTMLParser(target=cast("Any", target), no_network=True, encoding="utf-8")
    parser.feed(f"<div>{html}</div>".encode())
    parser.close()
    lines = [line.strip(" ") for line in "".join(target.words).split("\n")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return Reading(text, tuple(dict.fromkeys(target.links)), target.quoted)


class _Target:
    """Collects words and links as the parser meets them."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.links: list[str] = []
        self.quoted = ""
        self._silent = 0
        self._inline = 0

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        classes = attrs.get("class", "").split()
        self._silent += tag in _SILENT
        self._inline += bool(self._inline) or "quote-inline" in classes
        if tag == "a":
            self._link(attrs, classes)
        self._break(tag)

    def end(self, tag: str) -> None:
        self._silent -= tag in _SILENT and self._silent > 0
        self._inline -= self._inline > 0
        if tag != "br":
            self._break(tag)

    def data(self, data: str) -> None:
        if not self._silent and not self._inline:
            self.words.append(_BLANKS.sub(" ", data))

    def close(self) -> None:
        """Nothing is left to do: lxml wants the method."""

    def _break(self, tag: str) -> None:
        if tag in _BREAKS and not self._silent and not self._inline:
            self.words.append(_BREAKS[tag])

    def _link(self, attrs: Mapping[str, str], classes: list[str]) -> None:
        href = attrs.get("href", "")
        if self._inline:
            self.quoted = self.quoted or href
        elif "mention" not in classes and "hashtag" not in classes and "tag" not in attrs.get("rel", "").split():
            self.links.append(href)
