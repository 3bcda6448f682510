"""Two-phase commit of a configuration between processes: a parent requests, its children reply.

Either all prepare, or all abandon. A child that then fails to commit is killed, and restarts with
the committed configuration.
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
POLL_SECONDS = 0.1  # how often to check a connection, which its owner may have closed

log = logging.getLogger(__name__)
_numbers = itertools.count(1)


class Step(StrEnum):
    """A step of the commit that a child is asked to perform."""

    PREPARE = "prepare"
    COMMIT = "commit"
    ABANDON = "abandon"


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a child.

    The reply is its number and an error message, which is empty if the child succeeded.
    """

    number: int
    step: Step
    configurations: Configurations | None = None


class Peer:
    """The parent's end of the connection to one child.

    `kill` ends that child, which its owner then restarts. A child that has ended counts as having
    succeeded: its replacement starts with the configuration in force.
    """

    def __init__(self, name: str, connection: Connection, kill: Callable[[], None]) -> None:
        self._name = name
        self._connection = connection
        self.kill = kill
        _bound_sending(connection)

    def send(self, message: Request | Configurations) -> None:
        """Send a request, or, as the first message, the configuration to start with.

        A child that does not receive it within SEND_SECONDS is killed: a message may be cut off.
        """
        try:
            self._connection.send(message)
        except BlockingIOError:
            log.error("%s accepts no messages; restarting it", self._name)
            self.kill()
        except OSError:
            pass  # the child has ended

    def failure(self, request: Request, deadline: float) -> str:
        """Why the child could not carry out a request; empty if it did.

        `deadline` is in seconds of time.monotonic(). Late replies to earlier requests are skipped.
        """
        try:
            while self._has_reply(deadline):
                number, failure = self._connection.recv()
                if number == request.number:
                    return str(failure)
        except (EOFError, OSError):
            return ""
        return f"{self._name} does not answer"

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _has_reply(self, deadline: float) -> bool:
        while not self._connection.poll(POLL_SECONDS):
            if time.monotonic() > deadline:
                return False
        return True


def _bound_sending(connection: Connection) -> None:
    """Make a blocked send fail after SEND_SECONDS."""
    seconds = struct.pack("@ll", SEND_SECONDS, 0)  # a timeval, see socket(7)
    with socket.socket(fileno=os.dup(connection.fileno())) as duplicate:
        duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, seconds)


def prepare(peers: Sequence[Peer], configurations: Configurations, seconds: float) -> None:
    """Have all children prepare within `seconds`.

    Raises:
        FeedsvcError: one could not, or did not answer in time.
    """
    for failure in _ask(peers, Request(next(_numbers), Step.PREPARE, configurations), seconds):
        if failure:
            raise FeedsvcError(failure)


def commit(peers: Sequence[Peer], configurations: Configurations, seconds: float) -> None:
    """Have all children switch to what they prepared; kill those that do not within `seconds`."""
    request = Request(next(_numbers), Step.COMMIT, configurations)
    for peer, failure in zip(peers, _ask(peers, request, seconds), strict=True):
        if failure:
            log.error("%s; restarting it with the new configuration", failure)
            peer.kill()


def abandon(peers: Sequence[Peer]) -> None:
    """Have all children discard what they prepared; does not wait for them."""
    for peer in peers:
        peer.send(Request(next(_numbers), Step.ABANDON))


def _ask(peers: Sequence[Peer], request: Request, seconds: float) -> list[str]:
    """Send a request to all at once; returns the failure of each."""
    for peer in peers:
        peer.send(request)
    deadline = time.monotonic() + seconds
    return [peer.failure(request, deadline) for peer in peers]


class Channel:
    """A child's end of the connection to its parent; `closed` is set when the parent has ended."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.closed = threading.Event()

    def initial(self) -> Configurations:
        """The configurations to start with, which a supervisor sends before any request.

        Raises:
            EOFError: the supervisor has already ended.
        """
        configurations = self._connection.recv()
        assert isinstance(configurations, Configurations)  # noqa: S101 - it sends nothing else
        return configurations

    def follow(self, participant: Participant) -> None:
        """Carry out requests on a thread of its own."""
        threading.Thread(
            target=self._follow, args=(participant,), name="channel", daemon=True
        ).start()

    def _follow(self, participant: Participant) -> None:
        with suppress(EOFError, OSError):
            while True:
                request = self._connection.recv()
                reply = request.number, _perform(participant, request)
                if request.step is not Step.ABANDON:
                    self._connection.send(reply)
        self.closed.set()


def _perform(participant: Participant, request: Request) -> str:
    """Carry out a request; returns why that failed, or an empty string."""
    try:
        _dispatch(participant, request)
    except FeedsvcError as error:
        return str(error)
    except Exception as error:
        log.exception("the new configuration cannot be put into effect")
        return f"a process of the service cannot apply it ({type(error).__name__})"
    return ""


def _dispatch(participant: Participant, request: Request) -> None:
    if request.configurations is None:
        participant.abandon()
    elif request.step is Step.PREPARE:
        participant.prepare(request.configurations)
    else:
        participant.commit(request.configurations)
