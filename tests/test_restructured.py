"""reStructuredText as Pelican, Nikola, Sphinx and ABlog sites have it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.model import Problem
from feedsvc.reading.formats.reader import read_article
from tests.reading import HOW, read

HEAD = "A walk\n######\n\n:date: 2020-01-02\n\n"
DAY = datetime(2020, 1, 2, tzinfo=UTC)


def content(body: str) -> str:
    return read(f"{HEAD}{body}", "a.rst").content


def codes(body: str) -> list[tuple[str, int]]:
    remarks: list[Problem] = []
    read_article("a.rst", f"{HEAD}{body}".encode(), HOW, remarks)
    return [(remark.code, remark.line) for remark in remarks]


@pytest.mark.parametrize(
    "text",
    [
        "A walk\n######\n\n:date: 2020-01-02\n:tags: rain, mud\n:author: Ann\n\nText.\n",
        "######\nA walk\n######\n:date: 2020-01-02\n:tags: rain, mud\n:author: Ann\n\nText.\n",
        ".. title: A walk\n.. date: 2020-01-02\n.. tags: rain, mud\n.. author: Ann\n\nText.\n",
        "A walk\n======\n\n.. post:: Jan 2, 2020\n   :tags: rain, mud\n   :author: Ann\n\nText.\n",
        "---\ntitle: A walk\ndate: 2020-01-02\ntags: [rain, mud]\nauthor: Ann\n---\n\nText.\n",
        ":date: 2020-01-02\n:tags: rain, mud\n:author: Ann\n:title: A walk\n\nText.\n",
    ],
)
def test_keys_are_read_in_each_form(text: str) -> None:
    article = read(text, "a.rst")
    assert (article.title, article.published, article.tags) == ("A walk", DAY, ("rain", "mud"))
    assert [person.name for person in article.authors] == ["Ann"]
    assert article.content == "<p>Text.</p>"


@pytest.mark.parametrize(
    "text",
    [
        "A\n#\n\n:status: draft\n\nText.\n",
        ".. title: A\n.. status: private\n\nText.\n",
        ".. title: A\n.. tags: x, draft\n\nText.\n",
        "---\ndraft: true\n---\n\nA\n=\n\nText.\n",
        "A\n=\n\n:published: false\n\nText.\n",
    ],
)
def test_what_is_withheld_is_not_published(text: str) -> None:
    assert read(text, "a.rst").withheld


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("``x < y``", "<p><code>x &lt; y</code></p>"),
        (":sub:`a` *b* **c**", "<p><sub>a</sub> <em>b</em> <strong>c</strong></p>"),
        (":ref:`words <place>` :doc:`Other </a/b>`", "<p>words Other</p>"),
        (":py:class:`~a.b.C` :func:`f`", "<p><code>C</code> <code>f</code></p>"),
        (":nobody:`knows`", "<p>knows</p>"),
        ("`site <https://e.example/>`_", '<p><a href="https://e.example/">site</a></p>'),
        (".. code-block:: python\n\n   x = 1\n",
         '<pre><code class="language-python">x = 1</code></pre>'),
        ("Code::\n\n  a < b\n", "<p>Code:</p>\n<pre>a &lt; b</pre>"),
        (".. note:: Careful.\n",
         "<aside>\n<p><strong>Note</strong></p>\n<p>Careful.</p>\n</aside>"),
        (".. raw:: html\n\n   <b>b</b><script>x</script>\n", "<b>b</b>"),
        (".. nobody::\n   :x: y\n\n   *Text* here.\n", "<p><em>Text</em> here.</p>"),
        (".. versionadded:: 1.2\n   Words.\n", "<p><strong>1.2 Words.</strong></p>"),
        (".. toctree::\n   :maxdepth: 2\n\n   a\n   b\n\nText.", "<p>Text.</p>"),
        (".. contents::\n\nText.", "<p>Text.</p>"),
        (".. a comment\n\nText.", "<p>Text.</p>"),
        (".. youtube:: dQw4w9WgXcQ\n",
         '<p><a href="https://www.youtube.com/watch?v=dQw4w9WgXcQ"><img src="https://i.ytimg.com/vi/'
         'dQw4w9WgXcQ/hqdefault.jpg" alt=""><br>Video on YouTube</a></p>'),
    ],
)  # fmt: skip
def test_markup_is_shown(body: str, html: str) -> None:
    assert content(body) == html


def test_formulas_become_mathml() -> None:
    assert "<mfrac>" in content(r":math:`\frac{a}{b}`")


def test_pictures_and_their_captions_are_shown() -> None:
    html = content(".. figure:: https://e.example/a.png\n   :alt: Rain\n\n   The *rain*.\n")
    assert '<img alt="Rain" src="https://e.example/a.png">' in html
    assert "<figcaption>" in html


def test_the_summary_ends_at_the_teaser() -> None:
    article = read(f"{HEAD}First.\n\n.. TEASER_END\n\nSecond.\n", "a.rst")
    assert article.summary == "First."
    assert "Second." in article.content


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (".. include:: /etc/passwd\n\nText.", [("omitted-markup", 6)]),
        (".. literalinclude:: /etc/passwd\n\nText.", [("omitted-markup", 6)]),
        (".. raw:: html\n   :file: /etc/passwd\n\nText.", [("omitted-markup", 6)]),
        (".. raw:: html\n   :url: file:///etc/passwd\n\nText.", [("omitted-markup", 6)]),
        (".. csv-table:: T\n   :file: /etc/passwd\n\nText.", [("bad-markup", 6)]),
        ("Text ``a.", [("bad-markup", 6)]),
    ],
)
def test_nothing_is_read_from_files_and_that_is_reported(
    body: str, told: list[tuple[str, int]]
) -> None:
    assert codes(body) == told
    assert "root:" not in content(body)


@pytest.mark.parametrize(
    "piece", ["* a\n\n", "  " * 3 + "* a\n", "``", "*a", ".. x:: y\n\n", "|a", "`a"]
)
def test_what_is_repeated_is_bounded(piece: str) -> None:
    assert content(piece * 300 + "\n\nEnd.\n").endswith(("End.</p>", "</ul>", "</blockquote>"))


def test_the_text_of_what_is_broken_stays() -> None:
    html = content(
        "Second\n------\n\na\n\nThird\n~~~~~\n\nb\n\nBroken\n^^^^^^\n\nc\n\nOdd\n******\n\nd\n"
    )
    assert all(f"<p>{letter}</p>" in html for letter in "abcd")
