"""A recorded question is asked again and compared; replaying keeps no record of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from assistant.reasons import Reason, Rerun, Seen, reasons
from assistant.recording import Works
from assistant.types import (
    Answer,
    Caveat,
    Circumstances,
    Premise,
    Record,
    Statement,
    Workings,
)
from assistant.wording import content_stems
from corpus.types import Source
from index.types import Found

# Share of content words from which two sentences of one source count as the same one, reworded.
ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence as it was, and the one that stands for it now."""

    then: Statement
    now: Statement


@dataclass(frozen=True, slots=True)
class Turned:
    """What an answer says of itself, where it differs; empty where nothing was said."""

    what: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class TieSaid:
    """One value of a row of the register, as an answer showed it, and the sources that said it."""

    tie: str
    field: str
    value: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """A record and today's answer to the same question, compared.

    `kept` sentences have the same words and sources; `relabelled` ones too, but who says it, the
    label or the check differs; `reworded` ones are alike and of the same source. A sentence is
    new or gone where it is none of these. `leading` is given where another sentence comes first.
    `ties_gone` and `ties_new` are values of the register of ties that only one of the two showed.
    Of a question that was stopped or failed, what was shown until then is compared.
    `why` is what may explain a difference, most telling first.
    """

    record: Record
    created: datetime
    today: date
    answer: Answer
    kept: tuple[Statement, ...]
    gone: tuple[Statement, ...]
    new: tuple[Statement, ...]
    reworded: tuple[Pair, ...]
    relabelled: tuple[Pair, ...]
    leading: Pair | None
    caveats_gone: tuple[Caveat, ...]
    caveats_new: tuple[Caveat, ...]
    turned: tuple[Turned, ...]
    ties_gone: tuple[TieSaid, ...]
    ties_new: tuple[TieSaid, ...]
    why: tuple[Reason, ...]

    @property
    def same(self) -> bool:
        """Whether there was a whole answer and today's is the same, in whatever order."""
        differences = (
            self.gone, self.new, self.reworded, self.relabelled,
            self.caveats_gone, self.caveats_new, self.turned, self.ties_gone, self.ties_new,
        )  # fmt: skip
        return self.record.answer is not None and not any(differences)


def replay(
    record: Record,
    created: datetime,
    assistant: Works,
    sources: Iterable[Source],
    circumstances_now: Callable[[Found], Circumstances],
    seen: Seen,
    today: date,
) -> Replay:
    """Asks the record's question again, as if on that day, and compares.

    `sources` are those of today's collection. `seen` tells when versions, as (source id, version),
    were first indexed; None or no entry where that is not known.

    Raises:
        IndexProblem: the index cannot be read.
    """
    rerun = _asked_again(record, assistant, circumstances_now, today)
    answer = rerun.answer
    pairs, gone, new = _matched(record.statements, answer.everything)
    unchanged = [pair for pair in pairs if _same_words(pair)]
    caveats = record.answer.caveats if record.answer else ()
    ties, ties_now = _ties(record.answer), _ties(answer)
    return Replay(
        record=record,
        created=created,
        today=today,
        answer=answer,
        kept=tuple(pair.now for pair in unchanged if _told_alike(pair)),
        gone=gone,
        new=new,
        reworded=tuple(pair for pair in pairs if not _same_words(pair)),
        relabelled=tuple(pair for pair in unchanged if not _told_alike(pair)),
        leading=_leading(record.statements, answer.everything, pairs),
        caveats_gone=_without(caveats, answer.caveats),
        caveats_new=_without(answer.caveats, caveats),
        turned=_turned(record, rerun),
        ties_gone=tuple(said for said in ties if said not in ties_now),
        ties_new=tuple(said for said in ties_now if said not in ties),
        why=reasons(record, created, rerun, sources, seen),
    )


