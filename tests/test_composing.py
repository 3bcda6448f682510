"""What is cut out of a body for its title leaves the rest whole."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.model import Problem
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.source import Reading
from tests.campaigns import examples
from tests.reading import keys, read

VOID = {"br", "hr", "img"}


class Balance(HTMLParser):
    """Notes the elements that are open, and fails on an end that has no beginning."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def is_balanced(html: str) -> bool:
    checked = Balance()
    checked.feed(html)
    checked.close()
    return checked.open == []


@pytest.mark.parametrize(
    ("body", "title", "content"),
    [
        ("<h1>T</h1><p>x</p>", "T", "<p>x</p>"),
        ("<h1><div>a<h1>T</h1></div></h1><p>x</p>", "T", "<h1><div>a</div></h1><p>x</p>"),
        ("<div><h1>a<div><h1>T</h1>b</div></h1></div>", "T", "<div><h1>a<div>b</div></h1></div>"),
    ],
)
def test_the_innermost_heading_is_the_title(body: str, title: str, content: str) -> None:
    article = read_article("a.md", body.encode(), Reading())
    assert (article.title, article.content) == (title, content)


TREES = st.recursive(
    st.sampled_from(["word", " ", "Two words. ", "<br>", "&amp;"]),
    lambda inner: st.tuples(
        st.sampled_from(["h1", "h2", "h3", "div", "p", "b", "blockquote", "ul", "li", "table"]),
        st.lists(inner, max_size=4),
    ).map(lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"),
    max_leaves=12,
)


@examples(200, 5000)
@given(trees=st.lists(TREES, min_size=1, max_size=4), titled=st.booleans())
def test_a_body_stays_balanced_whatever_its_headings_hold(trees: list[str], titled: bool) -> None:
    title = "---\ntitle: word\n---\n" if titled else ""
    try:
        article = read_article("a.md", (title + "".join(trees)).encode(), Reading())
    except ReadError:
        return
    assert is_balanced(article.content), article.content


@pytest.mark.parametrize("title", ["", "title: The Title\n"])
def test_a_link_to_the_heading_that_is_the_title_leads_to_the_beginning(title: str) -> None:
    text = f"---\ndate: 2026-01-02\n{title}---\n# The Title\n\nText. [Top](#the-title)\n"
    content = read_article("a.md", text.encode(), Reading()).content
    assert content.startswith('<a id="the-title"></a><p>Text.')
    without = read_article("a.md", text.replace("[Top]", "\\[Top]").encode(), Reading()).content
    assert without.startswith("<p>Text.")


def test_a_picture_that_is_written_into_the_text_is_told_of_once() -> None:
    remarks: list[Problem] = []
    picture = f"![A dot](data:image/png;base64,{'A' * 3000})"
    text = (
        f"# T\n\n{picture}\n\n<!--more-->\n\n<i>x</i>{picture}\n\n![b](data:image/gif;base64,AAA)"
    )
    article = read_article("a.md", text.encode(), Reading(), remarks)
    assert [problem.code for problem in remarks] == ["embedded-image"]
    assert "<p>b</p>" in article.content


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("# [T](https://a.example/)\n\nb", '<p><a href="https://a.example/">T</a></p>\n<p>b</p>'),
        ("# T ![A](https://a.example/a.png)\n\nb",
         '<p><img src="https://a.example/a.png" alt="A"></p>\n<p>b</p>'),
        ("---\ntitle: T\n---\n# [T](https://a.example/)\n\nb",
         '<p><a href="https://a.example/">T</a></p>\n<p>b</p>'),
        ("[T](https://a.example/)\n\nb", '<p><a href="https://a.example/">T</a></p>\n<p>b</p>'),
        ("# T [#](#t)\n\nb", "<p>b</p>"), ("# T\n\nb", "<p>b</p>"),
    ],
)  # fmt: skip
def test_a_link_and_a_picture_in_the_heading_that_is_the_title_stay(
    text: str, content: str
) -> None:
    article = read(text)
    assert article.title in ("T", "T #")
    assert (article.content, article.summary) == (content, article.summary)
    assert article.summary.endswith("b")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("A {% if false %}hidden{% endif %} walk", "A walk"),
        ("A walk {{< private >}}hidden{{< /private >}}", "A walk"),
        ("A <span hidden>hidden</span> walk", "A walk"),
        ("Use {{ x }} and <b>", "Use {{ x }} and <b>"),
    ],
)
def test_titles_show_nothing_hidden(written: str, shown: str) -> None:
    assert read(keys(f"title: '{written}'")).title == shown
