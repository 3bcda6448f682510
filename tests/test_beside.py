"""Files beside articles: which are handed out, which are missed, how their names are spelled."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from unicodedata import normalize
from urllib.parse import quote

import pytest

from feedsvc.feeds import registry
from feedsvc.feeds.publication import feed_document
from feedsvc.feeds.registry import Format, site_feed
from feedsvc.ledger import feed_content, known
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.model import Article, Problem
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.nearby import beside
from feedsvc.reading.source import Reading
from feedsvc.web.responses import Response
from tests.feed_rules import atom_schema_complaints, complaints, json_feed_complaints
from tests.media import SMALL, Desk, address
from tests.reading import HOW
from tests.site import Site

INCLUDE = ("*.md", "*.txt", "*.html")
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@pytest.fixture
def desk(site: Site, store: Store) -> Desk:
    migrate(store)
    return Desk(site, store)


class Folder:
    """A folder with one article in `a/`, and what a reader makes of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.how = replace(HOW, root=root, include=INCLUDE)
        (root / "a").mkdir()

    def put(self, *paths: str) -> None:
        for path in paths:
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"some bytes")

    def read(self, text: str, how: Reading | None = None) -> tuple[Article, list[Problem]]:
        remarks: list[Problem] = []
        return read_article("a/b.md", text.encode(), how or self.how, remarks), remarks


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def headers(given: Response | None) -> dict[str, str]:
    assert given is not None
    assert given.status == HTTPStatus.OK
    return dict(given.headers)


@pytest.mark.parametrize(
    ("name", "media_type", "policy", "saved"),
    [
        ("map.svg", "image/svg+xml", SVG_POLICY, None),
        ("Plan B.SVG", "image/svg+xml", SVG_POLICY, None),
        ("talk.pdf", "application/pdf", "default-src 'none'; sandbox", None),
        ("a.epub", "application/epub+zip", None, "a.epub"),
        ("t.csv", "text/csv", None, "t.csv"),
        ("src.tar.gz", "application/gzip", None, "src.tar.gz"),
        ("Übersicht 1.xlsx", None, None, "%C3%9Cbersicht%201.xlsx"),
        ("font.woff2", "font/woff2", None, "font.woff2"),
        ("a.js", "application/octet-stream", None, "a.js"),
        ("a.css", "application/octet-stream", None, "a.css"),
        ("a.unheardof-kind", "application/octet-stream", None, "a.unheardof-kind"),
        ("Makefile", "application/octet-stream", None, "Makefile"),
        ("it's.zip", "application/zip", None, "it%27s.zip"),
    ],
)
def test_a_file_is_served_so_that_nothing_in_it_runs(
    desk: Desk, name: str, media_type: str | None, policy: str | None, saved: str | None
) -> None:
    desk.write(name, SMALL)
    desk.article("one.md", f"<{name}>")
    desk.scan()
    plain = name.rpartition(".")[2].isalnum() and "." in name
    ends = address(name) if plain else address(name).partition(".")[0] + ".bin"
    given = headers(desk.ask(ends))
    assert media_type in (None, given["Content-Type"])
    assert given["Content-Security-Policy"] == policy or "default-src 'none'; sandbox"
    assert given["X-Content-Type-Options"] == "nosniff"
    found = given.get("Content-Disposition")
    assert found == (f"attachment; filename*=UTF-8''{saved}" if saved else None)


@pytest.mark.parametrize(
    "name",
    [
        "page.html", "page.HTM", "saved.xhtml", "other.md", "notes.txt", "other.rst", "form.php",
        ".hidden.zip", ".env", "config.toml", "_config.yml", "wp-config.json", "site.env",
        "ledger.db", "ledger.csv", "old.sqlite3", "old.db-wal", "old.db.gz", "server.key",
        "server.pem", "id_rsa", "passwords.ods", "my-secrets.json", "backup.zip~", "a.tmp",
    ],
)  # fmt: skip
def test_pages_articles_hidden_files_and_secrets_are_never_served(
    folder: Folder, name: str
) -> None:
    folder.put(f"a/{name}")
    for link in (f"[x]({name})", f"![x]({name})", f"[x](../a/{name}?v=1)"):
        assert folder.read(link)[0].media == ()
    article, _ = folder.read(f"---\nenclosure: {name}\nimage: {name}\n---\nText.")
    assert article.media == ()
    assert "/media/" not in repr(article)


