"""Bytes become a Document: the validators and content codings, worked out once."""

from __future__ import annotations

import hashlib
import zlib

from feedsvc.model import Document

IDENTITY, GZIP = "identity", "gzip"
GZIP_FORMAT = 16 + zlib.MAX_WBITS  # zlib's name for a gzip header; it carries mtime 0
SMALLEST_CODED = 200  # bytes; below that a coding saves less than its headers cost


def document(body: bytes, media_type: str, modified: int) -> Document:
    """The Document of `body`, last changed at `modified` (whole seconds since 1970)."""
    bodies = {IDENTITY: body}
    if len(body) >= SMALLEST_CODED:
        bodies[GZIP] = _gzip(body)
    tag = hashlib.sha256(body).hexdigest()
    return Document(media_type=media_type, bodies=bodies, tag=tag, modified=modified)


def _gzip(body: bytes) -> bytes:
    coder = zlib.compressobj(level=9, wbits=GZIP_FORMAT)
    return coder.compress(body) + coder.flush()
