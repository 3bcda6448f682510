"""What is told of safe HTML as plain text."""

from __future__ import annotations

import pytest

from feedsvc.reading.markup.content import plain, summary, xml_text
from feedsvc.reading.markup.markup import from_markdown, safe
from feedsvc.reading.source import Source

SOURCE = Source("a.md", "")


def told(markdown: str) -> str:
    return plain(safe(from_markdown(markdown), SOURCE).html)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p>One</p><p>two</p>", "One two"),
        ("<p>One</p>\n\n<p>two  \n three</p>", "One two three"),
        ("<p>One<br>two<hr>three</p>", "One two three"),
        ("<ul><li>One</li><li>two</li></ul>", "One two"),
        ("<table><tr><td>One</td><td>two</td></tr></table>", "One two"),
        ("<p>un<b>believ</b>able <a href='#x'>a</a>, <code>b</code>.</p>", "unbelievable a, b."),
        ("<p>a<abbr title='x'>b</abbr><article>c</article></p>", "ab c"),
        ("<p>1 &lt; 2 &amp;amp; &nbsp; &#233;</p>", "1 < 2 &amp; é"),
        ('<p><img alt="a &gt; b" src="https://e.example/">text</p>', "text"),
    ],
)
def test_plain_text_parts_words_where_blocks_do(html: str, text: str) -> None:
    assert plain(html) == text


def test_plain_text_has_no_marks_of_footnotes() -> None:
    assert told("One[^1] two[^1].\n\n[^1]: The *note*.\n") == "One two. The note."


def test_a_link_within_the_article_that_is_no_footnote_stays_in_the_plain_text() -> None:
    assert told("See [below](#b), x<sup>2</sup>.") == "See below, x2."


def test_plain_text_of_what_was_no_markup_is_what_was_written() -> None:
    assert told("1 < 2, a\\*b & `<b>` &lt;i&gt;") == "1 < 2, a*b & <b> <i>"


@pytest.mark.parametrize("space", [" ", "\n", " \t \n" * 1000, "\u00a0"])
def test_a_summary_does_not_depend_on_how_much_white_space_there_is(space: str) -> None:
    words = "word " * 100
    assert summary(space.join(words.split())) == "word " * 58 + "word" + "…"


@pytest.mark.parametrize("text", ["\uffdd\uffe0\ufffd", "．！", "\uff0b\x85"])
def test_characters_near_those_that_xml_forbids_are_kept(text: str) -> None:
    assert xml_text(text) == text
    assert xml_text(text + "\ufffe\uffff\x0b") == text