@pytest.mark.parametrize("name", ["config.toml", "ledger.db", "server.key", "passwords.ods"])
def test_what_may_be_a_secret_is_a_problem_where_it_is_linked(folder: Folder, name: str) -> None:
    folder.put(f"a/{name}")
    article, [problem] = folder.read(f"Text.\n\n[x]({name}) and again [x]({name})")
    assert (problem.path, problem.code, problem.line) == ("a/b.md", "not-served", 3)
    assert f"'a/{name}'" in problem.message
    assert f"{HOW.base_url}/a/{name}" in article.content
    article, [problem] = folder.read(f"---\nenclosure: {name}\n---\nText.")
    assert (article.enclosures, problem.code, problem.line) == ((), "not-served", 2)


@pytest.mark.parametrize(
    "begins", [b"SQLite format 3\0", b"-----BEGIN PRIVATE KEY-----", b"-----BEGIN RSA PRIVATE KEY"]
)
def test_a_database_or_a_key_is_known_by_what_it_holds(folder: Folder, begins: bytes) -> None:
    for name in ("feeds.data", "mine", "a.unheardof"):
        (folder.root / "a" / name).write_bytes(begins)
        article, [problem] = folder.read(f"Text\n[x]({name})")
        assert (article.media, problem.code) == ((), "not-served")


@pytest.mark.parametrize("name", ["page.html", "other.md", "notes.txt", "other.rst"])
def test_a_page_or_an_article_is_no_enclosure(folder: Folder, name: str) -> None:
    folder.put(f"a/{name}")
    article, [problem] = folder.read(f"---\nenclosure: {name}\n---\nText. [x]({name})")
    assert (article.enclosures, problem.code) == ((), "not-served")
    assert f'href="{HOW.base_url}/a/{name}"' in article.content


@pytest.mark.parametrize("name", ["config.png", "ledger.pdf", "secrets.mp3", "the key.svg"])
def test_a_picture_of_that_name_is_no_secret(folder: Folder, name: str) -> None:
    folder.put(f"a/{name}")
    article, remarks = folder.read(f"![x](<{name}>)")
    assert (article.media, remarks) == ((f"a/{name}",), [])


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("Text\nand\n\n![x](gone.png)", 4),
        ("Text\n[x](gone.zip#x)", 2),
        ("Text\n<img\nsrc='gone.webp'>", 3),
        ("Text\n<img srcset='gone.webp 2x'>", 2),
        ("<video\nposter=gone.jpg></video>Text", 2),
        ("---\ntitle: T\naudio: gone.mp3\n---\nText", 3),
        ("---\ntitle: T\nimage: gone.heif\n---\nText", 3),
        ("+++\ntitle = 'T'\n[[enclosures]]\nurl = 'gone.zip'\n+++\nText", 4),
        ("Text\n![x](gone%20%C3%BC.png)", 2),
        ("Text\n![x](<gone ü.png>)", 2),
        ("Text\n![x](gone&amp;.png)", 0),
        ("Text\n![x](gone.unheard-of)", 2),
        ("Text\n![x](../gone/gone.png)", 2),
        ("Text\n[x]({static}/gone.png)", 2),
    ],
)
def test_what_is_linked_and_not_there_is_a_problem_at_its_line(
    folder: Folder, written: str, line: int
) -> None:
    article, [problem] = folder.read(written)
    assert (problem.code, problem.line) == ("missing-file", line)
    assert "gone" in problem.message
    assert problem.message.endswith("does not exist; add the file or fix the link")
    assert "Text" in article.content
    assert article.enclosures == ()
    assert article.image == ""


@pytest.mark.parametrize(
    "written",
    [
        "[x](other/)", "[x](v1.2)", "[x](other.html)", "[x](e.com)", "[x](#y)",
        "[x](/gone.png)", "![x](https://e.example/gone.png)", "[x](?y=gone.png)", "[x](gone)",
        "---\naudio: https://e.example/gone.mp3\n---\nText.",
    ],
)  # fmt: skip
def test_a_link_that_means_a_page_or_leads_elsewhere_misses_no_file(
    folder: Folder, written: str
) -> None:
    assert folder.read(f"{written}\n")[1] == []


