"""Keyed hashes instead of account ids and names, for the setting ``privacy.pseudonymise``.

The same account gets the same pseudonym as long as the key file lives; without the key nobody can go back by trying names.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import secrets
from functools import cached_property
from pathlib import Path

from archive.files import told
from models.errors import StopRun
from models.records import Document

KEY_BYTES = 32
_MENTION = re.compile(r"(?<![\w@/])@([A-Za-z0-9_](?:[\w.-]*\w)?(?:@[\w-]+(?:\.[\w-]+)+)?)")

_IN_ADDRESS = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]+|(?<=/@)[^/?#]+|(?<=/users/)[^/?#]+|(?<=/profile/)[^/?#]+")
"""Where the address or id of a post names its account: AT Protocol, Mastodon and its kin, Bluesky's site."""


class Pseudonymiser:
    """Replaces accounts by keyed BLAKE2b hashes; ``key`` is a file (rights 0600) that is made when first needed."""

    def __init__(self, key: Path) -> None:
        self._path = key

    @cached_property
    def _key(self) -> bytes:
        with told(self._path):
            if not self._path.exists():
                _make(self._path)
            key = self._path.read_bytes()
        if len(key) != KEY_BYTES:
            raise StopRun(
                "is not a key of Tocsin (32 bytes)", where=str(self._path), hint="restore it, or old and new pseudonyms will differ"
            )
        return key

    def name(self, account: str) -> str:
        """The pseudonym of an account id or name (case and a leading ``@`` do not count): ``p`` and 24 hexadecimal characters."""
        bare = account.strip().removeprefix("@").lower()
        return "p" + hashlib.blake2b(bare.encode("utf-8", "surrogatepass"), key=self._key, digest_size=12).hexdigest() if bare else ""

    def document(self, document: Document) -> Document:
        """``document`` with account, account name, mentions, repost author and the @mentions of its text and title as pseudonyms.

        Post ids and addresses that name an account (``at://did:plc:…``, ``/@name/``) get the same pseudonym in its place, so that a repost
        still leads to its original. Shared links are content and stay.
        """
        return dataclasses.replace(
            document,
            account=self.name(document.account),
            account_name=self.name(document.account_name),
            mentions=tuple(self.name(m) for m in document.mentions),
            repost_author=self.name(document.repost_author),
            url=self._address(document.url),
            canonical_url=self._address(document.canonical_url),
            platform_id=self._address(document.platform_id),
            repost_of=self._address(document.repost_of),
            reply_to=self._address(document.reply_to),
            quote_of=self._address(document.quote_of),
            title=self._text(document.title),
            text=self._text(document.text),
        )

    def _address(self, address: str) -> str:
        return _IN_ADDRESS.sub(lambda m: self.name(m[0]), address)

    def _text(self, text: str) -> str:
        return _MENTION.sub(lambda m: "@" + self.name(m[1]), text) if "@" in text else text


def _make(path: Path) -> None:
    """A new key, wholly there or not at all; if two processes are as quick, both use the first one's."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, secrets.token_bytes(KEY_BYTES))
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(part, path)
    except FileExistsError:
        return
    finally:
        part.unlink()
