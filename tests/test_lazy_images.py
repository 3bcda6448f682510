"""Images that a script would load are shown, each once, as a browser with scripts shows them."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.reading.markup.lazy_images import shown
from feedsvc.reading.markup.markup import safe
from feedsvc.reading.source import Source
from tests.reading import HOW, read

E = "https://e.example"


def images(html: str) -> list[str]:
    """The addresses of what is published, and its text between."""
    content = safe(html, Source("a/b.md", "", HOW)).html
    return re.findall(r'(?:<img[^>]*? src="([^"]*)"|(?<=>)[^<>]+)', content)


@pytest.mark.parametrize(
    "placeholder",
    [
        "", "src", "src=''", "src=data:image/gif;base64,R0lGOD", "src='/img/blank.gif'",
        "src=//e.example/lazy_placeholder.gif?x", "src=1x1.png", "src='placeholder-300x200.png'",
        "src='https://via.placeholder.com/300'", "src=/a/ajax-loader.gif", "SRC='about:blank'",
        "src=transparent-pixel.webp",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["data-src", "data-original", "data-lazy-src", "data-lazy"])
def test_an_image_that_a_script_would_load_is_there(placeholder: str, name: str) -> None:
    late = f'{name}="{E}/a&amp;b.jpg"'
    for tag in (f"<img {placeholder} {late}>", f"<img {late} alt='c' {placeholder} />"):
        assert images(f"<p>{tag}</p>") == [f"{E}/a&amp;b.jpg"]


@pytest.mark.parametrize(
    "late", ["data-src=true", "data-lazy=1", "data-src='data:x/y'", "data-src", "data-src='{a.b}'"]
)
def test_what_is_no_address_is_not_taken_for_one(late: str) -> None:
    assert images(f"<img src={E}/a.jpg {late}>") == [f"{E}/a.jpg"]
    assert images(f"<img src='data:x' {late}>a") == []


def test_an_address_that_is_written_with_spaces_is_one() -> None:
    assert images(f"<img data-src='{E}/my pic one.png'>") == [f"{E}/my%20pic%20one.png"]


def test_a_declaration_before_an_image_does_not_hide_it() -> None:
    assert shown(f"<!doctype html><?x?><img data-src={E}/a.jpg>").endswith(
        f'src="{E}/a.jpg" data-src={E}/a.jpg>'
    )


def test_an_image_that_is_there_already_stays() -> None:
    html = f'<img src="{E}/small.jpg" srcset="{E}/s.jpg 1x" data-src="{E}/a.jpg">'
    assert shown(html) == html
    assert images(f"<img data-src={E}/a.jpg src={E}/gray-cat.jpg>") == [f"{E}/gray-cat.jpg"]


@pytest.mark.parametrize("old", ["", "srcset='data:image/gif;base64,R0 1w'", "srcset=blank.gif"])
def test_a_set_of_images_is_loaded_too(old: str) -> None:
    late = f"{old} data-srcset='{E}/a.jpg 1x, {E}/b.jpg 2x'"
    found = safe(f"<img src=data:x {late}>", Source("b.md", "", HOW)).html
    assert found == f'<img src="{E}/a.jpg" srcset="{E}/a.jpg 1x, {E}/b.jpg 2x">'
    picture = f"<picture><source {late}><img src=data:x data-src={E}/c.jpg></picture>"
    found = safe(picture, Source("b.md", "", HOW)).html
    assert f'<source srcset="{E}/a.jpg 1x, {E}/b.jpg 2x">' in found
    assert f'<img src="{E}/c.jpg">' in found


def test_a_set_that_keeps_the_room_does_not_stand_before_the_image() -> None:
    html = f"<img srcset='blank.gif 1x' src=blank.gif data-src={E}/a.jpg>"
    assert safe(html, Source("b.md", "", HOW)).html == f'<img src="{E}/a.jpg">'


@pytest.mark.parametrize(
    "html",
    [
        "<img src=data:x data-src={a}><noscript><img src={a}></noscript>",
        "<noscript><img src={a}></noscript><img data-src={a}>",
        "<img data-src={a}><p></p><NOSCRIPT\n><p><img src='{a}'></p></noScript >",
        "<img data-src={a}> <noscript><img src={b}></noscript>",
        "<noscript><img src={b}></noscript>\n<a href=x><img data-lazy-src={a}></a>",
        "<a href=x><picture><source data-srcset={a}><img data-src={a}></picture></a>"
        "<noscript><a href=x><img src={b}></a></noscript>",
        "<img src=data:x><noscript><img src={a}></noscript>",
        "<img src=blank.gif>\n<noscript><img src={a}></noscript>",
        "<img src={a}><noscript><img src={a}></noscript>",
        "<noscript><img src={a}></noscript>",
        "<noscript><picture><source srcset={a}><img src={a}></picture></noscript>",
        "<img data-src={a}><noscript>Turn on JavaScript</noscript>",
        "<img data-src={a}><p></p><noscript><img src={b} width=1 height=1></noscript>",
        "<img data-src={a}><p></p><noscript><img src={b} style='display: none'></noscript>",
        "<!-- <noscript> --><img data-src={a}><!-- </noscript> -->",
        "<script>'<noscript><img src={b}>'</script><img data-src={a}>",
        "<b title='<noscript>'></b><img data-src={a}><b title='</noscript>'></b>",
        '<img alt=5" data-src={a} title="x">',
        "<img alt='a > b' data-src={a}>",
    ],
)
def test_an_image_is_shown_once(html: str) -> None:
    html = html.replace("{a}", f"{E}/a.jpg").replace("{b}", f"{E}/a-300x200.jpg")
    assert images(html) == [f"{E}/a.jpg"]
    assert shown(shown(html)) == shown(html)


def test_other_images_between_noscript_are_shown_beside_it() -> None:
    html = f"<img data-src={E}/a.jpg><p>b</p><noscript><img src={E}/c.jpg></noscript>d"
    found = safe(html, Source("b.md", "", HOW)).html
    assert found == f'<img src="{E}/a.jpg"><p>b</p><img src="{E}/c.jpg">d'


@pytest.mark.parametrize("tag", ["video", "audio"])
def test_sound_and_film_between_noscript_are_shown(tag: str) -> None:
    found = safe(f"<noscript><{tag} src={E}/a.mp4></{tag}></noscript>", Source("b.md", "", HOW))
    assert f'<{tag} src="{E}/a.mp4"' in found.html


@pytest.mark.parametrize(
    "html",
    [
        "<p>What is data-src? An attribute.</p>",
        "<pre>&lt;img data-src=a.jpg&gt;</pre>",
        "Use a <noscript> element",
        "<img data-src='a.jpg",
        "<!-- <img data-src=a.jpg>",
        "<title>a <img data-src=a.jpg>",
    ],
)
def test_what_has_no_such_image_or_no_end_is_as_it_was(html: str) -> None:
    assert shown(html) == html


def test_pages_and_markdown_have_them_too() -> None:
    tag = "<img src=blank.gif data-src=p.jpg alt=x><noscript><img src=p.jpg></noscript>"
    for path in ("a/b.md", "a/b.html"):
        article = read(
            f"# T\n\n{tag}\n\nText."
            if path.endswith("md")
            else f"<title>T</title><base href=../c/><p>Text {tag}</p>",
            path,
        )
        assert article.content.count("<img") == 1
        assert article.media == ("a/p.jpg" if path.endswith("md") else "c/p.jpg",)


@pytest.mark.parametrize(
    "piece",
    [
        "<noscript>", "<img data-src=a.jpg><noscript><img src=a.jpg></noscript>", "<img data-src='",
        "<img data-src=\"", "<!--", "<a ", "<script>", "<noscript ", "</noscript", "<img a=",
        "<b data-src", "<title>data-src", "<a b='data-src'", "<img data-src=blank", "data-src <x =",
        "<noscript><img data-src=x><noscript>", "<noscript><img></noscript>\n<a>", "<!-- --",
    ],
)  # fmt: skip
def test_what_is_repeated_takes_time_in_proportion(piece: str) -> None:
    html = "data-src<p>" + piece * (400_000 // len(piece))
    began = time.process_time()
    shown(html)
    assert time.process_time() - began < 2


PIECES = [
    "<img", "<noscript>", "</noscript>", " data-src=", " src=", '"', "'", "a.jpg", "data:x", ">",
    "<!--", "-->", "text", " ", "<source", "/>", "<script>", "</script>", "&amp;", "=", "<p>",
]  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_whatever_is_written_nothing_is_raised_and_doing_it_twice_changes_nothing(
    pieces: list[str],
) -> None:
    html = "".join(pieces)
    assert shown(shown(html)) == shown(html) or "<noscript" in shown(html)


@pytest.mark.parametrize(
    ("html", "left"),
    [
        (
            "<noscript><p><a href='https://e.example/1'>See it</a></p></noscript>",
            "<p><a href='https://e.example/1'>See it</a></p>",
        ),
        ("<noscript>Please enable JavaScript to see <a href='x'>comments</a>.</noscript>", ""),
        ("<noscript>Nothing but text.</noscript>", "Nothing but text."),
        ("<noscript>Turn on JS to read.</noscript>", ""),
        ("<noscript><b> </b></noscript>", ""),
    ],
)
def test_a_link_in_place_of_what_a_script_shows_stays(html: str, left: str) -> None:
    assert shown(html) == left


def test_attributes_in_capitals_are_lazy_too() -> None:
    assert 'src="a.jpg"' in shown("<IMG SRC='blank.gif' DATA-SRC='a.jpg'>")
    assert 'src="a.jpg"' in shown('<img data-cfsrc="a.jpg">')
