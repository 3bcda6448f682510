"""Builds Documents from bytes: validators and content codings, computed once."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import replace

import brotli
import zstandard

from feedsvc.model import Document

IDENTITY, GZIP, BROTLI, ZSTANDARD = "identity", "gzip", "br", "zstd"
CODINGS = (IDENTITY, GZIP, BROTLI, ZSTANDARD)
GZIP_FORMAT = 16 + zlib.MAX_WBITS  # zlib's name for a gzip header; it carries mtime 0
SMALLEST_CODED = 200  # bytes; below that a coding saves less than its headers cost
BROTLI_QUALITY = 8  # of 11; 9 takes three times as long for a hundredth of the size
ZSTANDARD_LEVEL = 12  # of 22; 15 takes twice as long for a thirtieth
ZSTANDARD_WINDOW = 23  # bits, the most that clients must support (RFC 9659)


def document(body: bytes, media_type: str, modified: int) -> Document:
    """The Document of `body`, last changed at `modified` (whole seconds since 1970).

    It has the identity and gzip codings; `coded` adds the slower ones.
    """
    bodies = {IDENTITY: body}
    if len(body) >= SMALLEST_CODED:
        bodies[GZIP] = _gzip(body)
    tag = hashlib.sha256(body).hexdigest()
    return Document(media_type=media_type, bodies=bodies, tag=tag, modified=modified)


def coded(made: Document) -> Document:
    """The Document with Brotli (RFC 7932) and Zstandard (RFC 8878) too."""
    body = made.bodies[IDENTITY]
    if len(body) < SMALLEST_CODED or BROTLI in made.bodies:
        return made
    more = {BROTLI: brotli.compress(body, quality=BROTLI_QUALITY), ZSTANDARD: _zstandard(body)}
    return replace(made, bodies={**made.bodies, **more})


def _gzip(body: bytes) -> bytes:
    coder = zlib.compressobj(level=9, wbits=GZIP_FORMAT)
    return coder.compress(body) + coder.flush()


def _zstandard(body: bytes) -> bytes:
    parameters = zstandard.ZstdCompressionParameters.from_level(
        ZSTANDARD_LEVEL, window_log=ZSTANDARD_WINDOW, source_size=len(body)
    )
    return zstandard.ZstdCompressor(compression_params=parameters).compress(body)
