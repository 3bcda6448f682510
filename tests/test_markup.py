"""Markup of articles: what readers show is kept, what could harm them is not."""

from __future__ import annotations

import gc
import re
import resource

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feedsvc.reading.markup.content import plain
from feedsvc.reading.markup.markup import Rendered, from_markdown, safe
from feedsvc.reading.source import Reading, Source
from tests.campaigns import examples
from tests.reading import HOW

BASE = "https://example.org/blog"
SOURCE = Source("news/a.md", "", Reading(base_url=BASE, site_id="s"))
PHOTO = f"{BASE}/media/9dc7a0a7-3f94-5bd4-8bd6-28c3e7b6a7b4"


def cleaned(html: str) -> str:
    return safe(html, SOURCE).html


def rendered(markdown: str) -> str:
    return cleaned(from_markdown(markdown))


@pytest.mark.parametrize(
    "html",
    [
        "<p>a <b>b</b> <em>c</em> <mark>d</mark> <kbd>e</kbd> H<sub>2</sub>O<br>f<wbr>g</p>",
        '<h1 id="top">T</h1><hr><h6 lang="de" dir="ltr">t</h6>',
        '<ol start="3" reversed="" type="a"><li value="7">a</li></ol>',
        "<dl><dt>a</dt><dd>b</dd></dl>",
        '<blockquote cite="https://e.example/"><p>a</p></blockquote>',
        '<pre><code class="language-c++">a &lt; b\n</code></pre>',
        '<figure><img src="https://e.example/a.png" alt="A" width="1" height="2"'
        ' title="t"><figcaption>c</figcaption></figure>',
        '<picture><source srcset="https://e.example/a.webp 2x" type="image/webp" media="print"'
        ' sizes="100vw"><img src="https://e.example/a.png"></picture>',
        '<video src="https://e.example/a.mp4" poster="https://e.example/a.png" controls="">'
        '<track src="https://e.example/a.vtt" kind="captions" srclang="en" label="E"></video>',
        '<audio controls=""><source src="https://e.example/a.mp3" type="audio/mpeg"></audio>',
        '<table><caption>c</caption><colgroup><col span="2"></colgroup><thead><tr>'
        '<th scope="col" align="left">a</th></tr></thead><tbody><tr><td colspan="2" rowspan="3">b'
        "</td></tr></tbody></table>",
        "<details><summary>a</summary>b</details>",
        '<a href="https://e.example/" title="t" hreflang="de">a</a> <abbr title="t">b</abbr>',
        '<del datetime="2026-01-31">a</del> <time datetime="2026-01-31">b</time> <q>c</q>',
        "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
        "]]&gt; a&nbsp;b &amp;amp; 𝄞",
    ],
)
def test_what_readers_show_is_kept_as_it_is(html: str) -> None:
    assert cleaned(html) == html


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("a<script>alert(1)</script>b", "ab"),
        ("a<SCRIPT SRC=//e.example/x.js></SCRIPT>b", "ab"),
        ("a<scr<script>x</script>ipt>alert(1)</script>b", "axipt&gt;alert(1)b"),
        ("a<style>p{}</style><p style='x' class=y onclick=z>b</p>", "a<p>b</p>"),
        ("a<noscript><p title='</noscript><b onclick=alert(1)>'>", "a<b>'&gt;</b>"),
        ("a<template><b>b</b></template>c<textarea>d</textarea>", "ac\nd"),
        (
            "a<form action=x><input value=b><button>c</button><select><option>d</select></form>",
            "a\n\nc\n\n\nd",
        ),
        ("a<svg><g onload=alert(1)><text>b</text></g></svg>c", "a\nb\nc"),
        ("a<svg/onload=alert(1)>b", "ab"),
        ("<svg><style><b onclick=alert(1)>a</style></svg>b", "b"),
        ("<svg></p><style><a id='</style><b onclick=alert(1)>'>", "<p></p><b>'&gt;</b>"),
        (
            "<math><mtext><table><mglyph><style><img src=//e.example/x onerror=alert(1)>",
            '<img src="https://e.example/x"><table></table>',
        ),
        (
            "<form><math><mtext></form><form><mglyph><style></math><img src=x: onerror=alert(1)>",
            "<math><mtext>\n\n</mtext></math>",
        ),
        ("<meta http-equiv=refresh content='0;url=x'><base href=//e.example/><link href=x>a", "a"),
        ("<title>a</title><body onload=x>b", "a\nb"),
        ("a<!-- b --><!--><b>c</b><![CDATA[d]]><?php e ?>", "a<b>c</b>"),
        ("<b/onmouseover=alert(1)>a</b>", "<b>a</b>"),
        ('<b title="a" title="b" x<b>c', "<b>c</b>"),
        ("<xmp><b></xmp><plaintext><i>", "&lt;b&gt;\n\n<i></i>"),
        ("<marquee><blink>a</blink></marquee>", "a"),
        ("<a name=x class=y rel=z target=_blank ping=x>a</a>", '<a id="x">a</a>'),
        ("<video autoplay loop muted onplay=x>a</video>", "a"),
        ("<code class='x language-py language-<b>'>a</code>", '<code class="language-py">a</code>'),
        ("<code class='x'>a</code><p class='language-x'>b</p>", "<code>a</code><p>b</p>"),
    ],
)
def test_what_could_harm_or_is_noise_is_dropped(html: str, left: str) -> None:
    assert cleaned(html) == left


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "&#1;javascript:alert(1)",
        "java&#9;script:alert(1)",
        "java&Tab;script&colon;alert(1)",
        "java\nscript:alert(1)",
        "java&#11;script:alert(1)",
        "java&#xFFFE;script:alert(1)",
        "&#106;avascript:alert(1)",
        "&#x6A&#x61vascript:alert(1)",
        "vbscript:x",
        "data:text/html;base64,PHNjcmlwdD4=",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "feed:javascript:alert(1)",
        "blob:https://e.example/x",
        "file:///etc/passwd",
    ],
)
def test_a_link_that_is_not_of_the_web_leaves_its_text_and_so_does_a_picture(link: str) -> None:
    html = f'<a href="{link}">a</a><img src="{link}" alt="b"><q cite="{link}">c</q>'
    assert cleaned(html) == "<a>a</a>b<q>c</q>"