def test_an_image_that_is_missing_keeps_its_place_and_is_named_once(folder: Folder) -> None:
    text = (
        "Text\nand ![x](gone.png) ![x](gone.png) [x](gone.png)\n\n<!--more-->\n\n![x](./gone.png)"
    )
    article, remarks = folder.read(text)
    assert article.content.count("<img src=") == 3
    assert article.media == ("a/gone.png",)
    assert len(remarks) == 1


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda file: file.symlink_to("b.md"), "symbolic link"),
        (lambda file: file.mkdir(), "not a regular file"),
        (os.mkfifo, "not a regular file"),
    ],
)
def test_what_is_no_file_is_not_handed_out(folder: Folder, make, said: str) -> None:  # type: ignore[no-untyped-def]
    make(folder.root / "a/x.zip")
    article, [problem] = folder.read("---\nenclosure: x.zip\n---\nText")
    assert article.enclosures == ()
    assert problem.code == "missing-file"
    assert said in problem.message


def test_an_enclosure_that_is_empty_is_none(folder: Folder) -> None:
    (folder.root / "a/x.mp3").touch()
    article, [problem] = folder.read("---\nenclosure: x.mp3\n---\nText")
    assert article.enclosures == ()
    assert "empty" in problem.message
    assert folder.read("[x](x.mp3)")[1] == []
    article, [problem] = folder.read("---\nenclosure: x.mp3\n---\n[x](x.mp3)")
    assert article.enclosures == ()


@pytest.mark.parametrize("name", ["x.png", "x.unheardof"])
def test_a_link_to_a_symbolic_link_is_told(folder: Folder, name: str) -> None:
    (folder.root / "a" / name).symlink_to("b.md")
    _, [problem] = folder.read(f"[x]({name})")
    assert "symbolic link" in problem.message


def test_no_link_on_the_way_is_followed_not_even_for_a_message(
    folder: Folder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "Secret.png").write_bytes(b"x")
    (folder.root / "a/out").symlink_to(outside)
    _, remarks = folder.read("![x](out/Secret.png) ![x](out/secret.png) Text")
    assert [problem.code for problem in remarks] == ["missing-file"] * 2
    assert "only" not in remarks[1].message


@pytest.mark.parametrize("name", ["Ünï.png", "año/Ünï ö.zip", "각.mp3", "a/Ünï.unheardof"])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_name_is_found_in_either_normal_form_of_unicode(
    folder: Folder, name: str, quoted: bool
) -> None:
    forms = [normalize(form, name) for form in ("NFC", "NFD")]
    for there, written in (forms, forms[::-1]):
        folder.put(f"a/{there}")
        link = quote(written) if quoted else f"<{written}>"
        article, remarks = folder.read(f"[x]({link})")
        assert (article.media, remarks) == ((f"a/{there}",), [])
        article, remarks = folder.read(f"---\nenclosure: {written}\n---\nText")
        assert (article.media, remarks) == ((f"a/{there}",), [])
        shutil.rmtree(folder.root / "a")


def test_each_folder_on_the_way_may_be_in_another_form(folder: Folder) -> None:
    there = f"{normalize('NFD', 'ü')}/{normalize('NFC', 'é')}/{normalize('NFD', 'ö')}.png"
    folder.put(f"a/{there}")
    article, remarks = folder.read(f"![x]({normalize('NFC', there)})")
    assert (article.media, remarks) == ((f"a/{there}",), [])


@pytest.mark.parametrize(
    ("there", "written"),
    [
        ("Photo.JPG", "photo.jpg"),
        ("Images/a b.png", "images/A%20b.png"),
        ("ÜNI.png", "üni.png"),
        ("plan.ZIP", "Plan.zip"),
    ],
)
def test_a_name_in_other_letters_is_missed_and_the_one_like_it_is_named(
    folder: Folder, there: str, written: str
) -> None:
    folder.put(f"a/{there}")
    _, [problem] = folder.read(f"[x]({written})")
    assert problem.code == "missing-file"
    assert f"only 'a/{there}' does; write the name exactly as the file's" in problem.message
    folder.put(f"a/{there.swapcase()}")
    _, [problem] = folder.read(f"[x]({written})")
    assert "only" not in problem.message


def test_check_and_scan_tell_what_is_missing(site: Site) -> None:
    file = site.folder / "n/p.md"
    file.parent.mkdir()
    text = "---\ntitle: E\ndate: 2024-01-01\naudio: gone.ogg\n---\nText.\n\n[x](gone.7z)\n"
    file.write_text(text, encoding="utf-8")
    checked = site.command("check")
    assert checked.returncode == 1
    for line, name in ((4, "gone.ogg"), (8, "gone.7z")):
        problem = f"p.md:{line}:1: missing-file 'n/{name}' is linked but does not exist"
        assert problem in checked.stdout
    assert "missing-file" in site.command("scan").stdout
    (file.parent / "gone.7z").touch()
    (file.parent / "gone.ogg").write_bytes(b"x")
    assert site.command("check").returncode == 0
    assert site.scan().endswith("0 problems")


