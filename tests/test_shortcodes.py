"""What shortcodes embed leaves a link, a picture or a player, whatever the generator."""

from __future__ import annotations

import re

import pytest

from feedsvc.model import Problem
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.source import Source
from feedsvc.reading.templates.tags import expand_tags
from tests.reading import HOW, keys, read

VIDEO = (
    '<a href="https://www.youtube.com/watch?v=a-b_c1234XY">'
    '<img src="https://i.ytimg.com/vi/a-b_c1234XY/hqdefault.jpg" alt=""><br>{}</a>'
)


def content(body: str, path: str = "a/b.md") -> str:
    return read(keys("title: T", "film: a-b_c1234XY").replace("Text.", body), path).content


@pytest.mark.parametrize(
    "tag",
    [
        "{{< youtube a-b_c1234XY >}}", '{{< youtube id="a-b_c1234XY" autoplay=true >}}',
        "{{< youtube a-b_c1234XY?start=7 >}}",
        "{{< youtube_lite 'a-b_c1234XY' />}}", "{{% youtube a-b_c1234XY %}}",
        "{% youtube a-b_c1234XY 640 480 %}", '{% youtube "a-b_c1234XY" %}',
        "{% include youtubePlayer.html id='a-b_c1234XY' %}",
        '{% include embed/youtube.html id="a-b_c1234XY" %}',
        "{% include youtube.html id=page.film %}",
        '{% include video id="a-b_c1234XY" provider="youtube" %}',
        '{{ youtube(id="a-b_c1234XY", class="wide") }}', "{% yt a-b_c1234XY %}",
        "{{<youtube a-b_c1234XY>}}",
    ],
)  # fmt: skip
def test_a_video_on_youtube_is_a_link_with_its_picture(tag: str) -> None:
    assert content(tag) == f"<p>{VIDEO.format('Video on YouTube')}</p>"


@pytest.mark.parametrize(
    "tag",
    [
        '{{< youtube id="a-b_c1234XY" title="Rain & *snow*" >}}',
        '{% include youtube.html title="Rain & *snow*" id="a-b_c1234XY" %}',
        '{{ youtube(title="Rain & *snow*", id="a-b_c1234XY") }}',
    ],
)
def test_the_title_of_what_is_embedded_is_the_text_of_the_link(tag: str) -> None:
    assert content(tag) == f"<p>{VIDEO.format('Rain &amp; *snow*')}</p>"