@pytest.mark.parametrize(
    "link",
    [
        "ftp://e.example/a.txt", "gemini://e.example/", "magnet:?xt=urn:btih:0a", "geo:1.5,-2",
        "xmpp:a@e.example", "webcal://e.example/a.ics", "ircs://e.example/#news", "sms:+1",
        "ipfs://bafy/a", "nntp://e.example/a.b/1", "matrix:u/a:e.example", "tel:+1",
    ],
)  # fmt: skip
def test_a_link_to_what_is_harmless_stays_in_markdown_and_in_html(link: str) -> None:
    kept = f'<a href="{link}">a</a>'
    assert cleaned(f"{kept}<img src={link}><q cite={link}>c</q>") == f"{kept}<q>c</q>"
    assert safe(from_markdown(f"[a](<{link}>)"), SOURCE).html == f"<p>{kept}</p>"


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<img alt=a>b", "ab"), ("<img alt=''>b", "b"),
        ("<img src=data:x alt=a><img src=//e.example/a alt=a>",
         '<img src="https://e.example/a" alt="a">'),
        ("<img src=mailto:a@b.example>b", "b"),
        ("<img src='#x'>b", "b"),
        ("<img alt=' src=\"x\"'>b", "src=&quot;x&quot;b"),
        ("<p id=a>b</p><p id=a>c</p><p id=d>&lt;i id=\"d\"></p>",
         '<p id="a">b</p><p>c</p><p id="d">&lt;i id="d"&gt;</p>'),
        (
            "<img srcset='//e.example/a,b.png 1x, data:x 2x' alt=a>",
            '<img src="https://e.example/a,b.png" srcset="https://e.example/a,b.png 1x" alt="a">',
        ),
        ("<map><area href=//e.example/a alt=B></map>",
         '<p><a href="https://e.example/a">B</a></p>'),
        ("<lite-vimeo videoid=364402896></lite-vimeo>",
         '<p><a href="https://vimeo.com/364402896">Video on Vimeo</a></p>'),
        ("<amp-img src=//e.example/a.png alt=A></amp-img>",
         '<figure><img src="https://e.example/a.png" alt="A"></figure>'),
        ("<my-note kind=x>A</my-note>", "A"),
        ("<picture><source srcset='data:x'><img src=data:x></picture>b", "<picture></picture>b"),
        ("<video><source src=javascript:x><track></video>", '<video controls=""></video>'),
    ],
)  # fmt: skip
def test_a_picture_without_an_address_leaves_its_text(html: str, left: str) -> None:
    assert cleaned(html) == left


