"""Rules for dates: RFC 3339 in Atom, W3C-DTF in Dublin Core, RFC 822 in RSS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from tests.feed_rules.place import Check, Complaint, Place, error, warning

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(minutes=10)
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
W3C_DTF = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?")
DAY, MONTH = "Mon|Tue|Wed|Thu|Fri|Sat|Sun", "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
ZONE = "UT|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT"
RFC_2822 = re.compile(
    rf"(({DAY}), )?\d\d? ({MONTH}) \d{{4}} \d\d:\d\d(:\d\d)? ([+-]\d\d[03]0|{ZONE}|Z)"
)
RFC_822 = re.compile(
    rf"(({DAY})\s*,\s*)?\d\d?\s+({MONTH})\s+\d\d(\d\d)?\s+\d\d:\d\d(:\d\d)?\s+"
    rf"([+-]\d{{4}}|{ZONE}|[A-IK-Z])",
    re.IGNORECASE,
)


def _iso(form: re.Pattern[str], standard: str) -> Check:
    def check(value: str, place: Place) -> Iterator[Complaint]:
        moment = iso_moment(value) if form.fullmatch(value) else None
        if moment is None:
            yield error(f"{value!r} is no date of {standard}")
        else:
            yield from _plausible(moment, value, place)

    return check


def iso_moment(value: str) -> datetime | None:
    """The moment, of a shortened date the first one that it names; None if there is none."""
    date, _, time = value.partition("T")
    whole = "-".join((date, "01", "01")[: 3 - date.count("-")]) + (f"T{time}" if time else "")
    try:
        moment = datetime.fromisoformat(whole)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


rfc3339 = _iso(RFC_3339, "RFC 3339")
w3c_dtf = _iso(W3C_DTF, "W3C-DTF")


def _plausible(moment: datetime, value: str, place: Place) -> Iterator[Complaint]:
    if moment < EARLIEST:
        yield warning(f"{value!r} is older than any feed")
    elif moment > place.fetched.now + CLOCKS_DIFFER:
        yield warning(f"{value!r} is in the future")


def rfc822(value: str, place: Place) -> Iterator[Complaint]:
    """A date of RFC 822 with a year of four digits and, where it says a day, the right one."""
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        moment = None
    if moment is None or not RFC_822.fullmatch(value):
        yield error(f"{value!r} is no date of RFC 822")
        return
    if not RFC_2822.fullmatch(value):
        yield warning(f"{value!r} is a form of RFC 822 that few read")
    day, comma, _ = value.partition(",")
    if comma and day.strip().lower() != DAY.lower().split("|")[moment.weekday()]:
        yield error(f"{value!r} names the wrong day of the week")
    yield from _plausible(moment if moment.tzinfo else moment.replace(tzinfo=UTC), value, place)
