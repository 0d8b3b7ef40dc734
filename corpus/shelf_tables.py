"""The tables of the shelf's file.

`changes` and `bodies` are the history and only ever grow. `prints` and `digests` can be told from
the texts and serve finding sources that are alike.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    event,
)

SCHEMA = 1

metadata = MetaData()

# What does not change with the head of a source: its text and blocks (JSON), by their digest.
bodies = Table(
    "bodies",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("version", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("blocks", Text, nullable=False),
)

# `card` is the JSON of everything filed but the body, after the change. A change of a file that
# lies elsewhere has no card but its place, and the id of the source that took its place if any.
changes = Table(
    "changes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String(20), nullable=False),
    Column("why", Text, nullable=False),
    Column("source_id", String(120), nullable=False),
    Column("collection", String(60), nullable=False),
    Column("status", String(20), nullable=False),
    Column("card", Text),
    Column("body", String(64), ForeignKey("bodies.digest")),
    Column("original", String(64)),
    Column("root", Text),
    Column("relative", Text),
    Column("successor", String(120)),
)
Index("changes_source", changes.c.source_id, changes.c.number)
Index("changes_original", changes.c.original)

# Up to which change the files are known to be as the history says.
settled = Table(
    "settled",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
)

# A source that others are compared with, filed or elsewhere: its text, address, and how many
# different sentences it has.
prints = Table(
    "prints",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("source_id", String(120), nullable=False, unique=True),
    Column("version", String(64), nullable=False),
    Column("address", Text, nullable=False),
    Column("sentences", Integer, nullable=False),
)
Index("prints_version", prints.c.version)
Index("prints_address", prints.c.address)

digests = Table(
    "digests",
    metadata,
    Column("digest", BigInteger, primary_key=True, autoincrement=False),
    Column("print", Integer, ForeignKey("prints.row"), primary_key=True),
    sqlite_with_rowid=False,
)


def _only_grows(table: Table, connection: Connection, **_: object) -> None:
    for act in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table.name}_no_{act.lower()} BEFORE {act} ON {table.name} "
            "BEGIN SELECT RAISE(ABORT, 'the history only grows'); END"
        )


for _table in (bodies, changes):
    event.listen(_table, "after_create", _only_grows)
