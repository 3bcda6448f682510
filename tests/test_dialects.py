"""Markdown as Obsidian, GitHub, MkDocs, Docusaurus, kramdown and others extend it."""

from __future__ import annotations

import pytest

from feedsvc.model import Problem
from feedsvc.reading.dialects import blocks, inlines, mdx
from feedsvc.reading.formats.reader import read_article
from tests.reading import HOW, read

BOX = "<blockquote>\n<p><strong>{}</strong></p>\n<p>Text.</p>\n</blockquote>"


def content(text: str, path: str = "a.md") -> str:
    return read(f"---\ntitle: T\n---\n{text}", path).content


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("!!! note\n    Text.", "Note"),
        ('!!! warning "Mind *it*"\n\n    Text.', "Mind <em>it</em>"),
        ("??? tip\n    Text.", "Tip"), ("???+ danger 'Stop'\n    Text.", "Stop"),
        ("::: tip\nText.\n:::", "Tip"), (":::note[Mind it]\nText.\n:::", "Mind it"),
        (":::warning Mind it\n\nText.\n\n:::", "Mind it"), ("::: details More\nText.\n:::", "More"),
        ('::: {.callout-note title="Mind it"}\nText.\n:::', "Mind it"),
        ("> [!NOTE]\n> Text.", "Note"), ("> [!warning]- Mind it\n> Text.", "Mind it"),
        ("> [!info|wide]+\n> Text.", "Info"),
    ],
)  # fmt: skip
def test_a_box_is_a_quotation_with_its_title(text: str, title: str) -> None:
    assert content(text) == BOX.format(title)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ('!!! note ""\n    Text.\nafter',
         "<blockquote>\n<p>Text.</p>\n</blockquote>\n<p>after</p>"),
        ("!!! note\n    - a\n    - b", "<blockquote>\n<p><strong>Note</strong></p>\n<ul>\n"
         "<li>a</li>\n<li>b</li>\n</ul>\n</blockquote>"),
        ("!!! note\n    !!! tip\n        Text.",
         "<blockquote>\n<p><strong>Note</strong></p>\n" + BOX.format("Tip") + "\n</blockquote>"),
        (":::: note\n::: tip\nText.\n:::\n::::", "<blockquote>\n<p><strong>Note</strong></p>\n"
         + BOX.format("Tip") + "\n</blockquote>"),
        ("::: columns\n::: {.column}\nText.\n:::\n:::", "<p>Text.</p>"),
        ('=== "C"\n\n    Text.\n\n=== "D"\n\n    More.',
         "<p><strong>C</strong></p>\n<p>Text.</p>\n<p><strong>D</strong></p>\n<p>More.</p>"),
        ("Term\n: Text *here*.", "<dl>\n<dt>\n<p>Term</p>\n</dt>\n<dd>\n"
         "<p>Text <em>here</em>.</p>\n</dd>\n</dl>"),
        ("A\nB\n\n:   C\n\n    D\n\nafter",
         "<dl>\n<dt>\n<p>A</p>\n</dt>\n<dt>\n<p>B</p>\n</dt>\n<dd>\n<p>C</p>\n<p>D</p>\n</dd>\n</dl>\n<p>after</p>"),
        ("HTML is `HTML`.\n\n*[HTML]: Hypertext", '<p><abbr title="Hypertext">HTML</abbr> is '
         "<code>HTML</code>.</p>"),
        ("[TOC]\n\nText.", "<p>Text.</p>"), ("[[_TOC_]]\n\nText.", "<p>Text.</p>"),
        ("[[toc]]\n\nText.", "<p>Text.</p>"), ("${toc}\n\nText.", "<p>Text.</p>"),
        ("Text.\n\n    :::python\n    x = 1\n\n    y = 2",
         '<p>Text.</p>\n<pre><code class="language-python">x = 1\n\ny = 2\n</code></pre>'),
        ("{::nomarkdown}<b>b</b>{:/nomarkdown}", "<p><b>b</b></p>"),
        ("{::options parse_block_html=\"true\" /}\nText.", "<p>Text.</p>"),
        ("a ==b c== d", "<p>a <mark>b c</mark> d</p>"),
        ("if (a == b && c == d)", "<p>if (a == b &amp;&amp; c == d)</p>"),
        ("Done :tada: :+1:", "<p>Done 🎉 👍</p>"), ("10:30:20 `:tada:` :nobody:",
         "<p>10:30:20 <code>:tada:</code> :nobody:</p>"),
        ("[[A note]] and [[a/b#Part|words]]", "<p>A note and words</p>"),
        ("`[[x]]` arr[[1]] [[ -f x ]]", "<p><code>[[x]]</code> arr[[1]] [[ -f x ]]</p>"),
        ("[[https://e.example/|here]]", '<p><a href="https://e.example/">here</a></p>'),
    ],
)  # fmt: skip
def test_blocks_and_signs_become_html(text: str, html: str) -> None:
    assert content(text) == html


