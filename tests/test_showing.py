"""Pages show HTML as the HTML Standard has it, and say no moment more exactly than it allows."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from feedsvc.feeds.media import chief
from feedsvc.model import Article, Enclosure
from feedsvc.web.pages import article_page, for_people
from tests.feed_cases import FIRST, config, content_of, entry


@pytest.mark.parametrize(
    ("safe", "shown"),
    [
        ('<td align="right">1</td>', '<td class="right">1</td>'),
        ('<th colspan="2" align="center">1</th>', '<th colspan="2" class="center">1</th>'),
        ('<p>align="left"</p>', '<p>align="left"</p>'),
        ("<section><p>1</p></section>", "<div><p>1</p></div>"),
        ("<article>a</article>", "<div>a</div>"),
        ("<sectional>", "<sectional>"),
    ],
)
def test_what_is_obsolete_or_bare_is_put_in_other_words(safe: str, shown: str) -> None:
    assert for_people(safe) == shown


def test_a_page_says_its_moment_in_whole_seconds_and_shows_no_obsolete_html() -> None:
    content = '<table><tr><td align="right">1</td></tr></table>'
    written = entry(Article("a.md", "A", content), FIRST + timedelta(microseconds=511191))
    page = article_page(config(), content_of(written), written).bodies["identity"].decode()
    assert re.findall('datetime="(.*?)"', page) == ["2026-03-29T00:59:59+00:00"]
    assert '<td class="right">' in page


@pytest.mark.parametrize(
    ("enclosures", "expected"),
    [
        ([Enclosure("https://x.example/a.jpg", "image/jpeg")], None),
        ([Enclosure("https://x.example/a.jpg", "image/jpeg", 5)], 0),
        (
            [
                Enclosure("https://x.example/a.jpg", "image/jpeg"),
                Enclosure("https://x.example/a.pdf", "application/pdf", 7),
            ],
            1,
        ),
        (
            [
                Enclosure("https://x.example/a.jpg", "image/jpeg", 5),
                Enclosure("https://x.example/a.mp3", "audio/mpeg"),
            ],
            1,
        ),
    ],
)
def test_rss_gets_what_plays_or_what_has_a_length(
    enclosures: list[Enclosure], expected: int | None
) -> None:
    article = Article("a.md", "A", "", enclosures=tuple(enclosures))
    assert chief(article) == (None if expected is None else enclosures[expected])
