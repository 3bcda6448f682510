"""HTML that would keep the sanitiser busy: refused, or done in time."""

from __future__ import annotations

import contextlib
import time

import pytest

from feedsvc.reading.errors import ReadError
from feedsvc.reading.markup.markup import Content, from_markdown, safe
from feedsvc.reading.source import Source

SOURCE = Source("a.md", "")


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 600,
        "<div/>" * 600,
        "<div>" * 100_000,
        "<blockquote><p>" * 600,
        "<ul><li>" * 600,
        "<table><tr><td>" * 600,
        "<p><b>a</p>" * 600,
        "<b><i></b></i>" * 600,
        '<div title="</div>">' * 600,
        "<div title='</div>'>" * 600,
        "<div x=</div>>" * 600 + "</x>" * 600,
        "<div><!-- </div> -->" * 600,
        "<div><style></div></style>" * 600,
        "<div><textarea></div></textarea>" * 600,
        "<span><div></span></div>" * 600,
        "<b><table><td></b></table>" * 600,
        "<svg>" + "<div><style></div></style></svg>" * 10_001,
        "<p>" + "".join(f"<b id={i}>" for i in range(300)) + "<p>a" * 5000,
        "<svg>" + "<b>" * 5000 + "<p>a" * 4000,
        "<table>" + "a<b>x</b>" * 10_001,
        "<table>" + "a</p>" * 10_001,
    ],
    ids=range(21),
)
def test_html_that_is_nested_too_deeply_is_refused(html: str) -> None:
    with pytest.raises(ReadError, match="nested") as caught:
        safe(html, SOURCE)
    assert caught.value.code == "too-deep"


@pytest.mark.parametrize(
    "html",
    [
        "<div><p>a</p></div>" * 2000,
        "<p>a" * 2000,
        "<ul>" + "<li>a<li><p>b" * 1000 + "</ul>",
        "<table>" + "<tr><td>a<th>b" * 1000 + "</table>",
        "<dl>" + "<dt>a<dd>b" * 1000 + "</dl>",
        "a<br>b<img src=x><hr/>" * 1000,
        "<h2>a</h2><p>b <a href=x>c</a> <b>d <i>e</i></b></p><!-- <div> -->" * 1000,
        "<script>if (a<b) { document.write('<div>') }</script><p>a</p>" * 1000,
        "<svg>" + "<path d='x'/>" * 2000 + "</svg>",
        "<svg><![CDATA[><x>]]>" * 10_001,
        "<div><script><!--<script></script></div>--></script>" * 2000,
        "<div>" * 400 + "</div>" * 400 + "<!-- a <b> -->" * 500,
    ],
    ids=range(12),
)
def test_html_that_is_long_and_not_deep_is_taken(html: str) -> None:
    assert isinstance(safe(html, SOURCE), Content)


@pytest.mark.parametrize(
    "text",
    [
        "<" * 200_000,
        "<div " * 200_000,
        '<a "' * 100_000,
        "<a x='" * 100_000,
        "<!--" * 100_000,
        "<!-- " + "-" * 1_000_000,
        "<style>" * 100_000,
        "</" * 100_000,
        "[" * 50_000,
        "](" * 100_000,
        "*" * 100_000,
        "*a " * 100_000,
        "`" * 100_000,
        ">" * 50_000,
        "- " * 50_000,
        "".join("  " * depth + "- a\n" for depth in range(700)),
        "|a|b|\n|-|-|\n" + "|1|2|\n" * 4_000,
        "a[^1]" * 3_000 + "\n\n[^1]: b\n",
        "".join(f"a[^{n}]\n\n[^{n}]: b\n\n" for n in range(2_000)),
    ],
    ids=range(19),
)
def test_text_made_to_be_slow_is_not(text: str) -> None:
    began = time.monotonic()
    with contextlib.suppress(ReadError):
        safe(from_markdown(text), SOURCE)
    assert time.monotonic() - began < 5
