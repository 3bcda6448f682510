"""Reload: a configuration is tried whole before the one in force gives way to it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, in_one_line

MOST_WAITING = 8  # reloads; the scan that was under way when an earlier one came is long over

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Configurations:
    """What a service runs with, and what its ledger was last published with.

    After a reload the two differ until a scan publishes the site with `current`. A web worker that
    starts meanwhile answers as its neighbours do, from `published`. `between` are those of reloads
    that came in between: a scan that began with one of them may publish it yet.
    """

    current: Config
    published: Config
    between: tuple[Config, ...] = ()

    def __post_init__(self) -> None:
        if not (self.differ or self.between):  # what no document shows takes effect at once
            object.__setattr__(self, "published", self.current)

    @property
    def steps(self) -> tuple[Configurations, ...]:
        """The reloads that have led from what was published to `current`, if any document differs.

        Each is that one alone.
        """
        if not (self.differ or self.between):
            return ()
        return tuple(Configurations(one, self.published) for one in (*self.between, self.current))

    @property
    def differ(self) -> bool:
        """Whether some document looks different under the two, or comes from another ledger."""
        both = (self.current, self.published)
        return len({(one.store.url, one.document_digest(__version__)) for one in both}) > 1


class Participant(Protocol):
    """What takes part in a reload: it prepares, and then commits or abandons what it prepared."""

    def prepare(self, configurations: Configurations) -> None:
        """Get ready; change nothing that anybody sees.

        Raises:
            FeedsvcError: these cannot be used.
        """

    def commit(self, configurations: Configurations) -> None:
        """Take these up, which were prepared unless this participant has started since."""

    def abandon(self) -> None:
        """Forget what was prepared, if anything was."""


class Reloads(Protocol):
    """Where a process learns of configurations that follow the one it was started with."""

    def follow(self, participant: Participant) -> None:
        """Have `participant` take up each of them, on another thread."""


class ReloadsOnSignal:
    """A process on its own, which reads its file anew when `reload` is set (SIGHUP).

    `candidate` reads the file and tries what it says beside the configuration in force.
    """

    def __init__(
        self,
        configurations: Configurations,
        reload: threading.Event,
        candidate: Callable[[Configurations], Configurations],
    ) -> None:
        self._configurations = configurations
        self._reload = reload
        self._candidate = candidate

    def follow(self, participant: Participant) -> None:
        """Wait for the signal on a thread of its own."""
        threading.Thread(
            target=self._follow, args=(participant,), name="reload", daemon=True
        ).start()

    def _follow(self, participant: Participant) -> None:
        while self._reload.wait():
            self._reload.clear()
            try:
                self._take_up(participant)
            except FeedsvcError as error:
                log.error("the new configuration is not used: %s", in_one_line(error))
            except Exception:
                log.exception("the new configuration is not used")

    def _take_up(self, participant: Participant) -> None:
        new = self._candidate(self._configurations)
        try:
            participant.prepare(new)
        except Exception:
            participant.abandon()
            raise
        participant.commit(new)
        self._configurations = new
        then = "; the next scan publishes the feeds with it" if new.differ else ""
        log.info("the new configuration is taken up%s", then)
