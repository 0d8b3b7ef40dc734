"""The chain of entries, conversations, and the sources that answers cite."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ERASED = "NEW.content IS NULL AND NEW.salt IS NULL"
_SAME = " AND ".join(
    f"NEW.{name} = OLD.{name}"
    for name in ("seq", "id", "kind", "created", "conversation", "digest", "link")
)


def upgrade() -> None:
    op.create_table(
        "records",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(16), nullable=False, unique=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("content", sa.Text),
        sa.Column("salt", sa.String(64)),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("link", sa.String(64), nullable=False),
    )
    op.create_index("records_conversation", "records", ["conversation", "seq"])
    op.create_index("records_kind", "records", ["kind", "seq"])
    op.create_index("records_created", "records", ["created"])
    op.create_table(
        "chain_head",
        sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("link", sa.String(64), nullable=False),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("updated", sa.String(32), nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
    )
    op.create_index("conversations_updated", "conversations", ["updated"])
    op.create_table(
        "cited",
        sa.Column("seq", sa.Integer, sa.ForeignKey("records.seq"), primary_key=True),
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("version", sa.String(64), primary_key=True),
    )
    op.create_index("cited_source", "cited", ["source_id", "version"])
    op.create_table(
        "texts",
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("version", sa.String(64), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER records_change_only_by_erasing BEFORE UPDATE ON records "
            f"WHEN NOT ({_ERASED} AND {_SAME}) "
            "BEGIN SELECT RAISE(ABORT, 'records are append-only'); END"
        )
        op.execute(
            "CREATE TRIGGER records_stay BEFORE DELETE ON records "
            "BEGIN SELECT RAISE(ABORT, 'records are append-only'); END"
        )
