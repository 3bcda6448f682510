"""Assigns entries their positions in collections, within the transaction of a commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, select, tuple_, update

from feedsvc.ledger.bulk import chunks, insert_rows
from feedsvc.ledger.rows import to_article
from feedsvc.ledger.schema import HERE, LEFT, WITHDRAWN, entries, places, slices
from feedsvc.ledger.status import without_text
from feedsvc.model import Article, Collection, CollectionKind, CollectionsOf

BATCH = 200  # entries read at once, up to a megabyte each

Key = tuple[str, str]  # kind and slug


@dataclass(slots=True)
class _CachedRow:
    """The cached row of a collection.

    `last` is the last position assigned; `top` is the highest rank, given to entries added later.
    """

    id: int
    name: str
    last: int = 0
    top: int = 0
    living: int = 0
    moved: str = ""
    withdrawn: int = 0
    new: bool = True
    changed: bool = True


class _Position(NamedTuple):
    """A present or former position of an entry."""

    number: int
    state: int


@dataclass(slots=True)
class _Work:
    """The rows to insert and to update for a batch of entries."""

    given: list[dict[str, Any]] = field(default_factory=list)
    altered: list[dict[str, Any]] = field(default_factory=list)


class PositionWriter:
    """Keeps the tables `slices` and `places` consistent with `entries`, until `close`.

    `revision_time` is in whole seconds since 1970, 0 for the first import.
    """

    def __init__(
        self,
        connection: Connection,
        collections_of: CollectionsOf,
        revision_time: int,
    ) -> None:
        self._connection = connection
        self._collections_of = collections_of
        self._at = revision_time
        self._cached: dict[Key, _CachedRow] = {}
        self._keys: dict[int, Key] = {}
        self._last_id = connection.scalar(select(func.max(slices.c.id))) or 0
        self._moves: defaultdict[str, set[str]] = defaultdict(set)

    def update(self, ids: Iterable[str]) -> None:
        """Update the positions of entries that have changed."""
        for chosen in chunks(self._in_order(ids), BATCH):
            query = self._query().where(entries.c.id.in_(chosen))
            self._update(self._connection.execute(query).all(), chosen)

    def add(self, released: Iterable[tuple[int, Article]]) -> None:
        """Add articles that are new to all collections, with their release times, in that order."""
        wanted = [(moment, self._collections_of(article)) for moment, article in released]
        self._fetch({one[:2]: one.name for _, mine in wanted for one in mine})
        given = []
        for moment, mine in wanted:
            for one in mine:
                cached = self._cached[one[:2]]
                cached.living += 1
                given.append(self._given(cached, moment, moment))
        insert_rows(self._connection, places, given)

    def update_all(self, changed: Container[str]) -> None:
        """Apply changed rules to every entry, in the order of release.

        Positions that are unaffected are not written.
        """
        query = self._query().limit(BATCH)
        last = -(1 << 62)
        while rows := self._connection.execute(query.where(entries.c.released > last)).all():
            self._update(rows, changed)
            last = rows[-1].released

    def _in_order(self, ids: Iterable[str]) -> list[str]:
        """The ids of the entries that were ever released, in the order of release."""
        found: list[tuple[int, str]] = []
        for some in chunks(ids, BATCH):
            query = select(entries.c.released, entries.c.id).where(
                entries.c.id.in_(some), entries.c.released.is_not(None)
            )
            found += [(row.released, row.id) for row in self._connection.execute(query)]
        return [entry_id for _, entry_id in sorted(found)]

    def _query(self) -> Select[Any]:
        query = select(entries) if self._collections_of.reads_text else without_text()
        return query.order_by(entries.c.released)

    def _update(self, rows: Sequence[Row[Any]], changed: Container[str]) -> None:
        """Update a batch of entries, in the order of release."""
        held = self._held([row.released for row in rows])
        wanted = [self._collections_of(to_article(row)) if _living(row) else () for row in rows]
        self._fetch({one[:2]: one.name for some in wanted for one in some})
        work = _Work()
        for row, mine in zip(rows, wanted, strict=True):
            self._update_entry(row, mine, held[row.released], work, touched=row.id in changed)
        if work.altered:
            at = (places.c.slice == bindparam("_slice")) & (places.c.place == bindparam("_place"))
            self._connection.execute(update(places).where(at), work.altered)
        insert_rows(self._connection, places, work.given)

    def _update_entry(
        self,
        row: Row[Any],
        mine: Sequence[Collection],
        held: dict[Key, _Position],
        work: _Work,
        *,
        touched: bool,
    ) -> None:
        wanted = {one[:2] for one in mine}
        here = {key for key, position in held.items() if position.state == HERE}
        gone = WITHDRAWN if row.withdrawn is not None else LEFT
        for key in here - wanted:
            self._count(key, -1, gone)
            work.altered.append(self._altered(key, held[key], gone))
        for key in (one[:2] for one in mine):
            if key not in here:
                self._count(key, 1, held[key].state if key in held else HERE)
            if key not in held:
                cached = self._cached[key]
                rank = max(row.released, cached.top) if held else row.released
                work.given.append(self._given(cached, row.released, rank))
            elif touched or key not in here:
                work.altered.append(self._altered(key, held[key], HERE))
        if wanted and here - wanted:
            self._note_move(_sections(here), _sections(wanted))

    def _altered(self, key: Key, position: _Position, state: int) -> dict[str, Any]:
        cached = self._cached[key]
        return {
            "_slice": cached.id,
            "_place": position.number,
            "state": state,
            "at": self._at,
        }

    def _given(self, cached: _CachedRow, released: int, rank: int) -> dict[str, Any]:
        cached.last += 1
        cached.top = max(cached.top, rank)
        return {
            "slice": cached.id,
            "place": cached.last,
            "released": released,
            "at": self._at,
            "state": HERE,
            "rank": rank,
        }

    def _count(self, key: Key, by: int, state: int) -> None:
        """Count an entry in or out; `state` is the state of its position while it is absent."""
        cached = self._cached[key]
        cached.living += by
        cached.changed = True
        if by > 0:
            cached.moved = ""
        if state == WITHDRAWN:
            cached.withdrawn = self._at

    def _held(self, released: Sequence[int]) -> defaultdict[int, dict[Key, _Position]]:
        """The present and former positions of each of these entries."""
        found: defaultdict[int, dict[Key, _Position]] = defaultdict(dict)
        if not self._last_id:
            return found
        query = select(places).where(places.c.released.in_(released))
        rows = self._connection.execute(query).all()
        unknown = {row.slice for row in rows} - self._keys.keys()
        for some in chunks(sorted(unknown), BATCH):
            self._load(slices.c.id.in_(some))
        for row in rows:
            found[row.released][self._keys[row.slice]] = _Position(row.place, row.state)
        return found

    def _fetch(self, names: dict[Key, str]) -> None:
        """Load or create the cached row of each of these collections."""
        missing = sorted(names.keys() - self._cached.keys())
        if self._last_id:
            for some in chunks(missing, BATCH):
                self._load(tuple_(slices.c.kind, slices.c.slug).in_(some))
        for key in missing:
            if key not in self._cached:
                self._last_id += 1
                self._cached[key] = _CachedRow(self._last_id, names[key])
                self._keys[self._last_id] = key

    def _load(self, which: Any) -> None:
        mine = places.c.slice == slices.c.id
        last = select(func.max(places.c.place)).where(mine).scalar_subquery()
        top = select(func.max(places.c.rank)).where(mine).scalar_subquery()
        for row in self._connection.execute(select(slices, last, top).where(which)):
            key = (row.kind, row.slug)
            self._cached[key] = _CachedRow(
                row.id,
                row.name,
                row[-2] or 0,
                row[-1] or 0,
                row.living,
                row.moved,
                row.withdrawn,
                new=False,
                changed=False,
            )
            self._keys[row.id] = key

    def _note_move(self, before: Sequence[str], after: Sequence[str]) -> None:
        """Record the new slug of a renamed section, and of the parent sections renamed with it."""
        old, new = (max(some, key=len, default="").split("/") for some in (before, after))
        while "/".join(old) not in after and new != [""]:
            self._moves["/".join(old)].add("/".join(new))
            if old[-1] != new[-1] or len(old) == 1 or len(new) == 1:
                return
            old, new = old[:-1], new[:-1]

    def close(self) -> None:
        """Write the changed collections."""
        for section, others in self._moves.items():
            cached = self._cached.get((CollectionKind.SECTION, section))
            if cached and not cached.living and len(others) == 1:
                cached.moved = next(iter(others))
        changed = [(key, cached) for key, cached in self._cached.items() if cached.changed]
        insert_rows(self._connection, slices, [_row(*one) for one in changed if one[1].new])
        altered = [{"_id": cached.id, **_now(cached)} for _, cached in changed if not cached.new]
        if altered:
            this = slices.c.id == bindparam("_id")
            self._connection.execute(update(slices).where(this), altered)


def _living(row: Row[Any]) -> bool:
    return row.released is not None and row.withdrawn is None


def _sections(keys: Iterable[Key]) -> list[str]:
    return [slug for kind, slug in keys if kind == CollectionKind.SECTION]


def _row(key: Key, cached: _CachedRow) -> dict[str, Any]:
    return {
        "id": cached.id,
        "kind": str(key[0]),
        "slug": key[1],
        "name": cached.name,
        **_now(cached),
    }


def _now(cached: _CachedRow) -> dict[str, Any]:
    return {"living": cached.living, "moved": cached.moved, "withdrawn": cached.withdrawn}
