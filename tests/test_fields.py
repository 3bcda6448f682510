"""Keys: the names that site generators give them, and what is wrong with a value."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.model import Enclosure, Original, Person
from tests.reading import keys, read, refused

JAN_5 = datetime(2020, 1, 5, tzinfo=UTC)


def urls(*names: str) -> list[str]:
    return [f"https://feeds.example/news/{name}" for name in names]


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (["title: A walk"], "A walk"),
        (["Title:  A  walk "], "A walk"),
        (["TITLE: '1984'"], "1984"),
        (["title: 1984"], "1984"),
        (["title: 2020-01-05"], "2020-01-05"),
        (["title: 'no'"], "no"),
        (["title: A *walk* & <b>"], "A *walk* & <b>"),
        (["title:"], "B"),
        (["title: ''"], "B"),
        (["title: ~"], "B"),
        (["title: '\u200b'"], "B"),
        (["tags: a"], "B"),
    ],
)
def test_a_title_is_a_text(lines: list[str], title: str) -> None:
    assert read(keys(*lines)).title == title


@pytest.mark.parametrize("value", ["no", "true", "[a]", "{a: b}"])
def test_a_title_that_is_no_text_is_a_problem(value: str) -> None:
    refusal = refused(keys("tags: a", f"title: {value}"))
    assert (refusal.code, refusal.line, refusal.column) == ("bad-title", 3, 1)


def test_without_a_title_there_is_the_first_heading_and_then_the_name() -> None:
    assert read(keys("a: b") + "\n\n# H\n", "my-walk.md").title == "My walk"
    assert read(keys("a: b").replace("Text.", "# H\n\nText."), "my-walk.md").title == "H"
    assert read(keys("a: b").replace("Text.", "## H\n\nText."), "my-walk.md").title == "My walk"
    assert read(keys("a: b").replace("Text.", "## H\n\nText."), "2020-01-05.md").title == "H"
    assert read(keys("a: b"), "2020-01-05-my_first-walk.md").title == "My first walk"
    assert read(keys("a: b"), "2020-01-05-a-walk/index.md").title == "A walk"
    assert read(keys("a: b"), "x/2020-13-05-a.md").title == "2020 13 05 a"
    assert [refused(keys("a: b"), path).code for path in ("index.md", "2020-01-05.md")] == [
        "no-title",
        "no-title",
    ]


def test_a_heading_that_repeats_the_title_is_taken_out_of_the_body() -> None:
    assert read(keys("title: A Walk") + "\n").content == "<p>Text.</p>"
    text = keys("title: A Walk").replace("Text.", "# A walk\n\nText.\n\n# A walk")
    assert read(text).content == '<p>Text.</p>\n<h1 id="a-walk-1">A walk</h1>'
    text = keys("title: A Walk").replace("Text.", "# Another\n\nText.")
    assert read(text).content == '<h1 id="another">Another</h1>\n<p>Text.</p>'


@pytest.mark.parametrize(
    "lines",
    [
        ["date: 2020-01-05"],
        ["pubDate: 2020-01-05"],
        ["publish_date: 2020-01-05"],
        ["published: 2020-01-05"],
        ["created-at: 2020-01-05"],
        ["date: 2019-01-01", "publishDate: 2020-01-05"],
        ["created: 2019-01-01", "date: 2020-01-05"],
        ["date:", "created: 2020-01-05"],
        ["published: true", "date: 2020-01-05"],
        ["permalink: /2020/01/05/a/"],
        ["url: 2020-1-5-a"],
        ["date: Created", "path: /2020/01/05"],
    ],
)
def test_the_date_is_when_it_was_published(lines: list[str]) -> None:
    assert read(keys(*lines)).published == JAN_5


@pytest.mark.parametrize(
    ("path", "published"),
    [
        ("_posts/2020-01-05-a.md", JAN_5),
        ("_posts/2020-1-5_a.md", JAN_5),
        ("2020-01-05.md", JAN_5),
        ("2020-01-05-a/index.md", JAN_5),
        ("2020-01-05-a/b.md", None),
        ("2020-02-30-a.md", None),
        ("a-2020-01-05.md", None),
        ("2020-01-055.md", None),
    ],
)
def test_the_name_gives_a_date_where_the_keys_have_none(
    path: str, published: datetime | None
) -> None:
    assert read(keys("title: T"), path).published == published
    assert read("# T\n\nText.", path).published == published
    assert read(keys("title: T", "date: 2019-01-05"), path).published == JAN_5.replace(year=2019)


@pytest.mark.parametrize(
    "key", ["updated", "lastmod", "last_modified_at", "Modified", "dateModified"]
)
def test_an_update_has_its_own_date(key: str) -> None:
    article = read(keys("title: T", f"{key}: 2020-01-05"))
    assert (article.published, article.updated) == (None, JAN_5)


@pytest.mark.parametrize("value", ["soon", "01/02/2020", "[2020-01-05]", "no", "0969-01-01"])
@pytest.mark.parametrize("key", ["date", "lastmod"])
def test_a_wrong_date_is_a_problem(key: str, value: str) -> None:
    refusal = refused(keys("title: T", f"{key}: {value}"))
    assert (refusal.code, refusal.line, refusal.column) == ("bad-date", 3, 1)


ANN = Person("Ann")


@pytest.mark.parametrize(
    ("lines", "authors"),
    [
        (["author: Ann"], (ANN,)),
        (["author: [Ann, Ben]"], (ANN, Person("Ben"))),
        (["authors: Ann, Ben"], (ANN, Person("Ben"))),
        (["author: Ann, PhD"], (Person("Ann, PhD"),)),
        (
            ["authors: 'Example, Ann; Example, Ben'"],
            (Person("Example, Ann"), Person("Example, Ben")),
        ),
        (["author: Ann <ann@a.example>"], (Person("Ann", email="ann@a.example"),)),
        (
            ["author:", "  name: Ann", "  url: /ann", "  email: none"],
            (Person("Ann", urls("ann")[0]),),
        ),
        (["authors:", "- name: Ann", "  uri: javascript:x", "- Ann", "-"], (ANN,)),
        (["author:"], ()),
        (["author: no"], ()),
        (["author: {url: x}"], ()),
        (["[extra]", 'author="Ann"'], (ANN,)),
    ],
)
def test_authors_are_texts_or_maps(lines: list[str], authors: tuple[Person, ...]) -> None:
    text = keys("title: T", *lines)
    if lines[0] == "[extra]":
        text = "\n".join(["+++", 'title = "T"', *lines, "+++", "Text."])
    assert read(text).authors == authors


@pytest.mark.parametrize(
    ("lines", "tags"),
    [
        (["tags: [a, b]"], ("a", "b")),
        (["tags: a, b"], ("a", "b")),
        (["tags: a b"], ("a", "b")),
        (["tags: A walk"], ("A walk",)),
        (["category: a b"], ("a b",)),
        (["tags: [a b]"], ("a b",)),
        (["tags: [a, A, ' ', ~]"], ("a",)),
        (["category: c", "tags: [a]"], ("a", "c")),
        (["tags: [1984, 'no']"], ("1984", "no")),
        (["tags: {name: a}"], None),
        (["tags: [{name: a}]"], ("a",)),
        (["tags: [no, true]"], ("false", "true")),
        (["categories: [[a, b], c]"], ("a", "b", "c")),
        (["tags: [[[a]]]"], None),
        (["tags: [{label: A, permalink: /a}]"], ("A",)),
        (["tags: true"], None),
        (["tags: no"], ()),
        (["taxonomies: {tags: [a], categories: [b]}"], ("a", "b")),
        (["params: {tags: a}"], ("a",)),
    ],
)
def test_tags_are_a_list_or_one_text(lines: list[str], tags: tuple[str, ...] | None) -> None:
    text = keys("title: T", *lines)
    if tags is None:
        assert (refused(text).code, refused(text).line) == ("bad-tags", 3)
    else:
        assert read(text).tags == tags


def test_what_lies_in_jekylls_folder_for_drafts_is_one() -> None:
    assert read(keys("title: T"), "_drafts/a.md").withheld == "draft"


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("en", "en"),
        ("en_US", "en-US"),
        ("pt-BR.UTF-8", "pt-BR"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("key", ["lang", "language", "locale"])
def test_a_language_is_written_as_feeds_do(key: str, said: str, language: str) -> None:
    assert read(keys("title: T", f"{key}: {said}")).language == language


@pytest.mark.parametrize("said", ["no", "English", "en--US", "e", "[en]", "en US"])
def test_what_is_no_language_is_a_problem(said: str) -> None:
    refusal = refused(keys("title: T", f"lang: {said}"))
    assert (refusal.code, refusal.line) == ("bad-language", 3)


@pytest.mark.parametrize(
    ("lines", "original"),
    [
        (["link: https://www.a.example/x"], Original("a.example", "https://www.a.example/x")),
        (["link: https://a.example/x", "source: The A"], Original("The A", "https://a.example/x")),
        (["source: https://a.example/x"], Original("a.example", "https://a.example/x")),
        (["source: The A"], None),
        (["external: true"], None),
        (["canonical_url: /x"], Original("feeds.example", urls("x")[0])),
        (["original: {name: A, url: 'https://a.example/'}"], Original("A", "https://a.example/")),
    ],
)
def test_a_link_leads_to_the_original(lines: list[str], original: Original | None) -> None:
    assert read(keys("title: T", *lines)).original == original


@pytest.mark.parametrize(
    "line",
    [
        "link: 'javascript:x'",
        "image: [[a]]",
        "enclosure: {length: 3}",
        "original: mailto:a@b.example",
        "link: [https://a.example/]",
        "cover: 'http://['",
    ],
)
def test_a_link_that_leads_nowhere_is_a_problem(line: str) -> None:
    refusal = refused(keys("title: T", line))
    assert (refusal.code, refusal.line) == ("bad-link", 3)


@pytest.mark.parametrize(
    "line", ["image: p.png", "cover: {image: p.png, alt: x}", "thumbnail: [p.png, q.png]"]
)
def test_a_picture_beside_the_article_is_shown(line: str) -> None:
    article = read(keys("title: T", line))
    assert article.image.startswith("https://feeds.example/news/media/")
    assert article.media == ("a/p.png",)
    assert read(keys("title: T", "image: /p.png")).image == urls("p.png")[0]


def test_enclosures_have_an_address_a_type_and_a_length() -> None:
    lines = [
        "audio:",
        "- https://a.example/b.mp3",
        "- {url: /c.ogg, length: 12, type: audio/x}",
        "- {src: d.mp4, length: '1:30'}",
        '- "https://a.example/e\\n34\\naudio/y"',
    ]
    article = read(keys("title: T", *lines))
    told = [(e.url.rpartition(".")[2], e.type, e.length) for e in article.enclosures]
    assert told == [
        ("mp3", "audio/mpeg", 0),
        ("ogg", "audio/x", 12),
        ("mp4", "video/mp4", 0),
        ("example/e", "audio/y", 34),
    ]
    assert article.enclosures[0] == Enclosure("https://a.example/b.mp3", "audio/mpeg")
    assert article.media == ("a/d.mp4",)


@pytest.mark.parametrize(
    "lines",
    [
        ("audio: a.mp3", "duration: 1:02:03"),
        ("audio: a.mp3", "itunes_duration: '62:03'"),
        ("audio: a.mp3", "length: 62:03"),
        ("enclosure: {url: a.mp3, duration: 3723}",),
        ("enclosure: {url: a.mp3, length: '1:02:03'}",),
        ("enclosures: [notes.pdf, a.mp3, b.mp3]", "duration: PT1H2M3S"),
    ],
)
def test_what_plays_has_a_duration(lines: tuple[str, ...]) -> None:
    article = read(keys("title: T", *lines))
    told = {e.type: e.duration for e in reversed(article.enclosures)}
    assert told == {e.type: 3723 * (e.type == "audio/mpeg") for e in article.enclosures}


def test_a_length_without_colons_is_a_number_of_bytes() -> None:
    [told] = read(keys("title: T", "audio: a.mp3", "length: 3723")).enclosures
    assert (told.length, told.duration) == (3723, 0)


@pytest.mark.parametrize("value", ["soon", "[1]", "1:2:3:4", "-5", "", "P", "9999999999", "yes"])
def test_a_duration_that_is_none_is_unknown(value: str) -> None:
    [told] = read(keys("title: T", "audio: a.mp3", f"duration: {value}")).enclosures
    assert told.duration == 0


@pytest.mark.parametrize("value", ["mp3", "audio", "audio/x y", "a/b/c"])
def test_a_type_that_is_none_is_that_of_the_file(value: str) -> None:
    [told] = read(keys("title: T", f"enclosure: {{url: a.mp3, type: {value}}}")).enclosures
    assert told.type == "audio/mpeg"


@pytest.mark.parametrize("email", ["ann", "ann@", "@example.com", "ann@example", "a b@example.com"])
def test_an_email_address_that_is_none_is_left_out(email: str) -> None:
    [told] = read(keys("title: T", f"author: {{name: Ann, email: '{email}'}}")).authors
    assert (told.name, told.email) == ("Ann", "")


def test_an_id_is_a_text_of_one_line() -> None:
    assert read(keys("title: T", "id: 77")).key == "77"
    assert read(keys("title: T", 'guid: " a\\n b "')).key == "a b"
    assert read(keys("title: T")).key == ""
    for value in ("[a]", "yes", "x" * 501):
        assert refused(keys("title: T", f"id: {value}")).code == "bad-id"


def test_the_summary_is_plain_text() -> None:
    assert read(keys("title: T", "description: A *b*, <i>c</i> &amp; d < e.")).summary == (
        "A b, c & d < e."
    )
    assert read(keys("title: T", "excerpt: >", "  a", "  b")).summary == "a b"
    assert read(keys("title: T")).summary == "Text."
    assert read(keys("title: T", 'summary: "\\u200b"')).summary == "Text."
    assert refused(keys("title: T", "summary: [a]")).code == "bad-front-matter"


def test_a_source_that_nobody_sees_is_named_by_its_host() -> None:
    told = read(keys("title: T", "link: https://www.paper.example/a", 'source: "\\u200b"')).original
    assert told is not None
    assert told.source == "paper.example"
