"""How a collection is composed: counts by what its heads say, and what is due for review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from corpus.types import Source

UNKNOWN = "unstated"


@dataclass(frozen=True, slots=True)
class Count:
    """How many sources share a value of a head."""

    value: str
    sources: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Counts, most first; years in order. A source counts once for each of its jurisdictions.

    `overdue` are the sources whose review date is past, the oldest date first; `unreviewed` counts
    those that name none.
    """

    total: int
    collections: tuple[Count, ...]
    kinds: tuple[Count, ...]
    standpoints: tuple[Count, ...]
    jurisdictions: tuple[Count, ...]
    years: tuple[Count, ...]
    confidence: tuple[Count, ...]
    text_kinds: tuple[Count, ...]
    overdue: tuple[Source, ...]
    unreviewed: int


def balance(sources: Iterable[Source], today: date) -> Balance:
    """The composition of some sources on a day."""
    some = tuple(sources)
    places = [place for s in some for place in s.jurisdictions or (UNKNOWN,)]
    years = [str(s.year) if s.year else UNKNOWN for s in some]
    due = [s for s in some if s.review_by and latest(s.review_by) < today.isoformat()]
    return Balance(
        total=len(some),
        collections=_counts(s.collection for s in some),
        kinds=_counts(s.kind for s in some),
        standpoints=_counts(s.standpoint for s in some),
        jurisdictions=_counts(places),
        years=tuple(sorted(_counts(years), key=lambda count: count.value)),
        confidence=_counts(s.confidence for s in some),
        text_kinds=_counts(s.text_kind for s in some),
        overdue=tuple(sorted(due, key=lambda s: (s.review_by or "", s.id))),
        unreviewed=sum(s.review_by is None for s in some),
    )


def latest(partial: str) -> str:
    """The last day, or a string after it, that a partial date may mean: 2023 is 2023-12-31."""
    return partial + "-12-31"[len(partial) - 4 :]


def _counts(values: Iterable[str]) -> tuple[Count, ...]:
    counted = Counter(str(value) for value in values)
    return tuple(Count(v, n) for v, n in sorted(counted.items(), key=lambda c: (-c[1], c[0])))
