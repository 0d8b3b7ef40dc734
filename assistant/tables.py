"""The tables of the file of records as they are today; migrations tell how they came about.

`records` is the chain. Everything else can be told from its content or serves showing it:
conversations, which sources answers cite, the texts of those, and the words to search in.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

records = Table(
    "records",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("id", String(16), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("created", String(32), nullable=False),
    Column("conversation", String(32), nullable=False),
    Column("content", Text),
    Column("salt", String(64)),
    Column("digest", String(64), nullable=False),
    Column("link", String(64), nullable=False),
)
Index("records_conversation", records.c.conversation, records.c.seq)
Index("records_kind", records.c.kind, records.c.seq)
Index("records_created", records.c.created)

chain_head = Table(
    "chain_head",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("link", String(64), nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("title", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("created", String(32), nullable=False),
    Column("updated", String(32), nullable=False),
    Column("hidden", Boolean, nullable=False),
)
Index("conversations_updated", conversations.c.updated)

cited = Table(
    "cited",
    metadata,
    Column("seq", Integer, ForeignKey("records.seq"), primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("version", String(64), primary_key=True),
)
Index("cited_source", cited.c.source_id, cited.c.version)

texts = Table(
    "texts",
    metadata,
    Column("source_id", Text, primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("text", Text, nullable=False),
)

said = Table(
    "said",
    metadata,
    Column("seq", Integer, ForeignKey("records.seq"), primary_key=True),
    Column("conversation", String(32), nullable=False),
    Column("text", Text, nullable=False),
)
Index("said_conversation", said.c.conversation)
