"""Whatever bytes a file holds, it becomes an Article or a ReadError, and soon."""

from __future__ import annotations

import codecs
import contextlib
import time
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from lxml import etree

from feedsvc.model import Article
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.markup.content import xml_text
from feedsvc.reading.source import Reading
from tests.campaigns import examples

SOON = 2.0  # seconds that the worst file of a megabyte may take on a busy machine
HOW = Reading(base_url="https://feeds.example", site_id="test")
PATHS = (
    "a.txt", "a.md", "b/index.md", "b/2020-01-05-a.markdown", "a.html",
    "b/c/a.htm", "2020-02-30.md",
    "a", "b/.a", "_drafts/a.md", "é/ü.xhtml",
)  # fmt: skip

FRAGMENTS = (
    "---\n", "...\n", "+++\n", "{", "}", '{"title": "T"}\n', "title: T\n",
    "title: no\n", "title:\n",
    'title = "T"\n', "date: 2020-01-05\n", "date = 2020-01-05T10:00:00Z\n", "date: soon\n",
    "tags: [a, b]\n", "tags:\n  - a\n  - b: c\n", "- a\n", "key: |\n  text\n", "a: &a [b]\n", "*a",
    "b: *a\n", "<<: *a\n", "!!python/object:os.system {}\n", "? [a]\n: b\n",
    '"\\ud800"', "image: a.png\n",
    "author:\n  name: Ann\n  url: //x\n", "link: http://[\n", "lang: en_US\n",
    "enclosure: [a.mp3]\n",
    "original: {url: /a}\n", "[taxonomies]\n", "[extra]\n", "a.b.c = 1\n", "inf", "1e999", "0x1F\n",
    "# Title\n", "Title: T\n", "Date: 2020-01-05\n", "\n\n", "\n", " ", "\t",
    "===\n", "# \n", "## H\n",
    "Published at: **2020-01-05**\n", "Author: **ANN**\n", "Original: [S](https://a.example/)\n",
    "```\n", "`", "~~~\n", "{{< figure src=\"a.png\" >}}", "{{", "}}", "{%", "%}", "{{<", ">}}",
    "{% highlight x %}", "{% endhighlight %}", "{% raw %}", "{{< highlight go >}}", "{{ f(x) }}",
    "<!-- more -->", "<!doctype html>", "<html lang=no>", "<title>T", "</title>", "<body>", "<p>",
    "<article>", "</article>", "<h1>", "</h1>", "<main>", "<script type=application/ld+json>",
    '{"@type": "Article", "headline": "H", "datePublished": 3}', "</script>",
    "<meta charset=latin1>",
    '<meta property="article:published_time" content="2020">', "<time datetime=2020-01-05>", "<!--",
    "<svg>", "<frameset>", "<base href=x>", "<link rel=canonical href='https://a.example/x'>",
    "text", "\u00e9", "\u200b", "\ufeff", "\U0001f600", "\x00", "\x0b", "\u2028", "&#0;", "&lt;",
)  # fmt: skip

pieces = st.one_of(
    st.sampled_from([fragment.encode() for fragment in FRAGMENTS]),
    st.sampled_from([codecs.BOM_UTF8, codecs.BOM_UTF16_LE, b"\xff", b"\r\n", b"\r", b"\xe9"]),
    st.binary(max_size=6),
)
files = st.one_of(
    st.lists(pieces, max_size=14).map(b"".join),
    st.lists(st.sampled_from(FRAGMENTS), max_size=14).map(
        lambda parts: codecs.BOM_UTF16_BE + "".join(parts).encode("utf-16-be")
    ),
    st.tuples(st.sampled_from(["---\n", "+++\n"]), st.lists(st.sampled_from(FRAGMENTS))).map(
        lambda told: (told[0] + "".join(told[1]) + told[0] + "Text.").encode()
    ),
)


def read(data: bytes | str, path: str = "a.md", how: Reading = HOW) -> Article:
    return read_article(path, data.encode() if isinstance(data, str) else data, how)


def refused(data: bytes | str, path: str = "a.md") -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(data, path)
    return caught.value


def check(article: Article) -> None:
    """What every Article must be, whatever it was read from."""
    assert article.title.strip()
    assert article.content.strip()
    said = [article.title, article.content, article.summary, article.key, article.image]
    said += [person.name for person in article.authors] + [*article.tags]
    assert all(text == xml_text(text) for text in said)
    etree.fromstring(f"<div>{article.title.translate(str.maketrans('<&', '__'))}</div>")
    assert all(moment is None or moment.tzinfo for moment in (article.published, article.updated))
    assert article.digest


@examples(150, 5000, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(PATHS), data=files, fallback=st.sampled_from(["", "windows-1252"]))
def test_any_bytes_in_any_layout_are_an_article_or_a_refusal(
    path: str, data: bytes, fallback: str
) -> None:
    with contextlib.suppress(ReadError):
        check(read(data, path, Reading(encoding=fallback, base_url="https://feeds.example")))


def yaml(text: str) -> str:
    return f"---\n{text}\n---\nText."


def toml(text: str) -> str:
    return f"+++\n{text}\n+++\nText."


def aliases(level: int) -> str:
    """A list that is nine times as long with each level, were the aliases written out."""
    names = "abcdefghijklmn"[:level]
    lines = [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in pairwise(names)]
    return "\n".join(["a: &a [x, x]", *lines])


