"""What a page hides is not shown in a feed either, and is told of."""

from __future__ import annotations

from contextlib import suppress

import pytest

from feedsvc.model import Problem
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.markup.hiding import without_hidden
from tests.reading import HOW, keys, read

HIDDEN = [
    ('<div style="display:none">hidden</div>b', "b"),
    ("<div style='color: red; display: NONE'>hidden <div>hidden</div> hidden</div>b", "b"),
    ('<span style="visibility: hidden">hidden</span>b', "b"),
    ("<span hidden>hidden</span>b", "b"), ('<i hidden="">hidden</i>b', "b"),
    ('<div class="a" hidden>hidden<p>hidden</div>b', "b"),
    ("<p hidden>hidden<p>b", "<p>b</p>"),
    ("<ul><li hidden>hidden<li>b</ul>", "<ul><li>b</li></ul>"),
    ("<p>b</p><div hidden>hidden", "<p>b</p>"),
    # elements end where the HTML Standard's parser ends them
    ("<p hidden>hidden <b>hidden</b> hidden</p>b", "b"),
    ("<ul><li hidden><p>hidden</p><ul><li>hidden</ul></li><li>b</ul>", "<ul><li>b</li></ul>"),
    ("<table><tr hidden><td>hidden<tr><td>b</table>",
     "<table><tbody><tr><td>b</td></tr></tbody></table>"),
    ("<div><span hidden>hidden</div><p>b</p>", "<div></div><p>b</p>"),
    ("<p hidden>hidden<h2>b</h2>", "<h2>b</h2>"),
    ('<svg style="display:none"/><p>b</p>', "<p>b</p>"),
    ("<div hidden>hidden<script>'<div>'</script></div><p>b</p>", "<p>b</p>"),
    ("<div hidden>hidden<textarea></div></textarea>hidden</div>b", "b"),
    # attributes as a browser reads them
    ('<p class="a"hidden>hidden</p>b', "b"), ('<p hidden="false">hidden</p>b', "b"),
    ('<p title="a > b" style="display:none">hidden</p>b', "b"),
    ('<p style="display:/**/none">hidden</p>b', "b"),
    ('<p style="display&#58;none">hidden</p>b', "b"),
    ("<p style=color:red;display:none class=x>hidden</p>b", "b"),
    ('<p style="visibility:collapse">hidden</p>b', "b"),
    ("<p title=' hidden=false' hidden>hidden</p>b", "b"),
    # of two declarations, that which a browser goes by
    ('<p style="display:none!important;display:block">hidden</p>b', "b"),
    ('<p style="display:none;display:foo">hidden</p>b', "b"),
    ('<p style="background:url(data:image/*;base64,AA);display:none">hidden</p>b', "b"),
    ('<p style="d\\69splay:none">hidden</p>b', "b"), ('<p style="d\\isplay:none">hidden</p>b', "b"),
    ('<p style="content-visibility:hidden">hidden</p>b', "b"),
    # what is shown by a script or a click alone
    ("<div popover>hidden</div>b", "b"),
    ("<img hidden src=a.png>b", "b"), ('<img style="display:none" src=a.png>b', "b"),
    # a slash closes no element of HTML
    ("<DIV HIDDEN/>hidden</DIV>b", "b"), ('<SPAN STYLE="display:none"/>hidden</SPAN>b', "b"),
    # also where the text is chosen from a page
    ("<div style='display:none'><article><p>hidden</p></article></div><p>b</p>", "<p>b</p>"),
]  # fmt: skip


@pytest.mark.parametrize(("html", "left"), HIDDEN)
def test_what_is_hidden_is_left_out_and_told(html: str, left: str) -> None:
    text = f"<!doctype html>\n<title>T</title>\n<body>{html}"
    remarks: list[Problem] = []
    article = read_article("a.html", text.encode(), HOW, remarks)
    assert article.content == left
    assert [one.code for one in remarks] == ["hidden-text"]


def test_the_line_of_what_is_hidden_is_told() -> None:
    remarks: list[Problem] = []
    text = keys("title: T") + "\n\n<div hidden>\n\nhidden\n\n</div>\n\nb"
    article = read_article("a.md", text.encode(), HOW, remarks)
    assert article.content == "<p>Text.</p>\n\n<p>b</p>"
    assert [(one.code, one.line) for one in remarks] == [("hidden-text", 6)]


