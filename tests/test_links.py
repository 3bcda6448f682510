"""Links as articles write them: what becomes of each, and which files they name."""

from __future__ import annotations

import pytest

from feedsvc.reading.markup.links import Base, Target, resolve, srcset, target
from feedsvc.reading.source import Reading, Source

BASE = "https://example.org/blog"
SOURCE = Source("news/2026/a.md", "", Reading(base_url=BASE, site_id="s"))


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://other.example/a?b=c&d#e", "https://other.example/a?b=c&d#e"),
        ("HTTP://Other.example:8080/a", "http://Other.example:8080/a"),
        (" https://other.example/\n", "https://other.example/"),
        ("https://other.example/a b", "https://other.example/a%20b"),
        ("https://other.example/100%", "https://other.example/100%25"),
        ("https://bücher.example/ü?ü#ü", "https://xn--bcher-kva.example/%C3%BC?%C3%BC#%C3%BC"),
        ("https://other.example/[1]|2", "https://other.example/%5B1%5D%7C2"),
        ("https://other.example\\a", "https://other.example/a"),
        ("//other.example/x", "https://other.example/x"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("MAILTO:a b@example.org?subject=ü", "mailto:a%20b@example.org?subject=%C3%BC"),
        ("tel:+49-30-1", "tel:+49-30-1"),
        ("ftp://example.org/a b", "ftp://example.org/a%20b"),
        ("GEMINI://example.org/ü#ü", "gemini://example.org/%C3%BC#%C3%BC"),
        ("gopher://[::1]:70/1/", "gopher://[::1]:70/1/"),
        ("magnet:?xt=urn:btih:0a&dn=A B", "magnet:?xt=urn:btih:0a&dn=A%20B"),
        ("xmpp:a@b.example?message;body=x", "xmpp:a@b.example?message;body=x"),
        ("geo:37.78,-122.39;u=35", "geo:37.78,-122.39;u=35"),
        ("irc://irc.example/#news", "irc://irc.example/#news"),
        ("matrix:r/news:b.example", "matrix:r/news:b.example"),
        ("webcal://example.org/a.ics", "webcal://example.org/a.ics"),
        ('sms:+1;?body=a"b', "sms:+1;?body=a%22b"),
        ("#fn-1", "#fn-1"),
        ("#Über uns", "#%C3%9Cber%20uns"),
    ],
)
def test_a_link_that_is_absolute_already_is_written_in_ascii(written: str, address: str) -> None:
    assert resolve(written, SOURCE) == address


@pytest.mark.parametrize(
    ("written", "below"),
    [
        ("b.html", "/news/2026/b.html"),
        ("./b.html", "/news/2026/b.html"),
        ("b", "/news/2026/b"),
        ("b/", "/news/2026/b/"),
        ("b//c", "/news/2026/b//c"),
        ("b c.html", "/news/2026/b%20c.html"),
        ("b\\c.html", "/news/2026/b/c.html"),
        ("b.html?q=1#x", "/news/2026/b.html?q=1#x"),
        ("b.html?q=../c", "/news/2026/b.html?q=../c"),
        ("?q", "/news/2026/a.md?q"),
        (".", "/news/2026/"),
        ("..", "/news/"),
        ("../b/../c", "/news/c"),
        ("%2e%2E/c", "/news/c"),
        ("../../../../c", "/c"),
        ("../../..", "/"),
        ("/", "/"),
        ("/about", "/about"),
        ("/a/../../../b", "/b"),
        ("/a/..", "/"),
        ("/photo.jpg", "/photo.jpg"),
    ],
)
def test_a_relative_link_stays_below_the_site(written: str, below: str) -> None:
    assert target(written, SOURCE) == Target(BASE + below)


@pytest.mark.parametrize(
    ("written", "below"),
    [
        ("{filename}b.md", "/news/2026/b.md"),
        ("{filename}../b.md#x", "/news/b.md#x"),
        ("{filename}/pages/about.md?q", "/pages/about.md?q"),
        ("%7Bfilename%7D/pages/about%20us.md", "/pages/about%20us.md"),
        ("|filename|b.md", "/news/2026/b.md"),
        ("%7cfilename%7c/b.md", "/b.md"),
        ("{attach}/notes.html", "/notes.html"),
        ("{static}//other.example/x", "/other.example/x"),
        ("{static}\\\\other.example/x", "/other.example/x"),
        ("{filename}/../../x", "/x"),
        ("{filename}javascript:alert(1)", "/news/2026/javascript:alert(1)"),
        ("{filename}", "/news/2026/a.md"),
        ("{index}", "/"),
        ("@/blog/b.md#x", "/blog/b.md#x"),
        ("@/", "/"),
        ("@b.md", "/news/2026/@b.md"),
        ("{other}b.md", "/news/2026/%7Bother%7Db.md"),
        ("a{filename}b.md", "/news/2026/a%7Bfilename%7Db.md"),
        ("%20b.md", "/news/2026/%20b.md"),
    ],
)
def test_a_file_that_is_named_as_pelican_and_zola_do_is_below_the_site(
    written: str, below: str
) -> None:
    assert target(written, SOURCE) == Target(BASE + below)


