"""Content codings and .gz bodies undone by ourselves: with a limit, and with an error where the stream ends too early."""

from __future__ import annotations

import zlib

from crawlers.causes import Lost

ACCEPTED = "gzip, deflate, br"
"""The codings asked for in Accept-Encoding."""
_STEP = 65_536


def unpack(body: bytes, coding: str, limit: int) -> bytes:
    """``body`` without its Content-Encoding (several are undone in reverse order).

    Raises Lost: ``truncated`` for a stream that ends too early (Scrapy 2.19 passes the part on without a word), ``too-large`` above
    ``limit`` bytes, ``bad-encoding`` for an unknown or broken coding.
    """
    for name in reversed([part.strip().lower() for part in coding.split(",") if part.strip()]):
        body = _one(body, name, limit)
    return body


def gunzip(body: bytes, limit: int) -> bytes:
    """A .gz file's content if ``body`` begins like one, else ``body``; several members are joined. Raises Lost as :func:`unpack`."""
    return _one(body, "gzip", limit) if body[:2] == b"\x1f\x8b" else body


def _one(body: bytes, name: str, limit: int) -> bytes:
    if name == "identity" or not body:
        return body
    try:
        if name in ("gzip", "x-gzip"):
            return _zlib(body, 31, limit)
        if name == "deflate":
            return _zlib(body, 15 if body[:1] == b"\x78" else -15, limit)
        if name == "br":
            return _brotli(body, limit)
    except zlib.error as error:
        raise Lost("bad-encoding", f"not valid {name}: {error}") from None
    raise Lost("bad-encoding", f"the coding {name[:20]!r} was not asked for")


def _zlib(body: bytes, window: int, limit: int) -> bytes:
    out: list[bytes] = []
    room = limit
    while body:
        stream = zlib.decompressobj(window)
        room = _member(stream, body, out, room)
        body = stream.unused_data
        if window != 31 or body[:2] != b"\x1f\x8b":  # anything else after a member is padding
            break
    return b"".join(out)


def _member(stream: zlib._Decompress, body: bytes, out: list[bytes], room: int) -> int:
    while not stream.eof:
        piece = stream.decompress(body, _STEP)
        out.append(piece)
        room -= len(piece)
        if room < 0:
            raise Lost("too-large", "the unpacked body exceeds crawl.max_bytes")
        body = stream.unconsumed_tail
        if not piece and not body and not stream.eof:
            raise Lost("truncated", "the compressed body ends too early", may_pass=True)
    return room


def _brotli(body: bytes, limit: int) -> bytes:
    import brotli

    stream = brotli.Decompressor()
    try:
        out = [stream.process(body, output_buffer_limit=_STEP)]
        size = len(out[0])
        while not stream.is_finished() and out[-1]:
            out.append(stream.process(b"", output_buffer_limit=_STEP))
            size += len(out[-1])
            if size > limit:
                raise Lost("too-large", "the unpacked body exceeds crawl.max_bytes")
    except brotli.error as error:
        raise Lost("bad-encoding", f"not valid br: {error}") from None
    if not stream.is_finished():
        raise Lost("truncated", "the compressed body ends too early", may_pass=True)
    return b"".join(out)
