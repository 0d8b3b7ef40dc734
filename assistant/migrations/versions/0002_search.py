"""Words of questions and answers, so that conversations can be searched."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    said = op.create_table(
        "said",
        sa.Column("seq", sa.Integer, sa.ForeignKey("records.seq"), primary_key=True),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("said_conversation", "said", ["conversation"])
    connection = op.get_bind()
    answers = connection.execute(
        sa.text(
            "SELECT seq, conversation, content FROM records "
            "WHERE kind = 'answer' AND content IS NOT NULL"
        )
    )
    for seq, conversation, content in answers:
        row = {"seq": seq, "conversation": conversation, "text": _words(json.loads(content))}
        connection.execute(said.insert(), row)


def _words(content: dict[str, Any]) -> str:
    answer = content["answer"]
    statements = answer["statements"] + answer["more"] if answer else content["partial"]
    return "\n".join([content["ask"]["text"], *(s["text"] for s in statements)]).casefold()