def test_the_root_of_the_folder_is_that_of_an_article_in_it_too() -> None:
    source = Source("a.md", "", SOURCE.how)
    assert resolve("{filename}/b.md", source) == resolve("@/b.md", source) == f"{BASE}/b.md"


def test_signs_that_are_repeated_take_no_time() -> None:
    for sign in ("{filename}", "|static|", "@/", "%7B", "{static}/../"):
        assert target(sign * 50_000, SOURCE)


def test_an_article_in_the_root_and_a_path_that_needs_escapes() -> None:
    assert resolve("b", Source("a.md", "", SOURCE.how)) == f"{BASE}/b"
    assert resolve("b", Source("ä 100%?#/a.md", "", SOURCE.how)) == (
        f"{BASE}/%C3%A4%20100%25%3F%23/b"
    )


@pytest.mark.parametrize(
    "written",
    [
        "",
        " \t",
        "javascript:alert(1)",
        "JaVa\tScRiPt:alert(1)",
        "\x01javascript:alert(1)",
        "java\x0bscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "FILE:///C:/",
        "about:config",
        "blob:https://other.example/1",
        "intent://x#Intent;scheme=http;end",
        "ms-settings:privacy",
        "ms-word:ofe|u|https://e.example/a.docx",
        "shell:startup",
        "view-source:https://e.example/",
        "feed:javascript:alert(1)",
        "x-apple-helpbasic://x",
        "jar:https://e.example/a.jar!/",
        "ssh://-oProxyCommand=x",
        "unheard-of:x",
        "{tag}walking",
        "{category}Travel",
        "%7Bauthor%7DAnn%20Example",
        "|tag|walking",
        "name:value.html",
        "http:",
        "http://",
        "http:/a",
        "https://[::1",
        "https://a b.example/",
        "https://example.org:99999/",
        "https://" + "é" * 70 + ".example/",
        "//",
        "///a",
    ],
)
def test_a_link_that_leads_nowhere_is_none(written: str) -> None:
    assert resolve(written, SOURCE) is None


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("photo.jpg", "news/2026/photo.jpg"),
        ("./Photo%201.JPG", "news/2026/Photo 1.JPG"),
        ("photo 1.jpg?v=2", "news/2026/photo 1.jpg"),
        ("pictures\\a.png", "news/2026/pictures/a.png"),
        ("../../%C3%A9.webp", "é.webp"),
        ("é.webp", "news/2026/é.webp"),
        ("../../../x/talk.mp3", "x/talk.mp3"),
        ("talk.pdf", "news/2026/talk.pdf"),
        ("plan.svg", "news/2026/plan.svg"),
        ("data.tar.gz", "news/2026/data.tar.gz"),
        ("{static}photo.jpg", "news/2026/photo.jpg"),
        ("{attach}../photo.jpg", "news/photo.jpg"),
        ("{static}/images/a b.png", "images/a b.png"),
        ("%7Bfilename%7D/images/a%20b.png", "images/a b.png"),
        ("|static|/images/a.png", "images/a.png"),
        ("@/blog/photo.jpg", "blog/photo.jpg"),
    ],
)
def test_a_file_beside_the_article_is_named(written: str, path: str) -> None:
    found = target(written, SOURCE)
    assert found
    assert found.media == path


@pytest.mark.parametrize(
    "written",
    [
        "/photo.jpg",
        "https://example.org/blog/photo.jpg",
        "photo.html",
        "photo.md",
        "photo.rst",
        "photo.php",
        "ledger.db",
        "a.key",
        "~a.jpg~",
        "photo",
        ".jpg",
        ".hidden/photo.jpg",
        "a/.photo.jpg",
        "a//photo.jpg",
        "a%2Fphoto.jpg",
        "a%00.jpg",
        "a%ff.jpg",
        "a.jpg/",
        "b?c=photo.jpg",
        "#photo.jpg",
    ],
)
def test_what_is_no_file_to_hand_out_has_no_path(written: str) -> None:
    found = target(written, SOURCE)
    assert found
    assert found.media == ""


