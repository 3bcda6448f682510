"""The ledger's tables. Moments are whole microseconds since 1970 in UTC, `at` is whole seconds."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

# What each file looked like when it was last read.
files = Table(
    "files",
    metadata,
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("ctime_ns", BigInteger, nullable=False),
)

# Every article that was ever published or held. `released` and `updated` are empty while it is
# held (it is then due at `published`); `withdrawn` is the second in which its file was gone.
# `key` is the path at first sight, of which the id is made.
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
    Column("published", BigInteger, nullable=False),
    Column("released", BigInteger, unique=True),
    Column("updated", BigInteger, unique=True),
    Column("withdrawn", BigInteger),
)
_HELD = entries.c.released.is_(None)
Index("ix_entries_held", entries.c.published, sqlite_where=_HELD, postgresql_where=_HELD)

# The journal: one line for each change that subscribers can see. All lines of one commit share
# `at`, the edition's moment; two editions are at least a second apart. `entry` is empty where a
# setting changed, which touches every document. `released` is the entry's as of this line: it
# tells for ever which documents the change touched.
changes = Table(
    "changes",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", String(45), index=True),
    Column("kind", String(16), nullable=False),
    Column("released", BigInteger),
    Column("at", BigInteger, nullable=False),
)

problems = Table(
    "problems",
    metadata,
    Column("path", Text, primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("line", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
)

# Who may do what only one process does at a time. `token` goes up with each holder and is the
# fencing number that a commit checks.
leases = Table(
    "leases",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("expires", BigInteger, nullable=False),
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

# Hubs that have yet to be told of a new edition (WebSub).
pings = Table(
    "pings",
    metadata,
    Column("hub", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),
)

# Digests of the settings that the ledger was last brought up to date with.
facts = Table(
    "facts",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