def test_an_article_that_links_very_much_costs_little(folder: Folder) -> None:
    folder.put(*(f"a/{number}.dat" for number in range(3000)))
    text = "".join(f"![x](gone-ü{number}.png)\n" for number in range(10_000))
    began = time.process_time()
    folder.read(text, replace(folder.how, root=None))
    plain = time.process_time() - began
    _, remarks = folder.read(text)
    assert time.process_time() - began - plain < plain + 1
    assert len(remarks) == beside.MAX_REMARKS


def attachments(desk: Desk) -> list[dict[str, object]]:
    config = desk.site.config()
    document = feed_document(
        config, site_feed(config), Format.JSON, feed_content.newest(desk.store, 9)
    )
    [item] = json.loads(document.bodies["identity"])["items"]
    found = item.get("attachments", [])
    assert isinstance(found, list)
    return found


SCHEMES = ("ftp://e.example/a", "magnet:?xt=urn:btih:0a", "geo:1,2", "gemini://e.example", "sms:+1")


def test_feeds_with_files_and_links_of_all_kinds_are_valid(desk: Desk) -> None:
    names = ("plan.svg", "data.zip", "book.epub", "a.unheardof", "talk.mid", "t.csv")
    for name in names:
        desk.write(name, SMALL)
    links = " ".join(f"[x](<{link}>)" for link in (*names, *SCHEMES))
    keys = "".join(f"- {name}\n" for name in (*names, "gone.zip"))
    desk.write(
        "one.md",
        f"---\ntitle: T\ndate: 2026-01-02\nimage: plan.svg\nenclosures:\n{keys}---\n{links}\n",
    )
    desk.scan()
    config, content = desk.site.config(), feed_content.newest(desk.store, 9)
    for form in (Format.ATOM, Format.RSS, Format.JSON):
        feed = site_feed(config)
        body = feed_document(config, feed, form, content).bodies["identity"]
        check = json_feed_complaints if form is Format.JSON else complaints
        unconfigured = ("has no itunes:category", "has no itunes:owner")
        address_ = config.address(registry.path(feed, form))
        found = check(body, address_, desk.now + timedelta(days=1))
        assert [one for one in found if not one.endswith(unconfigured)] == []
        if form is Format.ATOM:
            assert atom_schema_complaints(body) == []
    [given] = content.entries
    assert [one.type for one in given.article.enclosures] == [
        "image/svg+xml", "application/zip", "application/epub+zip", "", "audio/midi", "text/csv",
    ]  # fmt: skip
    assert {one.length for one in given.article.enclosures} == {len(SMALL)}


def problems(desk: Desk) -> list[str]:
    return [problem.code for problem in known.state(desk.store).problems]


@pytest.mark.parametrize("name", ["talk.mp3", "book.epub", "what.unheardof"])
def test_an_enclosure_is_there_once_its_file_is_without_an_edit(desk: Desk, name: str) -> None:
    desk.write("one.md", f"---\ntitle: T\ndate: 2026-01-02\nenclosure: {name}\n---\nText.\n")
    desk.scan()
    assert attachments(desk) == []
    assert problems(desk) == ["missing-file"]
    desk.scan()
    assert problems(desk) == ["missing-file"]
    desk.write(name, SMALL)
    desk.scan()
    [found] = attachments(desk)
    assert found["size_in_bytes"] == len(SMALL)
    assert problems(desk) == []


def test_an_article_is_read_once_the_file_that_it_encloses_is_at_rest(desk: Desk) -> None:
    """An upload takes longer than a scan, and the length of a part would stay in the feed."""
    settings = desk.site.file.read_text(encoding="utf-8")
    desk.write("one.md", "---\ntitle: T\ndate: 2026-01-02\nenclosure: a.mp3\n---\nText.\n")
    desk.scan()
    assert attachments(desk) == []
    desk.now = datetime.now(UTC) + timedelta(hours=1)  # the article has long been at rest
    desk.site.file.write_text(settings.replace("settle_seconds = 0", "settle_seconds = 60"))
    desk.write("a.mp3", SMALL)
    desk.scan()
    assert attachments(desk) == []
    desk.site.file.write_text(settings)
    desk.scan()
    [found] = attachments(desk)
    assert found["size_in_bytes"] == len(SMALL)