def test_each_element_that_is_hidden_is_told_of_where_it_stands() -> None:
    remarks: list[Problem] = []
    text = keys("title: T") + (
        "\n\n`<p hidden>` is code\n\n<p hidden>hidden</p>\n\n<P HIDDEN>hidden</P>\n\n"
        '<div style="display:none">hidden</div>\n\nb'
    )
    read_article("a.md", text.encode(), HOW, remarks)
    assert [(one.code, one.line) for one in remarks] == [
        ("hidden-text", line) for line in (8, 10, 12)
    ]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("a\n\nhidden\n{: hidden}\n\nb", "<p>a</p>\n\n<p>b</p>"),
        ('a\n\nhidden\n{: .x style="display: none"}\n\nb', "<p>a</p>\n\n<p>b</p>"),
        ("{: hidden}\nhidden *hidden*\n\nb", "<p>b</p>"),
        ("a\n\n## hidden {: #i hidden}\n\nb", "<p>a</p>\n\n<p>b</p>"),
        ("a\n\n## hidden\n{: hidden}\n\nb", "<p>a</p>\n\n<p>b</p>"),
        ("a\n\n* hidden\n* hidden\n{: hidden}\n\nb", "<p>a</p>\n\n<p>b</p>"),
        ("a\n\n* {: hidden} hidden\n* b", "<p>a</p>\n<ul>\n\n<li>b</li>\n</ul>"),
        ("a\n\n> hidden\n{: hidden}\n\nb", "<p>a</p>\n\n<p>b</p>"),
        ("a\n\n|hidden|\n|-|\n|hidden|\n{: hidden}\n\nb", "<p>a</p>\n\n<p>b</p>"),
        ("a\n\n```\nhidden\n```\n{: .x}\n{: hidden}\n\nb", "<p>a</p>\n\n<p>b</p>"),
        ("a *hidden*{: hidden}b", "<p>a b</p>"),
        ('a\n\nhidden\n{: hidden="hidden"}\n\nb', "<p>a</p>\n\n<p>b</p>"),
        ("a\n\nhidden\n{: hidden=true .x}\n\nb", "<p>a</p>\n\n<p>b</p>"),
        ("a *hidden*{ hidden }b", "<p>a b</p>"),
        ('a\n\nhidden\n{ style="display:none" }\n\nb', "<p>a</p>\n\n<p>b</p>"),
        ("a\n\n## hidden {hidden=true}\n\nb", "<p>a</p>\n\n<p>b</p>"),
        ("a\n\nhidden\n{: .content-hidden}\n\nb", "<p>a</p>\n\n<p>b</p>"),
        ("[hidden](https://e.example){:hidden .x}b", "<p>b</p>"),
    ],
)
def test_lists_of_attributes_hide_what_they_belong_to(written: str, left: str) -> None:
    remarks: list[Problem] = []
    text = f"---\ntitle: T\n---\n{written}"
    assert read_article("a.md", text.encode(), HOW, remarks).content == left
    line = 3 + written[: written.index("{")].count("\n") + 1
    lines = {line, line + 1} if "{: .x}\n" in written else {line}
    assert [one.code for one in remarks] == ["hidden-text"]
    assert remarks[0].line in lines


def test_a_defined_list_hides_where_it_is_referred_to() -> None:
    remarks: list[Problem] = []
    text = '---\ntitle: T\n---\na\n\n{:ref: style="display:none"}\n\nhidden\n{:ref}\n\nb'
    assert read_article("a.md", text.encode(), HOW, remarks).content == "<p>a</p>\n\n<p>b</p>"
    assert [(one.code, one.line) for one in remarks] == [("hidden-text", 9)]


@pytest.mark.parametrize(
    "written",
    [
        'b\n{: title="is hidden here"}', '[b](x){: title="the hidden gem"}',
        "b\n{: data-x='a hidden b'}", 'b\n{: data-style="display:none"}',
        "b\n{: onclick=\"this.style='display:none'\"}", "b { hidden } c", "b\n\n\n{: hidden}\n\nc",
        "use {hidden: true} b", "b\n{: .hidden}",
    ],
)  # fmt: skip
def test_values_and_prose_with_the_word_hide_nothing(written: str) -> None:
    remarks: list[Problem] = []
    text = f"---\ntitle: T\n---\n{written}"
    assert "b" in read_article("a.md", text.encode(), HOW, remarks).content
    assert not [one for one in remarks if one.code == "hidden-text"]


