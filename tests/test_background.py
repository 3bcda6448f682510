"""Ledger calls in the background: shared, bounded, and never waited for for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from feedsvc.errors import LedgerUnavailable
from feedsvc.web import background
from feedsvc.web.background import Calls, TtlCache
from tests.site import PATIENCE, eventually


class LedgerInput:
    """What is looked at, how often, and how long a look takes."""

    def __init__(self) -> None:
        self.value: int | Exception | None = 1
        self.looks = 0
        self.open = threading.Event()
        self.open.set()

    def look(self) -> int | None:
        self.looks += 1
        assert self.open.wait(PATIENCE)
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no ledger that hangs; tests of one that does have less patience."""
    monkeypatch.setattr(background, "PATIENCE", PATIENCE)


@pytest.fixture
def view() -> Iterator[LedgerInput]:
    """Something to look at; no look is left waiting at the end."""
    view = LedgerInput()
    yield view
    view.open.set()


def test_many_who_ask_at_once_share_one_look(view: LedgerInput) -> None:
    view.open.clear()
    seen = TtlCache(view.look)
    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(seen) for _ in range(16)]
        time.sleep(0.05)
        view.open.set()
        assert {one.result() for one in asked} == {1}
    assert view.looks == 1


def test_what_was_seen_stands_for_its_time_and_no_longer(view: LedgerInput) -> None:
    seen, always = TtlCache(view.look, 3600), TtlCache(view.look, 0)
    assert (seen(), always()) == (1, 1)
    view.value = 2
    assert (seen(), always()) == (1, 2)
    seen.expire()
    assert seen() == 2


def test_a_look_that_began_before_it_expired_stands_for_nothing(view: LedgerInput) -> None:
    seen = TtlCache(view.look, 3600)
    view.open.clear()
    with ThreadPoolExecutor(1) as thread:
        early = thread.submit(seen)
        eventually(lambda: view.looks == 1, "nobody looks")
        seen.expire()
        late = ThreadPoolExecutor(1).submit(seen)
        eventually(lambda: view.looks == 2, "the early look was taken for the present")
        view.open.set()
        assert early.result(PATIENCE) == late.result(PATIENCE) == 1
    assert (seen(), view.looks) == (1, 2)


def test_that_the_ledger_is_away_is_remembered_too(view: LedgerInput) -> None:
    view.value = LedgerUnavailable("away")
    seen = TtlCache(view.look, 3600)
    for _ in range(3):
        with pytest.raises(LedgerUnavailable, match="away"):
            seen()
    assert view.looks == 1
    view.value = 2
    seen.expire()
    assert seen() == 2


def test_a_look_that_hangs_is_waited_for_by_few_and_not_for_long(
    view: LedgerInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = TtlCache(view.look, 0)
    assert seen() == 1
    view.open.clear()
    monkeypatch.setattr(background, "PATIENCE", 0.2)
    with pytest.raises(LedgerUnavailable, match="does not answer"):
        seen()
    monkeypatch.setattr(background, "PATIENCE", 0.0)  # whoever waited still would fail the test
    for _ in range(100):
        with pytest.raises(LedgerUnavailable):
            seen()
    assert view.looks == 2
    monkeypatch.setattr(background, "PATIENCE", PATIENCE)
    view.open.set()
    eventually(lambda: _answers(seen), "it never recovered")


def _answers(seen: TtlCache[int | None]) -> bool:
    try:
        return seen() == 1
    except LedgerUnavailable:
        return False


def test_while_looks_fail_only_the_one_who_starts_a_look_waits_for_it(
    view: LedgerInput,
) -> None:
    view.value = LedgerUnavailable("locked")
    seen = TtlCache(view.look, 0)
    with pytest.raises(LedgerUnavailable):
        seen()
    view.open.clear()
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(seen)
        eventually(lambda: view.looks == 2, "nobody looks")
        with pytest.raises(LedgerUnavailable, match="does not answer"):
            seen()
        view.open.set()
        with pytest.raises(LedgerUnavailable, match="locked"):
            waiting.result(PATIENCE)


def test_a_look_that_fails_otherwise_is_told_to_who_looked(view: LedgerInput) -> None:
    view.value = ValueError("a bug")
    seen = TtlCache(view.look, 0)
    with pytest.raises(ValueError, match="a bug"):
        seen()
    view.value = 3
    assert seen() == 3


def test_no_more_calls_are_under_way_than_are_allowed(view: LedgerInput) -> None:
    calls = Calls(2)
    view.open.clear()
    under_way = [calls.start(view.look) for _ in range(2)]
    with pytest.raises(LedgerUnavailable):
        calls.start(view.look)
    view.open.set()
    assert [one.result(PATIENCE) for one in under_way] == [1, 1]
    assert calls.start(view.look).result(PATIENCE) == 1
