"""Files beside articles: which of them subscribers may have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from feedsvc.ledger.rows import maybe_moment
from feedsvc.ledger.schema import entries, media
from feedsvc.ledger.store import Store


@dataclass(frozen=True, slots=True)
class Medium:
    """A file that released articles show, by its path below the root, parted by `/`.

    `withdrawn` says that all of them are withdrawn; `expires` is from when on they will be.
    """

    path: str
    withdrawn: bool
    expires: datetime | None = None


def find(store: Store, media_id: str) -> Medium | None:
    """The file with this id; None where no article that was ever released shows it.

    Held articles count as not there, so that nothing leaks before its moment.

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
        # first the article that stays for good, if there is one, else that which stays longest
        longest = entries.c.expires.is_not(None), entries.c.expires.desc()
        present = shown.where(entries.c.withdrawn.is_(None)).order_by(*longest)
        if row := connection.execute(present).first():
            return Medium(row.path, withdrawn=False, expires=maybe_moment(row.expires))
        row = connection.execute(shown).first()
    return None if row is None else Medium(row.path, withdrawn=True)
