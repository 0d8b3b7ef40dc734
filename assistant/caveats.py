"""What an honest colleague would add to a set of checked statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from assistant.attribution import spoken_date
from assistant.disagreeing import differences
from assistant.evidence import name_met
from assistant.judgements import SIDES, asks_judgement, judge, judges
from assistant.questions import asks_of_past
from assistant.types import Caveat, Premise, Question, Statement
from assistant.wording import stems
from corpus.balance import latest
from corpus.types import Authority, Kind, Source, Standpoint
from index.types import Found

_TELLING = (Authority.REPORT, Authority.COMMENTARY)
# How near the other side's passage must come to the nearest one, by cosine.
_AS_CLOSE = 0.8
_LEGAL = (Kind.LEGISLATION, Kind.GOVERNMENT_NOTICE)


def caveats(
    question: Question,
    premise: Premise | None,
    statements: Sequence[Statement],
    found: Found,
    uncovered: Sequence[str],
    old_after_years: int,
    name_of: Callable[[str], str],
) -> tuple[Caveat, ...]:
    """False premise, disagreement, opinion, dates, one-sidedness, uncovered parts: in that order.

    `name_of` gives what a source of the collection is called, by its id.
    """
    sources = [s.citations[0].source for s in statements]
    return (
        *([Caveat("false_premise", premise.text)] if premise else []),
        *_disagreement(question, statements),
        *_opinion(question, statements),
        *_dates(question, sources, old_after_years, name_of),
        *_overtaken(sources, found),
        *_single_standpoint(question, statements, found),
        *(
            Caveat("uncovered", f"The sources do not answer this part: {part}")
            for part in uncovered
        ),
    )


def _disagreement(question: Question, statements: Sequence[Statement]) -> Iterator[Caveat]:
    for difference in differences(question, statements):
        yield Caveat("disagreement", difference.text, difference.positions)


def _opinion(question: Question, statements: Sequence[Statement]) -> Iterator[Caveat]:
    """The judgements among the statements, where a judgement is what is asked for."""
    if not asks_judgement(question):
        return
    at = [i for i, s in enumerate(statements) if judges(s.text, s.citations[0].source)]
    if not at:
        return
    parties = dict.fromkeys(judge(statements[i].citations[0].source) for i in at)
    whose = [*filter(None, parties), *(["whoever the words name"] if "" in parties else [])]
    yield Caveat(
        "opinion",
        f"These are judgements, not established facts: those of {_listed(whose)}.",
        tuple(at),
    )


def _dates(
    question: Question,
    sources: Sequence[Source],
    old_after_years: int,
    name_of: Callable[[str], str],
) -> Iterator[Caveat]:
    """What was superseded; and, unless what happened in the past is asked, laws as of a date and
    old evidence."""
    today = question.ask.today
    old: dict[str, tuple[int, ...]] = {}
    for source, at in _by_source(sources):
        if source.superseded_by:
            newer = name_of(source.superseded_by)
            yield Caveat("date", f"{_named(source)} has been superseded by {newer}.", at)
        elif asks_of_past(question):
            continue
        elif source.kind in _LEGAL and (as_of := source.as_of or source.published):
            yield Caveat(
                "date",
                f"{_named(source)} is described as of {spoken_date(as_of)}; "
                "check whether it has changed since.",
                at,
            )
        elif source.published and (age := years_since(source.published, today)) >= old_after_years:
            old[f"{source.cite_as} is from {spoken_date(source.published)} ({age} years old)"] = at
    if old:
        yield Caveat(
            "date",
            f"Old evidence: {'; '.join(old)}.",
            tuple(sorted(at for places in old.values() for at in places)),
        )


def years_since(published: str, today: date) -> int:
    """Whole years from the first day that a partial date may mean; 0 for a day to come."""
    day = published + "-01-01"[len(published) - 4 :]
    years = today.year - int(day[:4]) - (today.isoformat()[5:] < day[5:])
    return max(years, 0)


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


def _single_standpoint(
    question: Question, statements: Sequence[Statement], found: Found
) -> Iterator[Caveat]:
    """Where a judgement is asked for: all who judge here are of one side, while the other side was
    found to speak of it about as closely. Whoever asks what a named one holds has asked for it."""
    sources = [s.citations[0].source for s in statements]
    judging = [s for s, said in zip(sources, statements, strict=True) if judges(said.text, s)]
    heard = judging if {s.standpoint for s in judging} & set(SIDES) else sources
    sides = {s.standpoint for s in heard} & set(SIDES)
    if len(sides) != 1 or not asks_judgement(question) or _asks_them(question, heard):
        return
    if heard is sources and not all(s.standpoint in sides for s in sources):
        return
    nearest = max(hit.dense for hit in found.hits)
    others = dict.fromkeys(
        hit.source.cite_as
        for hit in found.hits
        if hit.source.standpoint in set(SIDES) - sides
        and hit.dense >= _AS_CLOSE * nearest
        and hit.source not in heard
    )
    if others:
        side = "in favour" if Standpoint.SUPPORTIVE in sides else "cautionary"
        yield Caveat(
            "single_standpoint",
            f"All who judge here are {side}; others in the collection speak to this as well: "
            f"{', '.join([*others][:3])}.",
            tuple(i for i, source in enumerate(sources) if source in heard),
        )


def _asks_them(question: Question, sources: Sequence[Source]) -> bool:
    """Whether a question names one of those who speak, other than by a place."""
    who = stems(" ".join(f"{s.cite_as} {s.publisher} {' '.join(s.authors)}" for s in sources))
    where = stems(" ".join(" ".join((*s.cities, *s.jurisdictions)) for s in sources))
    return any(name_met(name, who - where) for name in question.names)


def _by_source(sources: Sequence[Source]) -> Iterator[tuple[Source, tuple[int, ...]]]:
    for source in {s.id: s for s in sources}.values():
        yield source, tuple(i for i, s in enumerate(sources) if s.id == source.id)


def _listed(names: Iterable[str]) -> str:
    """A, B and C."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _named(source: Source) -> str:
    """The source's short name, fit to open a sentence."""
    return source.cite_as[:1].upper() + source.cite_as[1:]