def test_relative_links_become_absolute_and_files_beside_the_article_are_named_once() -> None:
    found = safe(
        '<a href="b.html#x">1</a><a href="/c">2</a><a href="#d">3</a><a href="../../e">4</a>'
        '<a href="//e.example">5</a><img src="p.jpg" srcset="p.jpg 1x, q.png 2x"><a href="p.jpg">6'
        '</a><video poster="../p.png" src="v.mp4"></video><img src="p.svg"><img src="/p.jpg">',
        SOURCE,
    )
    assert found.media == ("news/p.jpg", "news/q.png", "p.png", "news/v.mp4", "news/p.svg")
    assert re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "UUID", found.html) == (
        f'<a href="{BASE}/news/b.html#x">1</a><a href="{BASE}/c">2</a><a href="#d">3</a>'
        f'<a href="{BASE}/e">4</a><a href="https://e.example">5</a>'
        f'<img src="{BASE}/media/UUID.jpg" srcset="{BASE}/media/UUID.jpg 1x,'
        f' {BASE}/media/UUID.png 2x"><a href="{BASE}/media/UUID.jpg">6</a>'
        f'<video poster="{BASE}/media/UUID.png" src="{BASE}/media/UUID.mp4" controls=""></video>'
        f'<img src="{BASE}/media/UUID.svg"><img src="{BASE}/p.jpg">'
    )