def _asked_again(
    record: Record,
    assistant: Works,
    circumstances_now: Callable[[Found], Circumstances],
    today: date,
) -> Rerun:
    answer, workings, premise = None, None, None
    for event in assistant.worked(replace(record.ask, today=today)):
        match event:
            case Answer():
                answer = event
            case Workings():
                workings = event
            case Premise():
                premise = event
    if answer is None or workings is None:
        raise RuntimeError("the chain ended without an answer and its workings")
    return Rerun(answer, premise, workings.found, circumstances_now(workings.found))


def _matched(
    then: Sequence[Statement], now: Sequence[Statement]
) -> tuple[list[Pair], tuple[Statement, ...], tuple[Statement, ...]]:
    """Pairs in today's order, then what has no counterpart, then and now; those most alike find
    each other first."""
    likeness = [(_likeness(t, n), j, i) for i, t in enumerate(then) for j, n in enumerate(now)]
    partner: dict[int, int] = {}
    for score, j, i in sorted(likeness, key=lambda scored: (-scored[0], *scored[1:])):
        if score >= ALIKE and j not in partner and i not in partner.values():
            partner[j] = i
    pairs = [Pair(then[i], now[j]) for j, i in sorted(partner.items())]
    gone = tuple(s for i, s in enumerate(then) if i not in partner.values())
    return pairs, gone, tuple(s for j, s in enumerate(now) if j not in partner)


def _likeness(one: Statement, other: Statement) -> float:
    """2 for the same words and sources, 0 where no source is shared, else 0..1."""
    if _same_words(Pair(one, other)):
        return 2.0
    said, says = content_stems(one.text), content_stems(other.text)
    if not _cited(one) & _cited(other) or not said | says:
        return 0.0
    return len(said & says) / max(len(said), len(says))


def _same_words(pair: Pair) -> bool:
    return pair.then.text == pair.now.text and _cited(pair.then) == _cited(pair.now)


def _told_alike(pair: Pair) -> bool:
    """Whether the same is said of both: by whom, what sort of sentence, and how it was checked."""
    then, now = pair.then, pair.now
    return (then.attribution, then.label, then.support.kind) == (
        now.attribution, now.label, now.support.kind
    )  # fmt: skip


def _cited(statement: Statement) -> frozenset[str]:
    return frozenset(c.source_id for c in statement.citations)


def _leading(
    then: Sequence[Statement], now: Sequence[Statement], pairs: Sequence[Pair]
) -> Pair | None:
    """The two first sentences, where they are no counterparts."""
    if not then or not now or Pair(then[0], now[0]) in pairs:
        return None
    return Pair(then[0], now[0])


def _without(caveats: Sequence[Caveat], others: Sequence[Caveat]) -> tuple[Caveat, ...]:
    """Caveats whose like, wherever it stands, is not among the others."""
    like = {(c.kind, c.text) for c in others}
    return tuple(c for c in caveats if (c.kind, c.text) not in like)


def _turned(record: Record, rerun: Rerun) -> tuple[Turned, ...]:
    if record.answer is None:
        return ()
    then = _says_of_itself(record.answer, record.premise)
    now = _says_of_itself(rerun.answer, rerun.premise)
    return tuple(Turned(name, then[name], now[name]) for name in then if then[name] != now[name])


def _says_of_itself(answer: Answer, premise: Premise | None) -> dict[str, str]:
    return {
        "status": answer.status,
        "understood as": answer.question.standalone,
        "premise": premise.text if premise else "",
        "opening": answer.opening,
        "silence": answer.silence.text if answer.silence else "",
        "nearest": "; ".join(n.source.title for n in answer.nearest),
        "withheld": str(answer.withheld),
    }


def _ties(answer: Answer | None) -> tuple[TieSaid, ...]:
    """Every value that an answer shows of the register, row by row."""
    table = answer.ties if answer else None
    return tuple(
        TieSaid(
            f"{row.city} and {row.partner}",
            field,
            " or ".join((value.value, *value.dates)),
            tuple(sorted({c.source_id for c in value.citations})),
        )
        for row in (table.rows if table else ())
        for field, values in (("kind", row.kind), ("start", row.start), ("status", row.status))
        for value in values
    )
