"""Variables in a body are filled in, what is not known is taken out and told."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from feedsvc.model import Problem
from feedsvc.reading.formats.reader import read_article
from tests.reading import HOW, keys, read, refused
from tests.site import Site

ZONE = replace(HOW, timezone=ZoneInfo("Asia/Tokyo"), site_title="Rain & Co")
FRONT = keys(
    "title: A walk", "date: 2026-01-31 20:00:00 +0000", "version: 1.2", "tags: [rain, mud]",
    "permalink: /2026/walk/", "author: {name: Ann}", "snow-depth: 10 cm", "wet: true",
    "extra: {mood: glad, deep: {er: yes!}}",
)  # fmt: skip


def content(body: str, path: str = "a/2026-01-31-rain.md") -> str:
    return read(FRONT.replace("Text.", body), path, ZONE).content


def told(body: str) -> list[tuple[str, int]]:
    remarks: list[Problem] = []
    read_article("a.md", FRONT.replace("Text.", f"Text. {body}").encode(), HOW, remarks)
    return [(problem.code, problem.line) for problem in remarks]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("{{ page.title }}", "A walk"), ("{{page.title}}", "A walk"), ("{{ title }}", "A walk"),
        ("{{- .Title -}}", "A walk"), ("{{ $frontmatter.title }}", "A walk"),
        ("{{ page['title'] }}", "A walk"), ("<%= current_page.data.title %>", "A walk"),
        ("{{< param title >}}", "A walk"), ("{{% param 'version' %}}", "1.2"),
        ("{{ page.version }}", "1.2"), ("{{ .Params.version }}", "1.2"),
        ("{{ page.snow-depth }}", "10 cm"), ("{{ .Params.snow_depth }}", "10 cm"),
        ("{{ page.extra.mood }}", "glad"), ("{{ page.mood }}", "glad"),
        ("{{ page.extra.deep.er }}", "yes!"), ("{{ page.author.name }}", "Ann"),
        ("{{ page.tags }}", "rain, mud"), ('{{ page.tags | join: ", " }}', "rain, mud"),
        ("{{ page.tags[1] }}", "mud"), ("{{ page.wet }}", "true"),
        ("{{ page.url }}", "/2026/walk/"), ("{{ site.title }}", "Rain &amp; Co"),
        ("{{ .Site.Title }}", "Rain &amp; Co"), ("{{ config.title }}", "Rain &amp; Co"),
        ('{{ page.date | date: "%B %Y" }}', "February 2026"),
        ("{{ page.date | date: '%-d %b %y, %l:%M %p' }}", "1 Feb 26,  5:00 AM"),
        ("{{ page.date | date_to_string }}", "01 Feb 2026"),
        ("{{ page.date | date_to_xmlschema }}", "2026-02-01T05:00:00+09:00"),
        ('{{ "2020-03-01" | date: "%A %e %^a 100%%" }}', "Sunday  1 SUN 100%"),
        ("{{ page.title | upcase }}", "A WALK"), ("{{ title | lower | capitalize }}", "A walk"),
        ('{{ "<b>R</b> & S" | strip_html | escape }}', "R &amp; S"),
        ("{{ page.nothing | default: 'dry' }}", "dry"),
        ('{{ "walk" | prepend: "/" | append: ".html" }}', "/walk.html"),
        ("{{ 'a.png' | relative_url }}", "/a.png"),
        ("{{ page.url | absolute_url }}", "/2026/walk/"),
        ("{{ site.baseurl }}", "/"),
        ("{{ site.baseurl }}/x", "/x"), ("{{ config.base_url }}/x", "/x"),
        ("{% assign v = '1.3' %}{{ v }}", "1.3"),
        ("{% assign v = page.title | upcase %}{{ v }}{% assign v = 'b' %}{{v}}", "A WALKb"),
        ('{%- set v = "1.3" -%}{{ v }}', "1.3"),
        ("{% capture v %}1.3{% endcapture %}{{ v }}", "1.3"),
        ("{{ '{{' }} x", "{{ x"),
    ],
)  # fmt: skip
def test_a_variable_is_filled_in(written: str, value: str) -> None:
    assert content(f"x {written}.") == f"<p>x {value}.</p>"
    assert read(FRONT.replace("Text.", f"<p>x {written}.</p>"), "a.html", ZONE).content == (
        f"<p>x {value}.</p>"
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [("{{ page.title }}", "Rain"), ("{{ page.slug }}", "rain"),
     ("{{ page.date | date: '%d %b' }}", "31 Jan")],
)  # fmt: skip
def test_the_name_of_a_file_says_what_its_keys_do_not(written: str, value: str) -> None:
    text = keys("tags: []").replace("Text.", f"x {written}")
    assert read(text, "2026-01-31-rain.md").content == f"<p>x {value}</p>"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[x](https://a.example/{{ page.version }}.zip)", '<a href="https://a.example/1.2.zip">x</a>'),
        ("[x](https://a.example/{{ nobody }}.zip)", '<a href="https://a.example/.zip">x</a>'),
        ("[{{ nobody }}x](https://a.example/ \"{{ page.title }}\")",
         '<a href="https://a.example/" title="A walk">x</a>'),
        ('<a href="https://a.example/{{ page.version }}">x</a>', '<a href="https://a.example/1.2">x</a>'),
        ("[x]({{ site.url }}{{ site.baseurl }}/y)", '<a href="https://feeds.example/news/y">x</a>'),
        ("*a{{ nobody }}*", "<em>a</em>"),
        ("a <%= nobody %><% if x %>b<% end %>", "a b"),
        ("a {{ nobody | filter: 'x', y }}b", "a b"),
        ("a {{ if .x }}b{{ end }}{{ partial \"x.html\" . }}", "a b"),
    ],
)  # fmt: skip
def test_what_is_unknown_breaks_nothing(written: str, shown: str) -> None:
    assert content(written) == f"<p>{shown}</p>"


@pytest.mark.parametrize(
    "text",
    [
        "x^{{2}} and x^{{n}}, y_{{i}}", r"\mathbf{{v}} and \frac{{a}}{{b}}", "{{{ body }}}",
        "${{ secrets.KEY }} and ${{x}}$",
        "{{c1::rain}}", "{{ two words }}", "{{ a, b }}", "{{ a: 1 }}", "{{}}", "{{ 1 + 2 }}",
        "{{#if x}}a{{/if}}", "{{&gt; partial}}", "{{ never closed", "a {% never closed", "{%%}",
        "100 &lt;% x", "{ {a} }", "{{ a {b} }}",
    ],
)  # fmt: skip
def test_braces_that_are_plainly_no_tag_stay(text: str) -> None:
    assert content(text) == f"<p>{text}</p>"
    assert told(text) == []


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("`{{ page.title }}`", "<p><code>{{ page.title }}</code></p>"),
        ("```\n{{ page.title }}\n```", "<pre><code>{{ page.title }}\n</code></pre>"),
        ("    {{ page.title }}\n\n    <%= x %>",
         "<pre><code>{{ page.title }}\n\n&lt;%= x %&gt;\n</code></pre>"),
        ("<code>{{ page.title }}</code>", "<p><code>{{ page.title }}</code></p>"),
        ("<pre>\n{% if x %}\n</pre>", "<pre>{% if x %}\n</pre>"),
        ("- a\n  ```\n  {{ page.title }}\n  ```",
         "<ul>\n<li>a\n<pre><code>{{ page.title }}\n</code></pre>\n</li>\n</ul>"),
        ("> ~~~\n> {{ page.title }}\n> ~~~",
         "<blockquote>\n<pre><code>{{ page.title }}\n</code></pre>\n</blockquote>"),
        ("```\n{% raw %}{{ page.title }}{% endraw %}\n```",
         "<pre><code>{{ page.title }}\n</code></pre>"),
        ("`{{</* figure */>}}`", "<p><code>{{&lt; figure &gt;}}</code></p>"),
        ("`{% raw %}`", "<p><code>{% raw %}</code></p>"),
    ],
)  # fmt: skip
def test_in_code_a_tag_is_text(code: str, shown: str) -> None:
    assert content(code) == shown
    assert told(f"\n\n{code}") == []


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("- a\n\n    {{ page.title }}", "<ul>\n<li>\n<p>a</p>\n<p>A walk</p>\n</li>\n</ul>"),
        ("a\n    {{ page.title }}", "<p>a\nA walk</p>"),
        ("a ` b\n\n{{ page.title }} ` c", "<p>a ` b</p>\n<p>A walk ` c</p>"),
        ("1. a\n\n    - b\n\n        {{ page.title }}",
         "<ol>\n<li>\n<p>a</p>\n<ul>\n<li>\n<p>b</p>\n<p>A walk</p>\n</li>\n</ul>\n</li>\n</ol>"),
    ],
)  # fmt: skip
def test_what_is_indented_and_no_code_is_filled_in(body: str, shown: str) -> None:
    assert content(body) == shown


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("{{ nobody }}", [12]), ("a\n\n{{ nobody }} {{ nobody }}\n{{ nothing }}", [14, 15]),
        ("{% nosuch %}", [12]), ("{{< nosuch a=b >}}\n\n{{< two >}}", [12, 14]),
        ("{{% nosuch %}}", [12]), ("<%= nobody %>", [12]), ("{{ nosuch(a=1) }}", [12]),
        ("{{ page.title | nosuch }}", [12]), ("{{ page.date | date: '%Q' }}", [12]),
        ("{% if x %}a{% else %}b{% endif %}", [12]),
        ("{% for p in site.posts %}a{% endfor %}", [12]),
        ('{% include card.html title="A b" %}', [12]),
        ("{{ $x := 1 }}", [12]), ("{{ post.title }}", [12]), ("{{ . }}", [12]),
        ("{{< note >}}a{{< /note >}}", []), ("{% assign a = b %}", []), ("{{ page.title }}", []),
        ("\n".join(f"{{{{ a{n} }}}}" for n in range(30)), list(range(12, 33))),
    ],
)  # fmt: skip
def test_what_is_taken_out_is_told_with_its_line(body: str, lines: list[int]) -> None:
    assert told(body) == [("unknown-tag", line) for line in lines]


def test_the_address_of_the_site_is_the_one_that_every_link_gets() -> None:
    address = "https://feeds.example/news"
    assert content("At {{ site.url }}") == f'<p>At <a href="{address}">{address}</a></p>'
    assert content("[x]({{ site.url }})") == f'<p><a href="{address}/">x</a></p>'
    link = f'<a href="{address}/">{address}/</a>'
    assert content("*{{ site.url }}*, b") == f"<p><em>{link}</em>, b</p>"
    assert content("[x]({{ site.url }}/y)") == f'<p><a href="{address}/y">x</a></p>'


def test_a_value_that_grows_too_long_is_unknown() -> None:
    body = "{% assign a = 'bb' %}" + "{% assign a = a | append: a %}" * 40 + "{{ a }}b"
    assert content(body) == "<p>b</p>"


def test_a_heading_that_is_only_the_title_goes() -> None:
    body = "{{ page.title }}\n================\n\n{% assign version = '1.2' %}Get {{ version }}."
    assert content(body) == "<p>Get 1.2.</p>"


def test_the_markup_of_a_value_is_markup_that_is_made_safe() -> None:
    text = keys("title: T", "a: '*b* <script>c</script> d'").replace("Text.", "{{ page.a }}")
    assert read(text).content == "<p><em>b</em> &lt;script&gt;c&lt;/script&gt; d</p>"


@pytest.mark.parametrize(
    "body",
    ["{{ page.long }}" * 30, "{% assign a = page.long | append: page.long %}" * 30,
     "{% assign a = 'bb' %}" + "{% assign a = a | append: a %}" * 15 + "{{ a }}" * 100],
)  # fmt: skip
def test_values_cannot_make_an_article_grow_without_end(body: str) -> None:
    text = keys("title: T", f"long: {'x' * 50_000}").replace("Text.", body)
    assert refused(text).code == "too-complex"


def test_check_tells_what_was_taken_out(site: Site) -> None:
    site.folder.joinpath("a.md").write_text(
        keys("title: T").replace("Text.", "{{ site.title }}\n{{ nobody }}"), encoding="utf-8"
    )
    told = site.command("check").stdout
    assert "a.md:5:1: unknown-tag {{ nobody }} is not a known template tag" in told
    assert "site.title" not in told


def test_a_new_title_of_the_site_has_every_file_read_again(site: Site) -> None:
    before = site.config()
    site.file.write_text(site.file.read_text(encoding="utf-8").replace("Test & ", "New "))
    after = site.config()
    assert before.reading_digest("1", "") != after.reading_digest("1", "")


def test_what_a_capture_with_tags_says_is_shown_where_it_stands() -> None:
    body = "{% capture n %}Words [l]({% link b.md %}) here{% endcapture %}\n\n{{ n | markdownify }}"
    content = read(keys("title: T").replace("Text.", body)).content
    assert "Words" in content
    assert "here" in content


def test_a_capture_that_is_markdown_is_shown_as_such_in_a_block_of_html() -> None:
    picture = "{% capture x %}\n![A](/a.png)\n{% endcapture %}\n\n"
    tag = '{{ x | markdownify | remove: "<p>" | remove: "</p>" }}'
    assert content(f"{picture}<figure>\n  {tag}\n</figure>") == (
        f'<figure>\n  <img src="{HOW.base_url}/a.png" alt="A">\n</figure>'
    )
    note = "{% capture x %}\n- a **b**\n{% endcapture %}<div>{{ x | markdownify }}</div>"
    assert content(note) == "<div><ul>\n<li>a <strong>b</strong></li>\n</ul></div>"
