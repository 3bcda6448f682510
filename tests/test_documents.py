"""The Documents in memory: built once for all who ask, kept while the ledger is away."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from feedsvc.errors import LedgerUnavailable
from feedsvc.feeds.document import document
from feedsvc.ledger.editions import Revision
from feedsvc.model import Document
from feedsvc.web import background, documents, revisions
from feedsvc.web import shelf as shelves
from feedsvc.web.announced import Announced
from feedsvc.web.documents import Documents, Gone
from feedsvc.web.revisions import Superseded
from tests.site import PATIENCE, eventually

THREADS = 16
AWAY = LedgerUnavailable("the ledger is away")


class Ledger:
    """A journal that the test moves; the Document of a path says its path and the sequence."""

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

    def build(self, path: str, _revision: Revision) -> Document | None:
        if self.away:
            raise AWAY
        self.built.append(path)
        if path in self.gone:
            raise Gone(path)
        if path.startswith("/unknown"):
            return None
        return document(f"{path} at {self.number}".encode(), "text/plain", self.number)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture(autouse=True)
def _always_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal is looked at whenever a Document is asked for, on however busy a machine."""
    monkeypatch.setattr(revisions, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(background, "PATIENCE", PATIENCE)


@pytest.fixture
def shelf(ledger: Ledger) -> Documents[Document]:
    return Documents(ledger.revision, ledger.build)


def text(found: Document | None) -> str:
    """What a Document of this ledger says."""
    assert found is not None
    return found.bodies["identity"].decode()


def test_many_who_ask_at_once_get_one_build(ledger: Ledger) -> None:
    at_once = threading.Barrier(THREADS)

    def build(path: str, revision: Revision) -> Document | None:
        time.sleep(0.1)  # long enough for the others to come and ask
        return ledger.build(path, revision)

    shelf = Documents(ledger.revision, build)

    def ask(_number: int) -> Document | None:
        at_once.wait(PATIENCE)
        return shelf.find("/feed")

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(ask, range(THREADS)))
    assert ledger.built == ["/feed"]
    assert {text(each) for each in found} == {"/feed at 1"}


def test_many_who_ask_at_once_for_a_new_edition_get_one_build_more(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    shelf.find("/feed")
    ledger.number = 2
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(shelf.find, ["/feed"] * THREADS * 4))
    assert text(shelf.find("/feed")) == "/feed at 2"
    assert ledger.built == ["/feed", "/feed"]


