"""Dates as templates write them: `%B %Y`, in English whatever the locale of the machine."""

from __future__ import annotations

import re
from datetime import datetime

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DIRECTIVE = re.compile(r"%([-^]?)(:?[A-Za-z%])")
_TWELVE = 12


def formatted(when: datetime, form: str) -> str | None:
    """A date in the form of strftime; None where the form has a sign that is not known."""
    unknown = False

    def said(found: re.Match[str]) -> str:
        nonlocal unknown
        text = _directive(when, found[2])
        unknown = unknown or text is None
        if found[1] == "-":
            return (text or "").lstrip("0 ") or "0"
        return (text or "").upper() if found[1] == "^" else (text or "")

    result = _DIRECTIVE.sub(said, form)
    return None if unknown or not form else result


def _directive(when: datetime, sign: str) -> str | None:
    month, day = _MONTHS[when.month - 1], _DAYS[when.weekday()]
    hour = when.hour % _TWELVE or _TWELVE
    offset = when.strftime("%z")
    known = {
        "%": "%", "Y": f"{when.year:04}", "y": f"{when.year % 100:02}",
        "B": month, "b": month[:3], "h": month[:3], "m": f"{when.month:02}",
        "d": f"{when.day:02}", "e": f"{when.day:2}", "j": f"{when.timetuple().tm_yday:03}",
        "A": day, "a": day[:3], "u": str(when.isoweekday()), "w": str(when.isoweekday() % 7),
        "H": f"{when.hour:02}", "I": f"{hour:02}", "l": f"{hour:2}", "M": f"{when.minute:02}",
        "S": f"{when.second:02}", "p": "AM" if when.hour < _TWELVE else "PM",
        "P": "am" if when.hour < _TWELVE else "pm",
        "F": f"{when.year:04}-{when.month:02}-{when.day:02}",
        "R": f"{when.hour:02}:{when.minute:02}",
        "T": f"{when.hour:02}:{when.minute:02}:{when.second:02}",
        "z": offset, ":z": f"{offset[:3]}:{offset[3:5]}",
    }  # fmt: skip
    return known.get(sign)
