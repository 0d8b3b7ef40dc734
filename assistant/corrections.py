"""What readers say of answers, wrong sentences they report, and which answers rest on a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import select

from assistant.records import Entry, EntryKind, Records, unpacked
from assistant.tables import cited, records
from assistant.types import Record
from corpus.errors import RecordMissing
from corpus.types import Source

Outcome = Literal["source-corrected", "source-retired", "nothing-wrong"]
Change = Literal["gone", "text-changed", "superseded", "withdrawn"]
MAX_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader thought of an answer, and why."""

    good: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a curator made of a report."""

    outcome: Outcome
    note: str
    who: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """A sentence that a reader reported as wrong, with the record that it stands in.

    `statement` is its position through the record's statements, from 0; `sources` are the
    versions of the sources that it cites.
    """

    id: str
    created: datetime
    record: str
    conversation: str
    question: str
    statement: int
    text: str
    sources: tuple[tuple[str, str], ...]
    note: str
    who: str
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class Resting:
    """An answer that cites a source, in the version that it cites."""

    record: str
    created: datetime
    conversation: str
    question: str
    source_id: str
    version: str


@dataclass(frozen=True, slots=True)
class Affected:
    """A source that is not what it was when answers cited it, and those answers.

    `title` is the one under which it was cited last.
    """

    source_id: str
    version: str
    title: str
    change: Change
    answers: tuple[Resting, ...]


class Corrections:
    """Feedback and reports of wrong sentences. May raise RecordsBusy or RecordsUnusable."""

    def __init__(self, kept: Records) -> None:
        self._records = kept

    def feedback(self, record_id: str, good: bool, reason: str = "", who: str = "local") -> Entry:
        """Notes what a reader thought; the latest counts.

        Raises:
            RecordMissing: there is no such answer.
        """
        entry = self._answer(record_id)
        content = {"record": entry.id, "good": good, "reason": reason[:MAX_NOTE], "who": who}
        return self._records.append(EntryKind.FEEDBACK, content, entry.conversation)

    def report(self, record_id: str, statement: int, note: str = "", who: str = "local") -> Entry:
        """Reports a sentence as wrong.

        Raises:
            RecordMissing: there is no such answer, or it has no such sentence.
        """
        entry = self._answer(record_id)
        record = unpacked(entry)
        if not 0 <= statement < len(record.statements):
            raise RecordMissing(
                f"Record {entry.id} has no sentence {statement + 1}.",
                f"It has {len(record.statements)}.",
            )
        said = record.statements[statement]
        content = {
            "record": entry.id,
            "question": record.ask.text,
            "statement": statement,
            "text": said.text,
            "sources": [[c.source_id, c.version] for c in said.citations],
            "note": note[:MAX_NOTE],
            "who": who,
        }
        return self._records.append(EntryKind.CORRECTION, content, entry.conversation)

    def queue(self, decided: bool = False) -> tuple[Correction, ...]:
        """Reports that wait for a curator, oldest first; or those decided, newest first."""
        decisions: dict[str, Decision] = {}
        reports: list[Entry] = []
        kinds = (EntryKind.CORRECTION, EntryKind.DECISION)
        for entry in self._records.entries(kinds=kinds):
            if entry.kind is EntryKind.CORRECTION:
                reports.append(entry)
            elif entry.content:
                decisions[entry.content["correction"]] = _decision(entry)
        chosen = [_correction(e, decisions.get(e.id)) for e in reports if e.content]
        wanted = tuple(c for c in chosen if (c.decision is not None) == decided)
        return wanted[::-1] if decided else wanted

    def decide(
        self, correction_id: str, outcome: Outcome, note: str = "", who: str = "local"
    ) -> Entry:
        """Notes what a curator made of a report; a later decision replaces an earlier one.

        Raises:
            RecordMissing: there is no such report, or no such outcome.
        """
        entry = self._records.get(correction_id)
        if entry.kind is not EntryKind.CORRECTION:
            raise RecordMissing(
                f"Entry {entry.id} is no report of a wrong sentence.", "See `attache corrections`."
            )
        if outcome not in get_args(Outcome):
            raise RecordMissing(
                f"There is no outcome {outcome!r}.", f"Use one of: {', '.join(get_args(Outcome))}."
            )
        content = {
            "correction": entry.id, "outcome": outcome, "note": note[:MAX_NOTE], "who": who
        }  # fmt: skip
        return self._records.append(EntryKind.DECISION, content, entry.conversation)

    def resting_on(self, source_id: str, version: str | None = None) -> tuple[Resting, ...]:
        """The answers that cite a source, or one version of it, newest first."""
        return tuple(resting for resting, _ in self._citing(source_id, version))

    def as_cited(self, source_id: str, version: str) -> Source | None:
        """What the newest answer that cites this version says of the source; None if none does."""
        newest = next((resting.record for resting, _ in self._citing(source_id, version)), None)
        return _source(self._records.record(newest), source_id) if newest else None

    def affected(self, current: Iterable[Source]) -> tuple[Affected, ...]:
        """Cited sources that are gone, changed, superseded or not current any more.

        `current` are the sources of today's collection. Sorted by source id.
        """
        today = {source.id: source for source in current}
        with self._records.archive.reading() as connection:
            pairs = connection.execute(
                select(cited.c.source_id, cited.c.version).distinct().order_by(cited.c.source_id)
            ).all()
        found = []
        for source_id, version in pairs:
            change = change_of(today.get(source_id), version)
            if change:
                citing = list(self._citing(source_id, version))
                title = citing[0][1] if citing else source_id
                answers = tuple(resting for resting, _ in citing)
                found.append(Affected(source_id, version, title, change, answers))
        return tuple(found)

    def _citing(self, source_id: str, version: str | None) -> Iterator[tuple[Resting, str]]:
        """Answers that cite a source, newest first, each with the title that it gives it.

        Read from the packed records: to unpack thousands of them would take seconds.
        """
        wanted = [cited.c.source_id == source_id]
        if version is not None:
            wanted.append(cited.c.version == version)
        query = (
            select(records.c.id, cited.c.version)
            .join(cited, cited.c.seq == records.c.seq)
            .where(*wanted)
            .order_by(records.c.seq.desc())
        )
        with self._records.archive.reading() as connection:
            rows = connection.execute(query).all()
        for id_, cited_version in rows:
            entry = self._records.get(id_)
            content = entry.content
            if content is None:  # disposed of since the rows were read
                continue
            question, title = content["ask"]["text"], content["sources"][source_id]["title"]
            yield (
                Resting(id_, entry.created, entry.conversation, question, source_id, cited_version),
                title,
            )

    def _answer(self, record_id: str) -> Entry:
        self._records.record(record_id)
        return self._records.get(record_id)


def change_of(today: Source | None, version: str) -> Change | None:
    """How a source that was cited in a version differs from what it is today; None if not."""
    if today is None:
        return "gone"
    if today.superseded_by:
        return "superseded"
    if today.status != "current":
        return "withdrawn"
    return "text-changed" if today.version != version else None


def _source(record: Record, source_id: str) -> Source:
    return next(c.source for c in record.citations if c.source_id == source_id)


def _decision(entry: Entry) -> Decision:
    content: dict[str, Any] = entry.content or {}
    return Decision(content["outcome"], content["note"], content["who"], entry.created)


def _correction(entry: Entry, decision: Decision | None) -> Correction:
    content: dict[str, Any] = entry.content or {}
    sources = tuple((source_id, version) for source_id, version in content["sources"])
    known = {k: content[k] for k in ("record", "question", "statement", "text", "note", "who")}
    return Correction(
        id=entry.id,
        created=entry.created,
        conversation=entry.conversation,
        sources=sources,
        decision=decision,
        **known,
    )
