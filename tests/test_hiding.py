"""What a page hides is not shown in a feed either, and is told of."""

from __future__ import annotations

import pytest

from feedsvc.model import Problem
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


@pytest.mark.parametrize(
    "html",
    [
        '<p title="is hidden here">b</p>', "<p title='display: none'>b</p>", "<p>hidden none</p>",
        '<p hidden="until-found">b</p>', '<p data-style="display: none">b</p>',
        '<p style="display: block">b</p>', "<img hidden src=a.png>", '<p aria-hidden="true">b</p>',
    ],
)  # fmt: skip
def test_what_is_not_hidden_stays(html: str) -> None:
    assert without_hidden(html) == (html, "")


@pytest.mark.parametrize("piece", ["<p hidden>", "<b hidden>", "<b hidden></b>", "<p style=d"])
def test_what_is_repeated_takes_no_time(piece: str) -> None:
    without_hidden(piece * 20_000)


def test_a_page_that_hides_all_is_a_problem() -> None:
    with pytest.raises(Exception, match="no text"):
        read(f"{keys('title: T').replace('Text.', '<div hidden>hidden</div>')}")