def test_a_hint_at_a_file_is_one_at_the_articles_that_miss_it(desk: Desk) -> None:
    desk.write("one.md", "---\ntitle: T\ndate: 2026-01-02\nenclosure: a.mp3\n---\nText.\n")
    desk.scan()
    desk.write("a.mp3", SMALL)
    desk.scan("two.md")
    assert attachments(desk) == []
    desk.scan("a.mp3")
    assert problems(desk) == []
    assert len(attachments(desk)) == 1


def test_an_article_that_is_only_a_missing_enclosure_comes_with_its_file(desk: Desk) -> None:
    desk.write("one.md", "---\ntitle: T\ndate: 2026-01-02\nenclosure: a.mp3\n---\n")
    desk.scan()
    assert problems(desk) == ["missing-file", "no-text"]
    desk.write("a.mp3", SMALL)
    desk.scan()
    assert problems(desk) == []
    assert len(attachments(desk)) == 1


def test_an_image_that_comes_later_is_no_edit(desk: Desk) -> None:
    desk.article("one.md", "late.svg")
    desk.scan()
    before = feed_content.newest(desk.store, 9)
    assert problems(desk) == ["missing-file"]
    assert desk.ask(address("late.svg")) is None
    desk.write("late.svg", SMALL)
    desk.scan()
    assert problems(desk) == []
    assert headers(desk.ask(address("late.svg")))
    assert feed_content.newest(desk.store, 9).entries == before.entries


@pytest.mark.parametrize("keys", ["draft: true", "date: 2100-01-01"])
@pytest.mark.parametrize("name", ["plan.svg", "data.zip", "a.unheardof"])
def test_what_only_a_withheld_article_links_is_not_served(desk: Desk, keys: str, name: str) -> None:
    desk.write(name, SMALL)
    desk.write("one.md", f"---\ntitle: T\n{keys}\n---\n[x]({name})\n")
    desk.write("two.md", "---\ntitle: U\ndate: 2026-01-02\n---\nText.\n")
    desk.scan()
    assert desk.ask(address(name)) is None


@pytest.mark.parametrize(
    ("link", "media"),
    [
        ("img/p.png", "img/p.png"),  # from the root, as a vault of notes has it
        ("img/p.png#x", "img/p.png"),
        ("img/with%20space.png", "img/with space.png"),
        ("near/p.png", "a/near/p.png"),  # beside the article goes first
        ("./img/p.png", ""),
        ("p.png", ""),
    ],
)
def test_a_path_that_is_not_beside_the_article_is_one_from_the_root(
    folder: Folder, link: str, media: str
) -> None:
    folder.put("img/p.png", "img/with space.png", "near/p.png", "a/near/p.png", "p.png")
    article, remarks = folder.read(f"---\ntitle: A\n---\n\n![x]({link})\n")
    found = [path for path in article.media if (folder.root / path).exists()]
    assert found == ([media] if media else [])
    assert bool(remarks) is not bool(media)


@pytest.mark.parametrize("link", ["other.md", "../gone/walk.markdown", "notes.txt#here"])
def test_a_link_to_an_article_that_is_not_there_is_told(folder: Folder, link: str) -> None:
    _, [problem] = folder.read(f"---\ntitle: A\n---\n\nSee [it]({link}).\n")
    assert (problem.code, problem.line) == ("missing-file", 5)
    folder.put("a/other.md", "gone/walk.markdown", "a/notes.txt")
    assert folder.read(f"---\ntitle: A\n---\n\nSee [it]({link}).\n")[1] == []


@pytest.mark.parametrize("value", [".env", ".hidden/a.mp3", "a%00.mp3"])
def test_an_enclosure_that_is_hidden_is_told_and_left_out(folder: Folder, value: str) -> None:
    article, [problem] = folder.read(f"---\ntitle: A\nenclosure: {value}\n---\n\nText.\n")
    assert (article.enclosures, problem.code, problem.line) == ((), "not-served", 3)


def test_the_line_is_that_of_the_link_and_not_of_a_name_that_holds_it(folder: Folder) -> None:
    folder.put("a/banana.png", "a/img11.png")
    text = "---\ntitle: a.png\n---\n\n![x](banana.png) a.png\n\n![y](a.png)\n\n![z](1.png)\n"
    assert [problem.line for problem in folder.read(text)[1]] == [7, 9]


def test_a_link_to_an_article_from_the_root_of_a_vault_misses_nothing(folder: Folder) -> None:
    folder.put("notes/rain.md")
    assert folder.read("---\ntitle: A\n---\n\nSee [it](notes/rain.md).\n")[1] == []
