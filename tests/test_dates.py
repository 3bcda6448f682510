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
        "01/02/2020", "1.2.2020", "3 May", "3 May 2020", "May 3, 2020", "2020", "2020-01",
        "2020-01/05", "2020-02-30", "2020-1-32", "2020/13/01", "2020-01-05 25:00",
        "2020-01-05 10:00 AM", "2020-01-05x10:00", "2020-01-05 10:00 CEST", "1578182400",
        "tomorrow",
        "2020-01-05 10:00 +24:00", "31 Feb 2020 10:00:00 GMT", "21 Oct 15 07:28:00 GMT",
        "\u0662\u0660\u0662\u0660-01-05", "2020-01-05\n2020-01-06", "1969-12-31", "2201-01-01",
        "0000-01-01", "",
    ],
)  # fmt: skip
def test_what_is_no_date_or_might_be_two_is_a_problem_at_its_place(written: str) -> None:
    with pytest.raises(ReadError) as caught:
        moment(written, UTC, 3, 7)
    assert (caught.value.code, caught.value.line, caught.value.column) == ("bad-date", 3, 7)
