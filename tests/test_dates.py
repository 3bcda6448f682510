"""Dates: the many ways in which authors write one, and nothing that could be read in two ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from feedsvc.reading.errors import ReadError
from feedsvc.reading.metadata.dates import moment

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2015-10-21T07:28:00-04:00", datetime(2015, 10, 21, 11, 28, tzinfo=UTC)),
        ("2015-10-21 07:28:00 -0400", datetime(2015, 10, 21, 11, 28, tzinfo=UTC)),
        ("2015-10-21 07:28:00 -4", datetime(2015, 10, 21, 11, 28, tzinfo=UTC)),
        ("2015-10-21 07:28 +05:30", datetime(2015, 10, 21, 1, 58, tzinfo=UTC)),
        ("2015-10-21 07:28:00 UTC", datetime(2015, 10, 21, 7, 28, tzinfo=UTC)),
        ("2015-10-21 07:28:00 Z", datetime(2015, 10, 21, 7, 28, tzinfo=UTC)),
        ("2015-10-21t07:28:00.25z", datetime(2015, 10, 21, 7, 28, 0, 250_000, tzinfo=UTC)),
        ("2015-10-21T07:28:00.123456789Z", datetime(2015, 10, 21, 7, 28, 0, 123_456, tzinfo=UTC)),
        ("20151021T072800Z", datetime(2015, 10, 21, 7, 28, tzinfo=UTC)),
        ("2015-W43-3", datetime(2015, 10, 20, 22, tzinfo=UTC)),
        ("2015-10-21", datetime(2015, 10, 20, 22, tzinfo=UTC)),
        (" 2020-1-5 ", datetime(2020, 1, 4, 23, tzinfo=UTC)),
        ("2020/01/31 09:00", datetime(2020, 1, 31, 8, tzinfo=UTC)),
        ("2020.01.31", datetime(2020, 1, 30, 23, tzinfo=UTC)),
        ("2020-01-31  9:05", datetime(2020, 1, 31, 8, 5, tzinfo=UTC)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", datetime(2015, 10, 21, 7, 28, tzinfo=UTC)),
        ("21 Oct 2015 07:28 -0400", datetime(2015, 10, 21, 11, 28, tzinfo=UTC)),
        ("21 Oct 2015 07:28:00 -0000", datetime(2015, 10, 21, 7, 28, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_in_every_way_that_has_one_meaning(written: str, expected: datetime) -> None:
    found = moment(written, BERLIN)
    assert found == expected
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "written",
    [
        "01/02/2020", "1-2-2020", "3 May", "May 2020", "2020", "2020-01", "13/13/2020",
        "2020-01/05", "2020-02-30", "2020-1-32", "2020/13/01", "2020-01-05 25:00",
        "2020-01-05 13:00 PM", "2020-01-05x10:00", "2020-01-05 10:00 IST", "1578182400",
        "tomorrow", "2020-01-05 10:00 Europe/Nowhere", "Mai 3, 2020",
        "2020-01-05 10:00 +24:00", "31 Feb 2020 10:00:00 GMT", "21 Oct 15 07:28:00 GMT",
        "\u0662\u0660\u0662\u0660-01-05", "2020-01-05\n2020-01-06", "0999-12-31", "2201-01-01",
        "0000-01-01", "",
    ],
)  # fmt: skip
def test_what_is_no_date_or_might_be_two_is_a_problem_at_its_place(written: str) -> None:
    with pytest.raises(ReadError) as caught:
        moment(written, UTC, 3, 7)
    assert (caught.value.code, caught.value.line, caught.value.column) == ("bad-date", 3, 7)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Jul 08 2022", "2022-07-08T00:00:00"), ("March 3, 2021", "2021-03-03T00:00:00"),
        ("3 March 2021", "2021-03-03T00:00:00"), ("4th of July 2020", "2020-07-04T00:00:00"),
        ("Saturday, January 31st, 2026 at 10:05 am", "2026-01-31T10:05:00"),
        ("2017-02-21 9:21 pm", "2017-02-21T21:21:00"),
        ("2020-01-05 10:00 AM", "2020-01-05T10:00:00"),
        ("2020-01-05 12:30 am", "2020-01-05T00:30:00"),
        ("2006-01-02 15:04:05 -0700 MST", "2006-01-02T22:04:05"),  # Go
        ("2006-01-02 15:04:05.999999999 +0000 UTC", "2006-01-02T15:04:05.999999"),
        ("Mon Jan  2 15:04:05 2006", "2006-01-02T15:04:05"),  # ctime
        ("Fri Sep  3 11:21:31 CEST 2021", "2021-09-03T09:21:31"),  # date
        ("Fri Sep 03 09:21:31 +0000 2021", "2021-09-03T09:21:31"),  # Ruby
        ("2021-09-03 09:21:31 UTC", "2021-09-03T09:21:31"),
        ("Thu Jan 02 2020 00:00:00 GMT+0100 (CET)", "2020-01-01T23:00:00"),  # JavaScript
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00"),
        ("2016-12-31 23:59:60", "2017-01-01T00:00:00"),
        ("1923-04-05", "1923-04-05T00:00:00"), ("1066-10-14", "1066-10-14T00:00:00"),
        ("13/02/2026", "2026-02-13T00:00:00"), ("02/13/2026", "2026-02-13T00:00:00"),
        ("1.2.2020", "2020-02-01T00:00:00"), ("2020年1月2日", "2020-01-02T00:00:00"),
        ("2020-01-02 10:00 Europe/Berlin", "2020-01-02T09:00:00"),
        ("Thu, 02 Jan 2020 10:00:00 EST", "2020-01-02T15:00:00"),
        ("2026-01-31 Sat 10:00", "2026-01-31T10:00:00"),
    ],
)  # fmt: skip
def test_dates_in_words_and_of_programs_are_read(written: str, expected: str) -> None:
    assert moment(written, UTC).replace(tzinfo=None).isoformat() == expected


def test_a_date_of_two_readings_is_said_to_be_one() -> None:
    with pytest.raises(ReadError, match="two days"):
        moment("01/02/2026", UTC)
