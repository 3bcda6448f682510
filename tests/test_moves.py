"""Files that only lead elsewhere are redirects at the addresses where their pages would be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.model import SITE_ADDRESS
from feedsvc.web.moves import Moves, addresses
from tests.site import Service, Site, eventually

Serve = Callable[..., Service]
KEYS = "---\ntitle: Moved\nredirect_to: {}\n---\n"
PAGE = '<html><head><meta http-equiv="refresh" content="0; url={}"></head><body></body></html>'


@pytest.fixture
def config(site: Site) -> Config:
    return site.config()


def put(site: Site, path: str, text: str) -> None:
    file = site.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def served(site: Site, serve: Serve) -> Service:
    """The web, once the site has been scanned."""
    site.scan()
    service = serve("web")
    service.ready()
    return service


def location(service: Service, path: str, method: str = "GET") -> tuple[int, str | None]:
    answer = service.get(path, method)
    return answer.status_code, answer.headers.get("location")


def test_each_address_of_such_a_file_leads_there(site: Site, serve: Serve) -> None:
    put(site, "a/old.md", KEYS.format("https://x.example/new"))
    put(site, "b/index.html", PAGE.format("../c.html"))
    put(site, "Über uns.md", KEYS.format("/about/"))
    site.write("n.txt")
    site.file.write_text(site.file.read_text().replace("[articles]", '[articles]\ninclude = ["*"]'))
    service = served(site, serve)
    for path in ("/a/old", "/a/old/", "/a/old.html", "/a/old.md"):
        assert location(service, path) == (301, "https://x.example/new")
    for path in ("/b", "/b/", "/b/index.html", "/b/index"):
        assert location(service, path) == (301, "http://feeds.example/c.html")
    assert location(service, "/%C3%9Cber%20uns") == (301, "http://feeds.example/about/")
    assert location(service, "/a") == (404, None)
    assert location(service, "/a/old", "HEAD") == (301, "https://x.example/new")
    assert location(service, "/a/old", "POST")[0] == 405


def test_one_that_changes_or_goes_is_followed(site: Site, serve: Serve) -> None:
    put(site, "a.md", KEYS.format("https://x.example/1"))
    put(site, "b.md", KEYS.format("https://x.example/2"))
    site.write("n.txt")
    service = served(site, serve)
    assert location(service, "/a") == (301, "https://x.example/1")
    put(site, "a.md", KEYS.format("https://x.example/other"))
    (site.folder / "b.md").unlink()
    site.scan()
    eventually(lambda: location(service, "/a") == (301, "https://x.example/other"))
    assert location(service, "/b") == (404, None)
    put(site, "a.md", "---\ntitle: An article\n---\nText.\n")
    site.write("more.txt")
    site.scan()
    eventually(lambda: location(service, "/a") == (404, None))


def test_what_is_there_goes_before_it(site: Site, serve: Serve) -> None:
    put(site, "feeds.md", KEYS.format("https://x.example/"))
    put(site, "healthz.md", KEYS.format("https://x.example/"))
    site.write("n.txt")
    service = served(site, serve)
    assert service.get("/feeds/").status_code == 200
    assert service.get("/healthz").status_code == 200


def test_what_leads_round_in_a_circle_leads_nowhere(config: Config) -> None:
    files = {
        "a.md": f"{SITE_ADDRESS}/b/",
        "b.md": f"{SITE_ADDRESS}/a",
        "c.md": f"{SITE_ADDRESS}/c/",
        "d.md": f"{SITE_ADDRESS}/a",
        "e.md": "https://x.example/",
    }
    moves = Moves(lambda: files, config)
    assert moves.of("/e") == "https://x.example/"
    assert moves.of("/c") is None
    met, there = set[str](), "/d"
    while there not in met:
        met.add(there)
        there = (moves.of(there) or "").removeprefix(config.site.base_url)
    assert there == ""


def test_what_was_read_last_counts_while_the_ledger_is_away(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedsvc.web.moves.LOOK_SECONDS", 0.0)
    answers = iter([{"a.md": "https://x.example/"}])

    def read() -> dict[str, str]:
        found = next(answers, None)
        if found is None:
            raise LedgerUnavailable("away")
        return found

    moves = Moves(read, config)
    assert [moves.of("/a") for _ in range(3)] == ["https://x.example/"] * 3


def test_the_addresses_of_a_file() -> None:
    assert list(addresses("a/b.c.md")) == ["/a/b.c.md", "/a/b.c", "/a/b.c/", "/a/b.c.html"]
    assert list(addresses("a.b/c")) == ["/a.b/c", "/a.b/c", "/a.b/c/", "/a.b/c.html"]
    assert list(addresses("a/index.md"))[4:] == ["/a", "/a/"]
