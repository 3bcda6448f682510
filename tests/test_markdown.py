"""Markdown without front matter: its title, and the header lines that Pelican has."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.model import Person
from tests.reading import keys, read, refused


@pytest.mark.parametrize(
    ("text", "title", "content"),
    [
        ("# A *title*\n\nText.", "A title", "<p>Text.</p>"),
        ("A title\n=======\n\nText.", "A title", "<p>Text.</p>"),
        ("Intro.\n\n# A title\n\nText.", "A title", "<p>Intro.</p>\n<p>Text.</p>"),
        ("```\n# no title\n```\n\n# A title", "A title", "<pre><code># no title\n</code></pre>"),
        ("# A title\n\n# Another", "A title", '<h1 id="another">Another</h1>'),
        ("## A title\n\nText.", "A title", "<p>Text.</p>"),
        ("A title\n\nText.", "A title", "<p>Text.</p>"),
        ("First line\nof a text.", "First line", "<p>First line\nof a text.</p>"),
        ("A *line*", "A line", "<p>A <em>line</em></p>"),
        ("- One\n- Two", "One", "<ul>\n<li>One</li>\n<li>Two</li>\n</ul>"),
        ("***\n\nA title\n\nText.", "A title", "<hr>\n<p>A title</p>\n<p>Text.</p>"),
        ("---\n\nA title\n\n---\n\nText.", "A title", "<hr>\n<p>A title</p>\n<hr>\n<p>Text.</p>"),
        ("---\nOnly a line.\n", "Only a line.", "<hr>\n<p>Only a line.</p>"),
        ('<h1 id="x">AT&amp;T</h1>\n\nText.', "AT&T", "<p>Text.</p>"),
        ("# A title\n\n<b>x</b>\n\n<script async>y</script>", "A title", "<p><b>x</b></p>"),
        ("# #\n\nText.", "Text.", "<h1></h1>\n<p>Text.</p>"),
    ],
)
def test_the_first_heading_and_failing_that_the_first_line_is_the_title(
    text: str, title: str, content: str
) -> None:
    article = read(text, "a.md")
    assert (article.title, article.content) == (title, content)


def test_a_picture_alone_goes_by_the_name_of_its_file() -> None:
    article = read("![](p.png)", "2020-01-05-a-walk.md")
    assert article.title == "A walk"
    assert article.media == ("p.png",)


@pytest.mark.parametrize("text", ["# A title", "# A title\n\n<!-- nothing -->", "# A\n\n[x]: /y"])
def test_a_title_alone_is_a_problem(text: str) -> None:
    assert refused(text).code == "no-text"


def test_a_text_that_shows_nothing_has_no_title() -> None:
    assert refused("<!-- nothing -->", "2020-01-05.md").code == "no-title"


def test_the_header_lines_of_pelican_are_read() -> None:
    article = read(
        "Title: A walk: by the sea\nDate: 2020-01-05 10:20\nModified: 2020-02-01\n"
        "Category: Travel\nTags: sea, sand\nAuthors: Ann Example; Ben Example\nSlug: walk\n"
        "Lang: pt_BR\nSummary: Of a walk,\n    and the *sea*.\nStatus: published\n\nText."
    )
    assert (article.title, article.content) == ("A walk: by the sea", "<p>Text.</p>")
    assert article.published == datetime(2020, 1, 5, 10, 20, tzinfo=UTC)
    assert article.updated == datetime(2020, 2, 1, tzinfo=UTC)
    assert article.tags == ("sea", "sand", "Travel")
    assert article.authors == (Person("Ann Example"), Person("Ben Example"))
    assert (article.language, article.summary) == ("pt-BR", "Of a walk, and the sea.")
    assert not article.withheld


@pytest.mark.parametrize("status", ["draft", "Hidden", " draft "])
def test_a_status_says_that_a_text_is_a_draft(status: str) -> None:
    assert read(f"Title: A\nStatus: {status}\n\nText.").withheld


def test_a_wrong_date_in_a_header_is_a_problem_with_its_line() -> None:
    refusal = refused("\nTitle: A\nTags: a\nDate: 5 May\n\nText.")
    assert (refusal.code, refusal.line, refusal.column) == ("bad-date", 4, 1)


@pytest.mark.parametrize(
    "text",
    [
        "Remember: milk\nTitle: no\n\nText.",
        "Date: 2020-01-05\nTags: a\n\nText.",
        "Title: A\nand on it goes\n\nText.",
    ],
)
def test_lines_that_only_look_like_a_header_are_text(text: str) -> None:
    article = read(text)
    assert article.title == text.split("\n", maxsplit=1)[0]
    assert article.content.startswith(f"<p>{article.title}\n")


def test_the_summary_is_what_stands_before_the_rest_or_the_first_paragraphs() -> None:
    assert read("# T\n\nOne.\n\n<!--more-->\n\nTwo.").summary == "One."
    assert read("# T\n\n> ## H\n\nOne &amp; *two*.\n\n`<!-- more -->` Three.").summary == (
        "One & two. <!-- more --> Three."
    )


def test_attributes_go_with_a_front_matter_or_without_but_not_in_code() -> None:
    text = "a\n{: .lead}\n\n`{: .x}`\n"
    assert read(f"# T\n\n{text}").content == "<p>a</p>\n<p><code>{: .x}</code></p>"
    code = "{% highlight md %}\n[a](b){: .x}\n{% endhighlight %}"
    article = read(keys("title: T").replace("Text.", text + code))
    assert article.content == (
        "<p>a</p>\n<p><code>{: .x}</code></p>\n"
        '<pre><code class="language-md">[a](b){: .x}\n</code></pre>'
    )


def test_pelican_and_zola_name_files_from_the_root_of_the_folder() -> None:
    article = read(
        "Title: T\n\n[a]({filename}/b.md) [c]({tag}walking) ![d]({static}/images/d.png)\n\n"
        '[e](@/e.md) <img src="{attach}f.png">\n\n[g][]\n\n[g]: |filename|g.md',
        "blog/a.md",
    )
    assert article.media == ("images/d.png", "blog/f.png")
    assert '<a href="https://feeds.example/news/b.md">a</a> <a>c</a> <img' in article.content
    assert '<a href="https://feeds.example/news/e.md">e</a> <img' in article.content
    assert '<a href="https://feeds.example/news/blog/g.md">g</a>' in article.content


def test_a_picture_in_a_header_may_be_named_from_the_root() -> None:
    assert read("Title: T\nImage: {static}/i.png\n\nText.", "b/a.md").media == ("i.png",)


@pytest.mark.parametrize("name", ["a.html", "a.htm"])
def test_markdown_that_is_called_html_is_markdown(name: str) -> None:
    article = read("# A title\n## May 23, 2021\n\nSome `code` here.\n", name)
    assert (article.title, "<code>code</code>" in article.content) == ("A title", True)
    assert read("<p># no heading</p>", name).content == "<p># no heading</p>"
