"""The ledger's tables. Moments are whole microseconds since 1970 in UTC, `at` is whole seconds."""

from sqlalchemy import (
    TEXT,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData()

# Paths are in the order of their bytes, in which the folder is walked, on both databases.
Path = Text().with_variant(TEXT(collation="C"), "postgresql")

# What each file looked like when it was last read. In SQLite it is kept in the order of paths, so
# that a scan reads it from end to end. `digest` is that of its bytes, empty where they made no
# article or an older version read them.
files = Table(
    "files",
    metadata,
    Column("path", Path, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("ctime_ns", BigInteger, nullable=False),
    Column("digest", LargeBinary),
    sqlite_with_rowid=False,
)

# Every article that was ever published or held. `released` and `updated` are empty while it is
# held (it is then due at `published`); `withdrawn` is the second in which its file was gone.
# `key`, of which the id is made, is the one that the file claims (`declared`), or the path at first
# sight. `edited` is when the file itself says that it was updated, `expires` from when on nobody is
# to see it.
entries = Table(
    "entries",
    metadata,
    Column("id", String(45), primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("path", Text, nullable=False, index=True),
    Column("digest", String(64), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("authors", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("original", Text, nullable=False),
    Column("language", Text, nullable=False, server_default=""),
    Column("image", Text, nullable=False, server_default=""),
    Column("image_length", BigInteger, nullable=False, server_default="0"),
    Column("enclosures", Text, nullable=False, server_default="[]"),
    Column("edited", BigInteger),
    Column("declared", Boolean, nullable=False, server_default=false()),
    Column("published", BigInteger, nullable=False),
    Column("released", BigInteger, unique=True),
    Column("updated", BigInteger, unique=True),
    Column("withdrawn", BigInteger),
    Column("expires", BigInteger),
)
_HELD = entries.c.released.is_(None)
Index("ix_entries_held", entries.c.published, sqlite_where=_HELD, postgresql_where=_HELD)
_EXPIRING = entries.c.expires.is_not(None) & entries.c.withdrawn.is_(None)
Index("ix_entries_expires", entries.c.expires, sqlite_where=_EXPIRING, postgresql_where=_EXPIRING)
_NAMED = entries.c.original != ""
Index("ix_entries_original", entries.c.original, sqlite_where=_NAMED, postgresql_where=_NAMED)

# The files beside an article that it shows, which are served by id as long as it is.
media = Table(
    "media",
    metadata,
    Column("id", String(45), primary_key=True),
    Column("entry", String(45), primary_key=True, index=True),
    Column("path", Text, nullable=False),
)

# The change log: one row for each change that subscribers can see. All rows of one commit share
# `at`, the revision's time; two revisions are at least a second apart. `entry` is empty where a
# setting changed, which touches every document. `released` is the entry's as of this line: it
# tells for ever which documents the change touched.
changes = Table(
    "changes",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", String(45), index=True),
    Column("kind", String(16), nullable=False),
    Column("released", BigInteger, index=True),
    Column("at", BigInteger, nullable=False),
)
Index("ix_changes_kind", changes.c.kind, changes.c.sequence)

# Every collection that ever had an entry. `living` counts its present entries; `moved` is the slug
# of the collection that it was renamed to; `withdrawn` is the time of the revision in which one of
# its entries was last withdrawn or restored.
slices = Table(
    "slices",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("slug", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("living", BigInteger, nullable=False),
    Column("moved", Text, nullable=False),
    Column("withdrawn", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("kind", "slug"),
)

# The entries of each collection in the order in which they were added. A position (`place`) is
# assigned once: it stays empty while its entry is absent. `released` identifies the entry. `at` is
# the time of the revision that last changed the position, 0 for the first import. `rank` orders by
# recency: the time of release, or the highest rank of the collection for entries added later.
places = Table(
    "places",
    metadata,
    Column("slice", BigInteger, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("released", BigInteger, nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("rank", BigInteger, nullable=False, server_default="0"),
    Index("ix_places_rank", "slice", "rank"),
    sqlite_with_rowid=False,
)
HERE, LEFT, WITHDRAWN = range(3)  # the states of a position
_WITHDRAWN = places.c.state == text(str(WITHDRAWN))
Index(
    "ix_places_withdrawn",
    places.c.slice,
    places.c.at,
    sqlite_where=_WITHDRAWN,
    postgresql_where=_WITHDRAWN,
)

problems = Table(
    "problems",
    metadata,
    Column("path", Text, primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("line", Integer, nullable=False),
    Column("column", Integer, nullable=False, server_default="0"),
    Column("message", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
)

# The files that only lead elsewhere, and where they lead.
redirects = Table(
    "redirects",
    metadata,
    Column("path", Path, primary_key=True),
    Column("leads_to", Text, nullable=False),
)

# Who may do what only one process does at a time. `token` goes up with each holder and is the
# fencing number that a commit checks. `renewals` goes up as long as the holder lives; `instance`
# tells its process from every other. `renewed`, by the database's clock, is for people alone.
leases = Table(
    "leases",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("instance", Text, nullable=False, server_default=""),
    Column("renewals", BigInteger, nullable=False, server_default="0"),
    Column("renewed", BigInteger, nullable=False, server_default="0"),
)

# The history of scans, one row for each holder of the scan lease.
scans = Table(
    "scans",
    metadata,
    Column("token", BigInteger, primary_key=True, autoincrement=False),
    Column("holder", Text, nullable=False),
    Column("started", BigInteger, nullable=False, index=True),
    Column("finished", BigInteger),
    Column("outcome", String(16), nullable=False),
    Column("summary", Text, nullable=False),
)

# Hubs that have yet to be told of a new revision (WebSub).
pings = Table(
    "pings",
    metadata,
    Column("hub", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),
)

# Digests of the settings that the ledger was last brought up to date with, and of the files that
# say something of articles near them, whose site it is, and what scans last told of files that are
# passed over.
facts = Table(
    "facts",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
