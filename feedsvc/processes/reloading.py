"""Reload: a configuration is validated completely before it replaces the one in force."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, in_one_line

MOST_WAITING = 8  # reloads; a scan that was running when an earlier one came has ended long ago

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Configurations:
    """The configuration in force, and the one that the ledger was last published with.

    After a reload the two differ until a scan publishes the site with `current`. A web worker that
    starts meanwhile answers as the other workers do, from `published`. `between` holds those of
    intermediate reloads: a scan that started with one of them may still publish it.
    """

    current: Config
    published: Config
    between: tuple[Config, ...] = ()

    def __post_init__(self) -> None:
        # a change that no document shows takes effect at once
        if not (self.differ or self.between):
            object.__setattr__(self, "published", self.current)

    @property
    def steps(self) -> tuple[Configurations, ...]:
        """The reloads that led from `published` to `current`, each on its own.

        Empty if no document differs.
        """
        if not (self.differ or self.between):
            return ()
        chain = (*self.between, self.current)
        return tuple(Configurations(config, self.published) for config in chain)

    @property
    def differ(self) -> bool:
        """Whether any document differs between the two, or comes from another ledger."""
        both = (self.current, self.published)
        return len({(c.store.url, c.document_digest(__version__)) for c in both}) > 1


class Participant(Protocol):
    """Takes part in a reload: it prepares, and then commits or abandons what it prepared."""

    def prepare(self, configurations: Configurations) -> None:
        """Get ready; change nothing that is visible outside.

        Raises:
            FeedsvcError: the configurations cannot be used.
        """

    def commit(self, configurations: Configurations) -> None:
        """Switch to these; they are prepared unless this participant has started since."""

    def abandon(self) -> None:
        """Discard what was prepared, if anything was."""


class Reloads(Protocol):
    """A source of configurations that replace the one a process was started with."""

    def follow(self, participant: Participant) -> None:
        """Have `participant` switch to each of them, on another thread."""


class ReloadsOnSignal:
    """For a process without a supervisor, which rereads its file when `reload` is set (SIGHUP).

    `candidate` rereads the file and validates it beside the configuration in force.
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
                self._switch(participant)
            except FeedsvcError as error:
                log.error("the new configuration is not used: %s", in_one_line(error))
            except Exception:
                log.exception("the new configuration is not used")

    def _switch(self, participant: Participant) -> None:
        new = self._candidate(self._configurations)
        try:
            participant.prepare(new)
        except Exception:
            participant.abandon()
            raise
        participant.commit(new)
        self._configurations = new
        outlook = "; the next scan publishes the feeds with it" if new.differ else ""
        log.info("the new configuration is in force%s", outlook)