@pytest.mark.parametrize(
    ("tag", "address", "text"),
    [
        ("{{< vimeo 146022717 >}}", "https://vimeo.com/146022717", "Video on Vimeo"),
        ('{{ vimeo(id="146022717") }}', "https://vimeo.com/146022717", "Video on Vimeo"),
        ("{% vimeo 146022717 %}", "https://vimeo.com/146022717", "Video on Vimeo"),
        ("{{< gist ann 0a1b2c3d4e5f >}}", "https://gist.github.com/ann/0a1b2c3d4e5f",
         "Gist ann/0a1b2c3d4e5f"),
        ("{% gist ann/0a1b2c3d4e5f %}", "https://gist.github.com/ann/0a1b2c3d4e5f",
         "Gist ann/0a1b2c3d4e5f"),
        ("{% gist 1234567 a.rb %}", "https://gist.github.com/1234567", "Gist 1234567"),
        ('{{ gist(url="https://gist.github.com/ann/0a1b2c3d4e5f", file="a.rb") }}',
         "https://gist.github.com/ann/0a1b2c3d4e5f", "Gist ann/0a1b2c3d4e5f"),
        ('{{< tweet user="ann" id="1453110110599868418" >}}',
         "https://x.com/ann/status/1453110110599868418", "Post on X"),
        ("{{< x 1453110110599868418 >}}", "https://x.com/i/status/1453110110599868418",
         "Post on X"),
        ("{% twitter https://twitter.com/ann/status/1 maxwidth=500 %}",
         "https://twitter.com/ann/status/1", "Post on X"),
        ("{{< instagram CxOWiQNP2MO hidecaption >}}", "https://www.instagram.com/p/CxOWiQNP2MO/",
         "Post on Instagram"),
        ("{% codepen ann wxYZ9 dark result 300 %}", "https://codepen.io/ann/pen/wxYZ9",
         "Pen on CodePen"),
        ("{% iframe https://maps.example.org/x?a=1 100% 400 %}", "https://maps.example.org/x?a=1",
         "Embedded from maps.example.org"),
        ("{{% media url=https://vimeo.com/12 %}}", "https://vimeo.com/12", "Video on Vimeo"),
        ("{{% media https://a.example/b %}}", "https://a.example/b", "Embedded from a.example"),
        ('{% include linkcard.html url="https://a.example/b" title="A card" %}',
         "https://a.example/b", "A card"),
        ("{{< youtube https://vimeo.com/12 >}}", "https://vimeo.com/12", "Video on Vimeo"),
        ("{% jsfiddle abcd1234 %}", "https://jsfiddle.net/abcd1234/", "Fiddle on JSFiddle"),
        ("{% notebook talks/a.ipynb %}", "https://feeds.example/news/media/fe9d43f2-8a73-5cbf-a21d-52b19d4bed30.ipynb",
         "talks/a.ipynb"),
        ("{% include_code a.py lang:python The code %}", "https://feeds.example/news/a/a.py",
         "The code"),
        ("{% asset_link plan.txt The whole plan %}", "https://feeds.example/news/media/d08e0f6f-a5be-5021-bf89-44d3985a170c.txt",
         "The whole plan"),
    ],
)  # fmt: skip
def test_what_is_embedded_is_a_link(tag: str, address: str, text: str) -> None:
    assert content(tag) == f'<p><a href="{address}">{text}</a></p>'
    assert content(f"a {tag} b") == f'<p>a <a href="{address}">{text}</a> b</p>'
    assert content(f"- {tag}\n- b") == (
        f'<ul>\n<li><a href="{address}">{text}</a></li>\n<li>b</li>\n</ul>'
    )


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("{% include figure.html src='/c.png' caption='A *c*' %}",
         '<img src="https://feeds.example/news/c.png" alt="A *c*"><figcaption>A *c*</figcaption>'),
        ('{% include figure image_path="/c.png" alt="c" caption="C" %}',
         '<img src="https://feeds.example/news/c.png" alt="c"><figcaption>C</figcaption>'),
        ("{% img left /c.png 350 200 'The title' 'a' %}",
         '<img src="https://feeds.example/news/c.png" alt="a"><figcaption>The title</figcaption>'),
        ("{% img /c.png %}", '<img src="https://feeds.example/news/c.png" alt="">'),
        ('{% image "/c.png", "The c" %}',
         '<img src="https://feeds.example/news/c.png" alt="The c">'),
        ('{{ resize_image(path="/c.png", width=800, op="fit_width") }}',
         '<img src="https://feeds.example/news/c.png" alt="">'),
        ('{{ image(src="/c.png", alt="c") }}',
         '<img src="https://feeds.example/news/c.png" alt="c">'),
        ('{{< figure src="/c.png" title="A" caption="B" attr="C" link="https://c.example/" >}}',
         '<a href="https://c.example/"><img src="https://feeds.example/news/c.png" alt="A B C"></a>'
         "<figcaption>A B C</figcaption>"),
    ],
)  # fmt: skip
def test_a_picture_is_shown_with_what_is_written_under_it(tag: str, shown: str) -> None:
    assert content(tag) == f"<figure>{shown}</figure>"
    assert content(f"Text\n{tag}\nand *more*") == (
        f"<p>Text</p>\n<figure>{shown}</figure>\n<p>and <em>more</em></p>"
    )


@pytest.mark.parametrize(
    ("tag", "alt"),
    [("{% asset_img rain.png The rain %}", "The rain"), ("{% asset_img rain.png %}", ""),
     ("""{% asset_img wide rain.png 10 20 '"A" "The rain"' %}""", "The rain")],
)  # fmt: skip
def test_a_picture_of_hexo_lies_in_the_folder_with_the_name_of_the_article(
    tag: str, alt: str
) -> None:
    article = read(keys("title: T").replace("Text.", tag))
    assert article.media == ("a/b/rain.png",)
    assert f' alt="{alt}">' in article.content


@pytest.mark.parametrize(
    ("tag", "name", "file"),
    [('{{< video src="c.mp4" title="C" >}}', "video", "a/c.mp4"),
     ("{{< audio src='c.mp3' caption=\"C\" >}}", "audio", "a/c.mp3"),
     ('{% include audio.html url="c.ogg" title="C" %}', "audio", "a/c.ogg"),
     ('{{ video(path="c.webm", alt="C") }}', "video", "a/c.webm")],
)  # fmt: skip
def test_sound_and_film_beside_the_article_can_be_played(tag: str, name: str, file: str) -> None:
    article = read(keys("title: T").replace("Text.", tag))
    assert article.media == (file,)
    assert f"<{name} src=" in article.content
    assert ">C</a>" in article.content


