"""Why an answer of today may differ from a recorded one: everything that is not as it was then."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Literal

from assistant.types import Answer, Circumstances, Citation, Premise, Record
from corpus.types import Source
from index.types import Found

ReasonKind = Literal[
    "retired", "superseded", "withdrawn", "text-changed", "described", "new",
    "model", "setting", "prompt", "program", "day", "collection",
]  # fmt: skip
Version = tuple[str, str]
Seen = Callable[[Collection[Version]], dict[Version, datetime | None]]

# What a source's description does not consist of.
_APART = {"id", "version", "path"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that is not as it was, in a sentence.

    `subject` is the id of the source, or the name of the model, setting or prompt; else empty.
    `statements` are positions of the old answer's statements that rest on the source, from 0.
    """

    kind: ReasonKind
    text: str
    subject: str = ""
    statements: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rerun:
    """A recorded question's answer of today, with what was found and what shaped it."""

    answer: Answer
    premise: Premise | None
    found: Found
    circumstances: Circumstances

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Everything that is cited, the premise's citations first."""
        first = self.premise.citations if self.premise else ()
        return (*first, *self.answer.citations)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a record tells of a source; how it was described only where it was shown."""

    version: str
    source: Source | None
    cited: bool


def reasons(
    record: Record, created: datetime, rerun: Rerun, sources: Iterable[Source], seen: Seen
) -> tuple[Reason, ...]:
    """All reasons, most telling first: sources cited then, sources cited now, those only found,
    then what chose and judged, the day, and the rest of the collection.

    `sources` are those of today's collection; `seen` tells when versions were first indexed.
    """
    known = _known(record)
    today = {source.id: source for source in sources}
    of_sources = (
        *_changed(record, known, today, cited=True),
        *_new_and_cited(record, created, rerun, known, seen),
        *_changed(record, known, today, cited=False),
        *_new_and_found(created, rerun, known, seen),
    )
    then, now = record.circumstances, rerun.circumstances
    return (
        *of_sources,
        *_differing("model", then.models, now.models),
        *_differing("setting", then.settings, now.settings),
        *_differing("prompt", then.prompts, now.prompts),
        *_differing("program", {"": then.program}, {"": now.program}),
        *_day(record, rerun.answer),
        *(() if of_sources else _collection(then, now)),
    )


def _known(record: Record) -> dict[str, _Known]:
    """Every source that was cited, shown as near, or found."""
    cited = _cited(record.citations)
    known = {source.id: _Known(source.version, source, True) for source in cited}
    for near in record.answer.nearest if record.answer else ():
        known.setdefault(near.source.id, _Known(near.source.version, near.source, False))
    for hit in record.hits:
        known.setdefault(hit.source_id, _Known(hit.version, None, False))
    return known


def _cited(citations: Iterable[Citation]) -> tuple[Source, ...]:
    """The sources that an answer rests on, each once, in the order of citing."""
    return tuple({c.source_id: c.source for c in citations}.values())


def _changed(
    record: Record, known: dict[str, _Known], today: dict[str, Source], *, cited: bool
) -> Iterator[Reason]:
    for id_, was in known.items():
        if was.cited is not cited:
            continue
        resting = tuple(
            i
            for i, statement in enumerate(record.statements)
            if any(c.source_id == id_ for c in statement.citations)
        )
        named = was.source or today.get(id_)
        name = _named(named) if named else id_
        note = "" if cited else " It was found then, but not cited."
        for kind, change in _changes(was, today.get(id_)):
            yield Reason(kind, f"{name} {change}.{note}", id_, resting)


def _changes(was: _Known, now: Source | None) -> Iterator[tuple[ReasonKind, str]]:
    """What became of a source. What was only found is not described in a record, so that only
    its text can be compared."""
    if now is None:
        yield "retired", "is not in the collection any more"
        return
    then = was.source or replace(now, version=was.version)
    if now.superseded_by and now.superseded_by != then.superseded_by:
        yield "superseded", f"has been superseded by {now.superseded_by}"
    if now.status not in ("current", then.status):
        yield "withdrawn", f"has the status {now.status!r}, no longer {then.status!r}"
    if now.version != then.version:
        yield "text-changed", "has another text"
    told = _APART | ({"superseded_by"} if now.superseded_by else set())
    told |= {"status"} if now.status != "current" else set()
    others = [field.name for field in fields(Source) if field.name not in told]
    differing = [
        f"{name.replace('_', ' ')} was {_shown(getattr(then, name))}, "
        f"is {_shown(getattr(now, name))}"
        for name in others
        if getattr(then, name) != getattr(now, name)
    ]
    if differing:
        yield "described", f"is described otherwise: {'; '.join(differing)}"


def _new_and_cited(
    record: Record, created: datetime, rerun: Rerun, known: dict[str, _Known], seen: Seen
) -> Iterator[Reason]:
    """Sources of today's answer that the record does not know. Of one whose first indexing is
    not known only that can be said, and only where the collection differs at all."""
    cited = [s for s in _cited(rerun.citations) if s.id not in known]
    first = seen([(s.id, s.version) for s in cited])
    other = record.circumstances.collection != rerun.circumstances.collection
    for source in cited:
        when = first.get((source.id, source.version))
        if when and when > created:
            yield _came(source, when)
        elif when is None and other and record.circumstances.collection:
            text = f"{_named(source)} was not found then; when it was indexed is not known."
            yield Reason("new", text, source.id)


def _new_and_found(
    created: datetime, rerun: Rerun, known: dict[str, _Known], seen: Seen
) -> Iterator[Reason]:
    cited = {source.id for source in _cited(rerun.citations)}
    found = {hit.source.id: hit.source for hit in rerun.found.hits}
    others = [source for id_, source in found.items() if id_ not in cited | known.keys()]
    first = seen([(s.id, s.version) for s in others])
    for source in others:
        when = first.get((source.id, source.version))
        if when and when > created:
            yield _came(source, when, " It is found now, but not cited.")


def _came(source: Source, when: datetime, note: str = "") -> Reason:
    day = when.date().isoformat()
    text = f"{_named(source)} came with its present text on {day}, after that answer.{note}"
    return Reason("new", text, source.id)


def _differing(kind: ReasonKind, then: dict[str, str], now: dict[str, str]) -> Iterator[Reason]:
    for name in sorted(then.keys() | now.keys()):
        was, is_ = then.get(name), now.get(name)
        if was != is_:
            what = f"{kind.capitalize()} {name}".rstrip()
            yield Reason(kind, f"{what} was {_shown(was)}, is {_shown(is_)}.", name)


def _day(record: Record, answer: Answer) -> Iterator[Reason]:
    """The day bears on what is said of a source's date; it is a reason where that differs for a
    source that is cited, and described alike, then and now."""
    then, now = record.ask.today, answer.question.ask.today
    if then == now or record.answer is None:
        return
    was, is_ = _dated(record.answer), _dated(answer)
    both = {_placeless(s) for s in _cited(record.answer.citations)} & {
        _placeless(s) for s in _cited(answer.citations)
    }
    if any(source in both for _, source in was ^ is_):
        yield Reason("day", f"Today was {then}, is {now}; ages are counted from it.")


def _dated(answer: Answer) -> set[tuple[str, Source]]:
    """What is said of dates, and of which source."""
    return {
        (caveat.text, _placeless(answer.statements[position].citations[0].source))
        for caveat in answer.caveats
        if caveat.kind == "date"
        for position in caveat.statements
    }


def _collection(then: Circumstances, now: Circumstances) -> Iterator[Reason]:
    if then.collection and then.collection != now.collection:
        yield Reason(
            "collection",
            "Other sources of the collection changed; how often words occur, and so the order of "
            "what is found, can shift with that.",
        )


def _placeless(source: Source) -> Source:
    return replace(source, path="")


def _named(source: Source) -> str:
    return f"“{source.title}” ({source.id})"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "nothing"
    return "nothing" if value in (None, "") else str(value)
