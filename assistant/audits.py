"""What audits found and what people made of it, kept in the shelf's folder; nothing is taken back.

A finding belongs to a version of a note and to the bytes of an original. Of a sentence the latest
finding counts, and above it the latest mark of a person who saw that same original.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, insert, select

from assistant.audit_tables import SCHEMA, findings, marks, metadata
from assistant.auditing import Finding, Outcome
from assistant.originals import Quote
from corpus.errors import ShelfBusy, ShelfProblem, ShelfUnusable
from corpus.sqlite_files import PATIENCE, VersionedFile, meanings

FILE = "audits.sqlite3"
MARKS: tuple[Outcome, ...] = ("agrees", "differs", "not-found")

_Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """A person's own outcome for a sentence; `sha256` is that of the original they were shown."""

    outcome: Outcome
    who: str
    note: str
    at: datetime
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Audited:
    """A sentence of a version of a note: the latest finding, and all marks, oldest first."""

    finding: Finding
    marks: tuple[Mark, ...] = ()

    @property
    def mark(self) -> Mark | None:
        """The mark that counts: the last one, unless the original has changed since."""
        last = self.marks[-1] if self.marks else None
        quote = self.finding.quote
        same = last is not None and last.sha256 == (quote.sha256 if quote else None)
        return last if same else None

    @property
    def outcome(self) -> Outcome:
        """The person's where a mark counts, else the method's."""
        return self.mark.outcome if self.mark else self.finding.outcome


_KNOWN = meanings(
    ShelfBusy,
    ShelfUnusable,
    "what was found before is kept",
    ("is damaged or holds no audits", "Keep the file, and bring back a backup."),
)


class Audits:
    """The audits of a home folder; the file is made with the first finding.

    Every method may raise ShelfBusy or ShelfUnusable.
    """

    def __init__(
        self, shelf: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.path = shelf / FILE
        self._clock = clock
        self._file: VersionedFile | None = None

    def close(self) -> None:
        """Lets go of the file."""
        if self._file:
            self._file.close()

    def keep(self, finding: Finding) -> None:
        """Writes a finding down."""
        row = asdict(finding) | {"at": finding.at.isoformat()}
        row.pop("quote")
        if quote := finding.quote:
            row |= {
                "url": quote.url, "sha256": quote.sha256, "page": quote.page,
                "fetched_at": quote.fetched_at.isoformat(), "quoted": quote.words,
                "quoted_start": quote.start, "quoted_end": quote.end,
            }  # fmt: skip
        with self._opened().writing() as connection:
            connection.execute(insert(findings), row)

    def mark(
        self, source_id: str, version: str, sentence: int, outcome: Outcome, who: str, note: str
    ) -> Audited:
        """Sets a person's outcome above the finding of a sentence.

        Raises:
            ShelfProblem: the sentence of that version was not audited.
        """
        found = {a.finding.sentence: a for a in self.of(source_id, version)}.get(sentence)
        if found is None:
            raise ShelfProblem(
                f"Sentence {sentence} of {source_id} was not audited as it stands today.",
                f"Run `attache sources audit {source_id}` first.",
            )
        quote = found.finding.quote
        row = {
            "source_id": source_id, "version": version, "sentence": sentence, "outcome": outcome,
            "who": who, "note": note, "at": self._clock().astimezone(UTC).isoformat(),
            "sha256": quote.sha256 if quote else None,
        }  # fmt: skip
        with self._opened().writing() as connection:
            connection.execute(insert(marks), row)
        return Audited(found.finding, (*found.marks, _mark(row)))

    def of(self, source_id: str, version: str | None = None) -> tuple[Audited, ...]:
        """The audited sentences of a note in all its versions or in one, in order."""
        return tuple(
            a for a in self.all(source_id) if version is None or a.finding.version == version
        )

    def all(self, source_id: str | None = None) -> tuple[Audited, ...]:
        """The audited sentences of every version of every note, or of one note."""
        if not self.path.exists():
            return ()
        one = [] if source_id is None else [source_id]
        with self._opened().reading() as connection:
            kept, said = (
                connection.execute(
                    select(table)
                    .where(*(table.c.source_id == wanted for wanted in one))
                    .order_by(table.c.number)
                ).all()
                for table in (findings, marks)
            )
        latest: dict[_Key, Finding] = {_key(row): _finding(row) for row in kept}
        marked: dict[_Key, list[Mark]] = {}
        for row in said:
            marked.setdefault(_key(row), []).append(_mark(row._asdict()))
        return tuple(Audited(latest[key], tuple(marked.get(key, ()))) for key in sorted(latest))

    def _opened(self) -> VersionedFile:
        if self._file is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ShelfUnusable(
                    f"{self.path.parent} cannot be made ({error.strerror or error}).",
                    "Check the folder and its rights, or set another `home`.",
                ) from error
            self._file = VersionedFile(self.path, metadata, SCHEMA, _KNOWN, PATIENCE)
        return self._file


def _key(row: Row[Any]) -> _Key:
    return row.source_id, row.version, row.sentence


def _mark(row: dict[str, Any]) -> Mark:
    return Mark(
        row["outcome"], row["who"], row["note"], datetime.fromisoformat(row["at"]), row["sha256"]
    )


def _finding(row: Row[Any]) -> Finding:
    quote = None
    if row.url is not None:
        fetched = datetime.fromisoformat(row.fetched_at)
        quote = Quote(
            row.url, row.sha256, fetched, row.quoted, row.quoted_start, row.quoted_end, row.page
        )
    return Finding(
        row.source_id, row.version, row.sentence, row.start, row.end, row.words,
        row.outcome, row.reason, quote, row.checker, datetime.fromisoformat(row.at),
    )  # fmt: skip
