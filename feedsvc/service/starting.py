"""What a service starts with, and where it learns of what follows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from multiprocessing.connection import Connection

from feedsvc.config import configuration
from feedsvc.processes.lifetime import end_when
from feedsvc.processes.peers import Channel
from feedsvc.processes.reloading import Configurations, Reloads, ReloadsOnSignal
from feedsvc.service.trial import succeed


def started(
    file: str | None, handle: int | None, reload: threading.Event
) -> tuple[Configurations, Reloads]:
    """The configuration to start with, and the source of those that follow.

    A supervised process gets both from its supervisor, by the file descriptor `handle`. Any other
    reads the file, anew when `reload` is set.

    Raises:
        ConfigError: the configuration is wrong or missing.
    """
    if handle is None:
        config = configuration(file)
        configurations = Configurations(config, config)
        return configurations, ReloadsOnSignal(configurations, reload, candidates(file))
    channel = Channel(Connection(handle))
    end_when(channel.closed)
    return channel.first(), channel


def candidates(file: str | None) -> Callable[[Configurations], Configurations]:
    """What reads the file anew, and tries it beside the configuration in force."""
    return lambda running: succeed(running, configuration(file))
