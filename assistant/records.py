"""The chain of entries: what was asked and answered, and what became of it. Only ever added to.

An entry's content may be erased (see `retention.py`), which leaves the rest of its row and an
entry that says why.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select, true, update

from assistant.archive import Archive
from assistant.chain import GENESIS, digest_of, link_of, new_salt
from assistant.packing import cited_in, pack, unpack
from assistant.tables import chain_head, cited, conversations, records, said, texts
from assistant.types import Record
from corpus.errors import RecordMissing, RecordsUnusable

Version = tuple[str, str]
"""A source's id and the version of its text."""

_BATCH = 500
_TITLE_CHARS = 80


class EntryKind(StrEnum):
    """What an entry tells of."""

    ANSWER = "answer"
    FEEDBACK = "feedback"
    CORRECTION = "correction"
    DECISION = "decision"
    HOLD = "hold"
    RELEASE = "release"
    DISPOSAL = "disposal"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the chain; `content` and `salt` are None where it was disposed of.

    `created` is UTC. `digest` and `link` are explained in `chain.py`.
    """

    seq: int
    id: str
    kind: EntryKind
    created: datetime
    conversation: str
    content: dict[str, Any] | None
    salt: str | None
    digest: str
    link: str


@dataclass(frozen=True, slots=True)
class Head:
    """How long the chain is and its last link: whoever notes them can prove a later chain."""

    seq: int
    link: str


class Records:
    """Entries in an archive. Every method may raise RecordsBusy or RecordsUnusable.

    `clock` gives the time, in UTC.
    """

    def __init__(
        self, archive: Archive, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.archive = archive
        self.clock = clock

    def keep(self, record: Record, text_of: Callable[[str, str], str]) -> Entry:
        """Writes down what was asked and answered, with the texts of the sources it cites.

        `text_of(source_id, version)` is asked for texts that are not kept here yet.
        """
        content = pack(record)
        words = said_in(record).casefold()
        versions = cited_in(content)
        fresh = {pair: text_of(*pair) for pair in self._missing(versions)}
        with self.archive.writing() as connection:
            entry = self.append_in(connection, EntryKind.ANSWER, content, record.conversation)
            _count_in(connection, entry, record)
            connection.execute(
                insert(said), {"seq": entry.seq, "conversation": entry.conversation, "text": words}
            )
            for source_id, version in versions:
                row = {"source_id": source_id, "version": version}
                connection.execute(insert(cited), {"seq": entry.seq, **row})
            for pair in _without_text(connection, versions):
                row = {"source_id": pair[0], "version": pair[1]}
                text = fresh.get(pair) or text_of(*pair)
                connection.execute(insert(texts), {**row, "text": text})
        return entry

    def append(self, kind: EntryKind, content: dict[str, Any], conversation: str = "") -> Entry:
        """Writes down anything but an answer."""
        with self.archive.writing() as connection:
            return self.append_in(connection, kind, content, conversation)

    def get(self, id_: str) -> Entry:
        """The entry of that id; the beginning of one is enough where it is the only one.

        Raises:
            RecordMissing: there is none, or more than one.
        """
        if not id_ or not set(id_) <= set("0123456789abcdef"):
            raise RecordMissing(f"{id_!r} is not the id of a record.", _LIST)
        # A range, because an index answers it; LIKE would read every row. "g" follows any digit.
        begins = and_(records.c.id >= id_, records.c.id < f"{id_}g")
        with self.archive.reading() as connection:
            rows = connection.execute(select(records).where(begins).limit(2)).all()
        if len(rows) != 1:
            many = "More than one record begins" if rows else "There is no record that begins"
            raise RecordMissing(f"{many} with {id_}.", _LIST)
        return entry_of(rows[0])

    def record(self, id_: str) -> Record:
        """What was asked and answered in the entry of that id.

        Raises:
            RecordMissing: there is none, it is no answer, or it was disposed of.
        """
        entry = self.get(id_)
        if entry.kind is not EntryKind.ANSWER:
            raise RecordMissing(f"Entry {entry.id} is no answer but a {entry.kind}.", _LIST)
        if entry.content is None:
            raise RecordMissing(
                f"Record {entry.id} was disposed of.", "What is left of it is its tombstone."
            )
        return unpacked(entry)

    def entries(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        conversation: str | None = None,
        kinds: Collection[EntryKind] = (),
    ) -> Iterator[Entry]:
        """Entries in their order; days are of UTC, both included."""
        chosen = _chosen(since, until, conversation, kinds)
        last = 0
        while True:
            with self.archive.reading() as connection:
                query = select(records).where(chosen, records.c.seq > last)
                rows = connection.execute(query.order_by(records.c.seq).limit(_BATCH)).all()
            yield from map(entry_of, rows)
            if len(rows) < _BATCH:
                return
            last = rows[-1].seq

    def count(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        conversation: str | None = None,
        kinds: Collection[EntryKind] = (),
    ) -> int:
        """How many `entries` gives."""
        chosen = _chosen(since, until, conversation, kinds)
        with self.archive.reading() as connection:
            return connection.scalar(select(func.count()).select_from(records).where(chosen)) or 0

    def conversations(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        kinds: Collection[EntryKind] = (),
    ) -> tuple[str, ...]:
        """The conversations that such entries belong to, in the order they began."""
        query = select(records.c.conversation).where(_chosen(since, until, None, kinds))
        query = query.group_by(records.c.conversation).order_by(func.min(records.c.seq))
        with self.archive.reading() as connection:
            return tuple(connection.scalars(query))

    def head(self) -> Head:
        """Where the chain ends; GENESIS and 0 where nothing was written yet."""
        with self.archive.reading() as connection:
            return head_of(connection)

    def text(self, source_id: str, version: str) -> str:
        """The text of a version that a record cites: offsets of its citations point into it.

        Raises:
            KeyError: no record cites it.
        """
        with self.archive.reading() as connection:
            found = connection.scalar(
                select(texts.c.text).where(
                    texts.c.source_id == source_id, texts.c.version == version
                )
            )
        if found is None:
            raise KeyError(f"{source_id} {version}")
        return str(found)

    def _missing(self, versions: Sequence[Version]) -> tuple[Version, ...]:
        with self.archive.reading() as connection:
            return _without_text(connection, versions)

    def append_in(
        self,
        connection: Connection,
        kind: EntryKind,
        content: dict[str, Any],
        conversation: str = "",
    ) -> Entry:
        """Writes down an entry as part of a transaction that does more."""
        text = json.dumps(content)
        salt, id_ = new_salt(), secrets.token_hex(8)
        digest = digest_of(salt, text)
        head = head_of(connection, for_update=True)
        now = self.clock().astimezone(UTC)
        seq, created = head.seq + 1, now.isoformat(timespec="microseconds")
        link = link_of(head.link, seq, id_, kind, created, conversation, digest)
        row = {
            "seq": seq, "id": id_, "kind": kind, "created": created,
            "conversation": conversation, "content": text, "salt": salt,
            "digest": digest, "link": link,
        }  # fmt: skip
        connection.execute(insert(records), row)
        if head.seq:
            connection.execute(update(chain_head).values(seq=seq, link=link))
        else:
            connection.execute(insert(chain_head), {"only": 1, "seq": seq, "link": link})
        return Entry(seq, id_, kind, now, conversation, content, salt, digest, link)


_LIST = "See `attache record list` for what there is."


def unpacked(entry: Entry) -> Record:
    """The record in an answer's entry that was not disposed of.

    Raises:
        RecordMissing: the content was changed so that it is no record any more.
    """
    try:
        return unpack(entry.content or {})
    except (ValidationError, KeyError, TypeError) as error:
        raise RecordMissing(
            f"Record {entry.id} cannot be read; its content was changed.",
            "Run `attache record verify` to see what else was.",
        ) from error


def said_in(record: Record) -> str:
    """The question and every sentence that was shown, a line each."""
    return "\n".join([record.ask.text, *(s.text for s in record.statements)])


def entry_of(row: Row[Any]) -> Entry:
    """A row of the chain as an entry.

    Raises:
        RecordsUnusable: it was changed so that it is no entry any more.
    """
    try:
        content = None if row.content is None else json.loads(row.content)
        kind, created = EntryKind(row.kind), datetime.fromisoformat(row.created)
        if not isinstance(content, dict | None):
            raise TypeError("the content of an entry is an object")
    except (ValueError, TypeError) as error:
        raise RecordsUnusable(
            f"Entry {row.seq} of the records cannot be read; it was changed.",
            "Run `attache record verify` to see what else was.",
        ) from error
    return Entry(
        row.seq, row.id, kind, created, row.conversation,
        content, row.salt, row.digest, row.link,
    )  # fmt: skip


def head_of(connection: Connection, for_update: bool = False) -> Head:
    """Where the chain ends, as this connection sees it."""
    query = select(chain_head.c.seq, chain_head.c.link)
    row = connection.execute(query.with_for_update() if for_update else query).first()
    return Head(row.seq, row.link) if row else Head(0, GENESIS)


def _count_in(connection: Connection, entry: Entry, record: Record) -> None:
    """The record's conversation, made where this is its first exchange."""
    now = entry.created.isoformat(timespec="microseconds")
    touched = connection.execute(
        update(conversations).where(conversations.c.id == entry.conversation).values(updated=now)
    )
    if not touched.rowcount:
        row = {
            "id": entry.conversation, "title": title_of(record.ask.text), "who": record.who,
            "created": now, "updated": now, "hidden": False,
        }  # fmt: skip
        connection.execute(insert(conversations), row)


def title_of(question: str) -> str:
    """A conversation's first title: its first question, shortened at a word."""
    line = " ".join(question.split())
    if len(line) <= _TITLE_CHARS:
        return line
    return f"{line[:_TITLE_CHARS].rpartition(' ')[0] or line[:_TITLE_CHARS]}…"


def _without_text(connection: Connection, versions: Sequence[Version]) -> tuple[Version, ...]:
    def kept(source_id: str, version: str) -> bool:
        query = select(texts.c.version).where(
            texts.c.source_id == source_id, texts.c.version == version
        )
        return connection.execute(query).first() is not None

    return tuple(pair for pair in versions if not kept(*pair))


def _chosen(
    since: date | None, until: date | None, conversation: str | None, kinds: Collection[EntryKind]
) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = [true()]
    if since:
        wanted.append(records.c.created >= since.isoformat())
    if until:
        # "U" follows the "T" after which the time begins; the last day there is has no next one.
        wanted.append(records.c.created < f"{until.isoformat()}U")
    if conversation is not None:
        wanted.append(records.c.conversation == conversation)
    if kinds:
        wanted.append(records.c.kind.in_([str(kind) for kind in kinds]))
    return and_(*wanted)