@pytest.mark.parametrize(
    ("quoted", "who"),
    [
        ('{% quote(author="Ann *E*") %}\nIt *rains*.\n{% end %}', "— Ann *E*"),
        ("{% blockquote Ann, The Book %}\nIt *rains*.\n{% endblockquote %}", "— Ann, The Book"),
        ("{% blockquote Ann https://a.example/ The Site %}\nIt *rains*.\n{% endblockquote %}",
         '— <a href="https://a.example/">Ann, The Site</a>'),
        ('{{< quote author="Ann" source="The Book" >}}\nIt *rains*.\n{{< /quote >}}',
         "— Ann, The Book"),
    ],
)  # fmt: skip
def test_a_quotation_says_who_is_quoted(quoted: str, who: str) -> None:
    expected = f"<blockquote>\n<p>It <em>rains</em>.</p>\n<p>{who}</p>\n</blockquote>\n<p>Text</p>"
    assert content(f"{quoted}\nText") == expected


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("{% pullquote right %}It *rains*.{% endpullquote %}",
         "<blockquote>\n<p>It <em>rains</em>.</p>\n</blockquote>"),
        ("{% codeblock lang:ruby %}\nputs {{ x }}\n{% endcodeblock %}",
         '<pre><code class="language-ruby">puts {{ x }}\n</code></pre>'),
        ("{% codeblock A *title* lang:c %}\na *b*\n{% endcodeblock %}",
         '<p>A *title*</p>\n<pre><code class="language-c">a *b*\n</code></pre>'),
        ("{{< rawhtml >}}\n<b>It</b> rains.\n{{< /rawhtml >}}", "<p><b>It</b> rains.</p>"),
        ('{{< details title="Read on" >}}\nIt *rains*.\n{{< /details >}}',
         "<p><strong>Read on</strong></p>\n<p>It <em>rains</em>.</p>"),
        ("{% note info In short %}\nIt *rains*.\n{% endnote %}",
         "<p><strong>In short</strong></p>\n<p>It <em>rains</em>.</p>"),
        ('{{< tab "Mac" >}}a{{< /tab >}}', "<p><strong>Mac</strong></p>\n<p>a</p>"),
        ('{% include note.html content="It *rains*." %}', "<p>It <em>rains</em>.</p>"),
        ('{{< card title="Rain" text="It *rains*." >}}',
         "<p><strong>Rain</strong> It <em>rains</em>.</p>"),
        ('{% figure caption: "It *rains*." %}\nb\n{% endfigure %}',
         "<p>It <em>rains</em>.</p>\n<p>b</p>"),
        ('{% note info 雨 %}a{% endnote %}', "<p><strong>雨</strong></p>\n<p>a</p>"),
        ("a{% seo title=false %}", "<p>a</p>"),
        ('{{< tab name="one" title="rain" >}}a{{< /tab >}}',
         "<p><strong>rain</strong></p>\n<p>a</p>"),
        ('{{< tab name="one" >}}a{{< /tab >}}', "<p>a</p>"),
        ("{{< hint info >}}a{{< /hint >}}", "<p>a</p>"),
        ("[x]({% post_url 2020-01-03-b %}#c)",
         '<p><a href="https://feeds.example/news/a/2020-01-03-b.md#c">x</a></p>'),
        ("[x]({{ site.baseurl }}{% post_url b %})",
         '<p><a href="https://feeds.example/news/a/b.md">x</a></p>'),
        ("{% post_link b %}, {% post_link b 'The *b*' %}",
         '<p><a href="https://feeds.example/news/a/b.md">b</a>, '
         '<a href="https://feeds.example/news/a/b.md">The *b*</a></p>'),
        ('{{< button href="https://a.example/" >}}Go{{< /button >}}',
         '<p><a href="https://a.example/">Go</a></p>'),
        ("{% raw %}{% youtube a-b_c1234XY %}{% endraw %}", "<p>{% youtube a-b_c1234XY %}</p>"),
        ("[x]({{< cdn \"https://a.example/b\" >}})", '<p><a href="https://a.example/b">x</a></p>'),
        ('![x]({{ resize_image(path="/c.png") }})',
         '<p><img src="https://feeds.example/news/c.png" alt="x"></p>'),
    ],
)  # fmt: skip
def test_what_stands_between_tags_stays(written: str, shown: str) -> None:
    assert content(written) == shown


