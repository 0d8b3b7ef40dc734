"""What an honest colleague would add to a set of checked statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from assistant.attribution import spoken_date
from assistant.types import Caveat, Statement
from corpus.balance import latest
from corpus.types import Authority, Kind, Source, Standpoint
from index.types import Found

_SIDES = (Standpoint.SUPPORTIVE, Standpoint.CAUTIONARY)
_TELLING = (Authority.REPORT, Authority.COMMENTARY)
_LEGAL = (Kind.LEGISLATION, Kind.GOVERNMENT_NOTICE)


def caveats(
    statements: Sequence[Statement],
    found: Found,
    uncovered: Sequence[str],
    today: date,
    old_after_years: int,
    name_of: Callable[[str], str],
) -> tuple[Caveat, ...]:
    """Opinion, dates, one-sidedness and uncovered parts, in that order.

    `name_of` gives what a source of the collection is called, by its id.
    """
    sources = [s.citations[0].source for s in statements]
    return (
        *_opinion(sources),
        *_dates(sources, today, old_after_years, name_of),
        *_overtaken(sources, found),
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


def _dates(
    sources: Sequence[Source], today: date, old_after_years: int, name_of: Callable[[str], str]
) -> Iterator[Caveat]:
    for source, at in _by_source(sources):
        if source.superseded_by:
            newer = name_of(source.superseded_by)
            yield Caveat("date", f"{_named(source)} has been superseded by {newer}.", at)
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


def _overtaken(sources: Sequence[Source], found: Found) -> Iterator[Caveat]:
    """Reports from before a law that was found was enacted in the place that they tell of."""
    laws = {
        hit.source.id: hit.source
        for hit in (*found.hits, *found.beside)
        if hit.source.authority == Authority.ENACTED_TEXT
        and hit.source.published
        and hit.source.jurisdictions
    }
    for source, at in _by_source(sources):
        if source.authority not in _TELLING or not source.published:
            continue
        for law in laws.values():
            told = law.jurisdictions[0] in source.jurisdictions
            if told and latest(source.published) < (law.published or ""):
                yield Caveat(
                    "date",
                    f"{_named(source)} is from before {law.cite_as} was enacted "
                    f"({spoken_date(law.published)}); where they differ, the enacted text holds.",
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
