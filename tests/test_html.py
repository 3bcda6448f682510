"""HTML pages: what their metadata say, and the article in them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.model import Original, Person
from tests.reading import read, refused

JAN_5 = datetime(2020, 1, 5, tzinfo=UTC)


def page(head: str = "", body: str = "<p>Text.", attributes: str = "") -> str:
    return f"<!doctype html><html{attributes}><head>{head}</head><body>{body}</body></html>"


def json_ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def meta(name: str, said: str) -> str:
    return f'<meta name="{name}" content="{said}">'


def test_every_part_of_a_page_is_read() -> None:
    article = read(
        page(
            '<meta property="og:title" content="A &amp; B"><title>A &amp; B | Site</title>'
            '<meta property="og:site_name" content="The Site"><link rel="canonical"'
            ' href="https://www.site.example/a"><meta property="og:image" content="/a.png">'
            + meta("author", "Ann Example")
            + meta("description", "1 &lt; 2 *so*")
            + meta("keywords", "one, two")
            + '<meta property="article:published_time" content="2020-01-05T00:00:00Z">'
            + '<meta property="article:modified_time" content="2020-01-05T01:00:00+01:00">',
            "<nav>Home</nav><article><h1>A &amp; B</h1><p>Text. <img src=b.png></p></article>"
            "<footer>Foot</footer>",
            " lang=en-GB",
        ),
        "a/b.html",
    )
    assert (article.title, article.summary) == ("A & B", "1 < 2 *so*")
    assert article.content.startswith("<article><p>Text. <img")
    assert "Home" not in article.content
    assert article.original == Original("The Site", "https://www.site.example/a")
    assert article.authors == (Person("Ann Example"),)
    assert (article.tags, article.language) == (("one", "two"), "en-GB")
    assert (article.published, article.updated) == (JAN_5, JAN_5)
    assert article.image == "https://feeds.example/news/a.png"
    assert article.media == ("a/b.png",)


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        (
            json_ld('{"@type": "Article", "headline": "A"}') + meta("og:title", "B"),
            "<h1>C</h1>x",
            "A",
        ),
        (meta("og:title", "B") + "<title>D</title>", "<h1>C</h1>x", "B"),
        (meta("DC.title", "B") + "<title>D</title>", "<h1>C</h1>x", "B"),
        ("<title>D</title>", "<h1>C <b>x</b></h1>x", "C x"),
        ("<title>D</title>", "<h1>C</h1><h1>E</h1>x", "D"),
        ("<title>D</title>", "x", "D"),
        ("", "<h2>E</h2>x", "E"),
        ("", "x", "My page"),
    ],
)
def test_the_title_is_the_best_that_there_is(head: str, body: str, title: str) -> None:
    assert read(page(head, body), "my-page.html").title == title


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (meta("date", "2020-01-05"), ""),
        (meta("DC.date.issued", "2020-01-05"), ""),
        (meta("dcterms.created", "2020-01-05"), ""),
        ('<meta itemprop="datePublished" content="2020-01-05">', ""),
        (meta("date", "5. Januar") + meta("pubdate", "2020-01-05"), ""),
        ("", '<time datetime="2020-01-05">'),
        ("", '<time datetime="PT2H"></time><time datetime="2020-01-05"></time>'),
        ("", '<time datetime="2019-01-05"></time><time pubdate datetime="2020-01-05"></time>'),
        (json_ld('{"@type": "NewsArticle", "datePublished": "2020-01-05"}'),
         '<time datetime="2019-01-01">'),
        (json_ld('[{"@type": "Person"}, {"@graph": [{"@type": ["X", "BlogPosting"],'
                 ' "datePublished": "2020-01-05"}]}]'), ""),
        (json_ld("{broken") + json_ld('{"@type": "Article", "datePublished": "2020-01-05"}'), ""),
    ],
)  # fmt: skip
def test_the_date_is_the_first_that_can_be_read(head: str, body: str) -> None:
    assert read(page(head, f"{body}<p>Text."), "a.html").published == JAN_5


def test_a_date_is_a_problem_where_no_other_can_be_read() -> None:
    text = page(f"\n{meta('date', '5. Januar')}\n{meta('pubdate', 'today')}")
    refusal = refused(text, "a.html")
    assert (refusal.code, refusal.line) == ("bad-date", 2)
    assert "5. Januar" in str(refusal)


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ("<article>A</article><article>B</article>", "<article>A</article><article>B</article>"),
        (
            "<article>Post</article><div id=comments><article>Longer opinion</article></div>",
            "<article>Post</article>",
        ),
        (
            "<main>a<article>b</article><article>c</article>d</main>",
            "<main>a<article>b</article><article>c</article>d</main>",
        ),
        ("a</body></html><p>b", "a<p>b</p>"),
        ("a <body/> b<p>c", "a  b<p>c</p>"),
        ("a<main>M</main>", "<main>M</main>"),
        ("a<div role=main>M</div>", "<div>M</div>"),
        ("<header>H</header>B<footer>F</footer><aside>A</aside>", "B"),
        ("<nav>N</nav>B<form><input></form><script>S</script><style>T</style>", "B"),
        (
            "<article><header>A</header><form>F</form>B</article>",
            "<article><header>A</header>\nF\nB</article>",
        ),
        ("B<!-- C --><p onclick=x>D <a href=javascript:y>E</a>", "B<p>D <a>E</a></p>"),
    ],
)
def test_the_text_is_the_article_without_what_stands_around(body: str, content: str) -> None:
    assert read(page("<title>T</title>", body), "a.html").content == content


@pytest.mark.parametrize(
    ("said", "authors"),
    [
        ('"Ann"', [Person("Ann")]),
        ('[{"name": "Ann", "url": "https://a.example"}, {"name": "Ben"}]',
         [Person("Ann", "https://a.example"), Person("Ben")]),
        ('{"name": 3}', [Person("Meta")]), ('"https://a.example/ann"', [Person("Meta")]),
        ("null", [Person("Meta")]),
    ],
)  # fmt: skip
def test_authors_are_those_of_json_ld_and_else_of_meta(said: str, authors: list[Person]) -> None:
    head = json_ld(f'{{"@type": "Article", "author": {said}}}') + meta("author", "Meta")
    head += '<meta property="article:author" content="https://a.example/ann">'
    assert read(page(head), "a.html").authors == tuple(authors)


@pytest.mark.parametrize(
    ("attributes", "head", "language"),
    [
        (" lang=de", "", "de"),
        ("", meta("og:locale", "en_US"), "en-US"),
        (" lang=English", meta("og:locale", "en_US"), "en-US"),
        (" lang=''", "", ""),
    ],
)
def test_a_language_that_is_none_is_ignored(attributes: str, head: str, language: str) -> None:
    assert read(page(head, attributes=attributes), "a.html").language == language


@pytest.mark.parametrize(
    ("href", "original"),
    [
        ("https://www.a.example/x", Original("a.example", "https://www.a.example/x")),
        ("https://feeds.example/news/x", None),
        ("/x", None),
        ("file:///x", None),
    ],
)
def test_the_canonical_address_is_the_original_where_it_is_elsewhere_on_the_web(
    href: str, original: Original | None
) -> None:
    assert read(page(f'<link rel="canonical" href="{href}">'), "a.html").original == original


def test_pages_are_told_by_their_name_or_by_their_beginning() -> None:
    for path, text in (("a.htm", "<p>Text."), ("a.txt", page()), ("a.md", f"\n {page()}")):
        assert read(text, path).content == "<p>Text.</p>"


def test_robots_that_are_sent_away_make_no_draft() -> None:
    assert not read(page(meta("robots", "noindex")), "a.html").withheld


def test_a_page_without_text_is_a_problem() -> None:
    assert refused(page("<title>T</title>", "<nav>N</nav>"), "a.html").code == "no-text"


def test_links_start_from_the_base_of_a_page() -> None:
    article = read(
        page(
            '<base target=_top><base href="https://site.example/a/"><base href="/b/">'
            '<link rel=canonical href=c.html><meta property="og:image" content="i.png">',
            '<p>Text. <a href="d.html">1</a> <a href="#e">2</a> <a href="//f.example/">3</a>'
            '<img src="../g.png" srcset="h.png 2x, /i.png, javascript:j"><q cite=k>l</q>'
            "<video poster=m.png src=n.mp4></video>",
        ),
        "a/b.html",
    )
    assert article.content.removeprefix("<p>Text. ").removesuffix("</p>") == (
        '<a href="https://site.example/a/d.html">1</a> <a href="#e">2</a>'
        ' <a href="https://f.example/">3</a><img src="https://site.example/g.png"'
        ' srcset="https://site.example/a/h.png 2x, https://site.example/i.png">'
        '<q cite="https://site.example/a/k">l</q><video poster="https://site.example/a/m.png"'
        ' src="https://site.example/a/n.mp4" controls=""></video>'
    )
    assert article.media == ()
    assert article.image == "https://site.example/a/i.png"
    assert article.original == Original("site.example", "https://site.example/a/c.html")


def test_a_relative_base_starts_from_the_place_of_the_article() -> None:
    body = '<p>Text. <img src="c.png"><a href="d.html">d</a>'
    article = read(page('<base href="../pictures/">', body), "a/b.html")
    assert article.media == ("pictures/c.png",)
    assert '<a href="https://feeds.example/news/pictures/d.html">' in article.content


@pytest.mark.parametrize("base", ["javascript:alert(1)//", "data:text/html,x", "file:///C:/"])
def test_a_base_that_is_not_of_the_web_is_ignored(base: str) -> None:
    head = f'<base href="{base}"><base href="https://site.example/">'
    article = read(page(head, '<p>Text. <img src="c.png">'), "a/b.html")
    assert article.media == ("a/c.png",)


@pytest.mark.parametrize("piece", ["<base href=a/>", "<a href=b>c</a>"])
def test_a_base_that_many_links_start_from_takes_no_time(piece: str) -> None:
    head = '<base href="https://site.example/a/">'
    assert read(page(head, "Text." + piece * 50_000), "a.html").content


@pytest.mark.parametrize(
    ("page", "content"),
    [
        (
            "<!doctype html><title>T</title><figure>words</figure><p>x",
            "<figure>words</figure><p>x</p>",
        ),
        ("<title>T</title><section>a</section>", "<section>a</section>"),
        ("<html lang=en><!-- c --><head><title>T</title></head>plain <b>x</b>", "plain <b>x</b>"),
    ],
)
def test_a_body_begins_where_a_browsers_would(page: str, content: str) -> None:
    article = read(page, "a.html")
    assert (article.title, article.content) == ("T", content)


@pytest.mark.parametrize(
    ("body", "title", "content"),
    [
        ("<header>S</header><article class='post comments-open'><header><h1>T</h1><p>a</p></header>"
         "<p>b</p><footer>c</footer></article>", "T",
         "<article><header><p>a</p></header><p>b</p><footer>c</footer></article>"),
        ("<h1>T</h1><p>one two three</p><article>four</article>", "T",
         "<p>one two three</p><article>four</article>"),
        ("<p>before it</p><article>one</article><p>behind it</p>", "A",
         "<p>before it</p><article>one</article><p>behind it</p>"),
        ("<main>one</main><main>two</main>", "A", "<main>one</main><main>two</main>"),
        ("<article><p>one two three</p></article><aside>four five six seven eight</aside>", "A",
         "<article><p>one two three</p></article>"),
        ("<h1><a href='https://a.example/'>T</a></h1><p>b", "T",
         '<p><a href="https://a.example/">T</a></p>\n<p>b</p>'),
        ("<h1><a href='#t'>T</a></h1><p>b", "T", "<p>b</p>"),
    ],
)  # fmt: skip
def test_no_text_is_lost_to_an_article_beside_it_nor_to_the_name_of_a_class(
    body: str, title: str, content: str
) -> None:
    article = read(f"<html><body class='has-comments'>{body}", "a.html")
    assert (article.title, article.content) == (title, content)


@pytest.mark.parametrize(
    "piece", ["<aside>a</aside>", "<hr id=comment>", "<div><aside>a</aside></div>"]
)
def test_what_stands_around_a_text_many_times_takes_no_time(piece: str) -> None:
    words = f"<article>{'word ' * 50}</article>"
    text = f"<!doctype html><title>T</title><body>{words}{piece * 40_000}"
    assert "word" in read(text, "a.html").content
