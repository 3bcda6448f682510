"""Comments are never shown, in any of the ways to write one, and no text goes with them."""

from __future__ import annotations

import pytest

from feedsvc.model import Problem
from feedsvc.reading.formats.reader import read_article
from tests.reading import HOW, keys, read


def content(body: str, path: str = "a/b.md") -> str:
    return read(keys("title: T").replace("Text.", body), path).content


def told(text: str, path: str = "a.md") -> list[tuple[str, int]]:
    remarks: list[Problem] = []
    read_article(path, text.encode(), HOW, remarks)
    return [(problem.code, problem.line) for problem in remarks]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a <!-- hidden --> b", "<p>a  b</p>"),
        ("a <!-- hidden -- hidden --> b", "<p>a  b</p>"),
        ("a <!-- hidden\n\nhidden --> b", "<p>a  b</p>"),
        ("a\n\n<!-- hidden\n\nhidden `\n-->\n\nb `c`", "<p>a</p>\n\n<p>b <code>c</code></p>"),
        ("- a\n  <!-- hidden\n\nhidden -->\n\nb\n\nc",
         "<ul>\n<li>a</li>\n</ul>\n<p>b</p>\n<p>c</p>"),
        ("* a\n   <!-- hidden\nhidden\n\n hidden\n-->\nb", "<ul>\n<li>a</li>\n</ul>\n<p>b</p>"),
        ("<div>\n<!--\n\nhidden -->\nb\n</div>", "<div>\n<p>b</p>\n</div>"),
        ("it`s {% comment %} don`t {% endcomment %} b", "<p>it`s  b</p>"),
        ("it`s {{/* don`t */}} b", "<p>it`s  b</p>"), ("n`a %%don`t%% b", "<p>n`a  b</p>"),
        ("{#TODO hidden\nhidden #} b", "<p>b</p>"), ("{#hidden {x} y#} b", "<p>b</p>"),
        ("{#hidden {{ page.title }}\n\n#} b", "<p>b</p>"),
        ("{% # hidden %} b", "<p>b</p>"), ("{%- # hidden\n# hidden\n-%} b", "<p>b</p>"),
        ("a\n[//]: # (hidden)\nb", "<p>a</p>\n<p>b</p>"),
        ("[//]: # (hidden (hidden) hidden)\nb", "<p>b</p>"),
        ("[//]: # hidden hidden\nb", "<p>b</p>"), ("[//]: <> (hidden 'x)\nb", "<p>b</p>"),
        ("[//]: # (hidden\n\nhidden)\nb", "<p>b</p>"),
        ("[_]: # 'hidden\nhidden'\nb", "<p>b</p>"),
        ("[comment]: #\n(hidden)\n\nb", "<p>b</p>"),
        ("{% if false %}{% case x %}{% when 1 %}x{% else %}x{% endcase %}{% endif %}b", "<p>b</p>"),
        ("{% if false %}x {% raw %}{% endif %}{% endraw %} x{% endif %}b", "<p>b</p>"),
        ("{% comment %}x {% raw %}{% endcomment %}{% endraw %} x{% endcomment %}b", "<p>b</p>"),
        ("{% if false and x %}x{% endif %}b", "<p>b</p>"),
        ("{{ if false }}x{{ if y }}x{{ end }}x{{ end }}b", "<p>b</p>"),
        ("{{#if false}}x{{#each y}}x{{/each}}{{/if}}b", "<p>b</p>"),
        ("{% if nil %}{% for a in b %}x{% else %}x{% endfor %}{% else %}b{% endif %}", "<p>b</p>"),
        ("<% if false %>x<% y.each do |z| %>x<% end %>x<% end %>b", "<p>b</p>"),
        ("{::comment }hidden{:/comment}b", "<p>b</p>"), ("{::comment/}b", "<p>b</p>"),
        ("a\\\\{% comment %}hidden{% endcomment %}b", "<p>a\\b</p>"),
        ("\\{% comment %}hidden{% endcomment %}b", "<p>\\b</p>"),
        ("%%\nhidden 50%% hidden\nhidden\n%%\nb", "<p>b</p>"),
        ("a%%hidden hidden%% b", "<p>a b</p>"),
        ("{% comment \"note\" %}hidden{% endcomment %}b", "<p>b</p>"),
        ("- a\n- <!-- hidden -- hidden -->b\n- c",
         "<ul>\n<li>a</li>\n<li>b</li>\n<li>c</li>\n</ul>"),
        ("a <!--> b <!-- hidden --> c", "<p>a  b  c</p>"),
        ("a %%hidden%% b", "<p>a  b</p>"),
        ("%% hidden %%\na", "<p>a</p>"),
        ("a\n\n%%\nhidden\n\n- hidden\n%%\n\nb", "<p>a</p>\n<p>b</p>"),
        ("- a\n- %%hidden%% b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("*a*%%hidden%%", "<p><em>a</em></p>"),
        ("a{% comment %}hidden {{ x }}{% endcomment %}b", "<p>ab</p>"),
        ("a{%- comment -%}{% comment %}hidden{% endcomment %}x{%- endcomment -%}b", "<p>ab</p>"),
        ("- a {% comment %}\n  hidden\n  {% endcomment %}\n- b",
         "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("a{% doc %}hidden{% enddoc %}b", "<p>ab</p>"),
        ("a{% if false %}hidden{% endif %}b", "<p>ab</p>"),
        ("a{%- unless true -%}x{% if y %}x{% else %}x{% endif %}x{% endunless %}b", "<p>ab</p>"),
        ("a{% if nil %}hidden{% else %}b{% endif %}", "<p>ab</p>"),
        ("{{< comment >}}hidden{{< /comment >}}a", "<p>a</p>"),
        ("{{% comment %}}hidden{{% /comment %}}a", "<p>a</p>"),
        ("a\n\n{::comment}\nhidden\n\nhidden\n{:/comment}\n\nb", "<p>a</p>\n<p>b</p>"),
        ("a {::comment}hidden{:/} b", "<p>a  b</p>"),
        ("- a\n- {::comment}hidden `{:/comment}b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("a {# hidden #} b", "<p>a  b</p>"), ("a {#- hidden\n\nhidden -#} b", "<p>a  b</p>"),
        ("a {#hidden#} b", "<p>a  b</p>"),
        ("a {{/* hidden */}} b", "<p>a  b</p>"),
        ("a {{- /* hidden\n\n{{< x >}} */ -}} b", "<p>a  b</p>"),
        ("a {{ /* hidden */ }} b", "<p>a  b</p>"),
        ("[//]: # (hidden)\n\na", "<p>a</p>"), ('[comment]: # "hidden"\n\na', "<p>a</p>"),
        ("a\n\n[//]: # 'hidden'\n\nb", "<p>a</p>\n<p>b</p>"),
        ("a {{! hidden }} b", "<p>a  b</p>"), ("a {{!-- hidden }} hidden --}} b", "<p>a  b</p>"),
        ("a {{~!-- hidden\n\nhidden --~}} b", "<p>a  b</p>"),
        ("a {/* hidden */} b", "<p>a  b</p>"), ("{/* truncate */}\n\na", "<p>a</p>"),
        ("a {/* hidden }\n\n- hidden\n*/ } b", "<p>a  b</p>"),
        ("a %%hidden\n\nhidden%% b", "<p>a  b</p>"), ("a\n%% hidden\n\nhidden %%", "<p>a</p>"),
        ("a (%%hidden\n\n- hidden%%) b", "<p>a () b</p>"),
        ("a <%# hidden %> b", "<p>a  b</p>"), ("<%# hidden\n\nhidden %>a", "<p>a</p>"),
    ],
)  # fmt: skip
def test_a_comment_is_not_shown(written: str, shown: str) -> None:
    assert content(written) == shown
    assert told(f"# T\n\n{written}") == []


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<p>a<!-- hidden -- hidden -->b", "<p>ab</p>"),
        ("<p>a<!-- hidden --!>b", "<p>ab</p>"), ("<p>a<!-->b<!--->c", "<p>abc</p>"),
        ("<p>a{# hidden #}b", "<p>ab</p>"),
        ("<p>a{% comment %}<p>hidden{% endcomment %}b", "<p>ab</p>"),
        ("<p>a{{/* hidden */}}b", "<p>ab</p>"),
        ("<p>a %%text%% b", "<p>a %%text%% b</p>"),
        ("<script><!-- x </script><p>a", "<p>a</p>"),
    ],
)  # fmt: skip
def test_a_comment_is_not_shown_in_html_either(written: str, shown: str) -> None:
    assert content(written, "a.html") == shown
    assert read(f"<html><title>T</title><body>{written}", "a.html").content == shown


