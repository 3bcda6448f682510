"""A Document and a request make an answer: its status, its headers to the letter, its bytes."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest

from feedsvc.config import Http
from feedsvc.feeds.document import GZIP, IDENTITY, document
from feedsvc.model import Document
from feedsvc.web.conditional import http_date
from feedsvc.web.representation import respond
from feedsvc.web.responses import Response

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = MOMENT.timestamp() + 0.9
MODIFIED = int(MOMENT.timestamp()) - 60
BODY = b"<feed>" + b"an entry like the one before it, " * 40 + b"</feed>"
TAG = hashlib.sha256(BODY).hexdigest()
SETTINGS = Http(max_age=300, stale_while_revalidate=60, stale_if_error=3600)

FEED = replace(
    document(BODY, "application/atom+xml; charset=utf-8", MODIFIED),
    links=('<http://feeds.example/feed.atom>; rel="self"', '<http://hub.example/>; rel="hub"'),
    shared=True,
)
PAGE = replace(
    document(BODY, "text/html; charset=utf-8", MODIFIED), policy="default-src 'none'; img-src *"
)

VALIDATORS = {
    "ETag": f'"{TAG}"',
    "Last-Modified": "Fri, 02 Jan 2026 03:03:05 GMT",
    "Cache-Control": "max-age=300, stale-while-revalidate=60, stale-if-error=3600",
    "Vary": "Accept-Encoding",
}
SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link",
}


def ask(asked: Document = FEED, method: str = "GET", **fields: str) -> Response:
    """The answer to a request for a document, its header fields by keyword: `IF_NONE_MATCH`."""
    environ = {f"HTTP_{name}": value for name, value in fields.items()}
    return respond(asked, environ | {"REQUEST_METHOD": method}, SETTINGS, NOW)


def headers(given: Response) -> dict[str, str]:
    """The headers of an answer, of which none may come twice."""
    found = dict(given.headers)
    assert len(found) == len(given.headers), given.headers
    return found


def test_a_feed_is_answered_with_its_validators_its_links_and_leave_for_every_origin() -> None:
    given = ask()
    assert (given.status, given.body) == (HTTPStatus.OK, BODY)
    assert headers(given) == VALIDATORS | SHARED | {
        "Content-Type": "application/atom+xml; charset=utf-8",
        "Content-Length": str(len(BODY)),
        "Accept-Ranges": "none",
        "X-Content-Type-Options": "nosniff",
        "Link": '<http://feeds.example/feed.atom>; rel="self", <http://hub.example/>; rel="hub"',
    }


def test_a_page_has_a_security_policy_and_no_leave_for_other_origins() -> None:
    found = headers(ask(PAGE))
    assert found.pop("Content-Security-Policy").startswith("default-src 'none';")
    assert found == VALIDATORS | {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(BODY)),
        "Accept-Ranges": "none",
        "X-Content-Type-Options": "nosniff",
    }


def test_not_modified_repeats_the_validators_and_sends_no_body() -> None:
    given = ask(IF_NONE_MATCH=f'"{TAG}"')
    assert (given.status, given.body) == (HTTPStatus.NOT_MODIFIED, b"")
    assert headers(given) == VALIDATORS | SHARED


def test_not_modified_has_the_tag_of_the_coding_that_would_have_been_sent() -> None:
    given = ask(IF_NONE_MATCH=f'"{TAG}"', ACCEPT_ENCODING="gzip")
    assert given.status == HTTPStatus.NOT_MODIFIED
    assert headers(given)["ETag"] == f'"{TAG}-gzip"'


def test_a_page_that_is_not_modified_gives_no_leave_for_other_origins() -> None:
    given = ask(PAGE, IF_NONE_MATCH="*")
    assert (given.status, headers(given)) == (HTTPStatus.NOT_MODIFIED, VALIDATORS)


@pytest.mark.parametrize("asked", [FEED, PAGE], ids=["feed", "page"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("tag", ["*", '"another"'])
def test_head_has_the_headers_of_get_and_no_body(asked: Document, coding: str, tag: str) -> None:
    get = ask(asked, "GET", ACCEPT_ENCODING=coding, IF_NONE_MATCH=tag)
    head = ask(asked, "HEAD", ACCEPT_ENCODING=coding, IF_NONE_MATCH=tag)
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


def test_gzip_is_the_same_text_in_a_coding_with_a_tag_of_its_own() -> None:
    given = ask(ACCEPT_ENCODING="gzip")
    found = headers(given)
    assert gzip.decompress(given.body) == BODY
    assert found["Content-Encoding"] == "gzip"
    assert found["ETag"] == f'"{TAG}-gzip"'
    assert found["Content-Length"] == str(len(given.body))
    assert len(given.body) < len(BODY)


def test_gzip_is_the_same_bytes_whenever_it_is_made() -> None:
    again = document(BODY, "text/plain", MODIFIED + 1000)
    assert again.bodies[GZIP] == FEED.bodies[GZIP]
    assert again.bodies[GZIP][4:8] == bytes(4)  # MTIME: none (RFC 1952 section 2.3.1)


def test_the_tag_is_the_digest_of_the_text_alone() -> None:
    other = replace(document(BODY, "text/plain", MODIFIED + 1000), links=("<a>",), shared=True)
    assert other.tag == TAG
    assert document(BODY + b" ", "text/plain", MODIFIED).tag != TAG


def test_a_short_document_is_not_coded() -> None:
    given = ask(document(b"short", "text/plain", MODIFIED), ACCEPT_ENCODING="gzip")
    assert given.body == b"short"
    assert "Content-Encoding" not in headers(given)
    assert headers(given)["Vary"] == "Accept-Encoding"


def test_identity_is_no_content_encoding() -> None:
    """RFC 9110 section 8.4.1: it is reserved for Accept-Encoding."""
    assert "Content-Encoding" not in headers(ask(ACCEPT_ENCODING=IDENTITY))


def test_a_client_that_refuses_every_coding_is_told_so() -> None:
    given = ask(ACCEPT_ENCODING="*;q=0")
    assert given.status == HTTPStatus.NOT_ACCEPTABLE
    assert headers(given)["Vary"] == "Accept-Encoding"
    assert headers(given)["Cache-Control"] == "no-store"


def test_a_failed_precondition_sends_neither_the_text_nor_its_validators() -> None:
    given = ask(IF_MATCH='"another"')
    found = headers(given)
    assert given.status == HTTPStatus.PRECONDITION_FAILED
    assert BODY not in given.body
    assert found["Cache-Control"] == "no-store"
    assert "ETag" not in found
    assert "Last-Modified" not in found


@pytest.mark.parametrize("range_", ["bytes=0-1", "bytes=99999-", "lines=1-2"])
def test_a_range_gets_the_whole(range_: str) -> None:
    given = ask(RANGE=range_, IF_RANGE=f'"{TAG}"')
    assert (given.status, given.body) == (HTTPStatus.OK, BODY)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "get", ""])
@pytest.mark.parametrize("asked", [FEED, PAGE], ids=["feed", "page"])
def test_another_method_is_told_which_are_allowed(asked: Document, method: str) -> None:
    given = ask(asked, method, IF_NONE_MATCH="*")
    assert given.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert headers(given)["Allow"] == "GET, HEAD, OPTIONS"
    assert headers(given)["Cache-Control"] == "no-store"


def test_a_preflight_lets_other_origins_poll_a_feed() -> None:
    given = ask(FEED, "OPTIONS", ORIGIN="http://reader.example")
    found = headers(given)
    assert (given.status, given.body) == (HTTPStatus.NO_CONTENT, b"")
    assert found["Allow"] == "GET, HEAD, OPTIONS"
    assert found["Access-Control-Allow-Origin"] == "*"
    assert found["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert found["Access-Control-Allow-Headers"] == "If-None-Match, If-Modified-Since"


def test_a_preflight_on_a_page_gives_no_leave() -> None:
    given = ask(PAGE, "OPTIONS", ORIGIN="http://reader.example")
    assert given.status == HTTPStatus.NO_CONTENT
    assert not [name for name, _ in given.headers if name.startswith("Access-Control")]


def test_no_content_has_no_length() -> None:
    """RFC 9110 section 8.6: a server MUST NOT send Content-Length with 204."""
    assert "Content-Length" not in headers(ask(FEED, "OPTIONS"))


@pytest.mark.parametrize(
    ("seconds", "fresh"),
    [
        pytest.param(3600, 300, id="far off: as configured"),
        pytest.param(301, 300, id="just behind the configured end"),
        pytest.param(200, 199, id="within: never a second too long"),
        pytest.param(2, 1, id="in the next seconds"),
        pytest.param(1, 0, id="within a second"),
    ],
)
def test_no_cache_outlives_the_next_release(seconds: int, fresh: int) -> None:
    due = replace(
        document(BODY, "text/plain", MODIFIED), next_due=MOMENT + timedelta(seconds=seconds)
    )
    assert headers(ask(due))["Cache-Control"].split(", ")[0] == f"max-age={fresh}"
    unchanged = headers(ask(due, IF_NONE_MATCH="*"))
    assert unchanged["Cache-Control"] == headers(ask(due))["Cache-Control"]


def test_a_release_that_is_late_is_asked_for_again_at_once() -> None:
    due = replace(document(BODY, "text/plain", MODIFIED), next_due=MOMENT - timedelta(seconds=5))
    fresh = headers(ask(due))["Cache-Control"].split(", ")[0]
    assert fresh in ("max-age=0", "max-age=1")


@pytest.mark.parametrize("ahead", [1, 3600])
def test_a_date_after_that_of_the_answer_is_left_out(ahead: int) -> None:
    """RFC 9110 section 8.8.2.1: clocks that differ must not make us date an answer ahead."""
    early = document(BODY, "text/plain", int(NOW) + ahead)
    found = headers(ask(early))
    assert "Last-Modified" not in found
    assert found["ETag"] == f'"{TAG}"'
    assert "Last-Modified" not in headers(ask(early, IF_NONE_MATCH="*"))


@pytest.mark.parametrize(("since", "status"), [(-1, 200), (3599, 200), (3600, 304), (7200, 304)])
def test_a_poll_by_date_is_compared_with_the_true_date(since: int, status: int) -> None:
    """Compared with a date cut to the present, a poller whose date is from another host, or from
    the revision before, would be told that nothing has changed."""
    early = document(BODY, "text/plain", int(NOW) + 3600)
    given = ask(early, IF_MODIFIED_SINCE=http_date(int(NOW) + since))
    assert given.status == status


def test_what_no_commit_accounts_for_has_no_date_and_ignores_conditions_on_dates() -> None:
    """RFC 9110 sections 13.1.3 and 13.1.4."""
    undated = replace(FEED, dated=False)
    assert "Last-Modified" not in headers(ask(undated))
    for moment in (0, MODIFIED, int(NOW)):
        assert ask(undated, IF_MODIFIED_SINCE=http_date(moment)).status == HTTPStatus.OK
        assert ask(undated, IF_UNMODIFIED_SINCE=http_date(moment)).status == HTTPStatus.OK
    assert ask(undated, IF_NONE_MATCH=f'"{TAG}"').status == HTTPStatus.NOT_MODIFIED


def test_a_date_of_the_very_second_is_not_cut_back() -> None:
    just_now = document(BODY, "text/plain", int(NOW))
    assert headers(ask(just_now))["Last-Modified"] == "Fri, 02 Jan 2026 03:04:05 GMT"


def test_nothing_that_the_client_says_of_the_host_is_in_an_answer() -> None:
    said = {"HOST": "evil.example", "X_FORWARDED_HOST": "evil.example", "FORWARDED": "host=evil"}
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        for fields in (said, said | {"IF_NONE_MATCH": "*"}, said | {"IF_MATCH": '"x"'}):
            given = ask(FEED, method, **fields)
            assert "evil" not in str(given.headers) + given.body.decode()


def test_the_status_line_is_code_and_reason() -> None:
    assert ask().status_line == "200 OK"
    assert ask(IF_NONE_MATCH="*").status_line == "304 Not Modified"