def test_one_article_does_not_see_the_files_of_another() -> None:
    assert safe('<img src="a.png">', SOURCE).media == ("news/a.png",)
    assert safe('<img src="https://e.example/a.png">', SOURCE).media == ()


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("a\x0bb\ufffec\x00d", "abcd"),
        ("a\ud800b\udfff", "ab"),
        ("a&#11;b&#xFFFE;c&#xFFFF", "abc"),
        ("a<b title='&#11;'>b", "a<b>b</b>"),
        ("<scr\x0bipt>a</script>b", "b"),
        ("<abbr title='a&#xb;b'>c</abbr>", '<abbr title="ab">c</abbr>'),
        ("a&#0;b&#xD800;", "a\ufffdb\ufffd"),
    ],
)
def test_a_character_that_xml_cannot_carry_is_removed_however_it_came(
    written: str, left: str
) -> None:
    assert cleaned(written) == left
    etree.Element("content").text = rendered(written)  # raises where XML cannot carry it


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# T\n\na *b* `d`", '<h1 id="t">T</h1>\n<p>a <em>b</em> <code>d</code></p>'),
        ("~~a~~", "<p><del>a</del></p>"),
        ("- [x] a\n- [ ] b", "<ul>\n<li>[x] a</li>\n<li>[ ] b</li>\n</ul>"),
        ("www.e.example", '<p><a href="http://www.e.example">www.e.example</a></p>'),
        ("a@e.example", '<p><a href="mailto:a@e.example">a@e.example</a></p>'),
        ("[a](b.html 'c')", f'<p><a href="{BASE}/news/b.html" title="c">a</a></p>'),
        ("[a](javascript:b)", "<p><a>a</a></p>"),
        ("<javascript:b>", "<p><a>javascript:b</a></p>"),
        ("![a](data:b)", "<p>a</p>"),
        ("```py x\na < b\n```", '<pre><code class="language-py">a &lt; b\n</code></pre>'),
        ("<b>a</b>\n\n<div>\n\n*c*\n</div>", "<p><b>a</b></p>\n<div>\n<p><em>c</em></p>\n</div>"),
        ("a <script>b</script>", "<p>a &lt;script&gt;b&lt;/script&gt;</p>"),
        ("<script>b</script>\n\nc", "<p>c</p>"),
        ("a ]]> b & c", "<p>a ]]&gt; b &amp; c</p>"),
        (
            "|a|b|\n|:-|-:|\n|1|2|",
            '<table>\n<thead>\n<tr>\n<th align="left">a</th>\n<th align="right">b</th>\n</tr>\n'
            '</thead>\n<tbody>\n<tr>\n<td align="left">1</td>\n<td align="right">2</td>\n</tr>\n'
            "</tbody>\n</table>",
        ),
        (
            "a[^n]\n\n[^n]: b",
            '<p>a<sup><a href="#fn-n" id="fnref-n">1</a></sup></p>\n<section>\n<ol>\n'
            '<li id="fn-n">\n<p>b <a href="#fnref-n">↩</a></p>\n</li>\n</ol>\n</section>',
        ),
        ("", ""),
        (" \n\u200b\n", "<p>\u200b</p>"),
    ],
)  # fmt: skip
def test_markdown_is_that_of_github(markdown: str, html: str) -> None:
    assert rendered(markdown) == html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# T\n{: .no_toc}\n\n* TOC\n{:toc}\n\na", '<h1 id="t">T</h1>\n<p>a</p>'),
        ("1. T\n{:toc .x}\n\n## B {: #b .c }", '<h2 id="b">B</h2>'),
        ("# T {#t}\n\nA *b* {#b .c}\n---", '<h1 id="t">T</h1>\n<h2 id="b">A <em>b</em></h2>'),
        ("* a\n* b\n{:.x}", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("<details>\n  <summary>a</summary>\n  {: .x}\n</details>",
         "<details>\n  <summary>a</summary>\n</details>"),
        ("* {:.x} a", "<ul>\n<li>a</li>\n</ul>"),
        ("a  \n{: .x}\n{: #y}\n\n{:.z}\nb", "<p>a</p>\n<p>b</p>"),
        ("a\n\n{: .x}\n\nb", "<p>a</p>\n<p>b</p>"),
        ("> a\n{: .prompt-tip }\n\n> b\n> {: .x}",
         "<blockquote>\n<p>a</p>\n</blockquote>\n<blockquote>\n<p>b</p>\n</blockquote>"),
        ("```\na\n```\n{: .language-ruby}", "<pre><code>a\n</code></pre>"),
        ("|a|b|\n|-|-|\n|1|2|\n{: .t}",
         "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n"
         "<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>"),
        ('[a](/b){:target="_blank" rel=\'x\'} c',
         f'<p><a href="{BASE}/b">a</a> c</p>'),
        ('![a](/b.png){: width="50%" .c}{:.d}', f'<p><img src="{BASE}/b.png" alt="a"></p>'),
        ('*a*{:.x} _b_{:.x} **"c"**{:.x} ~~d~~{:.x} `e`{:.x} <kbd>f</kbd>{:.x}',
         '<p><em>a</em> <em>b</em> <strong>"c"</strong> <del>d</del> <code>e</code>'
         " <kbd>f</kbd></p>"),
    ],
)  # fmt: skip
def test_attributes_that_kramdown_knows_are_not_shown(markdown: str, html: str) -> None:
    assert rendered(markdown) == html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("`{: .x}` `*a*{:.x}`", "<p><code>{: .x}</code> <code>*a*{:.x}</code></p>"),
        ("```\na\n{: .x}\n{:toc}\n```", "<pre><code>a\n{: .x}\n{:toc}\n</code></pre>"),
        ("- a\n\n  ~~~\n  {: .x}\n  ~~~",
         "<ul>\n<li>\n<p>a</p>\n<pre><code>{: .x}\n</code></pre>\n</li>\n</ul>"),
        ("    {: .x a='<' b=\"&\"}",
         "<pre><code>{: .x a='&lt;' b=\"&amp;\"}\n</code></pre>"),
        ("<pre>\n<b>a</b>{: .x}\n</pre>", "<pre><b>a</b>{: .x}\n</pre>"),
        ("{:a 1, :b 2} {:} :{: {::x} {: a", "<p>{:a 1, :b 2} {:} :{: {::x} {: a</p>"),
        ("## {#if}\n\n# a `{#b}`\n\na {#b}",
         '<h2 id="if">{#if}</h2>\n<h1 id="a-b">a <code>{#b}</code></h1>\n<p>a {#b}</p>'),
        ("a {: .x} *b* {: .x}", "<p>a {: .x} <em>b</em> {: .x}</p>"),
        ("[a](/{:x}) {:.x}", f'<p><a href="{BASE}/%7B:x%7D">a</a> {{:.x}}</p>'),
        ("https://e.example/{:.x} *b*{:.x}",
         '<p><a href="https://e.example/%7B:.x%7D">https://e.example/{:.x}</a> <em>b</em></p>'),
        ("{:.x} {&#xE000;0} {&#xE000;9}", "<p>{:.x} {:.x} {\ue0009}</p>"),
        ("<abbr title='{:x}'>a</abbr>", '<p><abbr title="{:x}">a</abbr></p>'),
        ("\ue000{:.x}", "<p>\ue000{:.x}</p>"),
        ("{\ue0007} {:x}", "<p>{\ue0007} {:x}</p>"),
    ],
)  # fmt: skip
def test_in_code_and_in_the_middle_of_a_text_they_are_no_attributes(
    markdown: str, html: str
) -> None:
    assert rendered(markdown) == html


