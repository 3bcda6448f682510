"""Which files beside articles are served, and with which headers."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest

from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.web.app import create_app
from feedsvc.web.conditional import http_date
from feedsvc.web.responses import Response
from feedsvc.web.routes import Gone
from feedsvc.web.sending import CHUNK
from tests.media import LARGE, SMALL, Desk, address
from tests.site import Site, eventually


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A ledger with two articles that show a picture and one that plays a long sound."""
    site = Site(tmp_path_factory.mktemp("desk"))
    store = Store(site.config().store.url)
    desk = Desk(site, store)
    desk.write("small.png", SMALL)
    desk.write("empty.png", b"")
    desk.write("large.mp3", LARGE)
    desk.article("one.md", "small.png")
    desk.article("two.md", "empty.png")
    desk.write("three.md", "---\ntitle: Three\ndate: 2026-01-03\n---\n[Listen](large.mp3)\n")
    migrate(store)
    desk.scan()
    yield desk
    store.close()


def headers(given: Response) -> dict[str, str]:
    found = dict(given.headers)
    assert len(found) == len(given.headers), given.headers
    return found


def sent(given: Response) -> bytes:
    """The bytes that go to the client, from the file that is closed behind them."""
    if given.stream is None:
        return given.body
    with closing(given.stream) as stream:
        return b"".join(stream)


def test_a_picture_is_served_with_its_validators_and_nothing_in_it_runs(desk: Desk) -> None:
    given = desk.get(address("small.png"), ACCEPT_ENCODING="gzip")
    assert (given.status, sent(given)) == (HTTPStatus.OK, SMALL)
    changed = int((desk.site.folder / "small.png").stat().st_mtime)
    assert headers(given) == {
        "ETag": f'"{hashlib.sha256(SMALL).hexdigest()}"',
        "Last-Modified": http_date(changed),
        "Cache-Control": "max-age=300, stale-while-revalidate=60, stale-if-error=86400",
        "Content-Type": "image/png",
        "Content-Length": str(len(SMALL)),
        "Accept-Ranges": "bytes",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }


@pytest.mark.parametrize("name", ["small.png", "empty.png", "large.mp3"])
def test_head_has_the_headers_of_get_and_no_body(desk: Desk, name: str) -> None:
    eventually(
        lambda: not headers(desk.get(address(name), "HEAD"))["ETag"].startswith("W/"),
        "it was never hashed",
    )
    get, head = desk.get(address(name)), desk.get(address(name), "HEAD", RANGE="bytes=0-1")
    assert (head.status, head.body, head.stream) == (get.status, b"", None)
    assert headers(head) == headers(get)
    assert len(sent(get)) == int(headers(get)["Content-Length"])


