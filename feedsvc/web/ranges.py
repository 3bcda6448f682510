"""Range requests for a single range of bytes (RFC 9110 section 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_BYTES = re.compile(r"bytes=([\d\-, \t]*)", re.IGNORECASE | re.ASCII)
_SPEC = re.compile(r"(\d*)-(\d*)", re.ASCII)
_DIGITS = 19  # more than any file's length has; Python refuses to read very long numbers


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes from `first` to before `end`."""

    first: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes these are."""
        return self.end - self.first


class Unsatisfiable(Exception):
    """The range begins behind the end (RFC 9110 section 15.5.17)."""


def wanted(environ: Mapping[str, str], tag: str, length: int) -> Part | None:
    """The part that a GET asks for of `length` bytes with this tag; None for the whole.

    The whole is the answer to what is malformed, in another unit, or several ranges at once
    (section 14.2 leaves that to us), and where If-Range names another state. A date in it proves
    too little: a file can change twice in a second (section 13.1.5).

    Raises:
        Unsatisfiable: no byte of it is there.
    """
    if "HTTP_IF_RANGE" in environ and environ["HTTP_IF_RANGE"].strip(" \t") != tag:
        return None
    if "HTTP_IF_RANGE" in environ and tag.startswith("W/"):
        return None  # which no weak tag can satisfy (section 13.1.5)
    found = _BYTES.fullmatch(environ.get("HTTP_RANGE", "").strip(" \t"))
    specs = [spec for part in found[1].split(",") if (spec := part.strip(" \t"))] if found else []
    spec = _SPEC.fullmatch(specs[0]) if len(specs) == 1 else None
    return _part(spec[1], spec[2], length) if spec and spec[0] != "-" else None


def _part(first: str, last: str, length: int) -> Part | None:
    if not first:  # the last so many bytes
        return _suffix(_number(last), length)
    start, end = _number(first), _number(last) + 1 if last else length
    if end <= start and last:
        return None  # not a range at all (section 14.1.1)
    if start >= length:
        raise Unsatisfiable
    return Part(start, min(end, length))


def _suffix(count: int, length: int) -> Part | None:
    if not count:
        raise Unsatisfiable
    return Part(max(0, length - count), length) if length else None  # nothing has no Content-Range


def _number(digits: str) -> int:
    digits = digits.lstrip("0")
    return int(digits or 0) if len(digits) <= _DIGITS else 10**_DIGITS
