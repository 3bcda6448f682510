"""Files that only lead elsewhere are redirects at the addresses where their pages would be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.feeds.redirects import addresses, leading
from feedsvc.ledger import redirecting
from feedsvc.ledger.store import Store
from feedsvc.model import SITE_ADDRESS
from feedsvc.reading.errors import NotAnArticle
from feedsvc.reading.formats.reader import read_article
from feedsvc.web.redirects import FileRedirects
from tests.reading import HOW
from tests.site import Service, Site, eventually

pytestmark = pytest.mark.slow

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


def scanned(site: Site) -> str:
    """All that a scan says."""
    result = site.command("scan")
    assert result.returncode == 0, result.stderr
    return result.stdout


def files_leading(site: Site) -> dict[str, str]:
    store = Store(site.config().store.url)
    try:
        return redirecting.read(store)
    finally:
        store.close()


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
    redirects = FileRedirects(lambda: files, config)
    assert redirects.target("/e") == "https://x.example/"
    assert redirects.target("/c") is None
    met, there = set[str](), "/d"
    while there not in met:
        met.add(there)
        there = (redirects.target(there) or "").removeprefix(config.site.base_url)
    assert there == ""


def test_what_was_read_last_counts_while_the_ledger_is_away(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedsvc.web.redirects.LOOK_SECONDS", 0.0)
    answers = iter([{"a.md": "https://x.example/"}])

    def read() -> dict[str, str]:
        found = next(answers, None)
        if found is None:
            raise LedgerUnavailable("away")
        return found

    redirects = FileRedirects(read, config)
    assert [redirects.target("/a") for _ in range(3)] == ["https://x.example/"] * 3


def test_the_addresses_of_a_file() -> None:
    assert list(addresses("a/b.c.md")) == ["/a/b.c.md", "/a/b.c", "/a/b.c/", "/a/b.c.html"]
    assert list(addresses("a.b/c")) == ["/a.b/c", "/a.b/c", "/a.b/c/", "/a.b/c.html"]
    assert list(addresses("a/index.md"))[4:] == ["/a", "/a/"]


def test_a_circle_through_the_configuration_leads_nowhere(site: Site) -> None:
    site.file.write_text(site.file.read_text() + '\n[[redirects]]\nfrom = "/x"\nto = "/y"\n')
    files = {"y.md": f"{SITE_ADDRESS}/x", "z.md": f"{SITE_ADDRESS}/x"}
    leads = leading(files, site.config())
    assert "/y" not in leads
    assert leads["/z"].endswith("/x")


@pytest.mark.parametrize("to", ["/p{}/", "/p{}.html", "/p{}"])
def test_files_that_lead_to_themselves_or_on_take_no_time(config: Config, to: str) -> None:
    own = {f"p{n}.html": SITE_ADDRESS + to.format(n) for n in range(2000)}
    assert leading(own, config) == {}
    on = {f"p{n}.html": SITE_ADDRESS + to.format(n + 1) for n in range(2000)}
    assert len(leading(on, config)) == 3 * len(on)


WITHHELD = [
    "draft: true",
    "published: false",
    "password: x",
    "expires: 2001-01-01",
    "status: hidden",
]


@pytest.mark.parametrize("key", WITHHELD)
def test_a_redirect_that_is_withheld_sends_nobody_there(key: str) -> None:
    text = KEYS.format("https://x.example/secret").replace("title", f"{key}\ntitle")
    with pytest.raises(NotAnArticle) as caught:
        read_article("a.md", text.encode(), HOW, [])
    assert caught.value.leads_to == ""


def test_a_redirect_of_a_page_that_is_a_draft_sends_nobody_there() -> None:
    page = PAGE.format("https://x.example/").replace(
        "<head>", "<head><meta name=draft content=true>"
    )
    with pytest.raises(NotAnArticle) as caught:
        read_article("a.html", page.encode(), HOW, [])
    assert caught.value.leads_to == ""


def test_a_redirect_that_is_dated_ahead_begins_at_its_date(site: Site) -> None:
    ahead = (datetime.now(UTC) + timedelta(seconds=3)).isoformat()
    text = KEYS.format("https://x.example/").replace("title", f"date: {ahead}\ntitle")
    put(site, "a.md", text)
    site.write("n.txt")
    report = scanned(site)
    assert "redirect-ahead" in report
    assert files_leading(site) == {}
    eventually(lambda: scanned(site) and files_leading(site) == {"a.md": "https://x.example/"})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("2099-01-01-a.md", KEYS.format("https://x.example/secret")),
        ("2099-01-01-a.html", PAGE.format("https://x.example/secret")),
        ("casc/a.md", KEYS.format("https://x.example/secret")),
    ],
)
def test_what_else_holds_an_article_back_holds_a_redirect_back(
    site: Site, path: str, text: str
) -> None:
    site.file.write_text(site.file.read_text().replace("[articles]", '[articles]\ninclude = ["*"]'))
    put(site, "casc/_index.md", "---\ntitle: C\ncascade:\n  draft: true\n---\n")
    put(site, path, text)
    site.write("n.txt")
    scanned(site)
    assert files_leading(site) == {}


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("redirect_to: 'javascript:alert(1)//'", "not a valid URL"),
        ("redirect_to: pic/photo.png", "an article links to it"),
        ("redirect_to: /b/\nexpires: 2099-01-01", "redirects cannot expire"),
    ],
)
def test_a_redirect_that_cannot_be_made_is_a_problem(site: Site, key: str, words: str) -> None:
    put(site, "pic/photo.png", "PNG")
    put(site, "a.md", f"---\ntitle: A\n{key}\n---\n")
    site.write("n.txt")
    report = scanned(site)
    assert "a.md: bad-redirect" in report
    assert words in report
    assert files_leading(site) == {}


def test_files_that_lead_round_are_problems_until_one_is_mended(site: Site) -> None:
    put(site, "a.md", KEYS.format("/b/"))
    put(site, "b.md", KEYS.format("/a/"))
    site.write("n.txt")
    assert scanned(site).count("circular-redirect") == 2
    assert scanned(site).count("circular-redirect") == 2
    put(site, "b.md", KEYS.format("/c/"))
    assert "circular-redirect" not in scanned(site)


def test_a_frame_is_no_word_about_a_redirect(config: Config) -> None:
    text = KEYS.format("/b/") + "<iframe src=https://z.example/v></iframe>\n"
    assert "z.example" in read_article("a.md", text.encode(), HOW, []).content