@pytest.mark.parametrize(
    "tag",
    ["{{< youtube ../../x >}}", '{{< vimeo id="a b" >}}', "{% gist %}", '{{ youtube(id="<b>") }}',
     "{{< tweet abc >}}", '{% include video id="x" provider="youtube" %}'],
)  # fmt: skip
def test_an_id_that_has_not_the_shape_of_one_is_told(tag: str) -> None:
    remarks: list[Problem] = []
    source = Source("b.md", f"a\n\n{tag} b", HOW, remarks=remarks)
    assert expand_tags(source, 0, Fields()) == "a\n\nb"
    assert [(problem.code, problem.line) for problem in remarks] == [("unknown-tag", 3)]


@pytest.mark.parametrize(
    ("path", "text"),
    [("a.md", "---\ntitle: T\n---\n{{< youtube a-b_c1234XY >}}"),
     ("a.md", "# T\n\n{% youtube a-b_c1234XY %}\n"),
     ("a.html", '---\ntitle: T\n---\n{{ youtube(id="a-b_c1234XY") }}'),
     ("a.html", '<title>T</title><p>{{ youtube(id="a-b_c1234XY") }}</p>')],
)  # fmt: skip
def test_an_article_that_is_nothing_but_an_embed_is_an_article(path: str, text: str) -> None:
    article = read(text, path)
    assert article.title == "T"
    assert VIDEO.format("Video on YouTube") in article.content


@pytest.mark.parametrize(
    ("tag", "link"),
    [
        ("{{< twitter_simple 1085870671291310081 >}}", "https://x.com/i/status/1085870671291310081"),
        ("{{< youtube-lite a-b_c1234XY >}}", "https://www.youtube.com/watch?v=a-b_c1234XY"),
        ("{{< liteYouTube a-b_c1234XY >}}", "https://www.youtube.com/watch?v=a-b_c1234XY"),
        ("{{< my_gist ann 0a1b2c3d4e5f >}}", "https://gist.github.com/ann/0a1b2c3d4e5f"),
        ("{% link Some words https://a.example/x %}", "https://a.example/x"),
        ("{% link https://a.example/x %}", "https://a.example/x"),
        ('{{< button href="/x" >}}b{{< /button >}}', f"{HOW.base_url}/x"),
        ('{{< figure src="a.png" attr="Ann" attrlink="https://a.example/x" >}}',
         "https://a.example/x"),
    ],
)  # fmt: skip
def test_a_name_of_several_words_and_a_link_of_its_own_are_known(tag: str, link: str) -> None:
    assert f'<a href="{link}">' in content(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "{{< register 12345 >}}", '{% include registration.html id="abcde" %}',
        "{% include logistics.html id=12345 %}", "{{< configure a/b.toml >}}",
        '{% include icon-twitter.html username="ann" %}', '{{< icon "github" >}}',
    ],
)  # fmt: skip
def test_a_name_that_holds_another_by_chance_is_unknown(tag: str) -> None:
    remarks: list[Problem] = []
    article = read_article("a.md", f"# T\n\na{tag}".encode(), HOW, remarks)
    assert article.content == "<p>a</p>"
    assert [one.code for one in remarks] == ["unknown-tag"]


@pytest.mark.parametrize(
    "tag", ['{{< imgs "/a.png" "/b.png" >}}', "{% galleryImg /a.png /b.png %}"]
)
def test_several_pictures_are_all_shown(tag: str) -> None:
    assert re.findall('src="([^"]*)"', content(tag)) == [
        f"{HOW.base_url}/a.png",
        f"{HOW.base_url}/b.png",
    ]