@pytest.mark.parametrize(
    "written", ["`{: hidden}` b", "```\n{: hidden}\n```\nb", "b\n{: style='color: red'}"]
)
def test_lists_of_attributes_that_hide_nothing_are_none(written: str) -> None:
    remarks: list[Problem] = []
    text = f"---\ntitle: T\n---\n{written}"
    assert "b" in read_article("a.md", text.encode(), HOW, remarks).content
    assert not remarks


def test_a_sign_in_an_attribute_does_not_hide_the_line() -> None:
    remarks: list[Problem] = []
    text = keys("title: T") + "\n\n<p title='a > b < c' hidden>hidden</p>\n\nb"
    read_article("a.md", text.encode(), HOW, remarks)
    assert [(one.code, one.line) for one in remarks] == [("hidden-text", 6)]


@pytest.mark.parametrize(
    "before",
    ["<p>a <title> b</p>", "<p>a <textarea> b</p>", "<p>a <script> b</p>", "<iframe src=x>"],
)
def test_a_tag_that_nothing_closes_shows_nothing_hidden(before: str) -> None:
    text = keys("title: T") + f"\n\n{before}\n<p hidden>hidden</p>\n"
    assert "hidden" not in read_article("a.md", text.encode(), HOW, []).content


def test_the_id_of_a_heading_tells_nothing_hidden() -> None:
    text = keys("title: T") + "\n\n## Plan <span hidden>secret</span>\n"
    assert '<h2 id="plan">' in read_article("a.md", text.encode(), HOW, []).content


def test_a_drawing_of_many_parts_is_no_deep_page() -> None:
    drawing = "<svg>" + '<path style="fill:red" d="M0"/>' * 600 + "</svg>"
    text = keys("title: T") + f"\n\n{drawing}b\n"
    assert read_article("a.md", text.encode(), HOW, []).content.endswith("<p>b</p>")


def test_a_hidden_heading_is_no_title() -> None:
    text = "<!doctype html><title></title><h1 hidden>Secret</h1><h2>T</h2><p>b</p>"
    article = read_article("a.html", text.encode(), HOW, [])
    assert (article.title, article.content) == ("T", "<p>b</p>")


def test_a_component_that_is_closed_at_once_hides_nothing_else() -> None:
    text = keys("title: T") + "\n\n<Foo hidden />\n\nb"
    assert read_article("a.mdx", text.encode(), HOW, []).content.endswith("<p>b</p>")


@pytest.mark.parametrize("attribute", ["hidden", 'style="visibility:hidden"'])
def test_a_page_that_a_script_shows_is_shown(attribute: str) -> None:
    text = f"<!doctype html><html {attribute}><title>T</title><body {attribute}><p>b</p>"
    assert read_article("a.html", text.encode(), HOW, []).content == "<p>b</p>"


@pytest.mark.parametrize(
    "html",
    [
        '<p title="is hidden here">b</p>', "<p title='display: none'>b</p>", "<p>hidden none</p>",
        '<p hidden="until-found">b</p>', '<p data-style="display: none">b</p>',
        '<p style="display: block">b</p>', '<img hidden data-src=a.png>',
        '<p aria-hidden="true">b</p>',
        '<p style="--my-display: none">b</p>', '<p style="x-display:none">b</p>',
        "<p title=' use style=display:none to hide'>b</p>",
        '<p style="display:none;display:block">b',
        "<p hidden={false}>b</p>",
    ],
)  # fmt: skip
def test_what_is_not_hidden_stays(html: str) -> None:
    assert without_hidden(html) == (html, [])


@pytest.mark.parametrize("piece", ["<p hidden>", "<b hidden>", "<b hidden></b>", "<p style=d"])
def test_what_is_repeated_takes_no_time(piece: str) -> None:
    with suppress(ReadError):  # `too-deep`: so many elements in one another
        without_hidden(piece * 20_000)


def test_a_page_that_hides_all_is_a_problem() -> None:
    with pytest.raises(Exception, match="no text"):
        read(f"{keys('title: T').replace('Text.', '<div hidden>hidden</div>')}")
