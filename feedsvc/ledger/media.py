"""The media files that may be served."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from feedsvc.ledger.rows import maybe_moment
from feedsvc.ledger.schema import entries, media
from feedsvc.ledger.store import Store


@dataclass(frozen=True, slots=True)
class Medium:
    """A file that released articles show; `path` is relative to the root, separated by `/`.

    `withdrawn` says that all of them are withdrawn; `expires` is from when on they will be.
    """

    path: str
    withdrawn: bool
    expires: datetime | None = None


def find(store: Store, media_id: str) -> Medium | None:
    """The file with this id; None where no article that was ever released shows it.

    Scheduled articles do not count, so that nothing leaks early.

    Raises:
        LedgerUnavailable: the ledger cannot be reached.
    """
    shown = (
        select(media.c.path, entries.c.expires)
        .join(entries, entries.c.id == media.c.entry)
        .where(media.c.id == media_id, entries.c.released.is_not(None))
        .limit(1)
    )
    with store.read() as connection:
        # prefer an article that never expires, else the one that expires last
        longest = entries.c.expires.is_not(None), entries.c.expires.desc()
        present = shown.where(entries.c.withdrawn.is_(None)).order_by(*longest)
        if row := connection.execute(present).first():
            return Medium(row.path, withdrawn=False, expires=maybe_moment(row.expires))
        row = connection.execute(shown).first()
    return None if row is None else Medium(row.path, withdrawn=True)
