"""Gives entries their places in the collections of the site, within the transaction of a commit."""

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

TOGETHER = 200  # entries that are read at once, each perhaps a megabyte

Key = tuple[str, str]  # kind and slug


@dataclass(slots=True)
class _Shelf:
    """A collection while entries get their places in it.

    `last` is the place given last; `top` is the highest rank, which an entry gets that comes later.
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


class _Place(NamedTuple):
    """A place that an entry has, or had."""

    number: int
    state: int


@dataclass(slots=True)
class _Work:
    """What is to be written of some entries."""

    given: list[dict[str, Any]] = field(default_factory=list)
    altered: list[dict[str, Any]] = field(default_factory=list)


class Placing:
    """Keeps `slices` and `places` in step with `entries`, until `close`.

    `revision_time` is the second of the new revision, 0 for the first import.
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
        self._shelves: dict[Key, _Shelf] = {}
        self._keys: dict[int, Key] = {}
        self._last_id = connection.scalar(select(func.max(slices.c.id))) or 0
        self._moves: defaultdict[str, set[str]] = defaultdict(set)

    def place(self, ids: Iterable[str]) -> None:
        """Place these entries, which have changed."""
        for chosen in chunks(self._in_order(ids), TOGETHER):
            query = self._query().where(entries.c.id.in_(chosen))
            self._place(self._connection.execute(query).all(), chosen)

    def add(self, released: Iterable[tuple[int, Article]]) -> None:
        """Add articles that are new to all collections, with their release times, in that order."""
        wanted = [(moment, self._collections_of(article)) for moment, article in released]
        self._fetch({one[:2]: one.name for _, mine in wanted for one in mine})
        shelves = self._shelves
        given = []
        for moment, mine in wanted:
            for one in mine:
                shelf = shelves[one[:2]]
                shelf.living += 1
                given.append(self._given(shelf, moment, moment))
        insert_rows(self._connection, places, given)

    def place_all(self, changed: Container[str]) -> None:
        """Place every entry by the rules as they are now, in one order with those that changed.

        What did not change and may stay is not touched.
        """
        query = self._query().limit(TOGETHER)
        last = -(1 << 62)
        while rows := self._connection.execute(query.where(entries.c.released > last)).all():
            self._place(rows, changed)
            last = rows[-1].released

    def _in_order(self, ids: Iterable[str]) -> list[str]:
        """The ids of those that were ever released, in the order of release."""
        found: list[tuple[int, str]] = []
        for some in chunks(ids, TOGETHER):
            query = select(entries.c.released, entries.c.id).where(
                entries.c.id.in_(some), entries.c.released.is_not(None)
            )
            found += [(row.released, row.id) for row in self._connection.execute(query)]
        return [entry_id for _, entry_id in sorted(found)]

    def _query(self) -> Select[Any]:
        query = select(entries) if self._collections_of.reads_text else without_text()
        return query.order_by(entries.c.released)

    def _place(self, rows: Sequence[Row[Any]], changed: Container[str]) -> None:
        """Place these entries, in the order of release."""
        held = self._held([row.released for row in rows])
        wanted = [self._collections_of(to_article(row)) if _living(row) else () for row in rows]
        self._fetch({one[:2]: one.name for some in wanted for one in some})
        work = _Work()
        for row, mine in zip(rows, wanted, strict=True):
            self._place_one(row, mine, held[row.released], work, touched=row.id in changed)
        if work.altered:
            at = (places.c.slice == bindparam("_slice")) & (places.c.place == bindparam("_place"))
            self._connection.execute(update(places).where(at), work.altered)
        insert_rows(self._connection, places, work.given)

    def _place_one(
        self,
        row: Row[Any],
        mine: Sequence[Collection],
        held: dict[Key, _Place],
        work: _Work,
        *,
        touched: bool,
    ) -> None:
        wanted = {one[:2] for one in mine}
        here = {key for key, place in held.items() if place.state == HERE}
        gone = WITHDRAWN if row.withdrawn is not None else LEFT
        for key in here - wanted:
            self._count(key, -1, gone)
            work.altered.append(self._altered(key, held[key], gone))
        for key in (one[:2] for one in mine):
            if key not in here:
                self._count(key, 1, held[key].state if key in held else HERE)
            if key not in held:
                shelf = self._shelves[key]
                rank = max(row.released, shelf.top) if held else row.released
                work.given.append(self._given(shelf, row.released, rank))
            elif touched or key not in here:
                work.altered.append(self._altered(key, held[key], HERE))
        if wanted and here - wanted:
            self._note_move(_sections(here), _sections(wanted))

    def _altered(self, key: Key, place: _Place, state: int) -> dict[str, Any]:
        shelf = self._shelves[key]
        return {
            "_slice": shelf.id,
            "_place": place.number,
            "state": state,
            "at": self._at,
        }

    def _given(self, shelf: _Shelf, released: int, rank: int) -> dict[str, Any]:
        shelf.last += 1
        shelf.top = max(shelf.top, rank)
        return {
            "slice": shelf.id,
            "place": shelf.last,
            "released": released,
            "at": self._at,
            "state": HERE,
            "rank": rank,
        }

    def _count(self, key: Key, by: int, state: int) -> None:
        """Note that an entry leaves, or enters; `state` is that of its place while it is away."""
        shelf = self._shelves[key]
        shelf.living += by
        shelf.changed = True
        if by > 0:
            shelf.moved = ""
        if state == WITHDRAWN:
            shelf.withdrawn = self._at

    def _held(self, released: Sequence[int]) -> defaultdict[int, dict[Key, _Place]]:
        """The places that each of these entries has, or had."""
        found: defaultdict[int, dict[Key, _Place]] = defaultdict(dict)
        if not self._last_id:
            return found
        query = select(places).where(places.c.released.in_(released))
        rows = self._connection.execute(query).all()
        unknown = {row.slice for row in rows} - self._keys.keys()
        for some in chunks(sorted(unknown), TOGETHER):
            self._load(slices.c.id.in_(some))
        for row in rows:
            found[row.released][self._keys[row.slice]] = _Place(row.place, row.state)
        return found

    def _fetch(self, names: dict[Key, str]) -> None:
        """Have a shelf for each of these collections, a new one where there was none."""
        lacking = sorted(names.keys() - self._shelves.keys())
        if self._last_id:
            for some in chunks(lacking, TOGETHER):
                self._load(tuple_(slices.c.kind, slices.c.slug).in_(some))
        for key in lacking:
            if key not in self._shelves:
                self._last_id += 1
                self._shelves[key] = _Shelf(self._last_id, names[key])
                self._keys[self._last_id] = key

    def _load(self, which: Any) -> None:
        mine = places.c.slice == slices.c.id
        last = select(func.max(places.c.place)).where(mine).scalar_subquery()
        top = select(func.max(places.c.rank)).where(mine).scalar_subquery()
        for row in self._connection.execute(select(slices, last, top).where(which)):
            key = (row.kind, row.slug)
            self._shelves[key] = _Shelf(
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
        """Note which section another has become, and those above that were renamed with it."""
        old, new = (max(some, key=len, default="").split("/") for some in (before, after))
        while "/".join(old) not in after and new != [""]:
            self._moves["/".join(old)].add("/".join(new))
            if old[-1] != new[-1] or len(old) == 1 or len(new) == 1:
                return
            old, new = old[:-1], new[:-1]

    def close(self) -> None:
        """Write what has become of the collections themselves."""
        for section, others in self._moves.items():
            shelf = self._shelves.get((CollectionKind.SECTION, section))
            if shelf and not shelf.living and len(others) == 1:
                shelf.moved = next(iter(others))
        changed = [(key, shelf) for key, shelf in self._shelves.items() if shelf.changed]
        insert_rows(self._connection, slices, [_row(*one) for one in changed if one[1].new])
        altered = [{"_id": shelf.id, **_now(shelf)} for _, shelf in changed if not shelf.new]
        if altered:
            this = slices.c.id == bindparam("_id")
            self._connection.execute(update(slices).where(this), altered)


def _living(row: Row[Any]) -> bool:
    return row.released is not None and row.withdrawn is None


def _sections(keys: Iterable[Key]) -> list[str]:
    return [slug for kind, slug in keys if kind == CollectionKind.SECTION]


def _row(key: Key, shelf: _Shelf) -> dict[str, Any]:
    return {
        "id": shelf.id,
        "kind": str(key[0]),
        "slug": key[1],
        "name": shelf.name,
        **_now(shelf),
    }


def _now(shelf: _Shelf) -> dict[str, Any]:
    return {"living": shelf.living, "moved": shelf.moved, "withdrawn": shelf.withdrawn}
