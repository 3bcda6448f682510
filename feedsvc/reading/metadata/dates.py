"""Dates as people write them become moments in UTC, or a ReadError that says what is wrong."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from feedsvc.reading.errors import ReadError, quoted

FIRST_YEAR, LAST_YEAR = 1970, 2200

# What `fromisoformat` may be given: it takes any character between date and time for a `T`.
_ISO = re.compile(r"\d{4}(?:-\d\d-\d\d|\d{4}|-?W\d\d(?:-?\d)?)(?:[Tt ]\d|$)", re.ASCII)

# As authors write it: one-digit months, slashes, a space before the offset, `UTC`.
_LOOSE = re.compile(
    r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})"
    r"(?:(?:T|[ \t]{1,9})(?P<hour>\d{1,2}):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"[ \t]{0,9}(?P<zone>Z|UTC|GMT|(?P<sign>[+-])(?P<zh>\d{1,2})(?::?(?P<zm>\d\d))?)?",
    re.ASCII | re.IGNORECASE,
)
# RFC 2822 section 3.3, with the year in full and one of the zones that it defines.
_MAIL = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), {0,3})?\d{1,2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d(?::\d\d)? "
    r"(?:[+-]\d{4}|UTC?|GMT|Z|[ECMP][SD]T)",
    re.ASCII | re.IGNORECASE,
)


def moment(text: str, timezone: tzinfo, line: int = 0, column: int = 0) -> datetime:
    """A date or date-time, in UTC; one without an offset is in `timezone`.

    ISO 8601 as YAML's authors write it (`2015-10-21 07:28:00 -0400`, `2020/1/5`) and RFC 2822
    are read. What can be read in two ways, such as `01/02/2020`, is not.

    Raises:
        ReadError: `bad-date`: it is no date, impossible, or outside the years 1970 to 2200.
    """
    try:
        value = _parsed(text.strip())
        if value.tzinfo is None:
            value = value.replace(tzinfo=timezone)
        value = value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ReadError("bad-date", f"{quoted(text)} is no date; {_HOW}", line, column) from None
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        years = f"outside the years {FIRST_YEAR} to {LAST_YEAR}"
        raise ReadError("bad-date", f"{quoted(text)} is {years}; {_HOW}", line, column)
    return value


def _parsed(text: str) -> datetime:
    """The date-time that is written; ValueError where there is none."""
    if _ISO.match(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # it may still be one of the other ways
    if loose := _LOOSE.fullmatch(text):
        return _from_parts(loose)
    if _MAIL.fullmatch(text):
        value = parsedate_to_datetime(text)
        # `-0000` is UTC of which no place is known (RFC 2822 section 3.3)
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
    ahead = timedelta(hours=int(found["zh"] or 0), minutes=int(found["zm"] or 0))
    return timezone(-ahead if found["sign"] == "-" else ahead)


_HOW = "write it as 2026-01-31T09:00:00+00:00"
