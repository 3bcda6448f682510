"""The news layout: title, header lines in any order, then one paragraph of plain text a line."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from itertools import permutations
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from feedsvc.model import Article, Original, Person
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats import news
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.source import Reading, Source
from tests.site import SAMPLE, SEED

DATE = "Published at: **2019-11-06T15:06:57+00:00**"
AUTHOR = "Author: **ANN EXAMPLE**"
ORIGINAL = "Original: [Example News](https://news.example/a-story.html)"
HEADERS = (DATE, AUTHOR, ORIGINAL)
BODY = "First paragraph.\nSecond paragraph."


def read(text: str, timezone: tzinfo = UTC) -> Article:
    return read_article("world/a.txt", text.encode(), Reading(timezone))


def refused(text: str) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(text)
    return caught.value


def lines(article: Article) -> list[str | None]:
    """The text of each paragraph, as a reader of the HTML sees it."""
    return [paragraph.text for paragraph in etree.fromstring(f"<div>{article.content}</div>")]


def test_every_part_of_the_layout_is_read() -> None:
    assert read("\n".join(["# A Title", *HEADERS, BODY])) == Article(
        path="world/a.txt",
        title="A Title",
        content="<p>First paragraph.</p>\n<p>Second paragraph.</p>",
        summary="First paragraph.",
        published=datetime(2019, 11, 6, 15, 6, 57, tzinfo=UTC),
        authors=(Person("ANN EXAMPLE"),),
        original=Original("Example News", "https://news.example/a-story.html"),
    )


@pytest.mark.parametrize("between", ["\n", "\n\n", "\n \t\n\n", "\r\n", "\r\n\r\n", "\r"])
def test_header_lines_come_in_any_order_with_any_blank_lines_between(between: str) -> None:
    told = {read(between.join(["", "# A Title", *order, BODY])) for order in permutations(HEADERS)}
    assert told == {read("\n".join(["# A Title", *HEADERS, BODY]))}


@pytest.mark.parametrize("missing", HEADERS)
def test_each_header_line_may_be_missing(missing: str) -> None:
    kept = [header for header in HEADERS if header != missing]
    article = read("\n\n".join(["# A Title", *kept, BODY]))
    found = [bool(article.published), bool(article.authors), bool(article.original)]
    assert found == [header != missing for header in HEADERS]
    assert lines(article) == BODY.split("\n")


def test_an_article_needs_no_header_line_at_all() -> None:
    article = read(f"# A Title\n\n{BODY}")
    assert (article.published, article.authors, article.original) == (None, (), None)
    assert lines(article) == BODY.split("\n")


def test_an_author_line_without_a_name_names_nobody() -> None:
    assert read("# A Title\nAuthor:\nText.").authors == ()


def test_several_author_lines_name_several_authors() -> None:
    article = read("# A Title\nAuthor: **ANN**\nAuthor: Ben\nText.")
    assert article.authors == (Person("ANN"), Person("Ben"))


@pytest.mark.parametrize("header", [DATE, ORIGINAL])
def test_a_second_header_line_of_a_kind_that_comes_once_begins_the_body(header: str) -> None:
    second = header.replace("2019", "2020").replace("Example", "Other")
    article = read("\n".join(["# A Title", header, second, "Text."]))
    assert lines(article) == [second, "Text."]


def test_what_looks_like_a_header_line_behind_the_first_paragraph_is_text() -> None:
    article = read("\n".join(["# A Title", "Text.", *HEADERS]))
    assert lines(article) == ["Text.", *HEADERS]
    assert (article.published, article.authors, article.original) == (None, (), None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [("Draft: **true**", "draft"), ("Status: **draft**", "draft"), ("Hidden: **yes**", "hidden"),
     ("Status: draft", "draft"), ("Draft: **perhaps**", "unclear"),
     ("Password: **x**", "password")],
)  # fmt: skip
@pytest.mark.parametrize("place", [1, 2, 4])
def test_a_header_line_may_withhold_the_article(line: str, reason: str, place: int) -> None:
    parts = ["# A Title", *HEADERS, "Text."]
    article = read("\n\n".join([*parts[:place], line, *parts[place:]]))
    assert (article.withheld, lines(article)) == (reason, ["Text."])


@pytest.mark.parametrize("line", ["Draft: a bill", "Status: fine.", "Note: draft", "Draft: **no**"])
def test_a_line_that_withholds_nothing_is_text_or_goes(line: str) -> None:
    article = read("\n".join(["# A Title", *HEADERS, line, "Text."]))
    assert not article.withheld
    assert lines(article)[-1] == "Text."


def test_the_body_is_plain_text_in_which_nothing_is_markup() -> None:
    body = [
        "*star* and **two**, _under_, `code`",
        "# no heading",
        "- no list",
        "<b>no tag</b> <script>alert(1)</script> <!-- no comment -->",
        "AT&T, &amp; &lt; &nbsp; 1 < 2 > 0 ]]>",
        "[no link](https://a.example/)",
        "\"quotes\" and 'others'",
    ]
    article = read("\n".join(["# A Title", *body]))
    assert lines(article) == body
    assert article.summary == body[0]


def test_white_space_around_a_line_is_no_part_of_it() -> None:
    text = f"  # A Title\t\n \t{AUTHOR}  \n\u00a0 First.\u3000\n\tSecond.\n"
    article = read(text)
    assert (article.title, article.authors) == ("A Title", (Person("ANN EXAMPLE"),))
    assert lines(article) == ["First.", "Second."]


def test_the_title_is_plain_text_on_one_line() -> None:
    assert read("#   AT&T: 1  <  2, <b>x</b>\u00a0*y* \nText.").title == "AT&T: 1 < 2, <b>x</b> *y*"


def test_the_section_is_the_folders_of_the_path() -> None:
    text = f"# A Title\n{BODY}".encode()
    sections = [
        read_article(path, text, Reading(UTC)).section for path in ("a.txt", "b/a.txt", "b/c/a.txt")
    ]
    assert sections == ["", "b", "b/c"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A title\n\nText.", 1),
        ("\n\n#Title\nText.", 3),
        ("## A Title\nText.", 1),
        ("\n# \nText.", 2),
        ("#\nText.", 1),
        (f"{DATE}\n# A Title\nText.", 1),
    ],
)
def test_a_file_without_a_title_is_no_news(text: str, line: int) -> None:
    source = Source("a.txt", text)
    assert not news.fits(source)
    with pytest.raises(ReadError, match="`# Title`") as caught:
        news.read(source)
    assert (caught.value.code, caught.value.line) == ("no-title", line)


@pytest.mark.parametrize(
    ("path", "text", "fits"),
    [
        ("a.txt", "# A Title\nText.", True),
        ("a.TXT", "\n\n  # A Title\nText.", True),
        ("a.txt", "# A Title", True),
        ("a.md", "# A Title\nText.", False),
        ("a.md", "# A Title\n\nText.\n\nAuthor: **ANN**\n", False),
        ("a.md", "# A Title\nauthor: ANN\nText.", False),
        *[("a.md", f"\n# A Title\n\n{header}\nText.", True) for header in HEADERS],
        ("a", f"# A Title\n{DATE}\nText.", True),
        ("a.html", f"# A Title\n{DATE}\nText.", False),
    ],
)
def test_news_is_told_by_its_title_and_in_markdown_by_a_header_line_too(
    path: str, text: str, fits: bool
) -> None:
    assert news.fits(Source(path, text)) is fits


@pytest.mark.parametrize("rest", ["", "\n\n", f"\n{DATE}\n", "\n\u0001\n"])
def test_a_title_alone_is_a_problem(rest: str) -> None:
    assert refused(f"# A Title{rest}").code == "no-text"


@pytest.mark.parametrize(
    "link",
    [
        "[Example](javascript:alert(1))",
        "[Example](data:text/html,x)",
        "[Example](ftp://news.example/)",
        "[Example](//news.example/)",
        "[Example](/a-story.html)",
        "[Example](https://)",
        "[Example](https://news.example:99999/)",
        "[Example](https://[news.example/)",
        "[Example](https://news.example/a story)",
        '[Example](https://news.example/"><script>)',
        "[Example]()",
        "[Example]",
        "https://news.example/",
        "[Example](https://news.example/",
        "[Example](https://news.example/) and more",
        "",
    ],
)
def test_an_original_that_is_no_link_to_the_web_is_a_problem_with_its_line(link: str) -> None:
    refusal = refused(f"# A Title\n\n{AUTHOR}\nOriginal: {link}\nText.")
    assert (refusal.code, refusal.line) == ("bad-link", 4)


@pytest.mark.parametrize(
    "url",
    [
        "http://news.example",
        "HTTPS://News.example/A",
        "https://news.example:8443/a?b=c&d=%20#e",
        "https://en.example/wiki/Feed_(disambiguation)",
        "https://[2001:db8::1]/a",
    ],
)
def test_an_original_keeps_its_address_as_written(url: str) -> None:
    article = read(f"# A Title\nOriginal: [Example]({url})\nText.")
    assert article.original == Original("Example", url)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+05:45", datetime(2026, 1, 1, 21, 19, 5, tzinfo=UTC)),
        ("2026-01-02T23:04:05-05:00", datetime(2026, 1, 3, 4, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04:05.25+00:00", datetime(2026, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC)),
        ("2026-01-02T03:04", datetime(2026, 1, 2, 2, 4, tzinfo=UTC)),
        ("2026-07-02T03:04", datetime(2026, 7, 2, 1, 4, tzinfo=UTC)),
        ("2026-01-02", datetime(2026, 1, 1, 23, 0, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1969-12-31T23:00:00-05:00", datetime(1970, 1, 1, 4, tzinfo=UTC)),
        ("2200-12-31T23:59:59Z", datetime(2200, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("form", ["**{}**", "{}", "** {} **"])
def test_a_date_becomes_a_moment_and_one_without_an_offset_is_in_the_configured_zone(
    written: str, moment: datetime, form: str
) -> None:
    text = f"# A Title\nPublished at: {form.format(written)}\nText."
    published = read(text, ZoneInfo("Europe/Berlin")).published
    assert published == moment
    assert published.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-30T00:00:00Z",
        "2026-13-01",
        "2026-01-02T25:00:00Z",
        "2026-01-02T03:04:60Z",
        "2026-01-02T03:04:05+25:00",
        "0999-12-31T23:59:59Z",
        "1000-01-01T00:00:00+00:01",
        "2201-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "yesterday",
        "6 Brumaire 2019",
        "",
    ],
)
def test_an_impossible_date_is_a_problem_that_names_it_and_its_line(written: str) -> None:
    refusal = refused(f"# A Title\n\n\nPublished at: **{written}**\n\nText.")
    assert (refusal.code, refusal.line) == ("bad-date", 4)
    assert repr(written) in str(refusal)
    assert str(refusal.problem("a.txt")).startswith("a.txt:4: bad-date: ")


def test_the_given_article_is_read_as_it_was_meant() -> None:
    if not SEED.exists():
        pytest.skip(f"the given article is not beside this checkout: {SEED.name}")
    article = read_article(SEED.name, SEED.read_bytes(), Reading(UTC))
    assert article.title == "Serbia Russia Military"
    assert article.published == datetime(2019, 11, 6, 15, 6, 57, tzinfo=UTC)
    assert article.authors == (Person("DUSAN STOJANOVIC"),)
    assert article.original == Original(
        "Yahoo", "https://news.yahoo.com/serbia-set-buy-russian-missiles-130438760.html"
    )
    told = lines(article)
    assert len(told) == 11
    assert [line.strip() for line in SEED.read_text("utf-8").splitlines() if line.strip()][4:] == (
        told
    )


def sample() -> list[str]:
    """The paths of all articles in it."""
    return sorted(file.relative_to(SAMPLE).as_posix() for file in SAMPLE.rglob("*.txt"))


@pytest.mark.parametrize("path", sample())
def test_each_article_that_we_ship_is_read_without_a_problem(path: str) -> None:
    article = read_article(path, Path(SAMPLE, path).read_bytes(), Reading(UTC))
    assert article.published
    assert len(lines(article)) >= 3


def test_the_articles_that_we_ship_show_what_the_layout_can_say() -> None:
    articles = [
        read_article(path, Path(SAMPLE, path).read_bytes(), Reading(UTC)) for path in sample()
    ]
    assert len(articles) >= 8
    assert len({article.section for article in articles}) >= 3
    for shown in (
        {bool(article.section) for article in articles},
        {bool(article.original) for article in articles},
        {bool(article.authors) for article in articles},
    ):
        assert shown == {True, False}


def test_a_title_and_an_original_are_an_article() -> None:
    article = read("# A Title\n\nOriginal: [We](https://we.example/a?b&c)\n")
    assert article.content == '<p><a href="https://we.example/a?b&amp;c">A Title</a></p>'
    assert article.original == Original("We", "https://we.example/a?b&c")


@pytest.mark.parametrize(
    ("written", "person"),
    [
        ("Ann <ann@example.org>", Person("Ann", email="ann@example.org")),
        ("**ANN EXAMPLE <ann@example.org>**", Person("ANN EXAMPLE", email="ann@example.org")),
        ("Ann <not an address>", Person("Ann <not an address>")),
        ("<ann@example.org>", Person("ann", email="ann@example.org")),
        ("**Ann** <ann@example.org>", Person("Ann", email="ann@example.org")),
    ],
)
def test_an_address_behind_the_author_s_name_is_read_apart(written: str, person: Person) -> None:
    assert read(f"# A Title\nAuthor: {written}\nText.").authors == (person,)


@pytest.mark.parametrize("body", ["\u200b", "\u00ad\n\u200b"])
def test_what_nobody_sees_is_no_text(body: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(f"# A Title\n\n{body}\n")
    assert caught.value.code == "no-text"
    told = read(f"# A Title\nOriginal: [S](https://e.example/)\n\n{body}\n")
    assert "https://e.example/" in told.content
