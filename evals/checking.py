"""Cases beside the collection: those that name a missing source, or words that are not in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import get_args

from assistant.types import CaveatKind
from evals.locating import holders, locate
from evals.reading import Row, split_of, unknown_keys
from evals.types import TYPES, Case, Expected


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a case; `turn` counts from 0. Only an `error` fails the check."""

    case: str
    turn: int
    text: str
    error: bool = True


def check_cases(
    cases: Sequence[Case], sources: Collection[str], text: Callable[[str], str]
) -> list[Flaw]:
    """Everything wrong with the cases, beside the ids of the collection's sources; `text` gives
    the text of one.
    """
    text = cache(text)
    ids = {case.id for case in cases}
    flaws = []
    for case in cases:
        flaws += list(_case(case, ids))
        for number, turn in enumerate(case.turns):
            flaws += [
                Flaw(case.id, number, said, error) for said, error in _turn(turn, sources, text)
            ]
    return flaws + list(_pairs(cases))


def check_keys(rows: Iterable[Row]) -> list[Flaw]:
    """A note of every key in the lines of a case file that nothing reads."""
    return [
        Flaw(row["id"], turn, f"nothing reads the key {key!r}", error=False)
        for row in rows
        for turn, key in unknown_keys(row)
    ]


def _case(case: Case, ids: set[str]) -> Iterator[Flaw]:
    if case.type not in TYPES:
        yield Flaw(case.id, 0, f"the type {case.type!r} is not one of {', '.join(TYPES)}", False)
    if case.wording_of and case.wording_of not in ids:
        yield Flaw(case.id, 0, f"it words {case.wording_of!r} anew, which is no case here")
    if case.split != split_of(case.id, case.pair, case.wording_of):
        yield Flaw(case.id, 0, f"the split {case.split!r} is not that of the rule", False)


def _turn(
    turn: Expected, sources: Collection[str], text: Callable[[str], str]
) -> Iterator[tuple[str, bool]]:
    for id_ in (*(turn.sources or ()), *turn.nearest):
        if not holders(id_, sources):
            yield f"there is no source {id_!r}", True
    for fact in turn.facts or ():
        held = holders(fact.source, sources)
        if not held:
            yield f"there is no source {fact.source!r}", True
        elif not any(locate(fact.words, text(id_)) for id_ in held):
            yield f"these words are not in {fact.source}: {fact.words!r}", True
    if turn.answerable and turn.sources == ():
        yield "it is answerable, and no source answers it", False
    if turn.answerable is False and (turn.sources or turn.facts):
        yield "it is not answerable, and yet names sources or facts that answer it", True
    for caveat in turn.caveats or ():
        if caveat not in get_args(CaveatKind) and " " not in caveat:
            yield f"the caveat {caveat!r} is no kind of caveat", False


def _pairs(cases: Sequence[Case]) -> Iterator[Flaw]:
    sides = Counter(case.pair for case in cases if case.pair)
    for case in cases:
        if case.pair and sides[case.pair] != 2:
            yield Flaw(case.id, 0, f"the pair {case.pair!r} has not two sides")
