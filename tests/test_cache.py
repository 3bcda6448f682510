"""The cache: each representation is built once for all requests, and outlives the ledger."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from feedsvc.config import Http
from feedsvc.errors import LedgerUnavailable
from feedsvc.feeds.document import coded, document
from feedsvc.ledger.feed_content import Revision
from feedsvc.model import Document
from feedsvc.web import background, revisions
from feedsvc.web import cache as caching
from feedsvc.web.cache import Build, Cache
from feedsvc.web.representation import OVERHEAD, Representation
from feedsvc.web.revisions import Announced, Superseded
from feedsvc.web.routes import Gone, Kind, Route
from tests.site import PATIENCE, eventually

THREADS = 16
SETTINGS = Http()
AWAY = LedgerUnavailable("the ledger is away")


class Ledger:
    """A change log that the test moves; the Document of a path says its path and the sequence."""

    def __init__(self) -> None:
        self.number = 1
        self.settings = "ours"
        self.away = False
        self.gone: set[str] = set()
        self.looks = 0
        self.built: list[str] = []

    def revision(self) -> Revision:
        self.looks += 1
        if self.away:
            raise AWAY
        return Revision(self.number, self.settings)

    def build(self, route: Route, _revision: Revision) -> Document | None:
        if self.away:
            raise AWAY
        self.built.append(route.path)
        if route.path in self.gone:
            raise Gone(route.path)
        if route.path.startswith("/unknown"):
            return None
        return document(f"{route.path} at {self.number}".encode(), "text/plain", self.number)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture(autouse=True)
def _always_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The change log is looked at whenever a Document is asked for, on however busy a machine."""
    monkeypatch.setattr(revisions, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(background, "PATIENCE", PATIENCE)


@pytest.fixture
def cache(ledger: Ledger) -> Cache:
    return caching_of(ledger)


def caching_of(
    ledger: Ledger, build: Build | None = None, announced: Announced | None = None
) -> Cache:
    """A cache of the documents that the ledger, or `build`, builds."""
    return Cache(ledger.revision, build or ledger.build, SETTINGS, announced)


def at(path: str) -> Route:
    """A route that depends on nothing but its path."""
    return Route(path, Kind.FEED)


def found(representation: Representation | None) -> Document:
    """The document of a representation that there must be."""
    assert representation is not None
    return representation.document


def text(representation: Representation | None) -> str:
    """What a document of this ledger says."""
    return found(representation).bodies["identity"].decode()


def test_many_who_ask_at_once_get_one_build(ledger: Ledger) -> None:
    at_once = threading.Barrier(THREADS)

    def build(route: Route, revision: Revision) -> Document | None:
        time.sleep(0.1)  # long enough for the others to come and ask
        return ledger.build(route, revision)

    cache = caching_of(ledger, build)

    def ask(_number: int) -> Representation | None:
        at_once.wait(PATIENCE)
        return cache.find(at("/feed"))

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(ask, range(THREADS)))
    assert ledger.built == ["/feed"]
    assert {text(each) for each in results} == {"/feed at 1"}


def test_many_who_ask_at_once_for_a_new_revision_get_one_build_more(
    ledger: Ledger, cache: Cache
) -> None:
    cache.find(at("/feed"))
    ledger.number = 2
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(cache.find, [at("/feed")] * THREADS * 4))
    assert text(cache.find(at("/feed"))) == "/feed at 2"
    assert ledger.built == ["/feed", "/feed"]


def test_a_document_is_built_again_only_when_the_journal_moves(
    ledger: Ledger, cache: Cache
) -> None:
    assert [text(cache.find(at("/feed"))) for _ in range(3)] == ["/feed at 1"] * 3
    ledger.number = 2
    assert [text(cache.find(at("/feed"))) for _ in range(3)] == ["/feed at 2"] * 3
    assert ledger.built == ["/feed", "/feed"]


def test_a_revision_builds_only_what_is_asked_for(ledger: Ledger, cache: Cache) -> None:
    cache.find(at("/a"))
    cache.find(at("/b"))
    ledger.number = 2
    cache.find(at("/a"))
    assert ledger.built == ["/a", "/b", "/a"]


def test_between_two_looks_the_journal_is_left_alone(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "LOOK_SECONDS", 3600.0)
    cache = caching_of(ledger)
    for path in ("/a", "/b", "/a", "/b"):
        cache.find(at(path))
    assert ledger.looks == 1 + len(ledger.built)  # each build makes sure of its revision


