"""Plain text: the first line is the title, blank lines part paragraphs, nothing is markup."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.reading import read, refused


@pytest.mark.parametrize(
    ("text", "title", "content"),
    [
        ("A title\n\nOne.\nStill one.\n\nTwo.", "A title", "<p>One. Still one.</p>\n<p>Two.</p>"),
        ("\n \n A  title\nOne.\n \t \nTwo.\n\n\n", "A title", "<p>One.</p>\n<p>Two.</p>"),
        ("*A* <b>\n\n# 1 < 2 & [x](y)", "*A* <b>", "<p># 1 &lt; 2 &amp; [x](y)</p>"),
        ("#Title\nText.", "#Title", "<p>Text.</p>"),
        ("One line", "One line", "<p>One line</p>"),
    ],
)
def test_a_text_is_read(text: str, title: str, content: str) -> None:
    article = read(text, "notes/a.txt")
    assert (article.title, article.content) == (title, content)


def test_a_first_line_that_is_too_long_for_a_title_is_told_in_the_text_too() -> None:
    line = "A sentence of some length. " * 10
    article = read(f"{line}\n\nMore.", "a.txt")
    assert len(article.title) <= 200
    assert article.content == f"<p>{line.strip()}</p>\n<p>More.</p>"


def test_the_name_of_the_file_may_begin_with_its_date() -> None:
    article = read("A title\n\nOne.", "2020-01-05 a note.txt")
    assert article.published == datetime(2020, 1, 5, tzinfo=UTC)


def test_what_nobody_can_see_is_a_problem() -> None:
    assert refused("\u200b\n\n\u200b", "a.txt").code == "no-text"
