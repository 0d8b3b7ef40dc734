"""The history of a shelf: what was changed, by whom and why, and the state that this led to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, func, select
from sqlalchemy.dialects.sqlite import insert

from corpus.filed import ENDING, Card, Filed
from corpus.heads import Head, Status
from corpus.shelf_tables import bodies, changes, settled
from corpus.types import Source

What = Literal[
    "added", "approved", "rejected", "edited", "retired", "superseded", "restored", "moved"
]
Place = tuple[str, str]
"""Root and relative path of a source that is a file elsewhere."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the history; `number` counts them from 1, `at` is in UTC.

    `head` is the head after it. A source that is a file elsewhere has none but its `place`, and
    in `successor` the id of the source that took its place, if one did.
    """

    number: int
    at: datetime
    who: str
    what: What
    why: str
    id: str
    collection: str
    head: Head | None
    place: Place | None
    successor: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A filed source as it is today, without its text; `version` is the SHA-256 of that."""

    id: str
    collection: str
    version: str
    card: Card

    @property
    def head(self) -> Head:
        return self.card.head

    @property
    def status(self) -> Status:
        return self.card.head.status

    def source(self) -> Source:
        """The source value."""
        return self.head.source(self.version, f"{self.id}{ENDING}", self.collection)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A source that is a file elsewhere and no longer to be used, by its last change."""

    id: str
    place: Place
    change: Change


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be written into the history: a filed source's new state, or a place elsewhere."""

    what: What
    why: str
    id: str
    collection: str
    filed: Filed | None = None
    place: Place | None = None
    successor: str | None = None


def write(connection: Connection, at: datetime, who: str, note: Note) -> int:
    """Append a change; returns its number."""
    filed = note.filed
    values: dict[str, Any] = {}
    if filed:
        values = {
            "card": filed.model_dump_json(exclude={"text", "blocks"}),
            "body": _keep_body(connection, filed),
            "original": filed.original.sha256 if filed.original else None,
        }
    if note.place:
        values |= {"root": note.place[0], "relative": note.place[1], "successor": note.successor}
    written = connection.execute(
        changes.insert().values(
            at=at.isoformat(),
            who=who,
            what=note.what,
            why=note.why,
            source_id=note.id,
            collection=note.collection,
            status=filed.head.status if filed else "",
            **values,
        )
    )
    assert written.inserted_primary_key is not None
    return int(written.inserted_primary_key[0])


def read(connection: Connection, source_id: str | None = None) -> tuple[Change, ...]:
    """The changes of one source or of all, oldest first."""
    query = select(changes).order_by(changes.c.number)
    if source_id is not None:
        query = query.where(changes.c.source_id == source_id)
    return tuple(_change(row) for row in connection.execute(query))


def change(connection: Connection, number: int) -> Change:
    """The change of that number, which must exist."""
    return _change(connection.execute(select(changes).where(changes.c.number == number)).one())


def entries(
    connection: Connection, *, source_id: str = "", collection: str = "", status: str = ""
) -> Iterator[Entry]:
    """The filed sources as they are after the last change, by their ids; empty means any."""
    query = _latest(select(changes, bodies.c.version), source_id)
    if collection:
        query = query.where(changes.c.collection == collection)
    if status:
        query = query.where(changes.c.status == status)
    for row in connection.execute(query.order_by(changes.c.source_id)):
        yield Entry(row.source_id, row.collection, row.version, Card.model_validate_json(row.card))


def ids(connection: Connection) -> set[str]:
    """The ids of all filed sources."""
    query = select(changes.c.source_id).where(changes.c.card.is_not(None)).distinct()
    return set(connection.scalars(query))


def used(connection: Connection) -> set[str]:
    """Those, and the ids of files elsewhere that are withdrawn."""
    return ids(connection) | {withdrawal.id for withdrawal in withdrawals(connection)}


def filed(connection: Connection, source_id: str) -> Filed | None:
    """A filed source as it is after the last change."""
    row = connection.execute(_latest(select(changes, bodies), source_id)).one_or_none()
    return _filed(row) if row else None


def filed_after(connection: Connection, number: int) -> Filed | None:
    """A filed source as it was after a change; None where that was of a file elsewhere."""
    query = select(changes, bodies).join(bodies, changes.c.body == bodies.c.digest)
    row = connection.execute(query.where(changes.c.number == number)).one_or_none()
    return _filed(row) if row else None


def withdrawals(connection: Connection) -> Iterator[Withdrawal]:
    """The files elsewhere that are withdrawn, by their places."""
    last = (
        select(func.max(changes.c.number))
        .where(changes.c.root.is_not(None))
        .group_by(changes.c.root, changes.c.relative)
    )
    query = select(changes).where(changes.c.number.in_(last), changes.c.what != "restored")
    for row in connection.execute(query.order_by(changes.c.root, changes.c.relative)):
        yield Withdrawal(row.source_id, (row.root, row.relative), _change(row))


def holding(connection: Connection, original: str) -> str | None:
    """The id of the filed source whose original has that SHA-256."""
    query = select(changes.c.source_id).where(changes.c.original == original)
    found = connection.scalar(query.order_by(changes.c.number.desc()).limit(1))
    return None if found is None else str(found)


def unsettled(connection: Connection) -> list[int]:
    """The changes whose files a kill may have kept from being written."""
    since = select(func.coalesce(func.max(settled.c.number), 0)).scalar_subquery()
    query = select(changes.c.number).where(changes.c.number > since, changes.c.card.is_not(None))
    return list(connection.scalars(query.order_by(changes.c.number)))


def settle(connection: Connection) -> None:
    """Note that every file is as the history says so far."""
    last = connection.scalar(select(func.coalesce(func.max(changes.c.number), 0)))
    noted = insert(settled).values(only=1, number=last)
    connection.execute(noted.on_conflict_do_update(set_={"number": noted.excluded.number}))


def _latest(query: Select[Any], source_id: str = "") -> Select[Any]:
    last = select(func.max(changes.c.number)).where(changes.c.card.is_not(None))
    last = last.group_by(changes.c.source_id)
    if source_id:
        last = last.where(changes.c.source_id == source_id)
    return query.join(bodies, changes.c.body == bodies.c.digest).where(changes.c.number.in_(last))


def _keep_body(connection: Connection, filed: Filed) -> str:
    blocks = json.dumps([[b.start, b.end, b.heading, b.page] for b in filed.blocks])
    digest = hashlib.sha256(f"{filed.version}\n{blocks}".encode()).hexdigest()
    values = {"digest": digest, "version": filed.version, "text": filed.text, "blocks": blocks}
    connection.execute(insert(bodies).values(**values).on_conflict_do_nothing())
    return digest


def _filed(row: Row[Any]) -> Filed:
    names: Sequence[str] = ("start", "end", "heading", "page")
    blocks = [dict(zip(names, block, strict=True)) for block in json.loads(row.blocks)]
    return Filed.model_validate(json.loads(row.card) | {"text": row.text, "blocks": blocks})


def _change(row: Row[Any]) -> Change:
    return Change(
        number=row.number,
        at=datetime.fromisoformat(row.at),
        who=row.who,
        what=row.what,
        why=row.why,
        id=row.source_id,
        collection=row.collection,
        head=Card.model_validate_json(row.card).head if row.card else None,
        place=(row.root, row.relative) if row.root is not None else None,
        successor=row.successor,
    )
