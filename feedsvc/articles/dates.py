"""Dates as people write them become moments in UTC, or a Refusal that says what is wrong."""

from datetime import UTC, datetime, tzinfo

from feedsvc.articles.refusal import Refusal, quoted

FIRST_YEAR, LAST_YEAR = 1970, 2200


def moment(text: str, timezone: tzinfo, line: int = 0) -> datetime:
    """An ISO 8601 date or date-time, in UTC; one without an offset is in `timezone`.

    Raises:
        Refusal: `bad-date`: it is no date, impossible, or outside the years 1970 to 2200.
    """
    try:
        value = datetime.fromisoformat(text.strip())
        if value.tzinfo is None:
            value = value.replace(tzinfo=timezone)
        value = value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal("bad-date", f"{quoted(text)} is no date; {_HOW}", line) from None
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        years = f"outside the years {FIRST_YEAR} to {LAST_YEAR}"
        raise Refusal("bad-date", f"{quoted(text)} is {years}; {_HOW}", line)
    return value


_HOW = "write it as 2026-01-31T09:00:00+00:00"
