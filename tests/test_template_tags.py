"""Template tags of site generators: what has a meaning is kept, and code is never touched."""

from __future__ import annotations

import pytest

from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.source import Source
from feedsvc.reading.templates.tags import expand_tags
from tests.reading import keys, read


def resolved(text: str, *, markdown: bool = True) -> str:
    return expand_tags(Source("a/b.md", text), 0, Fields(), markdown=markdown)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('{{< figure src="a.png" alt="A" caption="B & C" >}}',
         '<figure><img src="a.png" alt="A"><figcaption>B &amp; C</figcaption></figure>'),
        ("{{% figure src=a.png /%}}", '<figure><img src="a.png" alt=""></figure>'),
        (r'{{< figure src="a.png" caption="a \"b\" c" alt="d" >}}',
         '<figure><img src="a.png" alt="d"><figcaption>a "b" c</figcaption></figure>'),
        ('{{< figure src=`a b.png` alt=`c "d" \\` >}}',
         '<figure><img src="a b.png" alt="c &quot;d&quot; \\"></figure>'),
        ('{{< figure src="a.png" caption="never closed >}}',
         '<figure><img src="a.png" alt="never closed"><figcaption>never closed</figcaption>'
         "</figure>"),
        ("[x]({{< ref `b.md` >}})", "[x](b.md)"),
        ("a {{< note >}}inner *text*{{< /note >}} b", "a inner *text* b"),
        ("{{% callout type=x %}}inner{{% /callout %}}", "inner"),
        ("[x]({{< ref \"b.md\" >}})", "[x](b.md)"),
        ("[x]({{< relref path='b.md' >}})", "[x](b.md)"),
        ("{{</* note */>}}", "{{< note >}}"),
        ("{{< highlight go \"linenos=true\" >}}\na < b\n{{< / highlight >}}",
         '\n<pre><code class="language-go">a &lt; b\n</code></pre>\n'),
        ("{% highlight ruby %}\nputs {{ x }}\n{%- endhighlight -%}",
         '\n<pre><code class="language-ruby">puts {{ x }}\n</code></pre>\n'),
        ("{% raw %}{{ x }} {% y %}{% endraw %}", "{{ x }} {% y %}"),
        ("a{% comment %}b{% endcomment %}c", "ac"),
        ("{% if x %}a{% endif %}{% include b.html c=\"d\" %}", "a"),
        ("![x]({{ site.baseurl }}/a.png)", "![x](/a.png)"),
        ("![x]({{ site.url }}{{site.baseurl}}/a.png)", "![x](/a.png)"),
        ("![x]({{ '/a.png' | relative_url }})", "![x](/a.png)"),
        ("![x]({{ \"a.png\" | absolute_url }})", "![x](/a.png)"),
        ("[x]({% link _posts/2020-01-05-b.md %})", "[x](/_posts/2020-01-05-b.md)"),
        ("a {{ youtube(id=\"x\", autoplay=true) }} b", "a  b"),
        ("{% note(kind=\"a\") %}inner{% end %}", "inner"),
        ("of {{ name }} and {{ a.b | c }}", "of  and "),
        ("{{ never closed", "{{ never closed"),
        ('{{< figure src="a.png" link="../b/" >}}',
         '<figure><a href="../b/"><img src="a.png" alt=""></a></figure>'),
        ("{{ a1 }} {{ a2 }} {{ a3 }} {{ a4 }} {{ a5 }} {{ a6 }} text", "text"),
        ("x\n\n  {{ a1 }} {# b #} {% c %}   *text* {{ d }}  e", "x\n\n  *text*   e"),
        ("{{ a1 }}" * 9 + "x {{ a2 }}" + "{{ a3 }}" * 9 + "  y", "x   y"),
        ("{% raw %}never closed", "never closed"),
        ("{ {a} }", "{ {a} }"),
    ],
)  # fmt: skip
def test_a_tag_becomes_what_it_means(written: str, told: str) -> None:
    assert resolved(written) == told


@pytest.mark.parametrize(
    "code",
    [
        "`{{< x >}}`", "`` ` {% x %} ``", "```\n{{< x >}}\n```", "~~~ go\n{% x %}\n```\n~~~",
        "  ````\n```\n{{< x >}}\n````  ", "```\n{{< x >}} never closed", "`a\n{{< x >}}`",
    ],
)  # fmt: skip
def test_code_is_kept_as_it_is(code: str) -> None:
    assert resolved(f"a\n\n{code}\n") == f"a\n\n{code}\n"
    assert resolved(f"{{{{< x >}}}}\n{code}").endswith(code)


