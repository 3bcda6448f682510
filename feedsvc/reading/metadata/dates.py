"""Parses dates into UTC date-times, and play times into seconds."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feedsvc.reading.errors import ReadError, quoted

FIRST_YEAR, LAST_YEAR = 1000, 2200

# Guards `fromisoformat`, which accepts any character between date and time.
_ISO = re.compile(r"\d{4}(?:-\d\d-\d\d|\d{4}|-?W\d\d(?:-?\d)?)(?:[Tt ]\d|$)", re.ASCII)

_TIME = r"""(?P<hour>\d{1,2})
    (?:[:.h](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?
    (?:[ ]?(?P<half>[ap])\.?m\b\.?)?"""
# An offset, `UTC`, a name of the tz database, or an abbreviation, after an offset it is ignored.
_ZONE = r"""(?P<zone>Z
    |(?:UTC|GMT)?[ ]?(?P<sign>[+-])(?P<zh>\d{1,2})(?::?(?P<zm>\d\d))?(?:[ ]\(?[A-Z]{2,5}\)?)?
    |[A-Z][A-Za-z]{2,20}/[A-Za-z_/+-]{2,40}|[A-Z]{1,5})"""
_DAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
_MONTH = r"(?P<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]{0,6}"
_AT = r"(?:[ ]?,|[ ]at|T)?[ ]"
# As authors and programs write it: one-digit months, slashes, words, the time before the year.
_FORMS = (
    # 2026-1-31 9:00 pm +0100, 2026/01/31, 2026.01.31, 2026-01-31 Sat 10:00
    rf"""(?P<year>\d{{4}})(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}})
    (?:[ ]\(?{_DAY}\)?)?(?:(?:T|{_AT}){_TIME})?(?:[ ]?{_ZONE})?""",
    # January 31, 2026 9:00; Sat Jan 31 2026
    rf"""(?:{_DAY}[.,]?[ ])?{_MONTH}[.,]?[ ](?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[ ](?P<year>\d{{4}})
    (?:{_AT}{_TIME})?(?:[ ]?{_ZONE})?""",
    # 31 January 2026, Sat, 31 Jan 2026 09:00:00 +0000 (RFC 2822 section 3.3)
    rf"""(?:{_DAY}[.,]?[ ])?(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?(?:[ ]of)?[ -]{_MONTH}
    [.,]?[ -](?P<year>\d{{4}})
    (?:{_AT}{_TIME})?(?:[ ]?{_ZONE})?""",
    # Sat Jan 31 09:00:00 2026, with a zone before or after the year (ctime, Ruby, Go)
    rf"""{_DAY}[ ]{_MONTH}[ ](?P<day>\d{{1,2}})[ ]{_TIME}(?:[ ]{_ZONE})?[ ](?P<year>\d{{4}})""",
    # 31/12/2026 and 12/31/2026, where only one reading is a day
    rf"""(?P<first>\d{{1,2}})(?P<sep>[/.-])(?P<other>\d{{1,2}})(?P=sep)(?P<year>\d{{4}})
    (?:{_AT}{_TIME})?(?:[ ]?{_ZONE})?""",
    # 2026年1月31日
    rf"""(?P<year>\d{{4}})[ ]?年[ ]?(?P<month>\d{{1,2}})[ ]?月[ ]?(?P<day>\d{{1,2}})[ ]?日
    (?:[ ]{_TIME})?(?:[ ]?{_ZONE})?""",
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# The zones of RFC 2822 section 4.3, and others that no two countries use for two offsets.
_HOURS = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
    "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "WET": 0, "WEST": 1,
    "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
    "NZST": 12, "NZDT": 13,
}  # fmt: skip
_LEAP, _NOON = 60, 12
_DECORATED = re.compile(r"\s+|\u202f|\u00a0")
_DATE_ONLY = re.compile(r"\s*(\d{4})-(\d\d)-(\d\d)(?=[T ])")


LONGEST = 366 * 24 * 3600  # seconds; a longer play time is taken for a mistake

_CLOCK = re.compile(r"(?:(?:(\d{1,5}):)?(\d{1,5}):)?(\d{1,9})(?:[.,]\d+)?", re.ASCII)
# ISO 8601, as in HTML and JSON-LD
_PERIOD = re.compile(
    r"P(?:(\d{1,3})D)?T?(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,9})(?:\.\d+)?S)?",
    re.ASCII | re.IGNORECASE,
)


class TwoDays(ValueError):
    """A date that may be either of two days, such as `01/02/2026`."""


def moment(text: str, timezone: tzinfo, line: int = 0, column: int = 0) -> datetime:
    """Parse a date or date-time into UTC; `timezone` applies if the text has no offset.

    Accepts ISO 8601 with the variants common in YAML (`2015-10-21 07:28:00 -0400`, `2020/1/5`),
    RFC 2822, dates with English month names, and the formats that Go, Ruby and ctime print.
    Ambiguous dates such as `01/02/2020` are rejected.

    Raises:
        ReadError: `bad-date`: not a date, an impossible date, or outside the years 1000 to 2200.
    """
    try:
        value = _parsed(_DECORATED.sub(" ", text).strip())
        if value.tzinfo is None:
            value = value.replace(tzinfo=timezone)
        value = value.astimezone(UTC)
    except TwoDays:
        why = f"{quoted(text)} may be either of two days; {_HOW}"
        raise ReadError("bad-date", why, line, column) from None
    except (ValueError, OverflowError):
        raise ReadError("bad-date", f"{quoted(text)} is not a date; {_HOW}", line, column) from None
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        message = f"{quoted(text)} is outside the years {FIRST_YEAR} to {LAST_YEAR}; {_HOW}"
        raise ReadError("bad-date", message, line, column)
    return value


def day_of(text: str) -> str:
    """The day (ISO 8601) that a date-time begins with whose time alone is wrong; else empty."""
    found = _DATE_ONLY.match(text)
    try:
        return date(*map(int, found.groups())).isoformat() if found else ""
    except ValueError:
        return ""


def _parsed(text: str) -> datetime:
    """Parse a date-time; raises ValueError if it is in none of the formats."""
    if _ISO.match(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # it may still match another format
    for number in range(len(_FORMS)):
        if found := _form(number).fullmatch(text):
            return _from_parts(found.groupdict())
    raise ValueError(text)


@cache
def _form(number: int) -> re.Pattern[str]:
    """One of the forms; the later ones are seldom needed, and slow to compile."""
    return re.compile(_FORMS[number], re.VERBOSE | re.ASCII | re.IGNORECASE)


def _from_parts(parts: dict[str, str | None]) -> datetime:
    month, day = _day(parts)
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    if half := (parts["half"] or "").lower():
        if not 1 <= hour <= _NOON:
            raise ValueError(hour)
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    leap = second == _LEAP and minute == _LEAP - 1  # 23:59:60, which Python does not know
    fraction = int((parts["fraction"] or "").ljust(6, "0")[:6])
    year = int(parts["year"] or 0)
    value = datetime(year, month, day, hour, minute, second - leap, fraction, _zone(parts))
    return value + timedelta(seconds=leap)


def _day(parts: dict[str, str | None]) -> tuple[int, int]:
    """The month and the day."""
    if name := parts.get("name"):
        return _MONTHS.index(name[:3].lower()) + 1, int(parts["day"] or 0)
    if parts.get("month"):
        return int(parts["month"] or 0), int(parts["day"] or 0)
    first, other = int(parts["first"] or 0), int(parts["other"] or 0)
    if parts["sep"] == "." or first > _NOON or first == other:  # 31.12.2026 has one reading
        return other, first
    if other > _NOON:
        return first, other
    raise TwoDays


def _zone(parts: dict[str, str | None]) -> tzinfo | None:
    written = parts["zone"]
    if not written:
        return None
    if parts["sign"]:
        ahead = timedelta(hours=int(parts["zh"] or 0), minutes=int(parts["zm"] or 0))
        return timezone(-ahead if parts["sign"] == "-" else ahead)
    if "/" in written:
        try:
            return ZoneInfo(written)
        except (ZoneInfoNotFoundError, OSError):
            raise ValueError(written) from None
    if written.upper() not in _HOURS:
        raise ValueError(written)
    return timezone(timedelta(hours=_HOURS[written.upper()]))


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