def test_a_document_is_built_again_only_when_the_journal_moves(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    assert [text(shelf.find("/feed")) for _ in range(3)] == ["/feed at 1"] * 3
    ledger.number = 2
    assert [text(shelf.find("/feed")) for _ in range(3)] == ["/feed at 2"] * 3
    assert ledger.built == ["/feed", "/feed"]


def test_an_edition_builds_only_what_is_asked_for(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    shelf.find("/a")
    shelf.find("/b")
    ledger.number = 2
    shelf.find("/a")
    assert ledger.built == ["/a", "/b", "/a"]


def test_between_two_looks_the_journal_is_left_alone(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "LOOK_SECONDS", 3600.0)
    shelf = Documents(ledger.revision, ledger.build)
    for path in ("/a", "/b", "/a", "/b"):
        shelf.find(path)
    assert ledger.looks == 1 + len(ledger.built)  # each build makes sure of its revision


def test_a_look_that_hangs_holds_up_nobody_who_can_be_answered(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    go_on.set()

    def revision() -> Revision:
        assert go_on.wait(PATIENCE)
        return ledger.revision()

    shelf = Documents(revision, ledger.build)
    assert text(shelf.find("/feed")) == "/feed at 1"
    ledger.number = 2
    go_on.clear()
    monkeypatch.setattr(background, "PATIENCE", 0.2)
    try:
        assert [text(shelf.find("/feed")) for _ in range(50)] == ["/feed at 1"] * 50
        with pytest.raises(LedgerUnavailable):
            shelf.find("/other")
    finally:
        go_on.set()
    eventually(lambda: text(shelf.find("/feed")) == "/feed at 2", "it never recovered")


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

    def build(path: str, revision: Revision) -> Document | None:
        if ledger.number == 2:
            hanging.set()
        hang()
        return ledger.build(path, revision)

    shelf = Documents(revision, build)
    assert text(shelf.find("/feed")) == "/feed at 1"
    ledger.number = 2
    monkeypatch.setattr(background, "PATIENCE", 0.05)
    assert text(shelf.find("/feed")) == "/feed at 1"
    with pytest.raises(LedgerUnavailable):
        shelf.find("/other")


def test_a_worker_looks_before_it_answers_once_another_has_seen_a_later_revision(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "LOOK_SECONDS", 3600.0)
    announced = Announced()
    one = Documents(ledger.revision, ledger.build, announced=announced)
    two = Documents(ledger.revision, ledger.build, announced=announced)
    assert text(one.find("/feed")) == text(two.find("/feed")) == "/feed at 1"
    ledger.number = 2
    assert text(one.find("/feed")) == "/feed at 1"
    announced.sequence = 2
    assert text(one.find("/feed")) == text(two.find("/feed")) == "/feed at 2"


def test_a_build_that_meets_a_later_revision_is_of_that_revision(ledger: Ledger) -> None:
    """Or its answer would be newer than those that other workers still give."""
    announced = Announced()

    def build(path: str, revision: Revision) -> Document | None:
        if len(ledger.built) == 0:
            ledger.number = 2  # a commit between the look and the build
        return ledger.build(path, revision)

    shelf = Documents(ledger.revision, build, announced=announced)
    assert text(shelf.find("/feed")) == "/feed at 2"
    assert (len(ledger.built), announced.sequence) == (2, 2)
    assert text(shelf.current("/feed") or shelf.find("/feed")) == "/feed at 2"


def test_workers_follow_a_ledger_that_was_made_anew(ledger: Ledger) -> None:
    announced = Announced()
    ledger.number = 24
    one = Documents(ledger.revision, ledger.build, announced=announced)
    assert text(one.find("/feed")) == "/feed at 24"
    ledger.number = 3
    assert text(one.find("/feed")) == "/feed at 3"
    assert announced.sequence == 3


def test_documents_that_retire_give_way_once_other_settings_are_published(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    shelf.find("/feed")
    shelf.retire("ours")
    ledger.number = 2
    assert text(shelf.find("/feed")) == "/feed at 2"
    ledger.number, ledger.settings = 3, "theirs"
    for path in ("/feed", "/other"):
        with pytest.raises(Superseded):
            shelf.find(path)
    shelf.retire(None)
    assert text(shelf.find("/feed")) == "/feed at 3"


def test_the_last_edition_is_served_while_the_journal_cannot_be_read(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    shelf.find("/feed")
    ledger.away = True
    assert [text(shelf.find("/feed")) for _ in range(2)] == ["/feed at 1"] * 2


def test_the_last_edition_is_served_while_a_new_one_cannot_be_built(ledger: Ledger) -> None:
    def build(path: str, revision: Revision) -> Document | None:
        if ledger.number > 1:
            raise AWAY
        return ledger.build(path, revision)

    shelf = Documents(ledger.revision, build)
    shelf.find("/feed")
    ledger.number = 2
    assert [text(shelf.find("/feed")) for _ in range(2)] == ["/feed at 1"] * 2


def test_the_last_edition_is_served_however_many_nobody_asked_for(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    """http.md: a feed built before is served, the last edition of it, status 200."""
    shelf.find("/quiet")
    for number in (2, 3, 4):
        ledger.number = number
        shelf.find("/busy")
    ledger.away = True
    assert text(shelf.find("/quiet")) == "/quiet at 1"
    assert text(shelf.find("/busy")) == "/busy at 4"


def test_the_new_edition_is_served_once_the_ledger_is_back(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    shelf.find("/feed")
    ledger.away = True
    shelf.find("/feed")
    ledger.away, ledger.number = False, 2
    assert text(shelf.find("/feed")) == "/feed at 2"


def test_what_was_never_built_is_unavailable_while_the_ledger_is_away(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    shelf.find("/feed")
    ledger.away = True
    for _ in range(2):  # the second time finds the lock free
        with pytest.raises(LedgerUnavailable):
            shelf.find("/other")


def test_a_ledger_without_a_scan_is_unavailable(ledger: Ledger, shelf: Documents[Document]) -> None:
    ledger.number = 0
    with pytest.raises(LedgerUnavailable):
        shelf.find("/feed")
    assert ledger.built == []
    ledger.number = 1
    assert text(shelf.find("/feed")) == "/feed at 1"


def test_a_ledger_emptied_under_us_leaves_the_last_edition(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    shelf.find("/feed")
    ledger.number = 0
    assert text(shelf.find("/feed")) == "/feed at 1"


def test_what_is_gone_is_gone_for_everybody_who_asks(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    shelf.find("/article")
    ledger.gone.add("/article")
    ledger.number = 2
    for _ in range(2):
        with pytest.raises(Gone):
            shelf.find("/article")
    assert text(shelf.find("/feed")) == "/feed at 2"


def test_what_is_known_to_be_gone_does_not_come_back_while_the_ledger_is_away(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    """house.md: a reader never gets an older edition than one already served."""
    shelf.find("/article")
    ledger.gone.add("/article")
    ledger.number = 2
    with pytest.raises(Gone):
        shelf.find("/article")
    ledger.away = True
    with pytest.raises((Gone, LedgerUnavailable)):
        shelf.find("/article")


def test_what_there_is_not_is_looked_for_again(ledger: Ledger, shelf: Documents[Document]) -> None:
    assert shelf.find("/unknown") is None
    assert shelf.find("/unknown") is None
    assert ledger.built == ["/unknown", "/unknown"]


def test_over_the_bound_the_longest_unasked_for_goes_first(
    ledger: Ledger, shelf: Documents[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "BYTES", 2 * len("/a at 1"))
    for path in ("/a", "/b", "/a", "/c"):  # at /c there is room for two, and /b was asked for first
        shelf.find(path)
    shelf.find("/a")
    shelf.find("/c")
    assert ledger.built == ["/a", "/b", "/c"]
    shelf.find("/b")
    assert ledger.built == ["/a", "/b", "/c", "/b"]


def test_a_document_over_the_bound_is_kept_alone(
    ledger: Ledger, shelf: Documents[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "BYTES", 1)
    assert [text(shelf.find("/feed")) for _ in range(2)] == ["/feed at 1"] * 2
    assert ledger.built == ["/feed"]


def test_a_document_that_gives_way_while_the_loss_of_the_ledger_is_logged_is_served(
    ledger: Ledger, shelf: Documents[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "BYTES", 1)
    shelf.find("/a")
    ledger.away = True

    def others_ask(*_told: object) -> None:
        ledger.away = False
        shelf.find("/b")

    monkeypatch.setattr(documents.log, "warning", others_ask)
    assert text(shelf.find("/a")) == "/a at 1"


def test_a_ledger_that_was_made_anew_is_followed(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    ledger.number = 24
    assert text(shelf.find("/feed")) == "/feed at 24"
    ledger.number = 3
    assert text(shelf.find("/feed")) == "/feed at 3"
    ledger.number = 4
    assert text(shelf.find("/feed")) == "/feed at 4"


def test_while_a_new_ledger_is_empty_the_last_edition_of_the_old_one_is_served(
    ledger: Ledger, shelf: Documents[Document]
) -> None:
    ledger.number = 24
    shelf.find("/feed")
    ledger.number = 0
    assert text(shelf.find("/feed")) == "/feed at 24"
    ledger.number = 2
    assert text(shelf.find("/feed")) == "/feed at 2"


def test_what_is_finished_later_takes_no_more_than_the_room(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "BYTES", 100)
    shelf = Documents(
        ledger.revision, ledger.build, lambda _made: document(b"x" * 60, "text/plain", 1)
    )
    for path in ("/a", "/b"):
        shelf.find(path)
    eventually(lambda: text(shelf.current("/b") or shelf.find("/b")) == "x" * 60)
    eventually(lambda: [path for path, _ in shelf.kept()] == ["/b"], "both were kept")
