"""What other files say of an article: a `.meta` file beside it, cascades of the folders above."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feedsvc.ledger.store import Store
from feedsvc.model import Article, Counts, Person, Problem
from feedsvc.reading.errors import ReadError
from feedsvc.reading.file_bytes import StillChanging
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.metadata.cascades import Cascade
from feedsvc.reading.nearby.companions import CompanionReader
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher, Request
from tests.commands import invoke
from tests.folders import write
from tests.reading import HOW
from tests.site import Service, Site, eventually
from tests.test_folder_life import Life


def read(root: Path, path: str, found: list[Problem] | None = None) -> Article:
    companions = CompanionReader(root, HOW, 10_000).of(path)
    return read_article(path, (root / path).read_bytes(), HOW, found, companions)


def refused(root: Path, path: str) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(root, path)
    return caught.value


META = ".. title: A walk\n.. date: 2020-01-05\n.. tags: sea, sand\n.. author: Ann\n"


@pytest.mark.parametrize(
    ("path", "text", "content"),
    [
        ("a.md", "It *rained*.", "<p>It <em>rained</em>.</p>"),
        ("b/a.html", "<p>It <em>rained</em>.</p>", "<p>It <em>rained</em>.</p>"),
        ("a.txt", "It *rained*.", "<p>It *rained*.</p>"),
        ("a.md", "---\nlayout: x\n---\nIt *rained*.", "<p>It <em>rained</em>.</p>"),
    ],
)
@pytest.mark.parametrize(
    "meta",
    [
        META,
        "---\ntitle: A walk\ndate: 2020-01-05\ntags: [sea, sand]\nauthor: Ann\n---\n",
        "title: A walk\ndate: 2020-01-05\ntags: sea, sand\nauthor: Ann",
    ],
)
def test_keys_beside_an_article_are_read(
    tmp_path: Path, path: str, text: str, content: str, meta: str
) -> None:
    write(tmp_path, path, text)
    write(tmp_path, f"{path.rpartition('.')[0]}.meta", meta)
    article = read(tmp_path, path)
    assert (article.title, article.content) == ("A walk", content)
    assert (article.tags, article.authors) == (("sea", "sand"), (Person("Ann"),))
    assert not article.withheld


@pytest.mark.parametrize("text", ["Text.", "---\ntitle: T\nstatus: published\n---\nText."])
@pytest.mark.parametrize("line", ["status: draft", "status: private", "hidden: yes", "draft: hm"])
def test_keys_beside_an_article_withhold_it(tmp_path: Path, line: str, text: str) -> None:
    write(tmp_path, "a.md", text)
    write(tmp_path, "a.meta", f"{META}.. {line}\n")
    assert read(tmp_path, "a.md").withheld


@pytest.mark.parametrize("meta", ["A walk\nwalk\n2020-01-05\n", "---\ntitle: [\n---\n", "\xff"])
def test_keys_beside_an_article_that_cannot_be_read_are_a_problem(
    tmp_path: Path, meta: str
) -> None:
    write(tmp_path, "a.md", "Text.")
    (tmp_path / "a.meta").write_bytes(meta.encode("latin-1"))
    assert refused(tmp_path, "a.md").code in ("bad-front-matter", "not-utf8")


def test_a_link_beside_an_article_is_a_problem_and_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "Text.")
    write(tmp_path, "b.txt", META)
    (tmp_path / "a.meta").symlink_to("b.txt")
    assert refused(tmp_path, "a.md").code == "unreadable"
    os.unlink(tmp_path / "a.meta")  # noqa: PTH108
    os.mkfifo(tmp_path / "a.meta")
    assert refused(tmp_path, "a.md").code == "unreadable"


ARTICLES = {
    "a.md": "---\ntitle: T\n---\nText.",
    "b.md": "# T\n\nText.",
    "c.html": "<title>T</title><p>Text.",
    "d.txt": "T\n\nText.",
    "e.txt": "# T\n\nText.",
    "f.md": "---\ntitle: T\n---\nText.",
}


@pytest.mark.parametrize(
    "index",
    [
        "---\ncascade:\n  draft: true\n---\n",
        "---\ncascade: {build: {list: never}}\n---\n",
        "---\ntitle: S\ncascade:\n- _target: {kind: page}\n  draft: true\n---\n",
        "---\ncascade:\n- {hidden: false, target: {kind: section}}\n- {hidden: true}\n---\n",
        "+++\n[[cascade]]\ndraft = true\n[cascade._target]\npath = '/n/**'\n+++\n",
        '{"cascade": {"params": {"hidden": "yes"}}}',
        "---\nCascade: {draft: perhaps}\n---\n",
    ],
)
@pytest.mark.parametrize("name", ["_index.md", "_index.html"])
def test_a_cascade_withholds_every_article_below(tmp_path: Path, index: str, name: str) -> None:
    write(tmp_path, f"n/{name}", index)
    for path, text in ARTICLES.items():
        for folder in ("n", "n/deep/er", "m"):
            write(tmp_path, f"{folder}/{path}", text)
            withheld = read(tmp_path, f"{folder}/{path}").withheld
            assert bool(withheld) is (folder != "m"), (folder, path)


@pytest.mark.parametrize(
    "index",
    [
        "---\ndraft: true\n---\n",
        "---\nbuild: {list: never}\n---\n",
        "Words of a cascade.",
        "---\ncascade: {author: Ann, draft: false}\n---\n",
        "---\ncascade: {draft: true, target: {path: '/other/**'}}\n---\n",
        "---\ncascade: {draft: true, target: {environment: development}}\n---\n",
        "---\ncascade: {draft: true, _target: {kind: '{section,home}'}}\n---\n",
        "---\ncascade: text\n---\n",
    ],
)
def test_an_index_without_such_a_cascade_withholds_nothing(tmp_path: Path, index: str) -> None:
    write(tmp_path, "n/_index.md", index)
    for path, text in ARTICLES.items():
        write(tmp_path, f"n/{path}", text)
        assert not read(tmp_path, f"n/{path}").withheld


def test_an_article_and_a_nearer_folder_go_before_one_above(tmp_path: Path) -> None:
    write(tmp_path, "_index.md", "---\ncascade: {draft: true, build: {list: never}}\n---\n")
    write(tmp_path, "n/_index.md", "---\ncascade: {draft: false}\n---\n")
    build = "---\ntitle: T\nbuild: {list: always}\n---\nText."
    write(tmp_path, "a.md", build)
    write(tmp_path, "n/a.md", build)
    write(tmp_path, "n/b.md", ARTICLES["a.md"])
    write(tmp_path, "c.md", build.replace("title: T", "draft: false"))
    paths = ("a.md", "n/a.md", "n/b.md", "c.md")
    withheld = [read(tmp_path, path).withheld for path in paths]
    assert withheld == ["draft", "", "not in lists", ""]


def test_a_folder_may_let_articles_expire(tmp_path: Path) -> None:
    write(tmp_path, "_index.md", "---\ncascade: {expiryDate: 2020-01-05}\n---\n")
    for path, text in ARTICLES.items():
        write(tmp_path, path, text)
        expires = read(tmp_path, path).expires
        assert expires
        assert expires.year == 2020


@pytest.mark.parametrize(
    "index",
    [
        "---\ncascade: {draft: true\n---\n",
        "---\ncascade: *x\n---\n",
        "---\ncascade:\n  draft: true\n",
    ],
)
def test_a_cascade_that_cannot_be_read_is_a_problem_of_all_below(
    tmp_path: Path, index: str
) -> None:
    write(tmp_path, "n/_index.md", index)
    write(tmp_path, "n/a.md", ARTICLES["a.md"])
    write(tmp_path, "a.md", ARTICLES["a.md"])
    refusal = refused(tmp_path, "n/a.md")
    assert refusal.code == "bad-front-matter"
    assert "n/_index.md" in str(refusal)
    assert not read(tmp_path, "a.md").withheld


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/n/**", "n/a.md", True),
        ("/n/**", "n/b/c/a.md", True),
        ("/n/**", "m/n/a.md", False),
        ("/n/*", "n/a.md", True),
        ("/n/*", "n/b/a.md", False),
        ("/n/a", "n/a.md", True),
        ("/n/a", "n/a/index.md", True),
        ("n/a.md", "n/a.md", True),
        ("/N/A", "n/a.md", True),
        ("/{m,n}/?", "n/a.md", True),
        ("/{m,k}/?", "n/a.md", False),
        ("/n/[a-c]", "n/a.md", True),
        ("**/private-*", "n/b/private-a.md", True),
        ("**/private-*", "n/b/public-a.md", False),
        ("**", "n/a.md", True),
        ("", "n/a.md", False),
    ],
)
def test_a_pattern_of_hugo_fits_as_hugo_has_it(pattern: str, path: str, fits: bool) -> None:
    assert Cascade.of({"target": {"path": pattern}}).reaches([path]) is fits


@pytest.mark.parametrize("pattern", ["*a" * 240, "**" * 240, "{a,b}" * 100, "{" * 400, "[" * 400])
def test_a_pattern_takes_no_time(pattern: str) -> None:
    began = time.process_time()
    Cascade.of({"target": {"path": pattern}}).reaches("a" * 2000)
    assert time.process_time() - began < 1


@pytest.fixture
def life(site: Site, sqlite: Path) -> Iterator[Life]:
    file = shutil.copy(sqlite, site.base / "ledger.db")
    store = Store(f"sqlite:///{file}")
    yield Life(site, store)
    store.close()


def index(life: Life, text: str, path: str = "n/_index.md") -> None:
    write(life.folder, path, text)


CASCADE = "---\ncascade: {draft: true}\n---\n"


@pytest.mark.parametrize("hinted", [True, False])
def test_a_cascade_that_comes_withdraws_what_is_below_and_one_that_goes_brings_it_back(
    life: Life, hinted: bool
) -> None:
    life.note("n/a.md", "A")
    life.note("n/deep/b.md", "B", body="Other.")
    life.note("c.md", "C", body="Third.")
    life.scan()
    ids = life.ids()
    request: dict[str, Any] = {"hints": frozenset(["n/_index.md"])} if hinted else {}
    for text, shown in (
        (CASCADE, ["C"]),
        ("---\ncascade: {draft: false}\n---\n", ["A", "B", "C"]),
        (CASCADE.replace("draft", "hidden"), ["C"]),
    ):
        index(life, text)
        life.scan(**request)
        assert sorted(life.shown()) == shown
        assert life.scan().counts == Counts()
    (life.folder / "n" / "_index.md").unlink()
    life.scan(**request)
    assert sorted(life.shown()) == ["A", "B", "C"]
    assert life.ids() == ids


def test_another_index_alone_changes_nothing(life: Life) -> None:
    life.note("n/a.md", "A")
    index(life, "---\ntitle: N\n---\n")
    life.scan()
    before = life.table("entries")
    index(life, "---\ntitle: M\n---\n")
    assert life.scan().counts == Counts()
    assert life.table("entries") == before


@pytest.mark.parametrize("hinted", [True, False])
def test_keys_beside_an_article_are_noticed_when_they_alone_change(
    life: Life, hinted: bool
) -> None:
    write(life.folder, "a.md", "Text.")
    write(life.folder, "a.meta", META)
    life.scan()
    assert life.shown() == ["A walk"]
    write(life.folder, "a.meta", META + ".. status: private\n")
    request: dict[str, Any] = {"hints": frozenset(["a.meta"])} if hinted else {}
    life.scan(**request)
    assert life.shown() == []
    (life.folder / "a.meta").unlink()
    life.scan()
    assert life.shown() == ["Text."]


def test_check_looks_around_too(site: Site) -> None:
    write(site.folder, "n/_index.md", CASCADE)
    write(site.folder, "n/a.md", ARTICLES["a.md"])
    for named in [], ["articles/n/a.md"], ["articles/n"]:
        told = invoke(site, "check", *named).stdout.splitlines()
        assert told[:2] == ["1 file, no problems", "1 withheld: 1 draft"]


def test_a_first_import_waits_for_what_is_said_of_its_articles(life: Life) -> None:
    life.setting("watch = false")
    text = life.site.file.read_text().replace("settle_seconds = 0\n", "settle_seconds = 1\n")
    life.site.file.write_text(text)
    life.note("n/a.md", "A")
    life.note("b.md", "B")
    time.sleep(1.1)
    index(life, CASCADE)
    clock = Clock()
    report = run.scan(Publisher(life.store, life.site.config(), clock), Request(at_rest=True))
    assert (report.counts, report.unsettled) == (Counts(new=1), ())


def test_what_was_only_just_written_is_waited_for(site: Site) -> None:
    write(site.folder, "n/a.md", ARTICLES["a.md"])
    write(site.folder, "n/_index.md", "---\n")
    with pytest.raises(StillChanging):
        CompanionReader(site.folder, HOW, 10_000, settle_seconds=60).of("n/a.md")
    assert CompanionReader(site.folder, HOW, 10_000).of("n/a.md").cascades == ()


def test_a_running_service_withdraws_what_a_cascade_withholds(
    site: Site, serve: Callable[..., Service]
) -> None:
    text = "---\ntitle: {}\ndate: 2026-01-01\n---\nText.\n"
    write(site.folder, "n/a.md", text.format("Goes"))
    write(site.folder, "b.md", text.format("Stays"))
    service = serve(SCHEDULE__RESCAN_SECONDS=3600, ARTICLES__SETTLE_SECONDS=0.2)
    eventually(lambda: "Goes" in service.ready().text, "it was not published")
    write(site.folder, "n/_index.md", CASCADE)
    eventually(lambda: "Goes" not in service.get("/feed.atom").text, "it was not withdrawn")
    assert "Stays" in service.get("/feed.atom").text


PRIVATE = "---\ncascade:\n- draft: true\n  target: {path: '/posts/private/**'}\n---\n"


def test_a_cascade_names_paths_from_hugos_content_folder_wherever_the_root_is(
    tmp_path: Path,
) -> None:
    root = tmp_path / "content" / "posts"
    root.mkdir(parents=True)
    write(
        root,
        "_index.md",
        "---\ncascade:\n- draft: true\n  target: {path: '/posts/private/**'}\n---\n",
    )
    write(root, "private/a.md", "Text.")
    write(root, "public/b.md", "Text.")
    how = replace(HOW, root=root)
    found = {
        path: read_article(
            path,
            (root / path).read_bytes(),
            how,
            None,
            CompanionReader(root, how, 10_000).of(path),
        ).withheld
        for path in ("private/a.md", "public/b.md")
    }
    assert found == {"private/a.md": "draft", "public/b.md": ""}


def test_a_section_of_zola_that_is_a_draft_withholds_its_pages(tmp_path: Path) -> None:
    write(tmp_path, "n/_index.md", "+++\ntitle = 'N'\ndraft = true\n+++\n")
    write(tmp_path, "n/a.md", "+++\ntitle = 'A'\n+++\nText.")
    write(tmp_path, "b.md", "Text.")
    assert (read(tmp_path, "n/a.md").withheld, read(tmp_path, "b.md").withheld) == ("draft", "")


def test_an_index_of_a_language_is_for_the_articles_in_it(tmp_path: Path) -> None:
    write(tmp_path, "n/_index.fr.md", CASCADE)
    for name in ("a.fr.md", "a.en.md", "a.md"):
        write(tmp_path, f"n/{name}", "Text.")
    withheld = [read(tmp_path, f"n/{name}").withheld for name in ("a.fr.md", "a.en.md", "a.md")]
    assert withheld == ["draft", "", ""]


def test_braces_in_a_path_may_begin_with_a_slash() -> None:
    cascade = Cascade.of({"target": {"path": "{/n/**,/other/**}"}})
    assert [cascade.reaches([path]) for path in ("n/a.md", "m/a.md")] == [True, False]