@pytest.mark.parametrize(
    "piece",
    [
        "{:", "{: a", "{:a=", '{: a="', "{:.a.", "{:a}", "\n{:a}", " {:a}", "*a*{:a}", "* {:toc}\n",
        "* a\n{:toc}\n\n", "<p>{:a}\n", "<ul>\n<li>a\n", "<tr>\n<td>{:a}</td>\n<td></td>\n",
        "<pre", "<code>{:a}", "</pre>{:a}", "# {:a}\n", " {#a",
    ],
)  # fmt: skip
def test_attributes_that_are_repeated_take_no_time(piece: str) -> None:
    assert isinstance(from_markdown("a\n\n{:x}\n\n" + piece * 50_000), str)


def test_a_letter_that_the_renderer_cuts_in_two_is_replaced() -> None:
    assert "\ufffd" in rendered("<b>[^a[^a<b>*\néhttp://a.b```](~~\n")


def test_rendering_gives_its_memory_back() -> None:
    text = "Some *words*. " * 1000
    from_markdown(text)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(100):
        from_markdown(text)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 20_000  # kB; without freeing it would be 60,000


CAREFUL = """\
# T

a[^1] *b* <https://e.example/ü?a&b> ![p](p.png) www.e.example

    code

<pre>

two line ends</pre>
<video src=v.mp4></video><img srcset="a.png, b.png 2x"><p>a<p>b<table><td>c</table>

[^1]: note
"""


def test_cleaning_twice_changes_nothing_and_a_reader_sees_the_same_tree() -> None:
    once = rendered(CAREFUL)
    assert cleaned(once) == once
    tree = lxml.html.fragment_fromstring(once, create_parent="div")
    again = lxml.html.tostring(tree, encoding="unicode")
    assert cleaned(again.removeprefix("<div>").removesuffix("</div>")) == once


