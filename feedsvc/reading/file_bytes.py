"""Reads a whole file, provided that it has not changed since it was listed."""

from __future__ import annotations

import os
from collections.abc import Callable

from feedsvc.model import Stat
from feedsvc.reading.errors import ReadError


class StillChanging(Exception):
    """The file changed while it was being read; a later scan reads it again."""


def read_bytes(opened: Callable[[str], int], path: str, expected: Stat, max_bytes: int) -> bytes:
    """The bytes of the file at `path`; `opened` returns a file descriptor for a path.

    Raises:
        StillChanging: the file's stat differs from `expected` after reading, or the file is gone.
        ReadError: `too-large` or `unreadable`.
    """
    if expected.size > max_bytes:
        raise ReadError("too-large", _too_large(expected.size, max_bytes))
    try:
        handle = opened(path)
        try:
            data = _read_all(handle, expected.size + 1)
            changed = len(data) != expected.size or Stat.of(os.fstat(handle)) != expected
        finally:
            os.close(handle)
    except FileNotFoundError:
        raise StillChanging from None
    except OSError as error:
        message = f"it cannot be read ({error.strerror}); fix its permissions or remove it"
        raise ReadError("unreadable", message) from None
    if changed:
        raise StillChanging
    return data


def _read_all(handle: int, most: int) -> bytes:
    data = b""
    while len(data) < most and (chunk := os.read(handle, most - len(data))):
        data += chunk
    return data


def _too_large(size: int, max_bytes: int) -> str:
    return (
        f"the file has {size} bytes, more than articles.max_bytes = {max_bytes}; "
        "shorten it or raise the limit"
    )
