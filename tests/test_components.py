"""Components of MDX, and pictures that are players, leave what they show."""

from __future__ import annotations

import pytest

from tests.reading import HOW, keys, read

VIDEO = (
    '<a href="https://www.youtube.com/watch?v=a-b_c1234XY">'
    '<img src="https://i.ytimg.com/vi/a-b_c1234XY/hqdefault.jpg" alt=""><br>{}</a>'
)
PICTURE = f'<figure><img src="{HOW.base_url}/a.png" alt="{{}}">{{}}</figure>'


def content(body: str) -> str:
    return read(keys("title: T").replace("Text.", body)).content


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('<YouTube id="a-b_c1234XY" />', VIDEO.format("Video on YouTube")),
        ('<LiteYouTube videoId="a-b_c1234XY" title="Rain"></LiteYouTube>', VIDEO.format("Rain")),
        ('<Tweet id="123456" />', '<a href="https://x.com/i/status/123456">Post on X</a>'),
        ('<Vimeo id="12345?h=8272103f6e"/>',
         '<a href="https://vimeo.com/12345/8272103f6e">Video on Vimeo</a>'),
        ('<Vimeo id="12345"/>', '<a href="https://vimeo.com/12345">Video on Vimeo</a>'),
        ('<CodePen id="xyzAbc" user="ann"/>',
         '<a href="https://codepen.io/ann/pen/xyzAbc">Pen on CodePen</a>'),
        ('<Embed url="https://a.example/x" title="Y"/>', '<a href="https://a.example/x">Y</a>'),
    ],
)  # fmt: skip
def test_a_component_that_embeds_is_a_link(written: str, shown: str) -> None:
    assert content(written).replace("<p> ", "<p>").replace(" </p>", "</p>") == f"<p>{shown}</p>"
    assert shown in content(f"a {written} b")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('<Image src="/a.png" alt="A" />', PICTURE.format("A", "")),
        ('<Figure src="/a.png" caption="C" />', PICTURE.format("C", "<figcaption>C</figcaption>")),
        ("<StaticImage src='/a.png' alt='A'/>", PICTURE.format("A", "")),
        ('<Image src={picture} alt="A" />', "A"),
    ],
)  # fmt: skip
def test_a_component_that_shows_a_picture_is_one(written: str, shown: str) -> None:
    assert content(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('a <Link href="https://a.example/x">b</Link> c',
         '<p>a <a href="https://a.example/x">b</a> c</p>'),
        ('<Button to="/x">b</Button>', f'<p><a href="{HOW.base_url}/x">b</a></p>'),
        ('<Callout type="info">\n\nb *c*\n\n</Callout>', "<p>b <em>c</em></p>"),
        ("a <FONT color=red>b</FONT>", "<p>a b</p>"),
        ("a vector<int> and Map<String> b",
         "<p>a vector&lt;int&gt; and Map&lt;String&gt; b</p>"),
    ],
)  # fmt: skip
def test_the_text_in_a_component_stays_and_its_link_leads(written: str, shown: str) -> None:
    assert content(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("![](https://www.youtube.com/watch?v=a-b_c1234XY)", VIDEO.format("Video on YouTube")),
        ("![Rain](https://www.youtube.com/watch?v=a-b_c1234XY)", VIDEO.format("Rain")),
        ("![](https://vimeo.com/12345)", '<a href="https://vimeo.com/12345">Video on Vimeo</a>'),
        ("![A](https://x.com/ann/status/1)", '<a href="https://x.com/ann/status/1">A</a>'),
        ('a <img src="https://x.com/ann/status/1">',
         'a <a href="https://x.com/ann/status/1">Post on X</a>'),
        ("![A](https://i.ytimg.com/vi/x/0.jpg)",
         '<img src="https://i.ytimg.com/vi/x/0.jpg" alt="A">'),
    ],
)  # fmt: skip
def test_a_picture_whose_address_is_a_player_is_a_link(written: str, shown: str) -> None:
    assert content(written) == f"<p>{shown}</p>"


@pytest.mark.parametrize(
    ("script", "address"),
    [("https://asciinema.org/a/123.js", "https://asciinema.org/a/123"),
     ("//jsfiddle.net/ann/x/embed/", "https://jsfiddle.net/ann/x/embed/")],
)  # fmt: skip
def test_a_script_that_shows_something_is_a_link(script: str, address: str) -> None:
    assert f'<a href="{address}">' in content(f'a\n\n<script src="{script}" async></script>')
