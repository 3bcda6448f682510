"""Org files as Hugo, Nikola and notes have them."""

from __future__ import annotations

import pytest

from feedsvc.model import Problem
from feedsvc.reading.formats.reader import read_article
from tests.reading import HOW, read, refused

HEAD = "#+title: A walk\n#+date: <2020-01-02 Thu>\n#+filetags: :rain:mud:\n\n"


def content(body: str) -> str:
    return read(f"{HEAD}{body}", "a.org").content


def test_keywords_are_read() -> None:
    article = read(f"{HEAD}#+author: Ann\nText.", "a.org")
    assert (article.title, article.tags) == ("A walk", ("rain", "mud"))
    assert article.published is not None
    assert article.published.date().isoformat() == "2020-01-02"


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("*bold* /slanted/ =code= ~x~ +gone+", "<p><b>bold</b> <i>slanted</i> <code>code</code> "
         "<code>x</code> <del>gone</del></p>"),
        ("a*b*c 2/3/4 x_1_y", "<p>a*b*c 2/3/4 x_1_y</p>"),
        ("[[https://e.example/][words]]", '<p><a href="https://e.example/">words</a></p>'),
        ("[[https://e.example/a.png]]", '<p><img src="https://e.example/a.png" alt=""></p>'),
        ("[[id:1234][A note]]", "<p>A note</p>"),
        ("- a\n- b\n  - c\n- d",
         "<ul><li>a</li><li><p>b</p>\n<ul><li>c</li></ul></li><li>d</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("- term :: text", "<dl><dt>term</dt><dd>text</dd></dl>"),
        ("| a | b |\n|---+---|\n| 1 | 2 |", "<table><tbody><tr><th>a</th><th>b</th></tr>"
         "<tr><td>1</td><td>2</td></tr></tbody></table>"),
        ("#+begin_src python\n  x = 1\n#+end_src",
         '<pre><code class="language-python">x = 1\n</code></pre>'),
        ("#+BEGIN_QUOTE\nText.\n#+END_QUOTE", "<blockquote><p>Text.</p></blockquote>"),
        ("#+begin_export html\n<b>b</b><script>x</script>\n#+end_export", "<b>b</b>"),
        (": fixed\n: two", "<pre>fixed\ntwo\n</pre>"),
        ("** TODO [#A] Words :tag:\nText.", "<h3>Words</h3>\n<p>Text.</p>"),
        ("# a comment\nText.", "<p>Text.</p>"),
        ("#+begin_comment\nhidden\n#+end_comment\nText.", "<p>Text.</p>"),
        (":DRAWER:\nhidden\n:END:\nText.", "<p>Text.</p>"),
        ("Text\n-----\nmore", "<p>Text</p>\n<hr>\n<p>more</p>"),
        ("$a_1$ and \\(b^*c^*\\)", "<p>$a_1$ and \\(b^*c^*\\)</p>"),
        ("1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>"),
    ],
)  # fmt: skip
def test_markup_is_shown(body: str, html: str) -> None:
    assert content(body) == html


def test_footnotes_lead_to_their_texts() -> None:
    html = content("A[fn:1] and B[fn::inline].\n\n[fn:1] The *note*.")
    assert html.count("<sup>") == 2
    assert "<b>note</b>" in html
    assert "inline" in html.partition("<hr>")[2]


@pytest.mark.parametrize(
    "text",
    ["#+title: A\n#+draft: t\n\nText.", "#+title: A\n#+hugo_draft: true\n\nText.",
     "#+TITLE: A\n#+STATUS: private\n\nText."],
)  # fmt: skip
def test_what_is_withheld_is_not_published(text: str) -> None:
    assert read(text, "a.org").withheld


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("* COMMENT Plans\nhidden\n* Text\nshown", "withheld-text"),
        ("* Plans :noexport:\nhidden\n** More\nhidden\n* Text\nshown", "withheld-text"),
        ("#+include: /etc/passwd\nshown", "omitted-markup"),
        ("{{{macro}}} shown", "omitted-markup"),
    ],
)
def test_what_is_left_out_is_reported(body: str, code: str) -> None:
    remarks: list[Problem] = []
    article = read_article("a.org", f"{HEAD}{body}".encode(), HOW, remarks)
    assert "hidden" not in article.content
    assert "shown" in article.content
    assert [remark.code for remark in remarks] == [code]


def test_a_file_of_several_articles_is_a_problem() -> None:
    text = f"{HEAD}* A\n:PROPERTIES:\n:EXPORT_FILE_NAME: a\n:END:\nText.\n"
    assert refused(text, "a.org").code == "several-articles"


@pytest.mark.parametrize(
    "piece",
    ["- ", "  - a\n", "* a\n", "#+begin_quote\n", "[[", "$", "*a", "[fn:1]", "|", "/a ", ":A:\n"],
)
def test_what_is_repeated_takes_no_time(piece: str) -> None:
    content(piece * 10_000 + "\n\nEnd.")


def test_lists_in_one_another_are_bounded() -> None:
    assert "a" in content("".join(f"{' ' * (2 * n)}- a\n" for n in range(300)))
