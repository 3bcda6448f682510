"""No word is lost: what a browser would show of an article is what its entry shows, in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.reading.formats import front_matter
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.markup.content import plain
from feedsvc.reading.markup.markup import from_markdown, safe
from feedsvc.reading.source import Reading, Source
from feedsvc.reading.templates.tags import expand_tags
from tests.campaigns import examples

SOURCE = Source("a.md", "", Reading(base_url="https://e.example"))
SITES = Path(__file__).parent / "sites"
WORD = re.compile(r"w\d+x")
UNSHOWN = ("script", "style", "template", "noscript", "annotation", "annotation-xml", "head")

# What may stand around a text, or before it and never be closed.
KNOWN = ["em", "b", "i", "code", "span", "a", "sub", "kbd", "ruby", "q", "u", "mark", "time"]
UNKNOWN = [
    "button", "label", "form", "fieldset", "legend", "output", "canvas", "dialog", "map", "object",
    "font", "my-element", "T", "path", "text", "mi", "mtext", "int", "your-name", "image2", "svg",
    "g", "foreignObject", "tspan", "center", "marquee", "nobr", "blink", "applet", "menu", "dir",
]  # fmt: skip
SWALLOWING = [
    "title", "textarea", "iframe", "noembed", "noframes", "xmp", "plaintext", "select", "option",
    "script", "style", "template", "button", "math", "svg", "object", "video", "frameset", "table",
    "optgroup", "datalist", "path", "body", "html", "head", "form",
]  # fmt: skip
BLOCKS = ["p", "div", "blockquote", "section", "h2", "pre", "figure", "details", "form", "article"]
GONE = [
    "<script>{}</script>",
    "<style>{}</style>",
    "<template>{}</template>",
    "<!-- {} -->",
    "<math><semantics><mi>1</mi><annotation>{}</annotation></semantics></math>",
]
CLOSED = [
    "<textarea>{}</textarea>", "<title>{}</title>", "<select><option>{}</option></select>",
    "<select><option>{}<option>more</select>", "<button type=button>{}</button>",
    '<iframe src="https://e.example/x">{}</iframe>', "<noembed>{}</noembed>",
    "<math><mi>{}</mi></math>", "<svg><title>{}</title></svg>", "<svg><text>{}</text></svg>",
    '<object data="https://e.example/o"><p>{}</p></object>', "<xmp>{}</xmp>",
    "<table><tr><td>{}</td></tr></table>", "<ul><li>{}</ul>", "<dl><dt>{}<dd>d</dl>",
    "<math><semantics><mi>{}</mi><annotation>tex</annotation></semantics></math>",
]  # fmt: skip

Told = tuple[str, tuple[str, ...]]  # markup, and the words of it that are to be seen


def shown(html: str) -> list[str]:
    return WORD.findall(plain(safe(html, SOURCE).html))


_numbers = count()
words = st.builds(lambda: f"w{next(_numbers)}x").map(lambda word: (f" {word} ", (word,)))


def around(tags: list[str]) -> Callable[[st.SearchStrategy[Told]], st.SearchStrategy[Told]]:
    def wrapped(inner: st.SearchStrategy[Told]) -> st.SearchStrategy[Told]:
        return st.builds(
            lambda tag, told: (f"<{tag}>{told[0]}</{tag}>", told[1]), st.sampled_from(tags), inner
        )

    return wrapped


def joined(parts: list[Told]) -> Told:
    return "".join(part[0] for part in parts), tuple(word for part in parts for word in part[1])


closed = st.builds(
    lambda form, told: (form.format(told[0]), told[1]), st.sampled_from(CLOSED), words
)
gone = st.builds(lambda form, told: (form.format(told[0]), ()), st.sampled_from(GONE), words)
opened = st.sampled_from(SWALLOWING).map(lambda tag: (f"<{tag}>", ()))
inline = st.recursive(
    st.one_of(words, words, closed, gone),
    lambda inner: st.one_of(around(KNOWN)(inner), around(UNKNOWN)(inner)),
    max_leaves=3,
)
lines = st.lists(inline, min_size=1, max_size=4).map(joined)
pages = st.lists(st.one_of(around(BLOCKS)(lines), lines), min_size=1, max_size=5).map(joined)


@given(pages)
@examples(300, 10_000)
def test_every_word_of_a_page_is_shown_in_its_order(page: Told) -> None:
    html, expected = page
    assert shown(html) == list(expected)


@given(pages)
@examples(200, 10_000)
def test_they_are_those_that_a_browser_finds(page: Told) -> None:
    html, _ = page
    tree = html5lib.parseFragment(html, treebuilder="lxml", namespaceHTMLElements=False)
    assert shown(html) == WORD.findall(" ".join(text for one in tree for text in texts(one)))


def texts(node: object) -> list[str]:
    """The texts below a node of an HTML5 parser's tree, without what nobody is to see."""
    if isinstance(node, str):
        return [node]
    tag = getattr(node, "tag", None)
    inner: list[str] = []
    if isinstance(tag, str) and tag.rpartition("}")[2] not in UNSHOWN:
        inner = [getattr(node, "text", None) or ""]
        inner += [text for child in node for text in texts(child)]  # type: ignore[attr-defined]
    return [*inner, getattr(node, "tail", None) or ""]


