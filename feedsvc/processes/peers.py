"""Two-phase commit of a configuration between processes: a parent asks, its children answer.

All prepare, or the parent has all of them abandon it. A child that then fails to commit is killed,
and starts again with what was committed.
"""

from __future__ import annotations

import itertools
import logging
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection

from feedsvc.errors import FeedsvcError
from feedsvc.processes.reloading import Configurations, Participant

SEND_SECONDS = 5
LOOK_SECONDS = 0.1  # how often a connection is looked at that its owner may have closed

log = logging.getLogger(__name__)
_numbers = itertools.count(1)


class Step(StrEnum):
    """What a child is asked to do."""

    PREPARE = "prepare"
    COMMIT = "commit"
    ABANDON = "abandon"


@dataclass(frozen=True, slots=True)
class Order:
    """One request to a child, which answers it with its number and why it cannot, or nothing."""

    number: int
    step: Step
    configurations: Configurations | None = None


class Peer:
    """The parent's end of the connection to one child.

    `kill` ends that child, which its owner then starts again. A child that is gone has nothing
    against an order: what replaces it begins with the configuration in force.
    """

    def __init__(self, name: str, connection: Connection, kill: Callable[[], None]) -> None:
        self._name = name
        self._connection = connection
        self.kill = kill
        _bound_sending(connection)

    def send(self, message: Order | Configurations) -> None:
        """Send an order, or first of all what to start with.

        A child that does not take it within SEND_SECONDS is killed: half a message may be sent.
        """
        try:
            self._connection.send(message)
        except BlockingIOError:
            log.error("%s takes no messages; it is started again", self._name)
            self.kill()
        except OSError:
            pass  # it is gone

    def refusal(self, order: Order, deadline: float) -> str:
        """Why the child cannot carry out an order; empty where it has.

        `deadline` is a time.monotonic(). Answers to earlier orders, which came too late, are
        passed over.
        """
        try:
            while self._has_come(deadline):
                number, refusal = self._connection.recv()
                if number == order.number:
                    return str(refusal)
        except (EOFError, OSError):
            return ""
        return f"{self._name} does not answer"

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _has_come(self, deadline: float) -> bool:
        while not self._connection.poll(LOOK_SECONDS):
            if time.monotonic() > deadline:
                return False
        return True


def _bound_sending(connection: Connection) -> None:
    """Let no message wait for longer than SEND_SECONDS."""
    seconds = struct.pack("@ll", SEND_SECONDS, 0)  # a timeval, see socket(7)
    with socket.socket(fileno=os.dup(connection.fileno())) as ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, seconds)


def prepare(peers: Sequence[Peer], configurations: Configurations, seconds: float) -> None:
    """Have all children prepare, within so many seconds.

    Raises:
        FeedsvcError: one cannot, or does not answer in time.
    """
    for refusal in _ask(peers, Order(next(_numbers), Step.PREPARE, configurations), seconds):
        if refusal:
            raise FeedsvcError(refusal)


def commit(peers: Sequence[Peer], configurations: Configurations, seconds: float) -> None:
    """Have all children take up what they prepared; kill those that do not within the time."""
    order = Order(next(_numbers), Step.COMMIT, configurations)
    for peer, refusal in zip(peers, _ask(peers, order, seconds), strict=True):
        if refusal:
            log.error("%s; it is started again with the new configuration", refusal)
            peer.kill()


def abandon(peers: Sequence[Peer]) -> None:
    """Have all children forget what they prepared, without waiting until they have."""
    for peer in peers:
        peer.send(Order(next(_numbers), Step.ABANDON))


def _ask(peers: Sequence[Peer], order: Order, seconds: float) -> list[str]:
    """The refusal of each, all of which are at work at the same time."""
    for peer in peers:
        peer.send(order)
    deadline = time.monotonic() + seconds
    return [peer.refusal(order, deadline) for peer in peers]


class Channel:
    """A child's end of the connection to its parent, with which it ends, however that ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.closed = threading.Event()

    def first(self) -> Configurations:
        """What to start with, which a supervisor sends before any order.

        Raises:
            EOFError: the supervisor is gone already.
        """
        configurations = self._connection.recv()
        assert isinstance(configurations, Configurations)  # noqa: S101 - it sends nothing else
        return configurations

    def follow(self, participant: Participant) -> None:
        """Carry out what is asked, on a thread of its own."""
        threading.Thread(
            target=self._follow, args=(participant,), name="channel", daemon=True
        ).start()

    def _follow(self, participant: Participant) -> None:
        with suppress(EOFError, OSError):
            while True:
                order = self._connection.recv()
                answer = order.number, _refusal(participant, order)
                if order.step is not Step.ABANDON:
                    self._connection.send(answer)
        self.closed.set()


def _refusal(participant: Participant, order: Order) -> str:
    """Carry out an order; why that cannot be done, or nothing."""
    try:
        _obey(participant, order)
    except FeedsvcError as error:
        return str(error)
    except Exception as error:
        log.exception("the new configuration cannot be taken up")
        return f"a process of the service cannot take it up ({type(error).__name__})"
    return ""


def _obey(participant: Participant, order: Order) -> None:
    if order.configurations is None:
        participant.abandon()
    elif order.step is Step.PREPARE:
        participant.prepare(order.configurations)
    else:
        participant.commit(order.configurations)