def test_a_file_has_one_address_whoever_names_it_and_keeps_a_fragment() -> None:
    address = f"{BASE}/media/8caf8fc4-0489-5a07-ae86-ee6ba7c7b8cf.mp4"
    other = Source("news/b.md", "", SOURCE.how)
    assert target("a%20b.mp4?x#t=10", SOURCE) == Target(address + "#t=10", "news/2026/a b.mp4")
    assert target("2026/a b.mp4", other) == Target(address, "news/2026/a b.mp4")


@pytest.mark.parametrize(
    ("written", "candidates"),
    [
        ("/a.png", [("/a.png", "")]),
        ("/a.png 2x, /b.png 100w", [("/a.png", "2x"), ("/b.png", "100w")]),
        ("/a,b.png 1.5x,/c.png", [("/a,b.png", "1.5x"), ("/c.png", "")]),
        (" , /a.png, /b.png 2x,", [("/a.png", ""), ("/b.png", "2x")]),
        ("/a.png 2x (a, b), /b.png", [("/b.png", "")]),
        ("/a.png -1x, /b.png red, /c.png 1x 2x, /d.png 1x", [("/d.png", "1x")]),
        ("javascript:x 1x, data:image/png;base64,AA 2x, #x 3x", []),
        ("mailto:a@b.c, /a.png", [("/a.png", "")]),
        ("", []),
        ("," * 100_000, []),
        ("(" * 100_000, [("/news/2026/" + "(" * 100_000, "")]),
    ],
    ids=range(11),
)
def test_each_candidate_of_a_srcset_is_resolved_and_bad_ones_are_dropped(
    written: str, candidates: list[tuple[str, str]]
) -> None:
    found = [(where.address, size) for where, size in srcset(written, SOURCE)]
    assert found == [(BASE + below, size) for below, size in candidates]


@pytest.mark.parametrize(
    ("base", "written", "meant"),
    [
        ("https://site.example/a/b.html", "c.html?q#x", "https://site.example/a/c.html?q#x"),
        ("https://site.example/a/b.html", "../d.png", "https://site.example/d.png"),
        ("https://site.example/a/b.html", "/d//e.png", "https://site.example/d//e.png"),
        ("https://site.example/a/b.html", "?q", "https://site.example/a/b.html?q"),
        ("https://site.example", "d.png", "https://site.example/d.png"),
        ("https://site.example?x/y", "d.png", "https://site.example/d.png"),
        (" HTTP://Site.example:8080/a\\ ", "d\\e.png", "http://Site.example:8080/a/d/e.png"),
        ("//site.example/a/", "d.png", "https://site.example/a/d.png"),
        ("https://bücher.example/ä/", "ö.png", "https://xn--bcher-kva.example/%C3%A4/ö.png"),
        ("pages/", "d.png", "pages/d.png"),
        ("pages/b.html?q#x", "d.png", "pages/d.png"),
        ("pages/b.html", "?q", "pages/b.html?q"),
        ("../", "../d.png", "../../d.png"),
        ("/pages/", "d.png", "/pages/d.png"),
        ("/pages/", "/d.png", "/d.png"),
        ("b.html", "d.png", "d.png"),
        ("pages/", "#x", "#x"),
        ("pages/", " ", ""),
        ("pages/", "//site.example/d", "//site.example/d"),
        ("pages/", "\\\\site.example/d", "\\\\site.example/d"),
        ("https://site.example/", "https://other.example/d", "https://other.example/d"),
        ("https://site.example/", "mailto:a\\b@c.example", "mailto:a\\b@c.example"),
        ("./", "java\tscript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_a_base_is_what_relative_links_start_from(base: str, written: str, meant: str) -> None:
    found = Base.of(base, SOURCE)
    assert found
    assert found.applied(written) == meant


@pytest.mark.parametrize(
    "base",
    [
        "", " ", "#x", "?q", "javascript:alert(1)", "JaVa\nScRiPt:x", "data:text/html,x",
        "file:///C:/pages/", "about:blank", "mailto:a@b.example", "https://", "https://[::1",
        "https://site.example/" + "a" * 500, "../" * 50_000,
    ],
    ids=range(14),
)  # fmt: skip
def test_a_base_that_is_not_of_the_web_is_none(base: str) -> None:
    assert Base.of(base, SOURCE) is None
