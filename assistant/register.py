"""The register of ties beside the text: which ties a question is about, each value with the words
that say it.

The register only points. What is shown of it is looked up in the sources of today's index and
shown only where the cited sentence still bears the value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from assistant.tie_questions import TieQuestions, Wanted, dates, described, fits, joins
from assistant.types import Citation, Question, TieRow, TieTable, TieValue
from corpus.ties import Place, Said, Tie, bears
from corpus.types import Passage, Source
from index.snapshots import matches
from index.types import Filters

MOST_ROWS = 30
MOST_BESIDE = 5

Passages = Mapping[str, Sequence[tuple[Passage, Source]]]


class KeepsPassages(Protocol):
    """What the register needs of a retriever."""

    def passages_of(self, ids: Collection[str]) -> Passages: ...


class Register:
    """The ties that the collection's sources name. Values cite the sources in today's index."""

    def __init__(self, ties: tuple[Tie, ...], retriever: KeepsPassages) -> None:
        self._ties = ties
        self._retriever = retriever
        self._questions = TieQuestions(ties)

    def table(
        self, question: Question, cited: Iterable[Citation], *, alone: bool = False
    ) -> TieTable | None:
        """What the register holds on a question, or None where it is not about ties.

        Where more is asked than it holds, more than MOST_BESIDE ties would only be in the way.
        `cited` are the citations of the answer's text: the same words keep their number. With
        `alone` the register must answer all that is asked, as nothing else does.
        """
        wanted = self._questions.wanted(question)
        if wanted is None or (alone and not _answers(question, wanted)):
            return None
        wanted, ties = self._fitting(wanted)
        if len(wanted.names) > 1 and not wanted.several:
            ties = [tie for tie in ties if joins(tie, wanted)]
        rows = self._rows(_ordered(ties, wanted), question.ask.filters)
        if not rows or (len(rows) > MOST_BESIDE and not wanted.only):
            return None
        shown = _numbered(rows[:MOST_ROWS], cited)
        # Where sources give a count of their own, that of the register must not hide it.
        leads = wanted.only and wanted.several and question.aim != "count"
        return TieTable(described(wanted), shown, len(rows), len(self._ties), leads)

    def _fitting(self, wanted: Wanted) -> tuple[Wanted, list[Tie]]:
        """The ties that are wanted. Places narrow those of a named side where any is left; the tie
        whose sides are both named is meant wherever it is."""
        anywhere = replace(wanted, places=())
        named = [tie for tie in self._ties if wanted.names and fits(tie, anywhere)]
        joined = [tie for tie in named if joins(tie, wanted)]
        if joined:
            return anywhere, joined
        fitting = [tie for tie in self._ties if fits(tie, wanted)]
        return (wanted, fitting) if fitting or not named else (anywhere, named)

    def rows(self) -> tuple[TieRow, ...]:
        """The whole register, as far as today's sources bear it; citations have no numbers."""
        return tuple(self._rows(self._ties, Filters()))

    def _rows(self, ties: Sequence[Tie], filters: Filters) -> list[TieRow]:
        sources = {place.source for t in ties for _, said in t.said for place in said.places}
        passages = self._retriever.passages_of(sources) if sources else {}
        return [row for tie in ties if (row := _row(tie, passages, filters))]


def _answers(question: Question, wanted: Wanted) -> bool:
    """Whether the register may answer alone. How many ties there are in the world it cannot tell;
    how many it holds, of a place or when asked for it by name, it can."""
    counts_all = question.aim == "count" and not wanted.names
    return wanted.only and not (counts_all and "register" not in question.standalone.lower())


def _row(tie: Tie, passages: Passages, filters: Filters) -> TieRow | None:
    """A tie with the values that today's sources still bear; None where none is left."""

    def values(field: str) -> tuple[TieValue, ...]:
        return tuple(
            TieValue(said.value, cited)
            for said in getattr(tie, field)
            if (cited := _cited(tie, field, said, passages, filters))
        )

    said_on = values("status_date")
    status = tuple(
        TieValue(v.value, v.citations, tuple(d.value for d in said_on if _share(d, v)))
        for v in values("status")
    )
    city = _place(tie.city, tie.region, tie.country)
    partner = _place(tie.partner, tie.partner_region, tie.partner_country)
    row = TieRow(tie.id, city, partner, values("kind"), values("start"), status)
    return row if row.citations else None


def _place(*names: str) -> str:
    return ", ".join(dict.fromkeys(filter(None, names)))


def _share(one: TieValue, other: TieValue) -> bool:
    return bool(set(one.citations) & set(other.citations))


def _cited(
    tie: Tie, field: str, said: Said, passages: Passages, filters: Filters
) -> tuple[Citation, ...]:
    """The sentences that say a value, those that today's index still has and that bear it."""
    found = (_sentence(place, passages.get(place.source, ()), filters) for place in said.places)
    return tuple(c for c in found if c and bears(tie, field, said, c.words))


def _sentence(
    place: Place, passages: Sequence[tuple[Passage, Source]], filters: Filters
) -> Citation | None:
    number = place.sentence
    for passage, source in passages:
        if number <= len(passage.sentences):
            span = passage.sentences[number - 1]
            words = passage.sentence(number - 1)
            shown = matches(source, filters)
            return Citation(0, source, passage, words, *span) if shown else None
        number -= len(passage.sentences)
    return None


def _numbered(rows: Sequence[TieRow], cited: Iterable[Citation]) -> tuple[TieRow, ...]:
    """Rows with their citations numbered on from those of the text; same words, same number."""
    numbers = {(c.passage.id, c.start, c.end): c.number for c in cited}

    def value(one: TieValue) -> TieValue:
        citations = tuple(
            replace(
                c,
                number=numbers.setdefault(
                    (c.passage.id, c.start, c.end), max(numbers.values(), default=0) + 1
                ),
            )
            for c in one.citations
        )
        return replace(one, citations=citations)

    return tuple(
        replace(
            row,
            kind=tuple(map(value, row.kind)),
            start=tuple(map(value, row.start)),
            status=tuple(map(value, row.status)),
        )
        for row in rows
    )


def _ordered(ties: Sequence[Tie], wanted: Wanted) -> list[Tie]:
    """By date where that is asked for, those without one last; else as in the register."""
    if not wanted.by_date:
        return list(ties)
    return sorted(ties, key=lambda tie: min(dates(tie, wanted), default="9999"))
