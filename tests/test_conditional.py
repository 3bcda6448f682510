"""Preconditions and the choice of a coding, row by row; each row names its clause of RFC 9110."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.feeds.document import GZIP, IDENTITY
from feedsvc.model import Document
from feedsvc.web.conditional import choose_coding, entity_tag, evaluate, http_date, seconds_of

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
MODIFIED = 784_111_777  # the moment that RFC 9110 section 5.6.7 writes in all three forms
EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT"
EQUAL = "Sun, 06 Nov 1994 08:49:37 GMT"
LATER = "Sun, 06 Nov 1994 08:49:38 GMT"
EQUAL_RFC850 = "Sunday, 06-Nov-94 08:49:37 GMT"
EQUAL_ASCTIME = "Sun Nov  6 08:49:37 1994"
BEGINNING = "Thu, 01 Jan 1970 00:00:00 GMT"

DOCUMENT = Document("text/plain", {IDENTITY: b"i" * 300, GZIP: b"g" * 100}, "h", MODIFIED)
UNCODED = Document("text/plain", {IDENTITY: b"i" * 30}, "h", MODIFIED)

IF_NONE_MATCH = [
    pytest.param('"h"', 304, id="13.1.2 the tag"),
    pytest.param('W/"h"', 304, id="13.1.2 weak comparison"),
    pytest.param('"h-gzip"', 304, id="8.8.3.3 the tag of another coding"),
    pytest.param('W/"h-gzip"', 304, id="13.1.2 the tag of another coding, weak"),
    pytest.param('"x", "h"', 304, id="13.1.2 in a list"),
    pytest.param('"h","x"', 304, id="5.6.1.1 in a list without white space"),
    pytest.param('"x"\t , W/"h"', 304, id="5.6.1.1 in a list with white space"),
    pytest.param(', "x", , "h",', 304, id="5.6.1.2 in a list with empty elements"),
    pytest.param('"a,b", "h"', 304, id="8.8.3 behind a tag with a comma in it"),
    pytest.param('"\xe9", "h"', 304, id="8.8.3 behind a tag with obs-text in it"),
    pytest.param("*", 304, id="13.1.2 any representation"),
    pytest.param(" *\t", 304, id="5.6.3 any representation, with white space"),
    pytest.param('"x"', 200, id="13.1.2 another tag"),
    pytest.param('"x", W/"y"', 200, id="13.1.2 a list of other tags"),
    pytest.param('"H"', 200, id="8.8.3.2 tags differ by case"),
    pytest.param('"h-br"', 304, id="8.8.3.3 the tag of a coding that is still being made"),
    pytest.param('"h-deflate"', 200, id="8.8.3.3 the tag of a coding that is never offered"),
    pytest.param('""', 200, id="8.8.3 the empty tag"),
    pytest.param("", 200, id="13.1.2 empty: present and not matching"),
    pytest.param(",", 200, id="13.1.2 a list of nothing: present and not matching"),
    pytest.param("h", 200, id="8.8.3 malformed: no quotes"),
    pytest.param('"h', 200, id="8.8.3 malformed: no closing quote"),
    pytest.param('h"', 200, id="8.8.3 malformed: no opening quote"),
    pytest.param('w/"h"', 200, id="8.8.3 malformed: the W is a capital"),
    pytest.param('W/ "h"', 200, id="8.8.3 malformed: white space behind W/"),
    pytest.param('"x" "h"', 200, id="5.6.1.1 malformed: no comma between"),
    pytest.param('"h"; q=1', 200, id="13.1.2 malformed: a parameter"),
    pytest.param('*, "h"', 200, id="13.1.2 malformed: a list has no asterisk"),
]

IF_MODIFIED_SINCE = [
    pytest.param(EQUAL, 304, id="13.1.3 equal, IMF-fixdate"),
    pytest.param(EQUAL_RFC850, 304, id="5.6.7 equal, rfc850-date"),
    pytest.param(EQUAL_ASCTIME, 304, id="5.6.7 equal, asctime-date"),
    pytest.param(LATER, 304, id="13.1.3 later, IMF-fixdate"),
    pytest.param("Sunday, 06-Nov-94 08:49:38 GMT", 304, id="5.6.7 later, rfc850-date"),
    pytest.param("Sun Nov  6 08:49:38 1994", 304, id="5.6.7 later, asctime-date"),
    pytest.param(EARLIER, 200, id="13.1.3 earlier, IMF-fixdate"),
    pytest.param("Sunday, 06-Nov-94 08:49:36 GMT", 200, id="5.6.7 earlier, rfc850-date"),
    pytest.param("Sun Nov  6 08:49:36 1994", 200, id="5.6.7 earlier, asctime-date"),
    pytest.param(BEGINNING, 200, id="13.1.3 earlier: the second 0"),
    pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", 304, id="13.1.3 later: the last year there is"),
    pytest.param("Fri, 31 Dec 99999 23:59:59 GMT", 200, id="13.1.3 no date: year 99999"),
    pytest.param("0", 200, id="13.1.3 no date: 0"),
    pytest.param("", 200, id="13.1.3 no date: empty"),
    pytest.param("yesterday", 200, id="13.1.3 no date: malformed"),
    pytest.param("1994-11-06T08:49:37Z", 200, id="13.1.3 no date of HTTP: ISO 8601"),
    pytest.param(f"{EQUAL}, {EQUAL}", 200, id="13.1.3 no date: a list of two"),
    pytest.param(f"{EQUAL}; length=300", 200, id="13.1.3 no date: a browser's parameter of old"),
]

IF_MATCH = [
    pytest.param('"h"', 200, id="13.1.1 the tag"),
    pytest.param('"x", "h"', 200, id="13.1.1 in a list"),
    pytest.param("*", 200, id="13.1.1 any representation"),
    pytest.param('"x"', 412, id="13.1.1 another tag"),
    pytest.param('W/"h"', 412, id="8.8.3.2 strong comparison takes no weak tag"),
    pytest.param('W/"h", "x"', 412, id="8.8.3.2 strong comparison takes none in a list"),
    pytest.param("", 412, id="13.1.1 empty: nothing listed matches"),
    pytest.param("h", 412, id="13.1.1 malformed: nothing listed matches"),
]

IF_UNMODIFIED_SINCE = [
    pytest.param(EQUAL, 200, id="13.1.4 equal"),
    pytest.param(EQUAL_RFC850, 200, id="5.6.7 equal, rfc850-date"),
    pytest.param(EQUAL_ASCTIME, 200, id="5.6.7 equal, asctime-date"),
    pytest.param(LATER, 200, id="13.1.4 later"),
    pytest.param(EARLIER, 412, id="13.1.4 earlier"),
    pytest.param("Sunday, 06-Nov-94 08:49:36 GMT", 412, id="5.6.7 earlier, rfc850-date"),
    pytest.param("Sun Nov  6 08:49:36 1994", 412, id="5.6.7 earlier, asctime-date"),
    pytest.param(BEGINNING, 412, id="13.1.4 earlier: the second 0"),
    pytest.param("0", 200, id="13.1.4 no date: ignored"),
    pytest.param("", 200, id="13.1.4 empty: ignored"),
]

MATCHES, DIFFERS = {"MATCH": '"h"'}, {"MATCH": '"x"'}
UNMODIFIED, MODIFIED_SINCE = {"UNMODIFIED_SINCE": EQUAL}, {"UNMODIFIED_SINCE": EARLIER}
SEEN, UNSEEN = {"NONE_MATCH": '"h"'}, {"NONE_MATCH": '"x"'}
FRESH, STALE = {"MODIFIED_SINCE": EQUAL}, {"MODIFIED_SINCE": EARLIER}

PRECEDENCE = [
    pytest.param({}, 200, id="13.2.2 no precondition"),
    pytest.param(MATCHES | MODIFIED_SINCE, 200, id="13.1.4 If-Match outdoes the date: it holds"),
    pytest.param(DIFFERS | UNMODIFIED, 412, id="13.1.4 If-Match outdoes the date: it does not"),
    pytest.param(DIFFERS | SEEN, 412, id="13.2.2 step 1 before step 3"),
    pytest.param(DIFFERS | FRESH, 412, id="13.2.2 step 1 before step 4"),
    pytest.param(MATCHES | SEEN, 304, id="13.2.2 step 1 goes on to step 3: seen"),
    pytest.param(MATCHES | UNSEEN, 200, id="13.2.2 step 1 goes on to step 3: unseen"),
    pytest.param(MATCHES | FRESH, 304, id="13.2.2 step 1 goes on to step 4: fresh"),
    pytest.param(MATCHES | STALE, 200, id="13.2.2 step 1 goes on to step 4: stale"),
    pytest.param(MODIFIED_SINCE | SEEN, 412, id="13.2.2 step 2 before step 3"),
    pytest.param(MODIFIED_SINCE | FRESH, 412, id="13.2.2 step 2 before step 4"),
    pytest.param(UNMODIFIED | SEEN, 304, id="13.2.2 step 2 goes on to step 3"),
    pytest.param(UNMODIFIED | FRESH, 304, id="13.2.2 step 2 goes on to step 4"),
    pytest.param(SEEN | STALE, 304, id="13.1.3 If-None-Match outdoes the date: seen"),
    pytest.param(UNSEEN | FRESH, 200, id="13.1.3 If-None-Match outdoes the date: unseen"),
    pytest.param({"RANGE": '"x"'} | SEEN, 304, id="13.1.5 If-Range without Range is ignored"),
]

DATES = [
    pytest.param(EQUAL, MODIFIED, id="5.6.7 IMF-fixdate"),
    pytest.param(EQUAL_RFC850, MODIFIED, id="5.6.7 rfc850-date"),
    pytest.param(EQUAL_ASCTIME, MODIFIED, id="5.6.7 asctime-date, one digit in the day"),
    pytest.param("Wed Nov 16 08:49:37 1994", MODIFIED + 864_000, id="5.6.7 asctime-date, two"),
    pytest.param("Sun, 06 Nov 1994 08:49:60 GMT", MODIFIED + 23, id="5.6.7 a leap second"),
    pytest.param(BEGINNING, 0, id="5.6.7 the second 0"),
    pytest.param("Wed, 31 Dec 1969 23:59:59 GMT", -1, id="5.6.7 before the second 0"),
    pytest.param("Mon, 29 Feb 2016 00:00:00 GMT", 1_456_704_000, id="5.6.7 a leap day"),
]

TWO_DIGIT_YEARS = [  # as seen on 2 January 2026
    pytest.param("Sunday, 06-Nov-94 08:49:37 GMT", 1994, id="5.6.7 94"),
    pytest.param("Saturday, 01-Jan-00 00:00:00 GMT", 2000, id="5.6.7 00"),
    pytest.param("Friday, 02-Jan-26 00:00:00 GMT", 2026, id="5.6.7 this year"),
    pytest.param("Tuesday, 01-Jan-30 00:00:00 GMT", 2030, id="5.6.7 a near year"),
    pytest.param("Wednesday, 01-Jan-76 00:00:00 GMT", 2076, id="5.6.7 not quite fifty years ahead"),
    pytest.param("Saturday, 03-Jan-76 00:00:00 GMT", 1976, id="5.6.7 just over fifty years ahead"),
    pytest.param("Saturday, 01-Jan-77 00:00:00 GMT", 1977, id="5.6.7 over fifty years ahead"),
]

NO_DATES = [
    pytest.param("", id="5.6.7 empty"),
    pytest.param("0", id="5.6.7 a number"),
    pytest.param("Sun, 06 Nov 99999 08:49:37 GMT", id="5.6.7 five digits in the year"),
    pytest.param("Sun, 06 Nov 0000 08:49:37 GMT", id="5.6.7 the year 0"),
    pytest.param("Sun, 31 Feb 1994 08:49:37 GMT", id="5.6.7 a day that never was"),
    pytest.param("Sun, 06 Nov 1994 24:00:00 GMT", id="5.6.7 hour 24"),
    pytest.param("Sun, 06 Nov 1994 08:60:37 GMT", id="5.6.7 minute 60"),
    pytest.param("Sun, 06 Nov 1994 08:49:61 GMT", id="5.6.7 second 61"),
    pytest.param("Sun, 06 Foo 1994 08:49:37 GMT", id="5.6.7 no month"),
    pytest.param("Sun, 6 Nov 1994 08:49:37 GMT", id="5.6.7 one digit in the day"),
    pytest.param("Sun, 06 Nov 94 08:49:37 GMT", id="5.6.7 two digits in IMF-fixdate's year"),
    pytest.param("Sunday, 06-Nov-1994 08:49:37 GMT", id="5.6.7 four in rfc850-date's"),
    pytest.param("Sun, 06 Nov 1994 08:49:37 UTC", id="5.6.7 UTC is no GMT"),
    pytest.param("Sun, 06 Nov 1994 08:49:37", id="5.6.7 no zone"),
    pytest.param("sun, 06 nov 1994 08:49:37 gmt", id="5.6.7 the case matters"),
    pytest.param("1994-11-06T08:49:37Z", id="5.6.7 ISO 8601"),
    pytest.param(f"{EQUAL} ", id="5.6.7 white space behind"),
    pytest.param(f"{EQUAL}, {EQUAL}", id="5.3 two lines joined"),
]

ACCEPT_ENCODING = [
    pytest.param(None, IDENTITY, id="12.5.3 absent: any will do, the safest is none"),
    pytest.param("", IDENTITY, id="12.5.3 empty: no coding is wanted"),
    pytest.param("gzip", GZIP, id="12.5.3 gzip"),
    pytest.param("GZip", GZIP, id="8.4.1 codings have no case"),
    pytest.param("x-gzip", GZIP, id="8.4.1.3 x-gzip is gzip"),
    pytest.param("x-gzip;q=0", IDENTITY, id="8.4.1.3 x-gzip refused is gzip refused"),
    pytest.param("gzip, deflate, br, zstd", GZIP, id="12.5.3 a browser's list"),
    pytest.param("br", IDENTITY, id="12.5.3 one that is not offered"),
    pytest.param("identity", IDENTITY, id="12.5.3 identity"),
    pytest.param("gzip, identity", GZIP, id="12.5.3 equally liked: the smaller one"),
    pytest.param("gzip;q=0.5, identity", IDENTITY, id="12.4.2 identity is liked better"),
    pytest.param("gzip;q=0.5, identity;q=0.4", GZIP, id="12.4.2 gzip is liked better"),
    pytest.param("identity;q=0.5, gzip;q=0.5", GZIP, id="12.4.2 equal weights: the smaller one"),
    pytest.param("gzip;q=0.001", GZIP, id="12.4.2 the least weight"),
    pytest.param("gzip;q=1.000", GZIP, id="12.4.2 the most digits"),
    pytest.param("gzip ; Q=0.7", GZIP, id="12.4.2 white space, and Q without case"),
    pytest.param("gzip;q=0", IDENTITY, id="12.5.3 gzip refused"),
    pytest.param("gzip;q=0.000", IDENTITY, id="12.4.2 gzip refused with digits"),
    pytest.param("*", GZIP, id="12.5.3 any: the smallest"),
    pytest.param("*;q=0.1", GZIP, id="12.5.3 any, with a weight"),
    pytest.param("gzip;q=0, *", IDENTITY, id="12.5.3 any but gzip"),
    pytest.param("identity;q=0, *", GZIP, id="12.5.3 any but identity"),
    pytest.param("identity;q=0, gzip", GZIP, id="12.5.3 gzip and no other"),
    pytest.param("*;q=0, gzip", GZIP, id="12.5.3 nothing but gzip"),
    pytest.param("*;q=0, identity", IDENTITY, id="12.5.3 nothing but identity"),
    pytest.param("identity;q=0", None, id="12.5.3 identity refused, nothing else named"),
    pytest.param("*;q=0", None, id="12.5.3 all refused"),
    pytest.param("identity;q=0, gzip;q=0", None, id="12.5.3 each refused"),
    pytest.param("gzip;q=1.5", IDENTITY, id="12.4.2 malformed weight: over 1"),
    pytest.param("gzip;q=0.1234", IDENTITY, id="12.4.2 malformed weight: four digits"),
    pytest.param("gzip;q=-1", IDENTITY, id="12.4.2 malformed weight: negative"),
    pytest.param("gzip deflate", IDENTITY, id="5.6.1.1 malformed: no comma"),
    pytest.param("\xe9;;, gzip", GZIP, id="12.5.3 what is malformed is passed over"),
    pytest.param(",, gzip ,", GZIP, id="5.6.1.2 empty elements"),
]


def status(**fields: str) -> int:
    """What a request with these `If-` fields is answered."""
    environ = {f"HTTP_IF_{name}": value for name, value in fields.items()}
    return evaluate(DOCUMENT, environ, NOW)


@pytest.mark.parametrize(("field", "expected"), IF_NONE_MATCH)
def test_if_none_match_is_answered_by_its_tags(field: str, expected: int) -> None:
    assert status(NONE_MATCH=field) == expected


@pytest.mark.parametrize("since", [EARLIER, EQUAL, LATER, EQUAL_RFC850, EQUAL_ASCTIME, "0", ""])
@pytest.mark.parametrize("field", ['"x"', "", "malformed"])
def test_a_tag_that_does_not_match_outdoes_every_date(field: str, since: str) -> None:
    """RFC 9110 section 13.1.3: If-Modified-Since is ignored beside If-None-Match."""
    assert status(NONE_MATCH=field, MODIFIED_SINCE=since) == 200


@pytest.mark.parametrize(("field", "expected"), IF_MODIFIED_SINCE)
def test_if_modified_since_is_answered_by_its_date(field: str, expected: int) -> None:
    assert status(MODIFIED_SINCE=field) == expected


@pytest.mark.parametrize(("field", "expected"), IF_MATCH)
def test_if_match_that_does_not_hold_is_a_failed_precondition(field: str, expected: int) -> None:
    assert status(MATCH=field) == expected


@pytest.mark.parametrize(("field", "expected"), IF_UNMODIFIED_SINCE)
def test_if_unmodified_since_that_does_not_hold_is_a_failed_precondition(
    field: str, expected: int
) -> None:
    assert status(UNMODIFIED_SINCE=field) == expected


@pytest.mark.parametrize(("fields", "expected"), PRECEDENCE)
def test_preconditions_are_taken_in_their_order(fields: dict[str, str], expected: int) -> None:
    assert status(**fields) == expected


@pytest.mark.parametrize(("text", "expected"), DATES)
def test_a_date_is_read_in_each_of_its_forms(text: str, expected: int) -> None:
    assert seconds_of(text, NOW) == expected


@pytest.mark.parametrize(("text", "year"), TWO_DIGIT_YEARS)
def test_a_two_digit_year_is_never_over_fifty_years_ahead(text: str, year: int) -> None:
    seconds = seconds_of(text, NOW)
    assert seconds is not None
    assert datetime.fromtimestamp(seconds, UTC).year == year


def test_a_two_digit_year_is_read_on_a_leap_day_too() -> None:
    leap_day = datetime(2028, 2, 29, tzinfo=UTC).timestamp()
    assert seconds_of(EQUAL_RFC850, leap_day) == MODIFIED


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_names_no_moment(text: str) -> None:
    assert seconds_of(text, NOW) is None


@pytest.mark.parametrize("seconds", [0, MODIFIED, 1_456_704_000, 4_102_444_799])
def test_a_date_that_we_write_reads_back_as_the_same_moment(seconds: int) -> None:
    assert seconds_of(http_date(seconds), NOW) == seconds


def test_a_date_is_written_as_imf_fixdate() -> None:
    """RFC 9110 section 5.6.7."""
    assert http_date(MODIFIED) == EQUAL


@pytest.mark.parametrize(("field", "expected"), ACCEPT_ENCODING)
def test_the_coding_is_the_clients_favourite(field: str | None, expected: str | None) -> None:
    assert choose_coding(DOCUMENT, field) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param("gzip", IDENTITY, id="12.5.3 identity is acceptable by default"),
        pytest.param("*", IDENTITY, id="12.5.3 any: the only one there is"),
        pytest.param("identity;q=0, gzip", None, id="12.5.3 the only one there is is refused"),
        pytest.param("*;q=0, gzip", None, id="12.5.3 the only one there is falls under *"),
    ],
)
def test_a_document_too_small_to_code_goes_as_it_is_or_not_at_all(
    field: str, expected: str | None
) -> None:
    assert choose_coding(UNCODED, field) == expected


def test_each_coding_has_a_strong_tag_of_its_own() -> None:
    """RFC 9110 section 8.8.3.3."""
    assert entity_tag(DOCUMENT, IDENTITY) == '"h"'
    assert entity_tag(DOCUMENT, GZIP) == '"h-gzip"'
