"""The tables of audits; both only ever grow."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

SCHEMA = 1

metadata = MetaData()

# A finding of one comparison; the columns from `url` on are empty where there was no original.
findings = Table(
    "findings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("source_id", String(120), nullable=False),
    Column("version", String(64), nullable=False),
    Column("sentence", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("checker", Text, nullable=False),
    Column("at", String(32), nullable=False),
    Column("url", Text),
    Column("sha256", String(64)),
    Column("fetched_at", String(32)),
    Column("quoted", Text),
    Column("quoted_start", Integer),
    Column("quoted_end", Integer),
    Column("page", Integer),
)
Index("findings_sentence", findings.c.source_id, findings.c.version, findings.c.sentence)

# What a person made of a sentence, looking at the original of that SHA-256 if at any.
marks = Table(
    "marks",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("source_id", String(120), nullable=False),
    Column("version", String(64), nullable=False),
    Column("sentence", Integer, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("who", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", String(32), nullable=False),
    Column("sha256", String(64)),
)
Index("marks_sentence", marks.c.source_id, marks.c.version, marks.c.sentence)
