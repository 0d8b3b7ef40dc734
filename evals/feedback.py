"""What readers thought of answers, by what these rested on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from assistant.records import EntryKind, Records, unpacked
from assistant.types import Record
from evals.bounds import lower_bound, upper_bound
from evals.generating import complaints


@dataclass(frozen=True, slots=True)
class Share:
    """Of `answers` of one sort, how many were found bad or had a sentence reported, as a share
    with its exact 95 % interval.
    """

    name: str
    answers: int
    bad: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Complaint:
    """An answer that a reader held something against."""

    record: str
    created: str
    question: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedbackSummary:
    """Answers and what readers thought of them. `disposed` counts answers whose content is gone;
    `good` and `bad` what readers said of the rest, once each.
    """

    answers: int
    disposed: int
    good: int
    bad: int
    by_source: tuple[Share, ...]
    by_type: tuple[Share, ...]
    by_version: tuple[Share, ...]
    newest: tuple[Complaint, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        lines = [
            f"{self.answers} answers ({self.disposed} disposed of): "
            f"{self.bad} found bad or reported, {self.good} found good."
        ]
        tables = (
            ("By source cited", self.by_source),
            ("By type of answer", self.by_type),
            ("By version", self.by_version),
        )
        for title, shares in tables:
            lines += [f"{title}:", *(_line(share) for share in shares)]
        lines += ["Newest:"] if self.newest else []
        lines += [
            f"  {c.record}  {c.created[:10]}  {c.question}: {' / '.join(c.said) or 'no reason'}"
            for c in self.newest
        ]
        return "\n".join(lines)


def summarise(records: Records, since: date | None = None, newest: int = 10) -> FeedbackSummary:
    """Every answer since a day, and what readers said of them, whenever they said it.

    Raises:
        RecordsBusy, RecordsUnusable: the records cannot be read.
    """
    said = complaints(records)
    liked = _liked(records) - said.keys()
    known: list[tuple[str, Record]] = []
    told: list[Complaint] = []
    disposed = good = 0
    for entry in records.entries(since=since, kinds=(EntryKind.ANSWER,)):
        if entry.content is None:
            disposed += 1
            continue
        record = unpacked(entry)
        known.append((entry.id, record))
        good += entry.id in liked
        if entry.id in said:
            created = entry.created.isoformat(timespec="seconds")
            told.append(Complaint(entry.id, created, record.ask.text, said[entry.id]))
    bad = set(said)
    return FeedbackSummary(
        answers=len(known) + disposed,
        disposed=disposed,
        good=good,
        bad=len(told),
        by_source=_shares(((id_, _sources(record)) for id_, record in known), bad),
        by_type=_shares(((id_, [_type(record)]) for id_, record in known), bad),
        by_version=_shares(((id_, [_version(record)]) for id_, record in known), bad),
        newest=tuple(reversed(told[-newest:])),
    )


def _liked(records: Records) -> set[str]:
    last = {
        entry.content["record"]: entry.content["good"]
        for entry in records.entries(kinds=(EntryKind.FEEDBACK,))
        if entry.content
    }
    return {record for record, good in last.items() if good}


def _shares(answers: Iterable[tuple[str, Sequence[str]]], bad: set[str]) -> tuple[Share, ...]:
    """For each name the share of bad ones among its answers, most bad ones first."""
    every: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for id_, names in answers:
        every.update(set(names))
        wrong.update(set(names) if id_ in bad else ())
    shares = (
        Share(
            name, n, wrong[name], wrong[name] / n,
            lower_bound(wrong[name], n, 0.975), upper_bound(wrong[name], n, 0.975),
        )
        for name, n in every.items()
    )  # fmt: skip
    return tuple(sorted(shares, key=lambda share: (-share.bad, -share.answers, share.name)))


def _sources(record: Record) -> list[str]:
    return [citation.source_id for citation in record.citations]


def _type(record: Record) -> str:
    return record.answer.status if record.answer else record.outcome


def _version(record: Record) -> str:
    shaped = record.circumstances
    return f"program {shaped.program}, collection {shaped.collection[:12] or 'not known'}"


def _line(share: Share) -> str:
    counts = f"{share.bad} of {share.answers}"
    return f"  {share.name:50} {counts:>12}  {share.share:.2f} [{share.low:.2f}, {share.high:.2f}]"
