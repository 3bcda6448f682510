"""One worker of the web server: what granian starts in each process."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from feedsvc.config import Config
from feedsvc.processes import end_with_parent
from feedsvc.web.announced import Announced

if TYPE_CHECKING:
    from feedsvc.web.switch import Switch

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerLoader:
    """Makes the application of a worker, in the worker.

    Further configurations come through `channel`, each answered with the reason why it cannot be
    taken up, or with nothing.
    """

    config: Config
    announced: Announced
    channel: Connection

    def __call__(self) -> Switch:
        """The application, which ends with the server that started it."""
        from feedsvc.web.app import create_switch  # noqa: PLC0415 - only workers carry Flask

        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal's, to all of its processes
        parent = multiprocessing.parent_process()
        if parent and parent.pid:
            end_with_parent(parent.pid)
        switch = create_switch(self.config, self.announced)
        threading.Thread(
            target=_follow, args=(self.channel, switch), name="reloads", daemon=True
        ).start()
        return switch


def _follow(channel: Connection, switch: Switch) -> None:
    with suppress(EOFError, OSError):
        while True:
            config = channel.recv()
            try:
                switch.reload(config)
            except Exception as error:
                log.exception("the configuration cannot be taken up")
                channel.send(f"a web worker cannot take it up ({type(error).__name__})")
            else:
                channel.send("")