PIECES = """
<script> </script> <style> <svg> </svg> <math> <p> </p> <b> <table> <td> <pre> <!-- --> ]]>
<a~href=javascript:x> <img~src= <a~href=' <a~href=" ' " > data:x //e.example onerror=x
&#11; &lt; [a](javascript:b) ![ ]( ) [^1] [^1]:~b ** ` ``` | <![CDATA[ é 𝄞
"""
FOUND = st.sampled_from([
    *(piece.replace("~", " ") for piece in PIECES.split()), *" \n\x0b\ufffe\ud800",
])  # fmt: skip


@examples(40, 5000)
@given(st.lists(FOUND | st.text(max_size=3), max_size=12))
def test_whatever_is_written_is_safe_to_publish(pieces: list[str]) -> None:
    html = rendered("".join(pieces))
    etree.Element("content").text = html
    assert not re.search(r"<(?:script|style|svg|math|iframe|object|!)", html)
    for tag in re.findall(r"<[^/][^>]*>", html):
        for name, value in re.findall(r' ([a-z-]+)="([^"]*)"', tag):
            assert not name.startswith("on")
            if name in ("href", "src", "cite", "poster"):
                assert re.match(r"https?://|mailto:|tel:|#", value)


_PIECES = st.sampled_from(
    [
        "[x](y.md)",
        '![p](p.jpg "t")',
        "[j](javascript:alert(1))",
        "www.example.com",
        "`c`",
        "~~d~~",
        '\n\n```py x"y\n',
        "```\n",
        "\n\n|a|b|\n|-|:-:|\n|1|2|\n\n",
        "**b**",
        "\n1. a\n2. b\n",
        "&#11;",
        "&quot;",
        "&lt;b&gt;",
        "[a](b&c=d)",
        "{:.x}",
        '\n{: a="b" .x}\n',
        "{:toc}",
        "\n\n",
        "\n> ",
        "    code\n",
        "# h\n",
        "---\n",
        '![a"b](c"d)',
        "[l](mailto:a@b.example)",
        "http://x.example/?a=b&c=d",
        "a@b.example",
        '[f](#a"b)',
        "![](data:x)",
        "[x]: /u 't'\n",
        "![x][x]",
        '[a](b "t&quot;")',
        "[^1]",
        "\n\n[^1]: note\n\n",
        "&nbsp;",
        "\x0b",
    ]
)


@given(st.lists(st.one_of(_PIECES, st.text(max_size=6)), max_size=12).map("".join))
@examples(50, 5000)
def test_what_the_renderer_made_is_what_the_sanitiser_would_leave_of_it(text: str) -> None:
    source = Source("news/a.md", "")
    made = from_markdown(text.replace("<", ""))
    assert isinstance(made, Rendered)
    quick, slow = safe(made, source), safe(made[:], source)
    assert quick.media == slow.media
    assert safe(quick.html[:], source).html == slow.html


@pytest.mark.parametrize(
    ("html", "left"),
    [
        (
            '<iframe src="https://e.example/map" title="A map"></iframe>',
            '<p><a href="https://e.example/map">A map</a></p>',
        ),
        (
            '<p>See <iframe src="//player.vimeo.com/video/123"></iframe> now.</p>',
            '<p>See  <a href="https://vimeo.com/123">Video on Vimeo</a>  now.</p>',
        ),
        (
            '<object data="https://e.example/o"><embed src="https://e.example/o">b</object>',
            '<p><a href="https://e.example/o">Embedded from e.example</a></p>\nb',
        ),
        (
            '<iframe src="about:blank" data-src="/demo/"></iframe>',
            f'<p><a href="{BASE}/demo/">demo</a></p>',
        ),
        ('<iframe src="javascript:alert(1)">a</iframe>', "a"),
        ('<iframe srcdoc="&lt;p>a &lt;b>b&lt;/b>&lt;script>c&lt;/script>"></iframe>d', "a b c d"),
        (
            '<video poster="https://e.example/p.png">a</video>',
            '<img src="https://e.example/p.png">a',
        ),
        ('<audio data-x="y"></audio>a', "a"),
        (
            '<video><source type="video/mp4" src="https://e.example/a.mp4"></video>',
            '<video controls=""><source type="video/mp4" src="https://e.example/a.mp4"></video>',
        ),
    ],
)
def test_what_is_embedded_leaves_a_link(html: str, left: str) -> None:
    assert cleaned(html) == left


