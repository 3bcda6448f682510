"""Archives (RFC 5005): every entry once, whatever is published while somebody reads on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import select

from benchmarks.filling import Filling, article
from feedsvc.ledger.schema import entries
from feedsvc.ledger.store import Store
from feedsvc.model import ChangeKind, Document
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher, Request
from feedsvc.web.builder import DocumentBuilder
from feedsvc.web.routes import Gone
from tests.campaigns import examples
from tests.documents import built
from tests.site import CONFIG, Site

pytestmark = pytest.mark.slow

NS = {"a": "http://www.w3.org/2005/Atom", "at": "http://purl.org/atompub/tombstones/1.0"}
BASE = "http://feeds.example"
SMALL = CONFIG + "[feed]\nentries = 5\n"


@dataclass
class Page:
    """A document of a feed: the ids of its entries, and where it leads."""

    document: Document
    ids: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)


def page(builder: DocumentBuilder, path: str) -> Page:
    document = built(builder, path)
    assert document is not None, path
    feed = etree.fromstring(document.bodies["identity"])
    links = {str(e.get("rel")): str(e.get("href")) for e in feed.iterfind("a:link", NS)}
    ids = [str(e.text) for e in feed.iterfind("a:entry/a:id", NS)]
    assert links["self"] == BASE + path
    return Page(document, ids, links)


def walk(
    builder: DocumentBuilder, path: str, between: Callable[[], None] = lambda: None
) -> Iterator[Page]:
    """The feed and all its archives, the newest first; `between` is called after each."""
    while True:
        here = page(builder, path)
        yield here
        between()
        older = here.links.get("prev-archive")
        if older is None:
            return
        path = older.removeprefix(BASE)


@pytest.fixture
def filled(tmp_path: Path, sqlite: Path) -> Iterator[tuple[Filling, DocumentBuilder]]:
    site = Site(tmp_path)
    store = Store(f"sqlite:///{shutil.copy(sqlite, tmp_path / 'ledger.db')}")
    yield Filling(site.config(), store), DocumentBuilder(site.config(), store)
    store.close()


MANY = 10_000


def test_a_walk_meets_each_of_ten_thousand_entries_once_while_all_goes_on(
    filled: tuple[Filling, DocumentBuilder],
) -> None:
    filling, builder = filled
    there = [article(number, 100) for number in range(MANY)]
    filling.fill(there)
    turns = count()

    def publish_more() -> None:
        turn = next(turns)
        if turn % 10:
            return
        filling.change([article(20_000 + turn, 100)], ChangeKind.RELEASED)
        filling.change([there[(turn * 997) % MANY]], ChangeKind.EDITED)

    met = [one for here in walk(builder, "/feed.atom", publish_more) for one in here.ids]
    assert len(met) == len(set(met))
    assert set(met) == {filling.entry_id(one) for one in there}


def test_what_is_withdrawn_meanwhile_is_not_met_and_all_else_is(
    filled: tuple[Filling, DocumentBuilder],
) -> None:
    filling, builder = filled
    there = [article(number, 100) for number in range(1000)]
    filling.fill(there)
    withdrawn = iter(there[:40])

    def withdraw() -> None:
        filling.change([next(withdrawn), there[999]], ChangeKind.WITHDRAWN)
        there[999] = next(withdrawn)

    met = [one for here in walk(builder, "/feed.atom", withdraw) for one in here.ids]
    assert len(met) == len(set(met))
    left = {filling.entry_id(article(number, 100)) for number in range(40, 999)}
    assert left <= set(met)


def test_an_archive_without_a_changed_entry_keeps_its_tag_and_date(
    filled: tuple[Filling, DocumentBuilder],
) -> None:
    filling, builder = filled
    there = [article(number, 10) for number in range(1000)]
    filling.fill(there)
    before = {here.links["self"]: here for here in walk(builder, "/feed.atom")}
    filling.change([article(20_000 + turn, 10) for turn in range(120)], ChangeKind.RELEASED)
    filling.change([there[130]], ChangeKind.EDITED)
    filling.change([there[330]], ChangeKind.WITHDRAWN)
    changed = []
    for address, old in before.items():
        now = page(builder, address.removeprefix(BASE)).document
        if (now.tag, now.modified) != (old.document.tag, old.document.modified):
            assert now.modified > old.document.modified
            changed.append(address.removeprefix(BASE))
        assert (now.tag == old.document.tag) is (now.modified == old.document.modified)
    # the archive behind 901 to 950 is full now, and linked to
    archives = [f"/feed-{first}-{first + 49}.atom" for first in (101, 301, 901)]
    assert sorted(changed) == [*archives, "/feed.atom"]


def test_archives_lead_forwards_as_they_lead_back(filled: tuple[Filling, DocumentBuilder]) -> None:
    filling, builder = filled
    filling.fill(article(number, 3) for number in range(480))
    feed, *archives = walk(builder, "/feed.atom")
    assert "next-archive" not in feed.links
    # the newest is full too, but no place has been given behind the one that follows it
    whole = [here for here in archives if "next-archive" in here.links]
    assert len(whole) >= len(archives) - 2
    for newer, older in pairwise(archives):
        if older in whole:
            follows = page(builder, older.links["next-archive"].removeprefix(BASE))
            assert follows.ids[-len(newer.ids) :] == newer.ids
            assert follows.links["prev-archive"] == older.links["self"]


def test_every_collection_has_archives_of_its_own(filled: tuple[Filling, DocumentBuilder]) -> None:
    filling, builder = filled
    there = [article(number, 3) for number in range(600)]
    filling.fill(there)
    for author in (0, 1, 2):
        met = [
            one for here in walk(builder, f"/authors/author-{author}/feed.atom") for one in here.ids
        ]
        mine = [one for one in there if one.authors[0].name == f"Author {author}"]
        assert met == [filling.entry_id(one) for one in reversed(mine)]


@pytest.mark.parametrize(
    "path",
    [
        "/feed-1-60.atom",  # more than an archive holds
        "/feed-2-50.atom",  # begins where none does
        "/feed-0-49.atom",
        "/feed-51-50.atom",
        "/feed-1001-1050.atom",
        "/feed-999999999999951-999999999999999.atom",
        "/feed-1-50",  # in no format
        "/feed-01-50.atom",  # written in another way
        "/feed-١-٥٠.atom",
        "/tags/nobody-has-it/feed.atom",
        "/tags/nobody-has-it/feed-1-50.atom",
        "/tags//feed.atom",
    ],
)
def test_what_is_no_archive_is_not_there(
    filled: tuple[Filling, DocumentBuilder], path: str
) -> None:
    filling, builder = filled
    filling.fill(article(number, 3) for number in range(1000))
    assert built(builder, path) is None


class Desk:
    """A folder, its ledger, and a subscriber who polls now and then."""

    def __init__(self, base: Path, ledger: Path) -> None:
        base.mkdir()
        self.site = Site(base, SMALL)
        self.store = Store(f"sqlite:///{shutil.copy(ledger, base / 'ledger.db')}")
        self.builder = DocumentBuilder(self.site.config(), self.store)
        self.now = datetime(2026, 6, 1, tzinfo=UTC)
        self.number = 0
        self.known: set[str] = set()
        self.read: set[str] = set()

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def scan(self) -> None:
        self.turn(60)
        clock = Clock(now=lambda: self.now, sleep=self.turn)
        request = Request(allow_empty=True)
        run.scan(Publisher(self.store, self.site.config(), clock), request)

    def add(self, many: int, folder: str) -> None:
        """Articles whose dates lie anywhere in the past."""
        for _ in range(many):
            self.number += 1
            day = self.number * 17 % 28 + 1
            name = f"{folder}/{self.number}.txt"
            self.site.write(name, title=f"No {self.number}", date=f"2025-01-{day:02}T00:00:00Z")

    def files(self) -> list[Path]:
        return sorted(path for path in self.site.folder.rglob("*.txt"))

    def has_seen(self, file: Path) -> bool:
        """Whether the subscriber knows the article of this file."""
        with self.store.read() as connection:
            path = file.relative_to(self.site.folder).as_posix()
            mine = select(entries.c.id).where(entries.c.path == path)
            return connection.scalar(mine) in self.known

    def poll(self, path: str) -> set[str]:
        """Read the feed, and back until an archive is met that is known (RFC 5005 section 4)."""
        met: set[str] = set()
        for here in walk(self.builder, path):
            if here.links["self"] in self.read:
                break
            met |= set(here.ids)
            if here.links["self"] != BASE + path:
                self.read.add(here.links["self"])
        self.known |= met
        return met


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 14)),
        st.tuples(st.just("edit"), st.integers(0, 30)),
        st.tuples(st.just("remove"), st.integers(0, 30)),
        st.tuples(st.just("move"), st.integers(0, 30)),
        st.tuples(st.just("back"), st.integers(0, 30)),
        st.tuples(st.just("poll"), st.just(0)),
    ),
    min_size=1,
    max_size=12,
)


def take(desk: Desk, removed: list[tuple[Path, bytes]], step: str, number: int) -> None:
    files = desk.files()
    if step == "add":
        desk.add(number, "news" if number % 2 else "news/local")
    elif step == "back" and removed:
        path, data = removed.pop(number % len(removed))
        path.write_bytes(data)
    elif files and step in ("edit", "remove", "move"):
        file = files[number % len(files)]
        if step == "remove" and not desk.has_seen(file):
            return  # what nobody saw before it went comes back where nobody looks
        if step == "edit":
            file.write_text(file.read_text() + f"\nOnce more: {number}.\n")
        elif step == "remove":
            removed.append((file, file.read_bytes()))
            file.unlink()
        else:
            (desk.site.folder / "news/other").mkdir(exist_ok=True)
            file.rename(desk.site.folder / "news/other" / file.name)


@examples(12, 200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_who_polls_once_in_a_while_and_reads_back_misses_nothing(
    tmp_path_factory: pytest.TempPathFactory, sqlite: Path, steps: list[tuple[str, int]]
) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk") / "site", sqlite)
    removed: list[tuple[Path, bytes]] = []
    desk.add(3, "news")
    desk.scan()
    desk.poll("/sections/news/feed.atom")
    for step, number in [*steps, ("poll", 0)]:
        if step != "poll":
            take(desk, removed, step, number)
            desk.scan()
            continue
        if not desk.files():  # all of the section is withdrawn
            with pytest.raises(Gone):
                desk.poll("/sections/news/feed.atom")
            continue
        desk.poll("/sections/news/feed.atom")
        feed, *archives = walk(desk.builder, "/sections/news/feed.atom")
        archived = [one for here in archives for one in here.ids]
        assert len(archived) == len(set(archived))
        everything = {*feed.ids, *archived}
        assert len(everything) == len(desk.files())
        assert everything <= desk.known
    desk.store.close()
