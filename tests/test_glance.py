"""A look that all share who ask at about the same time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from feedsvc.errors import LedgerUnavailable
from feedsvc.web import glance
from feedsvc.web.glance import Glance
from tests.site import PATIENCE


class View:
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


def test_many_who_ask_at_once_share_one_look() -> None:
    view = View()
    view.open.clear()
    seen = Glance(view.look)
    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(seen) for _ in range(16)]
        time.sleep(0.05)
        view.open.set()
        assert {one.result() for one in asked} == {1}
    assert view.looks == 1


def test_what_was_seen_stands_for_a_second_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    view = View()
    seen = Glance(view.look)
    assert seen() == 1
    view.value = None
    assert seen() == 1
    monkeypatch.setattr(glance, "SECONDS", 0.0)
    assert seen() is None


def test_that_the_ledger_is_away_is_remembered_too(monkeypatch: pytest.MonkeyPatch) -> None:
    view = View()
    view.value = LedgerUnavailable("away")
    seen = Glance(view.look)
    for _ in range(3):
        with pytest.raises(LedgerUnavailable, match="away"):
            seen()
    assert view.looks == 1
    monkeypatch.setattr(glance, "SECONDS", 0.0)
    view.value = 2
    assert seen() == 2


def test_while_one_looks_again_the_others_take_what_was_seen_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = View()
    seen = Glance(view.look)
    assert seen() == 1
    monkeypatch.setattr(glance, "SECONDS", 0.0)
    view.value = 2
    view.open.clear()
    with ThreadPoolExecutor(1) as thread:
        looking = thread.submit(seen)
        while view.looks < 2:
            time.sleep(0.001)
        assert seen() == 1
        view.open.set()
        assert looking.result() == 2


def test_a_look_that_fails_otherwise_is_told_to_who_looked() -> None:
    view = View()
    view.value = ValueError("a bug")
    seen = Glance(view.look)
    with pytest.raises(ValueError, match="a bug"):
        seen()
    view.value = 3
    assert seen() == 3