BROKEN = "bad-front-matter"


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        (yaml(aliases(12)), BROKEN, 7, 12),
        (yaml(f"a: &a {'x' * 50_000}\ntags: [{'*a, ' * 9000}]"), BROKEN, 3, 12),
        (yaml("a: &a [*a]"), BROKEN, 2, 8),
        (yaml("a: " + "[" * 50_000), "too-deep", 2, 23),
        (yaml("a: " + "{a: " * 20_000), "too-deep", 2, 80),
        (yaml("a:\n " + "- " * 40_000), "too-deep", 3, 40),
        (yaml("a: 1\n" + "? " * 40_000), BROKEN, 3, 3),
        (yaml("a: " + "b " * 60_000), BROKEN, 2, 0),
        (toml("a = " + "[" * 50_000), "too-deep", 2, 0),
        (toml("a = " + "{a = " * 19_000), "too-deep", 2, 0),
        (toml("\n[" + "a." * 40_000 + "b]\nc = 1"), "too-deep", 3, 0),
        (toml("a = " + "9" * 90_000), BROKEN, 2, 0),
        (toml("a = 0x" + "f" * 90_000), BROKEN, 2, 0),
        ('{"a":' + "[" * 50_000, "too-deep", 1, 0),
        ('{"a":' * 50_000, "too-deep", 1, 0),
        ('{"a":"' + "x" * 200_000 + '"}', BROKEN, 1, 0),
        ("<div>" * 200_000, "too-deep", 0, 0),
        ("<html>" + "<div>" * 200_000, "too-deep", 1, 0),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_would_grow_without_bound_is_refused_at_once(
    text: str, code: str, line: int, column: int
) -> None:
    begun = time.perf_counter()
    refusal = refused(text)
    assert (refusal.code, refusal.line, refusal.column) == (code, line, column)
    assert len(str(refusal)) < 200
    assert time.perf_counter() - begun < SOON


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.md", toml(',"' * 40_000)),
        ("a.md", toml("a = [" + "\n" * 90_000 + "]")),
        ("a.md", toml("".join(f"{'a.' * 18}b{n} = 1\n" for n in range(500)))),
        ("a.md", yaml("date: 2020-01-01" + " " * 80_000 + "x")),
        ("a.md", yaml("author: " + "a<" * 40_000)),
        ("a.md", yaml("tags: " + "a," * 10_000)),
        ("a.md", yaml("lang: " + "a-" * 40_000)),
        ("a.md", "---\n" + "#\n" * 20_000 + "x"),
        ("a.md", "Title: T\n" + "    more\n" * 50_000),
        ("a.md", "`" + "x" * 1_000_000),
        ("a.md", "x" * 1_000_000),
        ("a.md", " " * 1_000_000 + "x"),
        ("a.txt", "# " + "x" * 1_000_000),
        ("a.txt", "x\n \n" * 50_000),
        ("a.md", yaml("title: T") + "{{ " * 100_000),
        ("a.md", yaml("title: T") + "{{ " * 100_000 + "}}"),
        ("a.md", yaml("title: T") + "{% raw %} " * 50_000),
        ("a.md", yaml("title: T") + "{{< highlight >}} " * 30_000),
        ("a.md", yaml("title: T") + "".join("`" * (n % 600 + 1) + "{{" for n in range(1500))),
        ("a.md", yaml("title: T") + ("{{< a " + '"' * 3000 + ">}}") * 100),
        ("a.md", yaml("title: T") + "<!-- more " * 50_000),
        ("a.html", "<meta name=a content=b>" * 10_000 + "x"),
        ("a.html", "<script></script>x" * 20_000),
        ("a.html", "<!--" * 100_000),
        ("a.html", "<!doctype html" * 50_000),
        ("a.html", "<p " + "a=b " * 100_000 + ">x"),
        ("a.html", f'<script type="application/ld+json">{"[" * 200_000}</script>x'),
        ("a.html", '<script type="application/ld+json">' + '{"@graph":' * 50_000 + "</script>x"),
        ("_-" * 20_000 + ".md", yaml("tags: a")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_no_file_takes_long(path: str, text: str) -> None:
    begun = time.perf_counter()
    with contextlib.suppress(ReadError):
        check(read(text, path))
    assert time.perf_counter() - begun < SOON


def test_a_tag_of_yaml_constructs_nothing() -> None:
    article = read(yaml("title: T\na: !!python/object/apply:os.abort []\nb: !!timestamp x"))
    assert article.title == "T"


def test_what_xml_cannot_carry_reaches_no_article() -> None:
    assert read('{"title": "a\\ud800b\\u0000"}\nText.').title == "ab"
    assert read(yaml('title: "a\\0b\\x0c"')).title == "ab"
    assert read(yaml("title: a\0b") + "\0").title == "ab"
    assert refused(yaml('title: "\\ud800"')).code == BROKEN


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + b"---\ntitle: Zo\xc3\xab\n---\nText.",
        b"---\r\ntitle: Zo\xc3\xab\r\n---\r\nText.",
        b"---\rtitle: Zo\xc3\xab\r---\rText.",
        codecs.BOM_UTF16_LE + "---\ntitle: Zoë\n---\nText.".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "---\r\ntitle: Zoë\r\n---\r\nText.".encode("utf-16-be"),
    ],
    ids=["BOM", "CRLF", "CR", "UTF-16 LE", "UTF-16 BE, CRLF"],
)
def test_front_matter_is_read_in_every_encoding(data: bytes) -> None:
    article = read(data)
    assert (article.title, article.content) == ("Zoë", "<p>Text.</p>")
