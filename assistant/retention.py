"""How long records are kept: legal holds, and disposal by the schedule.

Disposal erases the content and the salt of entries and leaves their digests in the chain, with
an entry that says by which rule, and who answers for it. What a legal hold covers is never
disposed of. Holds, releases, decisions and disposals themselves stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, select, update

from assistant.records import Entry, EntryKind, Records, title_of
from assistant.tables import cited, conversations, records, said, texts
from corpus.errors import RecordMissing, SettingsError


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days after which entries of a kind are disposed of; 0 keeps them without limit."""

    answers: int = 0
    feedback: int = 0
    corrections: int = 0

    def rules(self) -> Iterator[tuple[EntryKind, int]]:
        """The kinds that have a limit."""
        limits = (
            (EntryKind.ANSWER, self.answers),
            (EntryKind.FEEDBACK, self.feedback),
            (EntryKind.CORRECTION, self.corrections),
        )
        yield from ((kind, days) for kind, days in limits if days)


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: what it covers may not be disposed of until it is released.

    Every given bound narrows it; with none it covers everything. Days are of UTC, both included.
    """

    id: str
    created: datetime
    reason: str
    by: str
    conversation: str
    since: date | None
    until: date | None

    def covers(self, conversation: str, created: str) -> bool:
        """Whether an entry of that conversation and time (ISO, UTC) is under the hold."""
        day = date.fromisoformat(created[:10])
        return (
            (not self.conversation or self.conversation == conversation)
            and (self.since is None or day >= self.since)
            and (self.until is None or day <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Disposed:
    """What one run of the schedule disposed of, or would: how many of each kind, how many held."""

    counts: dict[str, int]
    held: int
    conversations: int
    texts: int


class Retention:
    """Holds and disposal over the records. May raise RecordsBusy or RecordsUnusable."""

    def __init__(self, kept: Records) -> None:
        self._records = kept

    def hold(
        self,
        reason: str,
        by: str,
        *,
        conversation: str = "",
        since: date | None = None,
        until: date | None = None,
    ) -> Entry:
        """Places a legal hold.

        Raises:
            SettingsError: no reason, or nobody who answers for it, is given.
        """
        if not reason.strip() or not by.strip():
            raise SettingsError("A hold needs a reason and a name.", "Give --reason and --by.")
        content = {
            "reason": reason,
            "by": by,
            "conversation": conversation,
            "since": since.isoformat() if since else None,
            "until": until.isoformat() if until else None,
        }
        return self._records.append(EntryKind.HOLD, content)

    def release(self, hold_id: str, by: str) -> Entry:
        """Lifts a hold.

        Raises:
            RecordMissing: no hold of that id is in force.
            SettingsError: nobody who answers for it is given.
        """
        if not by.strip():
            raise SettingsError("Releasing a hold needs a name.", "Give --by.")
        standing = [hold for hold in self.holds() if hold.id.startswith(hold_id)]
        if len(standing) != 1:
            many = "more than one hold" if standing else "no hold"
            raise RecordMissing(
                f"There is {many} in force that begins with {hold_id!r}.",
                "See `attache record holds`.",
            )
        return self._records.append(EntryKind.RELEASE, {"hold": standing[0].id, "by": by})

    def holds(self) -> tuple[Hold, ...]:
        """The holds in force, oldest first."""
        standing: dict[str, Hold] = {}
        for entry in self._records.entries(kinds=(EntryKind.HOLD, EntryKind.RELEASE)):
            content: dict[str, Any] = entry.content or {}
            if entry.kind is EntryKind.RELEASE:
                standing.pop(content["hold"], None)
            else:
                standing[entry.id] = Hold(
                    entry.id,
                    entry.created,
                    content["reason"],
                    content["by"],
                    content["conversation"],
                    _day(content["since"]),
                    _day(content["until"]),
                )
        return tuple(standing.values())

    def dispose(self, schedule: Schedule, authorised_by: str, dry_run: bool = False) -> Disposed:
        """Erases what the schedule says is due and no hold covers: all of it, or nothing.

        Raises:
            SettingsError: something is due to be disposed of and nobody answers for it.
        """
        rules = dict(schedule.rules())
        if rules and not authorised_by.strip():
            raise SettingsError(
                "Nobody answers for disposing of records.", "Set disposal_authorised_by."
            )
        counts: dict[str, int] = {}
        held = gone = dropped = 0
        touched: set[str] = set()
        with self._records.archive.writing() as connection:
            holds = self.holds()  # here, where no other process can place one meanwhile
            for kind, days in rules.items():
                due = _due(connection, kind, self._records.clock() - timedelta(days=days))
                free = [
                    row for row in due
                    if not any(h.covers(row.conversation, row.created) for h in holds)
                ]  # fmt: skip
                counts[str(kind)] = len(free)
                held += len(due) - len(free)
                if kind is EntryKind.ANSWER:
                    touched |= {row.conversation for row in free}
                if free and not dry_run:
                    self._erase(connection, free, f"{kind} after {days} days", authorised_by)
            if not dry_run and any(counts.values()):
                gone, dropped = _clear(connection)
                _retitle(connection, touched)
        # Also where nothing is due: a reader, or a kill, may have kept it from being done before.
        if rules and not dry_run:
            self._records.archive.forget_erased()
        return Disposed(counts, held, gone, dropped)

    def _erase(
        self, connection: Connection, rows: Sequence[Any], rule: str, authorised_by: str
    ) -> None:
        for row in rows:
            erased = update(records).where(records.c.seq == row.seq)
            connection.execute(erased.values(content=None, salt=None))
            connection.execute(delete(said).where(said.c.seq == row.seq))
            connection.execute(delete(cited).where(cited.c.seq == row.seq))
        entries = [{"seq": row.seq, "id": row.id, "digest": row.digest} for row in rows]
        content = {"rule": rule, "authorised_by": authorised_by, "entries": entries}
        self._records.append_in(connection, EntryKind.DISPOSAL, content)


def _due(connection: Connection, kind: EntryKind, before: datetime) -> Sequence[Any]:
    limit = before.astimezone(UTC).isoformat(timespec="microseconds")
    query = select(
        records.c.seq, records.c.id, records.c.created, records.c.conversation, records.c.digest
    ).where(records.c.kind == str(kind), records.c.created < limit, records.c.content.is_not(None))
    return connection.execute(query.order_by(records.c.seq)).all()


def _clear(connection: Connection) -> tuple[int, int]:
    """Drops conversations without an answer left, whose titles are questions, and texts that no
    answer cites; returns how many of each.
    """
    answers = select(records.c.seq).where(
        records.c.conversation == conversations.c.id,
        records.c.kind == str(EntryKind.ANSWER),
        records.c.content.is_not(None),
    )
    citing = select(cited.c.seq).where(
        and_(cited.c.source_id == texts.c.source_id, cited.c.version == texts.c.version)
    )
    gone = connection.execute(delete(conversations).where(~answers.exists())).rowcount
    dropped = connection.execute(delete(texts).where(~citing.exists())).rowcount
    return gone, dropped


def _retitle(connection: Connection, touched: Iterable[str]) -> None:
    """Names conversations after the first question that is left: the title may be one that went."""
    for conversation in touched:
        first = connection.scalar(
            select(records.c.content)
            .where(
                records.c.conversation == conversation,
                records.c.kind == str(EntryKind.ANSWER),
                records.c.content.is_not(None),
            )
            .order_by(records.c.seq)
            .limit(1)
        )
        if first is not None:
            title = title_of(json.loads(first)["ask"]["text"])
            named = update(conversations).where(conversations.c.id == conversation)
            connection.execute(named.values(title=title))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
