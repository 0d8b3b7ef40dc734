"""Conversations as their readers know them: listed, searched, renamed, hidden, read again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, or_, select, update

from assistant.corrections import Feedback
from assistant.records import Entry, EntryKind, Records, title_of, unpacked
from assistant.tables import conversations, records, said
from assistant.types import Record
from corpus.errors import RecordMissing


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation in a list; times are UTC."""

    id: str
    title: str
    created: datetime
    updated: datetime
    exchanges: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One exchange of a conversation as it was recorded.

    `record` is None where it was disposed of. `reported` are positions of statements that were
    reported as wrong.
    """

    id: str
    created: datetime
    record: Record | None
    feedback: Feedback | None
    reported: tuple[int, ...]


def new_id() -> str:
    """The id of a conversation that nobody can guess: 24 hex digits."""
    return secrets.token_hex(12)


class Conversations:
    """What the records hold, by conversation. May raise RecordsBusy or RecordsUnusable."""

    def __init__(self, kept: Records) -> None:
        self._records = kept
        self._archive = kept.archive

    def listed(
        self, search: str = "", hidden: bool = False, limit: int = 200
    ) -> tuple[Listed, ...]:
        """The conversations touched last first; those that a reader hid only if `hidden`.

        Every word of `search` must stand somewhere in the title, the questions or the answers.
        """
        query = _listing().where(conversations.c.hidden.is_(hidden))
        for word in search.casefold().split():
            query = query.where(_holds(word))
        query = query.order_by(conversations.c.updated.desc(), conversations.c.id).limit(limit)
        with self._archive.reading() as connection:
            return tuple(map(_listed, connection.execute(query)))

    def get(self, id_: str) -> Listed:
        """One conversation, hidden or not.

        Raises:
            RecordMissing: there is none of that id.
        """
        with self._archive.reading() as connection:
            row = connection.execute(_listing().where(conversations.c.id == id_)).first()
        if row is None:
            raise _missing(id_)
        return _listed(row)

    def rename(self, id_: str, title: str) -> None:
        """Gives it another title; an empty one brings back the first question.

        Raises:
            RecordMissing: there is none of that id.
        """
        self._change(id_, title=title_of(title) or self._first_question(id_))

    def hide(self, id_: str) -> None:
        """Takes it out of the list. Its records stay; only a schedule disposes of them.

        Raises:
            RecordMissing: there is none of that id.
        """
        self._change(id_, hidden=True)

    def show(self, id_: str) -> None:
        """Puts it back into the list.

        Raises:
            RecordMissing: there is none of that id.
        """
        self._change(id_, hidden=False)

    def exchanges(self, id_: str) -> tuple[Told, ...]:
        """Everything asked and answered in it, oldest first; empty where there is none."""
        answers: dict[str, Entry] = {}
        feedback: dict[str, Feedback] = {}
        reported: dict[str, list[int]] = {}
        for entry in self._records.entries(conversation=id_):
            content = entry.content or {}
            if entry.kind is EntryKind.ANSWER:
                answers[entry.id] = entry
            elif entry.kind is EntryKind.FEEDBACK and content:
                feedback[content["record"]] = Feedback(content["good"], content["reason"])
            elif entry.kind is EntryKind.CORRECTION and content:
                reported.setdefault(content["record"], []).append(content["statement"])
        return tuple(
            Told(
                entry.id,
                entry.created,
                unpacked(entry) if entry.content is not None else None,
                feedback.get(entry.id),
                tuple(sorted(set(reported.get(entry.id, [])))),
            )
            for entry in answers.values()
        )

    def _first_question(self, id_: str) -> str:
        told = self.exchanges(id_)
        record = told[0].record if told else None
        return title_of(record.ask.text) if record else "Conversation"

    def _change(self, id_: str, **values: Any) -> None:
        with self._archive.writing() as connection:
            changed = connection.execute(
                update(conversations).where(conversations.c.id == id_).values(**values)
            )
        if not changed.rowcount:
            raise _missing(id_)


def _listing() -> Any:
    # The kind is not in the condition, where SQLite would rather go through all answers there are.
    answers = func.count(case((records.c.kind == str(EntryKind.ANSWER), 1)))
    exchanges = select(answers).where(records.c.conversation == conversations.c.id)
    return select(conversations, exchanges.scalar_subquery().label("exchanges"))


def _holds(word: str) -> ColumnElement[bool]:
    """Whether a word stands in the title or in any exchange; `%` and `_` stand for themselves."""
    inside = (
        select(said.c.seq)
        .where(
            said.c.conversation == conversations.c.id, said.c.text.contains(word, autoescape=True)
        )
        .exists()
    )
    return or_(func.lower(conversations.c.title).contains(word, autoescape=True), inside)


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        row.id,
        row.title,
        datetime.fromisoformat(row.created),
        datetime.fromisoformat(row.updated),
        row.exchanges,
        row.hidden,
    )


def _missing(id_: str) -> RecordMissing:
    return RecordMissing(
        f"There is no conversation {id_}.", "It may have been disposed of; see the list."
    )