@pytest.mark.parametrize(
    ("text", "picture"),
    [("![[my photo.png|300]]", "my%20photo.png"), ("![[photo.png|A cat]]", "photo.png")],
)
def test_embedded_files_are_shown(text: str, picture: str) -> None:
    converted = inlines.converted(text)
    assert converted.startswith("![")
    assert converted.endswith(f"]({picture})")


@pytest.mark.parametrize(
    "text",
    [
        "```\n!!! note\n    x\n::: tip\n:::\n==m== [[x]] :tada:\n```",
        "~~~\n> [!NOTE]\nTerm\n: text\n~~~",
        "    !!! note\n    ==m==",
    ],
)
def test_code_stays_as_it_is(text: str) -> None:
    html = content(f"Text.\n\n{text}")
    assert "<blockquote>" not in html
    assert "<mark>" not in html
    assert html.count("<pre>") == 1


def test_a_snippet_of_another_file_is_reported() -> None:
    remarks: list[Problem] = []
    read_article("a.md", b'# T\n\nText.\n\n--8<-- "/etc/passwd"\n', HOW, remarks)
    assert [remark.code for remark in remarks] == ["omitted-markup"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("import A from './a'\nimport {B} from \"b\";\nimport 'c.css'\n\nText.", "<p>Text.</p>"),
        ("export const x = {\n  a: 1,\n\n  b: 2,\n}\n\nText.", "<p>Text.</p>"),
        ("export default function F() {\n  return 1\n}\n\nText.", "<p>Text.</p>"),
        ("import the data first.", "<p>import the data first.</p>"),
        ("import a from './x.png'\n\n<img src={a} style={{width: 300}} />",
         '<img src="https://feeds.example/news/a/x.png">'),
        ("<b className={'x'} onClick={() => f({a: 1})}>Text.</b>", "<p><b>Text.</b></p>"),
        ("```js\nimport a from 'b'\n```", '<pre><code class="language-js">import a from \'b\'\n'
         "</code></pre>"),
    ],
)  # fmt: skip
def test_programs_of_mdx_are_removed(text: str, html: str) -> None:
    found = read(f"---\ntitle: T\n---\n{text}", "a/b.mdx").content
    assert found == html or ("/media/" in found and "<img" in html)


@pytest.mark.parametrize(
    "piece",
    ["!!! a\n    ", "::: a\n", ": a\n", "x\n: a\n", "> [!a]\n", '=== "a"\n    ', "```\n", "[[",
     "==a", "`[[", ":a", "![[a|", "<a b={", "export const x\n", "{::x", "*[a]: b\n"],
)  # fmt: skip
def test_what_is_repeated_takes_no_time(piece: str) -> None:
    text = piece * 10_000
    for convert in (blocks.Blocks().converted, inlines.converted, mdx.converted):
        convert(text)


def test_boxes_in_one_another_are_bounded() -> None:
    assert "end" in content("".join(" " * 4 * n + "!!! a\n" for n in range(300)) + "\nend")
