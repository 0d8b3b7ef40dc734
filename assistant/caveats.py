"""What an honest colleague would add to a set of checked statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from assistant.attribution import spoken_date
from assistant.types import Caveat, Statement
from corpus.types import Kind, Source, Standpoint
from index.types import Found

_SIDES = (Standpoint.SUPPORTIVE, Standpoint.CAUTIONARY)
_LEGAL = (Kind.LEGISLATION, Kind.GOVERNMENT_NOTICE)


def caveats(
    statements: Sequence[Statement],
    found: Found,
    uncovered: Sequence[str],
    today: date,
    old_after_years: int,
) -> tuple[Caveat, ...]:
    """Opinion, dates, one-sidedness and uncovered parts, in that order."""
    sources = [s.citations[0].source for s in statements]
    return (
        *_opinion(sources),
        *_dates(sources, today, old_after_years),
        *_single_standpoint(sources, found),
        *(
            Caveat("uncovered", f"The sources do not answer this part: {part}")
            for part in uncovered
        ),
    )


def _opinion(sources: Sequence[Source]) -> Iterator[Caveat]:
    for source, at in _by_source(sources):
        if source.kind == Kind.OPINION:
            who = " and ".join(source.authors) or source.publisher
            yield Caveat(
                "opinion", f"{_named(source)} is opinion: the judgements are those of {who}.", at
            )


def _dates(sources: Sequence[Source], today: date, old_after_years: int) -> Iterator[Caveat]:
    for source, at in _by_source(sources):
        if source.superseded_by:
            yield Caveat(
                "date", f"{_named(source)} has been superseded by {source.superseded_by}.", at
            )
        elif source.kind in _LEGAL and (as_of := source.as_of or source.published):
            yield Caveat(
                "date",
                f"{_named(source)} is described as of {spoken_date(as_of)}; "
                "check whether it has changed since.",
                at,
            )
        elif source.year and today.year - source.year >= old_after_years:
            yield Caveat(
                "date",
                f"{_named(source)} dates from {spoken_date(source.published)} "
                f"and is {today.year - source.year} years old.",
                at,
            )


def _single_standpoint(sources: Sequence[Source], found: Found) -> Iterator[Caveat]:
    """All statements from one side, while another side was found and not used."""
    sides = {s.standpoint for s in sources}
    if len(sides) != 1 or not sides <= set(_SIDES) or len({s.id for s in sources}) < 2:
        return
    used = {s.id for s in sources}
    others = [
        h.source
        for h in found.hits
        if h.source.standpoint in _SIDES and h.source.standpoint not in sides
    ]
    names = list(dict.fromkeys(s.cite_as for s in others if s.id not in used))
    if names:
        side = "in favour" if Standpoint.SUPPORTIVE in sides else "cautionary"
        yield Caveat(
            "single_standpoint",
            f"All sources cited here are {side}; others in the collection speak to this as well: "
            f"{', '.join(names[:3])}.",
            tuple(range(len(sources))),
        )


def _by_source(sources: Sequence[Source]) -> Iterator[tuple[Source, tuple[int, ...]]]:
    for source in {s.id: s for s in sources}.values():
        yield source, tuple(i for i, s in enumerate(sources) if s.id == source.id)


def _named(source: Source) -> str:
    """The source's short name, fit to open a sentence."""
    return source.cite_as[:1].upper() + source.cite_as[1:]
