"""What is made beforehand is what the full rules would answer, at every moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.config import Http
from feedsvc.feeds.document import coded, document
from feedsvc.web.conditional import http_date
from feedsvc.web.representation import Representation, respond

BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECONDS = int(BEGIN.timestamp())
SETTINGS = Http(max_age=20, stale_while_revalidate=5, stale_if_error=3600)
FEED = coded(document(b"<feed>" + b"an entry, " * 99, "application/atom+xml", SECONDS))
TAGS = st.sampled_from([f'"{FEED.tag}-gzip"', f'W/"{FEED.tag}"', "*", "", '"another"', "broken"])
CODINGS = st.sampled_from(["gzip", "br, gzip", "zstd;q=0.5, *", "identity;q=0, br", "", "*;q=0"])
# quarters of a second, which a float holds exactly
MOMENTS = st.integers(-8, 400).map(lambda quarters: SECONDS + quarters / 4)


@given(
    due=st.none() | st.integers(-8, 400),
    moments=st.lists(MOMENTS, min_size=1, max_size=12).map(sorted),
    codings=st.none() | CODINGS,
    tag=st.none() | TAGS,
    since=st.none() | st.just("0") | st.integers(-3, 60).map(lambda s: http_date(SECONDS + s)),
)
@settings(deadline=None)
def test_an_answer_made_beforehand_is_that_of_the_full_rules(
    due: int | None,
    moments: list[float],
    codings: str | None,
    tag: str | None,
    since: str | None,
) -> None:
    feed = FEED if due is None else replace(FEED, next_due=BEGIN + timedelta(seconds=due / 4))
    asks = {"REQUEST_METHOD": "GET"}
    if codings is not None:
        asks["HTTP_ACCEPT_ENCODING"] = codings
    if tag is not None:
        asks["HTTP_IF_NONE_MATCH"] = tag
    if since is not None:
        asks["HTTP_IF_MODIFIED_SINCE"] = since
    representation = Representation(feed, SETTINGS, moments[0])
    for now in moments:
        made = representation.prepared_response(asks, now)
        if codings == "*;q=0":
            assert made is None
        else:
            assert made == respond(feed, asks, SETTINGS, now)


def test_what_does_not_change_is_made_once() -> None:
    feed = replace(FEED, next_due=BEGIN + timedelta(seconds=100))
    representation = Representation(feed, SETTINGS, SECONDS)
    first = representation.prepared_response({"REQUEST_METHOD": "GET"}, SECONDS)
    assert representation.prepared_response({"REQUEST_METHOD": "GET"}, SECONDS + 74.75) is first
    assert representation.prepared_response({"REQUEST_METHOD": "GET"}, SECONDS + 75.25) is not first


def test_shortly_before_a_release_it_is_made_once_a_second() -> None:
    representation = Representation(
        replace(FEED, next_due=BEGIN + timedelta(seconds=20)), SETTINGS, SECONDS
    )
    plain = {"REQUEST_METHOD": "GET"}
    made = [
        representation.prepared_response(plain, SECONDS + 10.125 + quarter / 4)
        for quarter in range(12)
    ]
    assert len({id(one) for one in made}) == 3
