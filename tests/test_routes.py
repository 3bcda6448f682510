"""The path of a request is parsed once, and names one document at most."""

from __future__ import annotations

import pytest

from feedsvc.feeds.registry import FeedAddress, Format
from feedsvc.model import CollectionKind, Span
from feedsvc.web.routes import MAX_CACHED_PATH_LENGTH, Kind, Route, parse

SITE = FeedAddress(CollectionKind.SITE, "", feed=False)
ID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", Route("/", Kind.COLLECTION_PAGE, SITE)),
        ("/feeds", Route("/feeds", Kind.FEED_LIST_PAGE)),
        ("/feeds.opml", Route("/feeds.opml", Kind.OPML)),
        ("/robots.txt", Route("/robots.txt", Kind.ROBOTS)),
        ("/openapi.json", Route("/openapi.json", Kind.OPENAPI)),
        ("/sitemap.xml", Route("/sitemap.xml", Kind.SITEMAP)),
        ("/sitemap-news.xml", Route("/sitemap-news.xml", Kind.NEWS_SITEMAP)),
        ("/sitemap-7.xml", Route("/sitemap-7.xml", Kind.ARTICLE_SITEMAP, part=7)),
        ("/sitemap-slices-7.xml", Route("/sitemap-slices-7.xml", Kind.COLLECTION_SITEMAP, part=7)),
        (
            f"/articles/{ID}",
            Route(f"/articles/{ID}", Kind.ARTICLE_PAGE, entry_id=f"urn:uuid:{ID}"),
        ),
        (
            "/tags/c++/feed-1-50.json",
            Route(
                "/tags/c++/feed-1-50.json",
                Kind.FEED,
                FeedAddress(CollectionKind.TAG, "c++", True, Format.JSON, Span(1, 50)),
            ),
        ),
    ],
)
def test_a_path_is_the_route_of_a_document(path: str, route: Route) -> None:
    assert parse(path) == route
    assert parse(path, "after=5", "application/rss+xml") == route, "neither matters here"


@pytest.mark.parametrize(
    "path",
    ["/healthz", f"/media/{ID}.png", "/feed.xml", "/feed-1-50", "/sitemap-0.xml", "/articles/7",
     "/feed.atom#rss", "/tags/a#b/feed.atom", "/changes.json?after=1"],
)  # fmt: skip
def test_where_no_document_can_be_there_is_no_route(path: str) -> None:
    assert parse(path) is None


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, Format.ATOM),
        ("", Format.ATOM),
        ("text/html", Format.ATOM),
        ("application/rss+xml, */*;q=0.1", Format.RSS),
        ("application/json", Format.JSON),
        ("application/xml", Format.ATOM),
    ],
)
def test_without_a_suffix_the_client_chooses_the_format(accept: str | None, form: Format) -> None:
    place = FeedAddress(CollectionKind.SITE, "", True, form)
    assert parse("/feed", "", accept) == Route("/feed", Kind.NEGOTIATED_FEED, place)


def test_each_page_of_changes_has_a_route() -> None:
    assert parse("/changes.json") == parse("/changes.json", "after=0")
    assert parse("/changes.json", "after=7") == Route("/changes.json", Kind.CHANGES, after=7)


def test_a_long_path_is_parsed_like_a_short_one() -> None:
    slug = "x" * MAX_CACHED_PATH_LENGTH
    route = parse(f"/tags/{slug}/feed.atom")
    assert route is not None
    assert route.feed_address == FeedAddress(CollectionKind.TAG, slug, True, Format.ATOM)