@pytest.mark.parametrize(
    "text",
    [
        "100%% sure, 50%% not", "a %% b", "see %%%", "%%time", "a {# b", "{#if x}",
        "a {#} b", "x{#id}", "a {/* b", "a {{!-- b }}", "for %%i in\n\nand %%i in",
        "p(%%d %%s)", "use %%i in: for %%i in (x) do echo %%i", "{#each x}y{/each} #}",
        "a %%b\n\n%%%%", "a %}} b {{%", "a --&gt; b",
    ],
)  # fmt: skip
def test_what_is_no_comment_stays(text: str) -> None:
    shown = "</p>\n<p>".join(text.split("\n\n"))
    assert content(text) == f"<p>{shown}</p>"
    assert told(f"# T\n\n{text}") == []


def test_what_stands_behind_two_signs_that_nothing_closes_is_not_shown_and_is_told() -> None:
    for written in ("%% hidden", "%%\nhidden 50%% x", "[//]: # (hidden"):
        assert content(f"a\n\n{written}\n\nhidden") == "<p>a</p>"
        assert told(f"# T\n\na\n\n{written}\n\nhidden") == [("unclosed-comment", 5)]


@pytest.mark.parametrize(
    "hidden",
    ["<!-- b -->", "{# b #}", "{% comment %}b{% endcomment %}", "{{/* b */}}", "{/* b */}",
     "{{!-- b --}}", "{{! b }}", "%%b%%", "{::comment}b{:/comment}", "{%- doc %}b{% enddoc -%}"],
)  # fmt: skip
def test_a_comment_in_a_title_or_a_summary_is_not_shown(hidden: str) -> None:
    article = read(f"---\ntitle: 'A {hidden} c'\nsummary: 'D {hidden} e'\n---\nText.")
    assert (article.title, article.summary) == ("A c", "D e")
    assert read(f"# A {hidden} c\n\nText.").title == "A c"


