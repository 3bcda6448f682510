"""Parses dates into UTC date-times, and play times into seconds."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from feedsvc.reading.errors import ReadError, quoted

FIRST_YEAR, LAST_YEAR = 1970, 2200

# Guards `fromisoformat`, which accepts any character between date and time.
_ISO = re.compile(r"\d{4}(?:-\d\d-\d\d|\d{4}|-?W\d\d(?:-?\d)?)(?:[Tt ]\d|$)", re.ASCII)

# Common variants: one-digit months, slashes, a space before the offset, `UTC`.
_LOOSE = re.compile(
    r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})"
    r"(?:(?:T|[ \t]{1,9})(?P<hour>\d{1,2}):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"[ \t]{0,9}(?P<zone>Z|UTC|GMT|(?P<sign>[+-])(?P<zh>\d{1,2})(?::?(?P<zm>\d\d))?)?",
    re.ASCII | re.IGNORECASE,
)
# RFC 2822 section 3.3, with a four-digit year and one of the zones defined there.
_MAIL = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), {0,3})?\d{1,2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d(?::\d\d)? "
    r"(?:[+-]\d{4}|UTC?|GMT|Z|[ECMP][SD]T)",
    re.ASCII | re.IGNORECASE,
)


LONGEST = 366 * 24 * 3600  # seconds; a longer play time is taken for a mistake

_CLOCK = re.compile(r"(?:(?:(\d{1,5}):)?(\d{1,5}):)?(\d{1,9})(?:[.,]\d+)?", re.ASCII)
# ISO 8601, as in HTML and JSON-LD
_PERIOD = re.compile(
    r"P(?:(\d{1,3})D)?T?(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,9})(?:\.\d+)?S)?",
    re.ASCII | re.IGNORECASE,
)


def moment(text: str, timezone: tzinfo, line: int = 0, column: int = 0) -> datetime:
    """Parse a date or date-time into UTC; `timezone` applies if the text has no offset.

    Accepts ISO 8601 with the variants common in YAML (`2015-10-21 07:28:00 -0400`, `2020/1/5`),
    and RFC 2822. Ambiguous dates such as `01/02/2020` are rejected.

    Raises:
        ReadError: `bad-date`: not a date, an impossible date, or outside the years 1970 to 2200.
    """
    try:
        value = _parsed(text.strip())
        if value.tzinfo is None:
            value = value.replace(tzinfo=timezone)
        value = value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ReadError("bad-date", f"{quoted(text)} is not a date; {_HOW}", line, column) from None
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        message = f"{quoted(text)} is outside the years {FIRST_YEAR} to {LAST_YEAR}; {_HOW}"
        raise ReadError("bad-date", message, line, column)
    return value


def _parsed(text: str) -> datetime:
    """Parse a date-time; raises ValueError if it is in none of the formats."""
    if _ISO.match(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # it may still match another format
    if loose := _LOOSE.fullmatch(text):
        return _from_parts(loose)
    if _MAIL.fullmatch(text):
        value = parsedate_to_datetime(text)
        # `-0000` is UTC with no information on the local zone (RFC 2822 section 3.3)
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    raise ValueError(text)


def _from_parts(found: re.Match[str]) -> datetime:
    numbers = (found[part] for part in ("year", "month", "day", "hour", "minute", "second"))
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    fraction = int((found["fraction"] or "").ljust(6, "0")[:6])
    return datetime(year, month, day, hour, minute, second, fraction, _zone(found))


def _zone(found: re.Match[str]) -> tzinfo | None:
    if not found["zone"]:
        return None
    offset = timedelta(hours=int(found["zh"] or 0), minutes=int(found["zm"] or 0))
    return timezone(-offset if found["sign"] == "-" else offset)


def play_time(text: str) -> int:
    """Whole seconds of `1:02:03`, `62:03`, `3723` or `PT1H2M3S`; 0 for anything else."""
    text = text.strip()
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        days = 0
    elif match := _PERIOD.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    else:
        return 0
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return total if total <= LONGEST else 0


_HOW = "write it as 2026-01-31T09:00:00+00:00"
