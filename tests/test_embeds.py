"""What a page embeds becomes a link, with a picture where the address gives one."""

from __future__ import annotations

import pytest

from feedsvc.addresses import is_web_address
from feedsvc.reading.markup import markup
from feedsvc.reading.markup.embeds import anchor
from feedsvc.reading.source import Source

PICTURE = '<img src="https://i.ytimg.com/vi/{}/hqdefault.jpg" alt=""><br>'


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("https://www.youtube.com/embed/a-b_c1234XY", "https://www.youtube.com/watch?v=a-b_c1234XY"),
        ("//www.youtube-nocookie.com/embed/a-b_c1234XY?rel=0",
         "https://www.youtube.com/watch?v=a-b_c1234XY"),
        ("http://youtube.com/v/a-b_c1234XY", "https://www.youtube.com/watch?v=a-b_c1234XY"),
        ("https://www.youtube.com/embed/a-b_c1234XY?start=42",
         "https://www.youtube.com/watch?v=a-b_c1234XY&amp;t=42s"),
        ("https://youtu.be/a-b_c1234XY?t=5", "https://youtu.be/a-b_c1234XY?t=5"),
        ("https://m.youtube.com/watch?app=x&v=a-b_c1234XY",
         "https://m.youtube.com/watch?app=x&amp;v=a-b_c1234XY"),
        ("https://www.youtube.com/shorts/a-b_c1234XY", "https://www.youtube.com/shorts/a-b_c1234XY"),
    ],
)  # fmt: skip
def test_a_video_on_youtube_shows_its_picture_and_leads_to_its_page(
    address: str, leads_to: str
) -> None:
    picture = PICTURE.format("a-b_c1234XY")
    expected = f'<a href="{leads_to}">{picture}Video on YouTube</a>'
    assert anchor(address, "") == expected


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://player.vimeo.com/video/76979871?h=8272103f6e&title=0",
         '<a href="https://vimeo.com/76979871/8272103f6e">Video on Vimeo</a>'),
        ("//player.vimeo.com/video/76979871",
         '<a href="https://vimeo.com/76979871">Video on Vimeo</a>'),
        ("https://www.youtube.com/embed/videoseries?list=PL0123456789",
         '<a href="https://www.youtube.com/playlist?list=PL0123456789">Playlist on YouTube</a>'),
        ("https://www.youtube.com/embed/x",
         '<a href="https://www.youtube.com/embed/x">Video on YouTube</a>'),
        ("https://gist.github.com/ann/0a1b2c3d4e.js",
         '<a href="https://gist.github.com/ann/0a1b2c3d4e">Gist ann/0a1b2c3d4e</a>'),
        ("https://maps.example.org/embed?a=1&b=2",
         '<a href="https://maps.example.org/embed?a=1&amp;b=2">Embedded from maps.example.org</a>'),
        (" https://a.example/x y\n",
         '<a href="https://a.example/x%20y">Embedded from a.example</a>'),
        ("https://b\u00fccher.example/\u00e4",
         '<a href="https://xn--bcher-kva.example/%C3%A4">Embedded from xn--bcher-kva.example</a>'),
    ],
)  # fmt: skip
def test_what_is_embedded_becomes_a_link_that_says_what_it_is(address: str, link: str) -> None:
    assert anchor(address, " ") == link


@pytest.mark.parametrize("title", ["Rain & <snow>", " Rain &  <snow>\n"])
def test_a_title_is_the_text_of_the_link(title: str) -> None:
    assert anchor("https://vimeo.com/1", title) == (
        '<a href="https://vimeo.com/1">Rain &amp; &lt;snow&gt;</a>'
    )


@pytest.mark.parametrize(
    "address",
    ["", "about:blank", "javascript:alert(1)", "/player.html", "https://", "data:text/html,x",
     "https://[x/", "https://a.example/" + "x" * 3000, "//"],
)  # fmt: skip
def test_what_no_reader_could_follow_leaves_nothing(address: str) -> None:
    assert anchor(address, "A title") == ""


@pytest.mark.parametrize(
    "address",
    ['https://a.example/"><script>', "https://a.example/'onclick=x", "https://a.example/<b>{x}|"],
)
def test_an_address_cannot_leave_its_attribute(address: str) -> None:
    link = anchor(address, "T")
    target = link.split('"')[1]
    assert link == f'<a href="{target}">T</a>'
    assert is_web_address(target)


def test_the_sanitiser_leaves_such_a_link_as_it_is() -> None:
    link = anchor("https://www.youtube.com/embed/a-b_c1234XY?start=1", "A & B")
    assert markup.safe(f"<p>{link}</p>", Source("a.md", "")).html == f"<p>{link}</p>"
