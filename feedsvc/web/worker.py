"""One worker of the web server: what granian starts in each process."""

from __future__ import annotations

import multiprocessing
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feedsvc.processes.lifetime import end_with_parent, release_signals
from feedsvc.processes.peers import Channel
from feedsvc.processes.reloading import Configurations
from feedsvc.web.leaving import Departure, Leaving
from feedsvc.web.revisions import Announced
from feedsvc.web.unread import Unread

if TYPE_CHECKING:
    from feedsvc.web.switch import Switch


@dataclass(frozen=True)
class WorkerLoader:
    """Makes the application of a worker, in the worker.

    Further configurations come through `channel`. See Departure for `listener` and `port`.
    """

    configurations: Configurations
    announced: Announced
    leaving: Leaving
    listener: str
    port: int
    channel: Channel

    def __call__(self) -> Switch:
        """The application, which ends with the server that started it."""
        from feedsvc.web.app import create_switch  # noqa: PLC0415 - only workers carry Flask

        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal's, to all of its processes
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until granian sets its own handler
        parent = multiprocessing.parent_process()
        if parent and parent.pid:
            end_with_parent(parent.pid)
        release_signals()
        switch = create_switch(self.configurations, self.announced, self.leaving)
        self.channel.follow(switch)
        Departure(self.leaving, switch.under_way, self.listener, self.port).watch()
        Unread(self.port).watch()
        return switch
