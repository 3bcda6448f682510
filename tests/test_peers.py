"""Two-phase commit between processes, over real connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import Pipe
from pathlib import Path

import pytest

from feedsvc.config import load
from feedsvc.errors import FeedsvcError
from feedsvc.processes import peers
from feedsvc.processes.peers import Channel, Peer
from feedsvc.processes.reloading import Configurations
from tests.site import PATIENCE, Site, eventually


@dataclass
class Part:
    """A participant that notes what it is asked to do."""

    refusal: str = ""
    wrong: bool = False
    hold: threading.Event = field(default_factory=threading.Event)
    steps: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hold.set()

    def prepare(self, configurations: Configurations) -> None:
        self.hold.wait(PATIENCE)
        self.steps.append("prepare")
        if self.refusal:
            raise FeedsvcError(self.refusal)

    def commit(self, configurations: Configurations) -> None:
        self.steps.append(f"commit {configurations.current.site.title}")
        if self.wrong:
            raise ZeroDivisionError

    def abandon(self) -> None:
        self.steps.append("abandon")


@dataclass
class Child:
    """A participant behind a connection, and how often it was killed."""

    part: Part
    killed: int = 0

    def __post_init__(self) -> None:
        ours, theirs = Pipe()
        self.channel = Channel(theirs)
        self.peer = Peer("a child", ours, self.kill)
        self.channel.follow(self.part)

    def kill(self) -> None:
        self.killed += 1


@pytest.fixture
def children() -> Iterator[list[Child]]:
    some = [Child(Part()), Child(Part())]
    yield some
    for child in some:
        child.part.hold.set()
        child.peer.close()
        assert child.channel.closed.wait(PATIENCE)


@pytest.fixture
def new(tmp_path: Path) -> Configurations:
    config = load(Site(tmp_path).file)
    return Configurations(config, config)


def ask(children: list[Child]) -> list[Peer]:
    return [child.peer for child in children]


def test_all_prepare_and_then_commit(children: list[Child], new: Configurations) -> None:
    peers.prepare(ask(children), new, PATIENCE)
    peers.commit(ask(children), new, PATIENCE)
    assert [child.part.steps for child in children] == [["prepare", "commit Test & Trial"]] * 2
    assert [child.killed for child in children] == [0, 0]


@pytest.mark.parametrize("which", [0, 1])
def test_if_one_fails_to_prepare_all_abandon(
    children: list[Child], new: Configurations, which: int
) -> None:
    children[which].part.refusal = "no room"
    with pytest.raises(FeedsvcError, match="no room"):
        peers.prepare(ask(children), new, PATIENCE)
    peers.abandon(ask(children))
    for child in children:
        eventually(lambda: child.part.steps == ["prepare", "abandon"], "not abandoned")  # noqa: B023


def test_a_late_reply_is_not_taken_for_that_to_the_next_request(
    children: list[Child], new: Configurations
) -> None:
    late = children[1].part
    late.refusal = "no room"
    late.hold.clear()
    with pytest.raises(FeedsvcError, match="a child does not answer"):
        peers.prepare(ask(children), new, 0.2)
    peers.abandon(ask(children))
    late.hold.set()
    eventually(lambda: late.steps == ["prepare", "abandon"], "it never came to it")
    late.refusal = ""
    peers.prepare(ask(children), new, PATIENCE)
    peers.commit(ask(children), new, PATIENCE)
    assert late.steps[2:] == ["prepare", "commit Test & Trial"]


def test_all_prepare_in_parallel(children: list[Child], new: Configurations) -> None:
    for child in children:
        child.part.hold.clear()
    began = time.monotonic()
    with pytest.raises(FeedsvcError):
        peers.prepare(ask(children), new, 0.5)
    assert time.monotonic() - began < 0.9  # not twice as long for two


def test_one_that_cannot_commit_is_killed_and_the_others_go_on(
    children: list[Child], new: Configurations, caplog: pytest.LogCaptureFixture
) -> None:
    children[0].part.wrong = True
    peers.prepare(ask(children), new, PATIENCE)
    peers.commit(ask(children), new, PATIENCE)
    assert [child.killed for child in children] == [1, 0]
    assert children[1].part.steps == ["prepare", "commit Test & Trial"]
    assert "cannot apply it (ZeroDivisionError); restarting it" in caplog.text


def test_a_child_that_has_ended_counts_as_having_succeeded(new: Configurations) -> None:
    ours, theirs = Pipe()
    theirs.close()
    gone = Peer("a child", ours, lambda: None)
    peers.prepare([gone], new, PATIENCE)
    peers.commit([gone], new, PATIENCE)
    gone.close()
    peers.abandon([gone])


def test_a_child_that_accepts_no_message_is_killed(
    new: Configurations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does that is stopped, of more than fits in the connection."""
    monkeypatch.setattr(peers, "SEND_SECONDS", 1)
    ours, theirs = Pipe()
    killed: list[bool] = []
    peer = Peer("a child", ours, lambda: killed.append(True))
    with theirs:
        began = time.monotonic()
        for _ in range(10_000):
            peer.send(new)
            if killed:
                break
    assert killed
    assert time.monotonic() - began < PATIENCE
    peer.close()


def test_a_child_that_ended_before_its_first_message_counts_as_prepared(
    new: Configurations,
) -> None:
    ours, theirs = Pipe()
    theirs.close()
    peer = Peer("a child", ours, lambda: None)
    peer.send(new)
    peers.prepare([peer], new, PATIENCE)
    peer.close()