@pytest.mark.parametrize(
    "title", ["100%% of %% all", "{#id}", "A {b} <!-- c", "%%time %%x", r"A \%%b%%"]
)
def test_what_is_no_comment_stays_in_a_title(title: str) -> None:
    assert read(f"---\ntitle: '{title}'\n---\nText.").title == title


@pytest.mark.parametrize("piece", ["<!--", "{# ", "{{/*", "%%a", " %%", "{% comment %}", "{/*"])
def test_signs_that_are_repeated_in_a_title_take_no_time(piece: str) -> None:
    for length in (9_000, 90_000):
        text = f"---\ntitle: '{piece * (length // len(piece))}'\n---\nText."
        read_article("a.md", text.encode(), HOW)


@pytest.mark.parametrize("text", ["<!-- b", "%%b%%", "{# b #}", "{{ b }}", "{% comment %} b"])
def test_a_backslash_makes_a_sign_text(text: str) -> None:
    shown = text.replace("<", "&lt;")
    assert content(f"a \\{text}") == f"<p>a {shown}</p>"
    assert told(f"# T\n\na \\{text}") == []


@pytest.mark.parametrize("heading", ["# A {#id}", "## A {#id .class}", "# A {#a-b}"])
def test_the_id_of_a_heading_is_no_comment(heading: str) -> None:
    assert ">A</h" in content(f"x\n\n{heading}\n\n{{# hidden #}}a")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("`<!-- a -->`", "<p><code>&lt;!-- a --&gt;</code></p>"),
        ("`%%a%%`", "<p><code>%%a%%</code></p>"),
        ("```\n%%\na\n%%\n{# b #} {% comment %}{% endcomment %}\n```",
         "<pre><code>%%\na\n%%\n{# b #} {% comment %}{% endcomment %}\n</code></pre>"),
        ("a\n\n    {# b #}\n    <!-- c", "<p>a</p>\n<pre><code>{# b #}\n&lt;!-- c\n</code></pre>"),
        ("<pre>{{/* a */}}</pre>", "<pre>{{/* a */}}</pre>"),
    ],
)  # fmt: skip
def test_a_comment_in_code_is_code(code: str, shown: str) -> None:
    assert content(code) == shown
    assert told(f"# T\n\n{code}") == []