def test_a_long_file_comes_in_chunks_and_is_closed(desk: Desk) -> None:
    given = desk.get(address("large.mp3"))
    assert given.stream is not None
    chunks = list(given.stream)
    assert max(map(len, chunks)) <= CHUNK
    assert b"".join(chunks) == LARGE
    given.stream.close()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"IF_NONE_MATCH": "TAG"}, 304),
        ({"IF_NONE_MATCH": 'W/TAG, "x"'}, 304),
        ({"IF_NONE_MATCH": "*", "RANGE": "bytes=0-1"}, 304),
        ({"IF_NONE_MATCH": '"x"', "IF_MODIFIED_SINCE": "DATE"}, 200),
        ({"IF_MODIFIED_SINCE": "DATE"}, 304),
        ({"IF_MODIFIED_SINCE": "Fri, 02 Jan 1970 03:04:05 GMT"}, 200),
        ({"IF_MATCH": "TAG"}, 200),
        ({"IF_MATCH": '"x"', "RANGE": "bytes=0-1"}, 412),
        ({"IF_MATCH": "W/TAG"}, 412),
        ({"IF_UNMODIFIED_SINCE": "DATE"}, 200),
        ({"IF_UNMODIFIED_SINCE": "Fri, 02 Jan 1970 03:04:05 GMT"}, 412),
        ({"RANGE": "bytes=0-1", "IF_RANGE": "TAG"}, 206),
        ({"RANGE": "bytes=0-1", "IF_RANGE": "W/TAG"}, 200),
        ({"RANGE": "bytes=0-1", "IF_RANGE": '"x"'}, 200),
        ({"RANGE": "bytes=0-1", "IF_RANGE": "DATE"}, 200),
        ({"RANGE": "bytes=99999999-", "IF_RANGE": '"x"'}, 200),
        ({"RANGE": "bytes=99999999-"}, 416),
    ],
)
def test_preconditions_are_those_of_feeds_and_go_before_ranges(
    desk: Desk, fields: dict[str, str], status: int
) -> None:
    plain = headers(desk.get(address("small.png")))
    real = {"TAG": plain["ETag"], "DATE": plain["Last-Modified"]}
    for word, meant in real.items():
        fields = {name: value.replace(word, meant) for name, value in fields.items()}
    given = desk.get(address("small.png"), **fields)
    assert given.status == status
    if status in (206, 304):
        kept = ("ETag", "Last-Modified", "Cache-Control")
        assert {name: headers(given)[name] for name in kept} == {name: plain[name] for name in kept}
    if status == 304:
        assert len(given.headers) == 3
        assert given.body == b""
    if status in (412, 416):
        assert headers(given)["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "BREW"])
def test_another_method_is_told_which_are_allowed(desk: Desk, method: str) -> None:
    given = desk.get(address("small.png"), method)
    assert (given.status, headers(given)["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert desk.get(address("small.png"), "OPTIONS").status == HTTPStatus.NO_CONTENT


@pytest.mark.parametrize(
    ("range_", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, 10239),
        ("bytes=10-19", 10, 19),
        ("bytes=10000-99999999", 10000, 10239),
        ("bytes=-5", 10235, 10239),
        ("bytes=-999999", 0, 10239),
    ],
)
def test_a_part_is_served_with_its_place(desk: Desk, range_: str, first: int, last: int) -> None:
    given = desk.get(address("small.png"), RANGE=range_)
    assert (given.status, sent(given)) == (206, SMALL[first : last + 1])
    assert headers(given)["Content-Range"] == f"bytes {first}-{last}/10240"
    assert headers(given)["Content-Length"] == str(last - first + 1)
    assert headers(given)["Content-Type"] == "image/png"


def test_a_part_that_is_not_there_is_refused_with_the_length(desk: Desk) -> None:
    given = desk.get(address("small.png"), RANGE="bytes=10240-")
    assert given.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    assert headers(given)["Content-Range"] == "bytes */10240"


def test_a_path_that_is_no_address_of_a_file_is_not_found(desk: Desk) -> None:
    good = address("small.png")
    assert desk.ask(good)
    for path in (
        good.replace(".png", ".jpg"),
        good.replace(".png", ".PNG"),
        good.removesuffix(".png"),
        good + "/",
        good + "\n",
        good + "\0",
        good.upper().replace("/MEDIA", "/media").replace(".PNG", ".png"),
        good.replace("/media/", "/media/../"),
        good.replace("/media/", "/media//"),
        address("small.png", "another"),
        address("one.md"),
        "/media/",
        "/media/small.png",
        "/media/../one.md",
        "/media/" + "a" * 100_000 + ".png",
    ):
        assert desk.ask(path) is None, path


def bound(file: Path) -> None:
    """Put a socket there."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(file))


def test_what_is_no_file_any_more_is_not_found(desk: Desk, tmp_path: Path) -> None:
    file = desk.write("swapped.png", SMALL)
    desk.article("swapped.md", "swapped.png")
    desk.scan()
    assert desk.get(address("swapped.png")).status == HTTPStatus.OK
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    makers: list[Callable[[], object]] = [
        lambda: None,
        lambda: file.symlink_to(secret),
        lambda: file.symlink_to(desk.site.folder / "small.png"),
        lambda: os.mkfifo(file),
        lambda: bound(file),
        file.mkdir,
    ]
    for make in makers:
        file.unlink(missing_ok=True)
        make()
        assert desk.ask(address("swapped.png")) is None


def test_a_folder_on_the_way_that_became_a_link_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    desk.write("deep/er/p.png", SMALL)
    desk.article("deep/a.md", "er/p.png")
    desk.scan()
    assert desk.get(address("deep/er/p.png")).status == HTTPStatus.OK
    (desk.site.folder / "deep/er").rename(tmp_path / "er")
    (desk.site.folder / "deep/er").symlink_to(tmp_path / "er")
    assert desk.ask(address("deep/er/p.png")) is None


def test_a_file_is_there_from_the_release_to_the_withdrawal_of_the_last_that_shows_it(
    desk: Desk,
) -> None:
    desk.write("shared.png", SMALL)
    soon = desk.now + timedelta(minutes=2, seconds=30)
    desk.article("held.md", "shared.png", soon.isoformat())
    desk.scan()
    assert desk.ask(address("shared.png")) is None
    first = desk.article("first.md", "shared.png")
    desk.scan()
    assert desk.get(address("shared.png")).status == HTTPStatus.OK
    first.unlink()
    desk.scan()  # which releases what was held
    assert desk.get(address("shared.png")).status == HTTPStatus.OK
    (desk.site.folder / "held.md").unlink()
    desk.scan()
    with pytest.raises(Gone):
        desk.ask(address("shared.png"), IF_NONE_MATCH="*")


def test_a_held_article_does_not_bring_back_what_was_withdrawn_nor_does_it_show(desk: Desk) -> None:
    desk.write("again.png", SMALL)
    first = desk.article("again.md", "again.png")
    desk.scan()
    first.unlink()
    desk.article("later.md", "again.png", "2100-01-01")
    desk.scan()
    with pytest.raises(Gone):
        desk.ask(address("again.png"))


def test_what_an_edit_no_longer_shows_is_not_found(desk: Desk) -> None:
    desk.write("dropped.png", SMALL)
    desk.article("edited.md", "dropped.png")
    desk.scan()
    assert desk.ask(address("dropped.png"))
    desk.article("edited.md", "small.png")
    desk.scan()
    assert desk.ask(address("dropped.png")) is None


def test_a_file_that_this_service_may_not_read_now_is_to_be_asked_for_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_root: Path, _path: str) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("feedsvc.web.media.open_below", full)
    given = desk.get(address("small.png"))
    assert given.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert "Retry-After" in headers(given)


def test_without_a_ledger_the_file_is_to_be_asked_for_again(site: Site) -> None:
    client = create_app(site.config(), Store(site.config().store.url)).test_client()
    given = client.get(address("small.png"), headers={"If-None-Match": "*"})
    assert given.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "Retry-After" in given.headers


def shown(desk: Desk, name: str) -> int:
    """The status of a file beside an article, 404 where nothing is at its address."""
    try:
        given = desk.ask(address(name))
    except Gone:
        return 410
    return int(given.status) if given else 404


WAYS = {
    "body": ("![A picture]({}.png)", ""),
    "image": ("Text.", "image: {}.png\n"),
    "enclosure": ("Text.", "enclosure: {}.png\n"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("withheld", ["draft: true\n", "date: 2100-01-01\n"], ids=["draft", "held"])
def test_the_files_of_what_is_withheld_are_never_served(
    desk: Desk, way: str, withheld: str
) -> None:
    name = f"{way}-{len(withheld)}"
    body, key = WAYS[way]
    desk.write(f"{name}.png", SMALL)

    def written(keys: str) -> None:
        date = "" if "date" in keys else "date: 2026-01-03\n"
        header = f"title: {name}\n{date}{keys}{key.format(name)}"
        desk.write(f"{name}.md", f"---\n{header}---\n{body.format(name)}\n")
        desk.scan()

    written(withheld)
    assert shown(desk, f"{name}.png") == 404
    written("")
    assert shown(desk, f"{name}.png") == 200
    (desk.site.folder / f"{name}.md").unlink()
    desk.scan()
    assert shown(desk, f"{name}.png") == 410
    written(withheld)
    assert shown(desk, f"{name}.png") in (404, 410)


def test_no_cache_keeps_a_picture_longer_than_the_article_that_shows_it(desk: Desk) -> None:
    ends = (datetime.now(UTC) + timedelta(seconds=60)).isoformat()
    desk.write("p.png", SMALL)
    desk.write("a.md", f"---\ntitle: A\ndate: 2026-01-02\nexpires: {ends}\n---\n![x](p.png)\n")
    desk.scan()
    told = dict(desk.get(address("p.png")).headers)["Cache-Control"]
    fresh = int(told.partition(",")[0].removeprefix("max-age="))
    assert 0 < fresh <= 60
    assert "stale-while-revalidate=0," in told
    desk.article("b.md", "p.png")  # which stays
    desk.scan()
    assert dict(desk.get(address("p.png")).headers)["Cache-Control"].startswith("max-age=300,")
