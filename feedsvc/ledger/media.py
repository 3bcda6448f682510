"""Files beside articles: which of them subscribers may have."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from feedsvc.ledger.schema import entries, media
from feedsvc.ledger.store import Store


@dataclass(frozen=True, slots=True)
class Medium:
    """A file that released articles show, by its path below the root, parted by `/`.

    `withdrawn` says that all of them are withdrawn.
    """

    path: str
    withdrawn: bool


def find(store: Store, media_id: str) -> Medium | None:
    """The file with this id; None where no article that was ever released shows it.

    Held articles count as not there, so that nothing leaks before its moment.

    Raises:
        LedgerUnavailable: the ledger cannot be reached.
    """
    shown = (
        select(media.c.path)
        .join(entries, entries.c.id == media.c.entry)
        .where(media.c.id == media_id, entries.c.released.is_not(None))
        .limit(1)
    )
    with store.read() as connection:
        path = connection.scalar(shown.where(entries.c.withdrawn.is_(None)))
        if path is not None:
            return Medium(path, withdrawn=False)
        path = connection.scalar(shown)
    return None if path is None else Medium(path, withdrawn=True)
