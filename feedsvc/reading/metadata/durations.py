"""How long sound or film takes, as people write it, in seconds."""

from __future__ import annotations

import re

LONGEST = 366 * 24 * 3600  # seconds; what takes longer is taken for a slip

_CLOCK = re.compile(r"(?:(?:(\d{1,5}):)?(\d{1,5}):)?(\d{1,9})(?:[.,]\d+)?", re.ASCII)
# ISO 8601, as HTML and JSON-LD write it
_PERIOD = re.compile(
    r"P(?:(\d{1,3})D)?T?(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,9})(?:\.\d+)?S)?",
    re.ASCII | re.IGNORECASE,
)


def seconds(text: str) -> int:
    """Whole seconds of `1:02:03`, `62:03`, `3723` or `PT1H2M3S`; 0 where it is another thing."""
    text = text.strip()
    if found := _CLOCK.fullmatch(text):
        hours, minutes, rest = (int(part or 0) for part in found.groups())
        days = 0
    elif found := _PERIOD.fullmatch(text):
        days, hours, minutes, rest = (int(part or 0) for part in found.groups())
    else:
        return 0
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + rest
    return whole if whole <= LONGEST else 0