@pytest.mark.parametrize(
    "opened",
    ["<!-- b", "\n\n<!-- b", "\n\n%%\nb", "{% comment %}b", "{{/* b", "{{< comment >}}b",
     "{% comment %}{% comment %}b{% endcomment %}", "{% if false %}b",
     "{::comment}b"],
)  # fmt: skip
def test_a_comment_that_nothing_closes_hides_the_rest_and_is_told(opened: str) -> None:
    text = f"# T\n\na {opened}\n\nc\n\n- d"
    line = 3 + opened.count("\n", 0, 2)
    assert read(text).content == "<p>a</p>"
    assert told(text) == [("unclosed-comment", line)]


@pytest.mark.parametrize(
    "page",
    ["<title>T</title><p>a<!-- b<p>c", "---\ntitle: T\n---\n<p>a<!-- b\n<p>c",
     "<html><title>T</title><body><article><p>a<!--\n<p>b</article></body></html>"],
)  # fmt: skip
def test_so_it_is_in_html(page: str) -> None:
    line = page.count("\n", 0, page.index("<!--")) + 1
    assert read(page, "a.html").summary == "a"
    assert told(page, "a.html") == [("unclosed-comment", line)]


@pytest.mark.parametrize("mark", ["<!--more-->", "<!-- more -->", "<!-- MORE -->"])
def test_the_mark_behind_a_summary_is_kept_for_that(mark: str) -> None:
    article = read(keys("title: T").replace("Text.", f"a %%b%% {mark} c\n\n{mark}\n\nd"))
    assert article.summary == "a"


@pytest.mark.parametrize(
    "piece",
    ["<!--", "%%", "{::comment}", " %%", "\n%%\n", "{#", "{# ", "{#- ", "{{/*", "{% comment %}",
     "<%#", "<!-- -->",
     "{% comment %}{% endcomment %}", "%%a%% ", "\n%% a\n\n", "<pre></pre>", "```\n",
     "> ```\n", "`` ` ",
     "\n\n    {{", "- {{\n", "{{ a | b }}", "{{ 'a", "{{ a.", "{% end %}", "{% q(a=1) %}", "<%= x",
     "{% if false %}", "{{< private >}}", "{% private() %}x", "{/*x", "{% comment ",
     "{{< x y=\"", "{{< x >}}\n", "\n    <!--\n"],
)  # fmt: skip
def test_signs_that_are_repeated_take_no_time(piece: str) -> None:
    text = keys("title: T").replace("Text.", "a\n\n" + piece * (300_000 // len(piece)))
    read_article("a.md", text.encode(), HOW)


@pytest.mark.parametrize(
    "comment",
    [
        "{/*secret123*/}", "{/*secret-name*/}",
        "{% comment about 50% off %}secret{% endcomment %}",
        "{% comment " + "x" * 1200 + " %}secret{% endcomment %}",
    ],
)  # fmt: skip
def test_a_comment_of_one_word_or_of_many_is_one(comment: str) -> None:
    text = keys("title: T").replace("Text.", f"a{comment}b")
    assert read_article("a.md", text.encode(), HOW).content == "<p>ab</p>"


def test_a_pattern_for_files_is_no_comment() -> None:
    text = keys("title: T").replace("Text.", "a {/*.js,/usr/*/} b")
    assert "usr" in read_article("a.md", text.encode(), HOW).content


@pytest.mark.parametrize("begin", ["{% comment ", "{% comment", "{% comment\n"])
def test_a_comment_that_goes_on_takes_no_time(begin: str) -> None:
    for more in (" ", "x", "\n"):
        text = keys("title: T").replace("Text.", f"a\n\n{begin}{more * 200_000}")
        read_article("a.md", text.encode(), HOW)


@pytest.mark.parametrize("sign", ["`", "~"])
def test_fences_of_every_length_take_no_time(sign: str) -> None:
    fences = "\n".join(f"> {sign * length}" for length in range(700, 2, -1))
    read_article("a.md", keys("title: T").replace("Text.", f"{{{{ x }}}}\n{fences}").encode(), HOW)