@pytest.mark.parametrize(
    "written",
    [
        '{{% hugo-encryptor "a password" %}}\nhidden\n{{% /hugo-encryptor %}}\n\nb',
        '{{< encrypt "a password" >}}hidden{{< /encrypt >}}b',
        "{{< private >}}hidden{{< /private >}}b", "{% draft %}hidden{% enddraft %}b",
        "{{< members-only >}}\nhidden\n\nhidden\n{{< /members-only >}}\n\nb",
        # by the end of its own name, with others in it, and outside code
        "{% private() %}hidden{% end %}b", "{% private %}hidden{% end %}b",
        "{{< private >}}hidden {{< members >}}hidden{{< /members >}} hidden{{< /private >}}b",
        "{{< private >}}hidden {{< private >}}hidden{{< /private >}} hidden{{< /private >}}b",
        "{% private() %}hidden{% quote() %}hidden{% end %} hidden{% end %}b",
        "{{< private >}}hidden{{% /private %}}b", "{{< private >}}hidden{{< /private x >}}b",
        "{{< private >}}hidden `{{< /private >}}` hidden{{< /private >}}b",
        "{{< private link=/members/ >}}hidden{{< /private >}}b",
        "{{# private }}hidden{{/private}}b", "{{#if @member}}hidden{{/if}}b",
        '{{#has visibility="paid"}}hidden{{/has}}b', "{{#unless public}}hidden{{/unless}}b",
        "{{< subscriber-only >}}hidden{{< /subscriber-only >}}b",
        "{{< shortcodes/private >}}hidden{{< /shortcodes/private >}}b",
        "{% if-private %}hidden{% endif-private %}b",
        "{{< MembersOnly >}}hidden{{< /MembersOnly >}}b",
        "{{< premium >}}hidden{{< /premium >}}b", "{{% wip %}}hidden{{% /wip %}}b",
        "{{#private}}hidden{{#if x}}hidden{{/if}}hidden{{/private}}b",
        "{{#members}}\nhidden\n\n`{{/members}}`\n\n{{/members}}\n\nb",
        "{% private /x/ %}hidden{% endprivate %}b",
        "{{< private >}}{{</* youtube id */>}} hidden{{< /private >}}b",
        "{% private %}{% raw %}{% endprivate %}{% endraw %}hidden{% endprivate %}b",
        "{{< private >}}<!-- {{< /private >}} --> hidden{{< /private >}}b",
        "{{< private >}}{{/* {{< /private >}} */}} hidden{{< /private >}}b",
        "{% private() %}hidden{% if (x) %}hidden{% endif %}hidden{% end %}b",
        '{{< private note="see {{< ref x >}}" >}}hidden{{< /private >}}b',
        # what nothing closes, and arguments
        "b {{< private >}}hidden", 'b {{< password "a password" >}}',
        'b {{ private(body="a password") }}', 'b {{< private text="a password" />}}',
    ],
)  # fmt: skip
def test_what_is_not_for_all_to_see_is_left_out_and_told(written: str) -> None:
    remarks: list[Problem] = []
    article = read_article("a.md", f"# T\n\n{written}".encode(), HOW, remarks)
    assert article.content == "<p>b</p>"
    assert [(one.code, one.line) for one in remarks] == [("withheld-text", 3)]
    assert "a password" not in remarks[0].message


def test_each_part_that_is_not_for_all_to_see_is_told() -> None:
    remarks: list[Problem] = []
    text = "# T\n\n{{< private />}} b {{< private >}}hidden{{< /private >}}\n\n{{< draft >}}x"
    article = read_article("a.md", text.encode(), HOW, remarks)
    assert article.content == "<p>b</p>"
    assert [one.line for one in remarks] == [3, 3, 5]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("{% codeblock Title lang:c %}\na\n\n# b\n* c *d*\n{% endcodeblock %}\n\ne",
         '<p>Title</p>\n<pre><code class="language-c">a\n\n# b\n* c *d*\n</code></pre>\n<p>e</p>'),
        ('{{< code file="a.go" lang="go" >}}\na := 1 < 2\n* b * c\n{{< /code >}}',
         '<p>a.go</p>\n<pre><code class="language-go">a := 1 &lt; 2\n* b * c\n</code></pre>'),
        ("{{< mermaid >}}\na_b --> c_d\n{{< /mermaid >}}",
         '<pre><code class="language-mermaid">a_b --&gt; c_d\n</code></pre>'),
        ('{{< imgproc a Fit "600x400" >}}\nb\n{{< /imgproc >}}', "<p>b</p>"),
        ('a {{< kbd "Ctrl" >}} b', "<p>a Ctrl b</p>"),
        ('a {{< abbr "HTML" "Hyper Text" >}}', "<p>a HTML Hyper Text</p>"),
    ],
)  # fmt: skip
def test_code_stays_code_and_words_stay(written: str, shown: str) -> None:
    assert content(written) == shown