@given(lines, opened, lines, lines)
@examples(300, 10_000)
def test_a_tag_that_is_never_closed_costs_nothing_but_itself(
    first: Told, tag: Told, second: Told, third: Told
) -> None:
    parts = [first, tag, second, ("</p>\n<p>", ()), third]
    if f"</{tag[0][1:]}" in joined(parts)[0]:
        return  # it is closed after all
    html, expected = joined(parts)
    assert shown(f"<p>{html}</p>") == list(expected)
    file = f"<!doctype html><title>A title</title><body><p>w{0}x {html}</p>"
    article = read_article("a.html", file.encode(), Reading())
    assert WORD.findall(plain(article.content)) == ["w0x", *expected]


spans = st.sampled_from(
    ["{}", "*{}*", "**{}**", "`{}`", "[{}](https://e.example)", "~~{}~~", "<kbd>{}</kbd>", "\\*{}",
     "${}_1 + x^2$", "\\({}_i\\)", "$$x_{{{}}}$$", "`<title>` {}", "\"{}\"", "{}<br>", "&lt;{}>"]
)  # fmt: skip
texts_of_markdown = st.lists(
    st.one_of(
        st.builds(lambda form, told: (form.format(told[1][0]), told[1]), spans, words),
        opened,
        closed,
    ),
    min_size=1,
    max_size=5,
).map(lambda parts: (" ".join(part[0] for part in parts), joined(parts)[1]))
blocks = st.builds(
    lambda form, told: (form.format(told[0]), told[1]),
    st.sampled_from(["{}", "# {}", "- {}\n- b", "1. {}", "> {}", "{}\n---", "## {} {{#id}}",
                     "{}\n{{: .lead}}", "<div>\n\n{}\n\n</div>"]),
    texts_of_markdown,
)  # fmt: skip
code = st.builds(lambda told: (f"```\n<title>{told[0]}<b>\n```", told[1]), words)
markdown = st.lists(st.one_of(blocks, blocks, code), min_size=1, max_size=5).map(
    lambda parts: ("\n\n".join(part[0] for part in parts), joined(parts)[1])
)


@given(markdown)
@examples(300, 10_000)
def test_every_word_of_markdown_is_shown_in_its_order(text: Told) -> None:
    written, expected = text
    assert shown(from_markdown(written)) == list(expected)


def test_a_formula_that_is_never_closed_ends_with_the_next() -> None:
    assert shown("<math> <math><mi>w1x</mi></math> <a href='https://e.example'>w2x</a>") == [
        "w1x",
        "w2x",
    ]


@given(pages)
@examples(200, 10_000)
def test_every_word_of_an_html_file_is_shown_in_its_order(page: Told) -> None:
    html, expected = page
    if not expected:
        return
    file = f"<!doctype html><title>A title</title><body><article><h1>A title</h1>{html}</article>"
    article = read_article("a.html", file.encode(), Reading())
    assert WORD.findall(plain(article.content)) == list(expected)


@pytest.mark.parametrize("path", sorted(SITES.rglob("*.md")), ids=lambda path: path.name)
def test_the_articles_of_the_sites_lose_nothing(path: Path) -> None:
    source = Source(path.name, path.read_text(encoding="utf-8"))
    fields, start = front_matter.header(source)
    html = from_markdown(expand_tags(source, start, fields))
    tree = html5lib.parseFragment(html, treebuilder="lxml", namespaceHTMLElements=False)
    expected = " ".join(text for one in tree for text in texts(one))
    letters = re.compile(r"\w+")
    assert letters.findall(plain(safe(html, source).html)) == letters.findall(expected)
