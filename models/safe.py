"""Hostile text made harmless to look at: on a terminal, and in a spreadsheet."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def printable(text: str) -> str:
    """``text`` without control characters, escape sequences and direction overrides; line ends and tabs become blanks."""
    return " ".join(_UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r", " ")).split())


def cell(text: str) -> str:
    """``text`` for a spreadsheet: what would be run as a formula gets an apostrophe in front."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