@pytest.mark.parametrize(
    ("markdown", "left"),
    [
        ("Set the <title> first.\n\nThen **go**.", "Set the <title> first. Then go."),
        ("A vector<int> is no List<T>.", "A vector<int> is no List<T>."),
        ("Close it with </textarea> or </title>.", "Close it with </textarea> or </title>."),
        ("Write <script src='x'> there, *not* here.", "Write <script src='x'> there, not here."),
        ("- Use <select>\n- Use <button>", "Use <select> Use <button>"),
        ("| a | b |\n|-|-|\n| <path> | c |", "a b <path> c"),
        ("<button>Go</button> there", "Go there"),
        ("<my-map></my-map> and <Chart/> here", "and here"),
        ("`<title>` and `<T>`", "<title> and <T>"),
    ],
)
def test_a_tag_that_is_talked_about_is_shown_as_it_is_written(markdown: str, left: str) -> None:
    assert plain(rendered(markdown)) == left


@pytest.mark.parametrize(
    "formula",
    [
        "$$x_{i}^{*} = y_{i}^{*}$$", r"\(a_b*c*\)", r"\[ \sum_{i=1}^n *i* \]", "$a_1 * b_2 * c$",
        "$$\na & b \\\\\nc_1 & *d*\n$$", r"\(x\)", "$x<y_1$", r"$\text{a}_b$",
    ],
)  # fmt: skip
def test_a_formula_is_left_alone(formula: str) -> None:
    on_one_line = " ".join(formula.split())
    assert plain(rendered(f"Here {formula} and *there*.")) == f"Here {on_one_line} and there."
    assert plain(rendered(f"`{formula}`")) == on_one_line


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        (r"\\(a_b*c*\\) \\[x^{*}y^{*}\\]", r"<p>\(a_b*c*\) \[x^{*}y^{*}\]</p>"),
        (
            "It costs $5 *now* and $10 *then*.",
            "<p>It costs $5 <em>now</em> and $10 <em>then</em>.</p>",
        ),
        ("From $5-$10, *not* 3$", "<p>From $5-$10, <em>not</em> 3$</p>"),
        (r"\[1\] and \(so\) *on* \(and so on\)", r"<p>[1] and \(so\) <em>on</em> (and so on)</p>"),
        ("`$a` and `$b` _c_", "<p><code>$a</code> and <code>$b</code> <em>c</em></p>"),
        (r"\$x_1$ *a*", "<p>$x_1$ <em>a</em></p>"),
        ("$HOME/a_b and $PATH_*c*", "<p>$HOME/a_b and $PATH_<em>c</em></p>"),
        ("```\n$x_1$\n\\\\(y\\\\)\n```", "<pre><code>$x_1$\n\\\\(y\\\\)\n</code></pre>"),
    ],
)
def test_money_brackets_and_code_are_no_formulas(markdown: str, html: str) -> None:
    assert rendered(markdown) == html


@pytest.mark.parametrize(
    "piece",
    [
        "$",
        "$a",
        "$$",
        "$a_1",
        r"\(",
        r"\[a",
        "$a_1 $",
        r"\\(",
        "$x_1$ ",
        "<b",
        "<title>",
        "<svg>",
        "<video>",
        "<math>",
        "<iframe src=x>",
        "<textarea>",
        "<x>",
        "## a\n",
        "<h2>",
    ],
)
def test_signs_that_are_repeated_take_no_time(piece: str) -> None:
    assert isinstance(from_markdown("a\n\n" + piece * 20_000), str)


def test_many_components_take_no_time() -> None:
    html = " ".join(f"<X{number} to=a>x" for number in range(50_000))
    assert "x" in safe(html, Source("a.md", "")).html