def test_a_look_that_hangs_holds_up_nobody_who_can_be_answered(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    go_on.set()

    def revision() -> Revision:
        assert go_on.wait(PATIENCE)
        return ledger.revision()

    cache = Cache(revision, ledger.build, SETTINGS)
    assert text(cache.find(at("/feed"))) == "/feed at 1"
    ledger.number = 2
    go_on.clear()
    monkeypatch.setattr(background, "PATIENCE", 0.2)
    try:
        assert [text(cache.find(at("/feed"))) for _ in range(50)] == ["/feed at 1"] * 50
        with pytest.raises(LedgerUnavailable):
            cache.find(at("/other"))
    finally:
        go_on.set()
    eventually(lambda: text(cache.find(at("/feed"))) == "/feed at 2", "it never recovered")


def test_a_build_that_hangs_holds_up_nobody_once_the_ledger_does_not_answer(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = threading.Event()

    def hang() -> None:
        if hanging.is_set():
            time.sleep(PATIENCE)

    def revision() -> Revision:
        hang()
        return ledger.revision()

    def build(route: Route, revision: Revision) -> Document | None:
        if ledger.number == 2:
            hanging.set()
        hang()
        return ledger.build(route, revision)

    cache = Cache(revision, build, SETTINGS)
    assert text(cache.find(at("/feed"))) == "/feed at 1"
    ledger.number = 2
    monkeypatch.setattr(background, "PATIENCE", 0.05)
    assert text(cache.find(at("/feed"))) == "/feed at 1"
    with pytest.raises(LedgerUnavailable):
        cache.find(at("/other"))


def test_a_worker_looks_before_it_answers_once_another_has_seen_a_later_revision(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "LOOK_SECONDS", 3600.0)
    announced = Announced()
    one = caching_of(ledger, announced=announced)
    two = caching_of(ledger, announced=announced)
    assert text(one.find(at("/feed"))) == text(two.find(at("/feed"))) == "/feed at 1"
    ledger.number = 2
    assert text(one.find(at("/feed"))) == "/feed at 1"
    announced.sequence = 2
    assert text(one.find(at("/feed"))) == text(two.find(at("/feed"))) == "/feed at 2"


def test_a_build_that_meets_a_later_revision_is_of_that_revision(ledger: Ledger) -> None:
    """Or its answer would be newer than those that other workers still give."""
    announced = Announced()

    def build(route: Route, revision: Revision) -> Document | None:
        if len(ledger.built) == 0:
            ledger.number = 2  # a commit between the look and the build
        return ledger.build(route, revision)

    cache = caching_of(ledger, build, announced=announced)
    assert text(cache.find(at("/feed"))) == "/feed at 2"
    assert (len(ledger.built), announced.sequence) == (2, 2)
    assert text(cache.current(at("/feed")) or cache.find(at("/feed"))) == "/feed at 2"


def test_workers_follow_a_ledger_that_was_made_anew(ledger: Ledger) -> None:
    announced = Announced()
    ledger.number = 24
    one = caching_of(ledger, announced=announced)
    assert text(one.find(at("/feed"))) == "/feed at 24"
    ledger.number = 3
    assert text(one.find(at("/feed"))) == "/feed at 3"
    assert announced.sequence == 3


def test_documents_that_retire_give_way_once_other_settings_are_published(
    ledger: Ledger, cache: Cache
) -> None:
    cache.find(at("/feed"))
    cache.retire("ours")
    ledger.number = 2
    assert text(cache.find(at("/feed"))) == "/feed at 2"
    ledger.number, ledger.settings = 3, "theirs"
    for path in ("/feed", "/other"):
        with pytest.raises(Superseded):
            cache.find(at(path))
    cache.retire(None)
    assert text(cache.find(at("/feed"))) == "/feed at 3"


def test_the_last_revision_is_served_while_the_change_log_cannot_be_read(
    ledger: Ledger, cache: Cache
) -> None:
    cache.find(at("/feed"))
    ledger.away = True
    assert [text(cache.find(at("/feed"))) for _ in range(2)] == ["/feed at 1"] * 2


def test_the_last_revision_is_served_while_a_new_one_cannot_be_built(ledger: Ledger) -> None:
    def build(route: Route, revision: Revision) -> Document | None:
        if ledger.number > 1:
            raise AWAY
        return ledger.build(route, revision)

    cache = caching_of(ledger, build)
    cache.find(at("/feed"))
    ledger.number = 2
    assert [text(cache.find(at("/feed"))) for _ in range(2)] == ["/feed at 1"] * 2


def test_the_last_revision_is_served_however_many_nobody_asked_for(
    ledger: Ledger, cache: Cache
) -> None:
    """http.md: a feed built before is served, the last revision of it, status 200."""
    cache.find(at("/quiet"))
    for number in (2, 3, 4):
        ledger.number = number
        cache.find(at("/busy"))
    ledger.away = True
    assert text(cache.find(at("/quiet"))) == "/quiet at 1"
    assert text(cache.find(at("/busy"))) == "/busy at 4"


def test_the_new_revision_is_served_once_the_ledger_is_back(ledger: Ledger, cache: Cache) -> None:
    cache.find(at("/feed"))
    ledger.away = True
    cache.find(at("/feed"))
    ledger.away, ledger.number = False, 2
    assert text(cache.find(at("/feed"))) == "/feed at 2"


def test_what_was_never_built_is_unavailable_while_the_ledger_is_away(
    ledger: Ledger, cache: Cache
) -> None:
    cache.find(at("/feed"))
    ledger.away = True
    for _ in range(2):  # the second time finds the lock free
        with pytest.raises(LedgerUnavailable):
            cache.find(at("/other"))


def test_a_ledger_without_a_scan_is_unavailable(ledger: Ledger, cache: Cache) -> None:
    ledger.number = 0
    with pytest.raises(LedgerUnavailable):
        cache.find(at("/feed"))
    assert ledger.built == []
    ledger.number = 1
    assert text(cache.find(at("/feed"))) == "/feed at 1"


def test_a_ledger_emptied_under_us_leaves_the_last_revision(ledger: Ledger, cache: Cache) -> None:
    cache.find(at("/feed"))
    ledger.number = 0
    assert text(cache.find(at("/feed"))) == "/feed at 1"


def test_what_is_gone_is_gone_for_everybody_who_asks(ledger: Ledger, cache: Cache) -> None:
    cache.find(at("/article"))
    ledger.gone.add("/article")
    ledger.number = 2
    for _ in range(2):
        with pytest.raises(Gone):
            cache.find(at("/article"))
    assert text(cache.find(at("/feed"))) == "/feed at 2"


def test_what_is_known_to_be_gone_does_not_come_back_while_the_ledger_is_away(
    ledger: Ledger, cache: Cache
) -> None:
    """house.md: a reader never gets an older revision than one already served."""
    cache.find(at("/article"))
    ledger.gone.add("/article")
    ledger.number = 2
    with pytest.raises(Gone):
        cache.find(at("/article"))
    ledger.away = True
    with pytest.raises((Gone, LedgerUnavailable)):
        cache.find(at("/article"))


def test_what_there_is_not_is_looked_for_again(ledger: Ledger, cache: Cache) -> None:
    assert cache.find(at("/unknown")) is None
    assert cache.find(at("/unknown")) is None
    assert ledger.built == ["/unknown", "/unknown"]


def test_over_the_bound_the_longest_unasked_for_goes_first(
    ledger: Ledger, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "MAX_BYTES", 2 * (len("/a at 1") + OVERHEAD))
    for path in ("/a", "/b", "/a", "/c"):  # at /c there is room for two, and /b was asked for first
        cache.find(at(path))
    cache.find(at("/a"))
    cache.find(at("/c"))
    assert ledger.built == ["/a", "/b", "/c"]
    cache.find(at("/b"))
    assert ledger.built == ["/a", "/b", "/c", "/b"]


def test_a_document_over_the_bound_is_kept_alone(
    ledger: Ledger, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "MAX_BYTES", 1)
    assert [text(cache.find(at("/feed"))) for _ in range(2)] == ["/feed at 1"] * 2
    assert ledger.built == ["/feed"]


def test_a_document_that_gives_way_while_the_loss_of_the_ledger_is_logged_is_served(
    ledger: Ledger, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "MAX_BYTES", 1)
    cache.find(at("/a"))
    ledger.away = True

    def others_ask(*_told: object) -> None:
        ledger.away = False
        cache.find(at("/b"))

    monkeypatch.setattr(caching.log, "warning", others_ask)
    assert text(cache.find(at("/a"))) == "/a at 1"


def test_a_ledger_that_was_made_anew_is_followed(ledger: Ledger, cache: Cache) -> None:
    ledger.number = 24
    assert text(cache.find(at("/feed"))) == "/feed at 24"
    ledger.number = 3
    assert text(cache.find(at("/feed"))) == "/feed at 3"
    ledger.number = 4
    assert text(cache.find(at("/feed"))) == "/feed at 4"


def test_while_a_new_ledger_is_empty_the_last_revision_of_the_old_one_is_served(
    ledger: Ledger, cache: Cache
) -> None:
    ledger.number = 24
    cache.find(at("/feed"))
    ledger.number = 0
    assert text(cache.find(at("/feed"))) == "/feed at 24"
    ledger.number = 2
    assert text(cache.find(at("/feed"))) == "/feed at 2"


def test_codings_that_follow_take_no_more_than_the_room(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(route: Route, _revision: Revision) -> Document | None:
        return feed(route.path)

    def feed(path: str) -> Document:
        return replace(document(path.encode() * 200, "text/plain", 1), shared=True)

    young = 2 * (feed("/a").size + OVERHEAD)
    assert 2 * (coded(feed("/a")).size + OVERHEAD) > young
    monkeypatch.setattr(caching, "MAX_BYTES", young)
    cache = caching_of(ledger, build)
    for path in ("/a", "/b"):
        cache.find(at(path))
    eventually(lambda: "br" in found(cache.find(at("/b"))).bodies)
    eventually(lambda: [route.path for route in cache._rows] == ["/b"], "both were kept")