def test_a_back_tick_that_nothing_closes_begins_no_code() -> None:
    assert resolved("a ` b {{< x >}} `` c") == "a ` b  `` c"


@pytest.mark.parametrize("piece", ['\\"', '"', "\\", "`", "a=", 'a="', "a=`", "' "])
def test_quotes_that_are_repeated_take_no_time(piece: str) -> None:
    tag = "{{< figure src=a " + piece * (3000 // len(piece)) + " >}}"
    assert "{{" not in resolved(tag * 300)


def test_html_has_no_code_between_back_ticks() -> None:
    assert resolved("<p>`{{< x >}}`", markdown=False) == "<p>``"


def test_tags_are_resolved_in_every_layout_that_has_markup() -> None:
    assert read(keys("title: T").replace("Text.", "{{< x >}}Text.")).content == "<p>Text.</p>"
    assert read("# T\n\n{{< x >}}Text.").content == "<p>Text.</p>"
    assert read("Title: T\n\n{{< x >}}Text.").content == "<p>Text.</p>"
    assert read("<html><p>{{< x >}}Text.", "a.html").content == "<p>Text.</p>"


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("<ul>\n{% for x in y %}\n    <li>a</li>\n{% endfor %}\n</ul>",
         "<ul>\n    <li>a</li>\n</ul>"),
        ("| a |\n|---|\n{% if x %}\n| b |\n{% endif %}\n| c |", "| a |\n|---|\n| b |\n| c |"),
        ("a\n{# x #}\nb", "a\nb"), ("a\n\n{% if x %}\nb", "a\n\n\nb"),
        ("- a\n{% if x %}\n- b\n{% endif %}\n- c", "- a\n- b\n- c"),
        ("a {% if x %}\nb", "a \nb"),
    ],
)  # fmt: skip
def test_a_tag_alone_in_its_line_leaves_no_empty_one(written: str, left: str) -> None:
    assert resolved(written) == left


@pytest.mark.parametrize(
    "written",
    [
        "{% raw %}\n```\n{{ x }}\n{% endraw %}\n```\n\na {# hidden #} b\n\n```\nc\n```",
        "- a\n  ```\n  x\n\na {# hidden #} b\n\n- b\n  ```\n  y\n  ```",
        "> ```\n> x\n\na {# hidden #} b\n\n> ```\n> y\n> ```",
        "a\n\n    ```\n    x\n\na {# hidden #} b\n\n    ```",
    ],
)
def test_code_ends_where_the_renderer_ends_it(written: str) -> None:
    assert "hidden" not in resolved(written)


@pytest.mark.parametrize(
    "written",
    [
        "- a\n\n  ```\n  {{ x }}\n\n  {# y #}\n  ```\n\nb",
        "1. a\n   ```\n   {{ x }}\n   ```\n   b",
        "* a\n\n\t```\n\t{# x #}\n\t```\n", "> ```\n> {# x #}\n>\n> {{ y }}\n> ```\n",
    ],
)  # fmt: skip
def test_a_fence_in_an_item_or_a_quotation_is_code(written: str) -> None:
    assert resolved(written) == written


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("{% set x %}S{% endset %}b{{ x }}", "bS"), ("{% set x %}hidden{% endset %}b", "b"),
        ("{% macro f() %}hidden{% endmacro %}b", "b"), ("{% set x = 1 %}b", "b"),
        ("{% capture x %}{{ page.title }} S{% endcapture %}b {{ x }}", "b B S"),
        ("{% capture x %}hidden {{ nobody }}{% endcapture %}b", "b"),
        ("* a\n\n      <p>{{ x }}</p>\n", "* a\n\n      <p>{{ x }}</p>\n"),
        ("* a\n\n    {{ page.title }}\n", "* a\n\n    B\n"),
        ("{% login %}b", "b"), ("\\({{n}}\\)", "\\({{n}}\\)"),
        ('{% embed url="https://e.example/f" %}\nOur film\n{% endembed %}',
         '<a href="https://e.example/f">Embedded from e&#46;example</a>\n\n\nOur film\n'),
        ('{% file src="https://e.example/p.pdf" title="P" %}b{% endfile %}',
         '<a href="https://e.example/p.pdf">P</a>\n\nb'),
    ],
)  # fmt: skip
def test_variables_and_blocks_show_what_generators_show(written: str, shown: str) -> None:
    assert resolved(written) == shown