@pytest.mark.parametrize(
    ("markdown", "ids"),
    [
        ("## One\n\n## One\n\n# One", ["one", "one-1", "one-2"]),
        ("## Same\n\n## Same\n\n## Same 1", ["same", "same-1", "same-1-1"]),
        ("## A {#same}\n\n## Same", ["same", "same-1"]),
        ('## Same\n\n<h2 id="same">x</h2>', ["same-1", "same"]),
        ("## C++ & *Go* `x`\n\n### 1.2. Über uns!", ["c--go-x", "12-über-uns"]),
        ("## Two {#mine}\n\n## Three {#b .c}\n\n## Four {.c}", ["mine", "b", "four"]),
        ("## Five\n{: #five-a .b}\n\n## Six {: .c #six-a}", ["five-a", "six-a"]),
        ("## [Link](https://e.example) here\n\n## ???", ["link-here"]),
        ('<a name="old"></a>x <a id="new" name="older">y</a>', ["old", "new"]),
    ],
)
def test_headings_and_places_have_the_ids_that_links_lead_to(markdown: str, ids: list[str]) -> None:
    assert re.findall(r' id="([^"]*)"', rendered(markdown)) == ids


@pytest.mark.parametrize(
    ("markdown", "left"),
    [
        ("a\n\n<?php\necho 1;\n\nb", "<p>a</p>\n<p>&lt;?php\necho 1;</p>\n<p>b</p>"),
        ("<?php is how it begins.\n\nAn arrow -> and *more*",
         "<p>&lt;?php is how it begins.</p>\n<p>An arrow -&gt; and <em>more</em></p>"),
        ("a\n\n<!ELEMENT is a thing\n\nb", "<p>a</p>\n<p>&lt;!ELEMENT is a thing</p>\n<p>b</p>"),
        ("<![CDATA[ is a thing\n\nb", "<p>&lt;![CDATA[ is a thing</p>\n<p>b</p>"),
        ("a\n\n<?php x ?>\n\nb", "<p>a</p>\n\n<p>b</p>"),
        ("<div><script>\nvar x;\n\nvar y;\n</script></div>\n\nb", "<div></div>\n<p>b</p>"),
        ("<div>\n<style>\n.a{}\n\n.b{}\n</style>c</div>\n\nb", "<div>\nc</div>\n<p>b</p>"),
        ("a <script> f(function() { x }) </script> b", "<p>a  b</p>"),
        ("a <style>p {color: red}</style> b", "<p>a  b</p>"),
        ("the <style> tag; and </style> `{}`",
         "<p>the &lt;style&gt; tag; and &lt;/style&gt; <code>{}</code></p>"),
        ("<template><p>hidden</p></template> b", "<p> b</p>"),
        ("the <template> tag", "<p>the &lt;template&gt; tag</p>"),
    ],
)  # fmt: skip
def test_a_declaration_is_text_and_a_script_goes_whole(markdown: str, left: str) -> None:
    assert safe(from_markdown(markdown), SOURCE).html == left


@pytest.mark.parametrize("piece", ["<?\n\n", "<script>\n\n", "a <script> ", "</script> a "])
def test_blocks_that_break_take_no_time(piece: str) -> None:
    from_markdown(piece * 5_000)


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<noscript hidden>hidden</noscript>b", "b"),
        ("<noscript style='display:none'><img src=/a.png></noscript>b", "b"),
        ("<template><template>hidden</template>hidden</template>b", "b"),
        ("<svg><metadata>hidden</metadata><defs>hidden</defs><text>b</text></svg>", "b"),
        ('<svg><g display="none">hidden</g>b</svg>', "b"),
        ('<script type="math/tex">a < b</script>', "\\(a &lt; b\\)"),
        ('<input type=submit value="Go">', "Go"),
        ('<image src="https://e.example/a.png">', '<img src="https://e.example/a.png">'),
    ],
)
def test_elements_show_what_browsers_show(html: str, left: str) -> None:
    assert safe(html, Source("a.md", "", HOW)).html.strip() == left
