"""Whether both sides of a matter are told alike, and the same question answered alike however
it is worded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.types import Answer
from evals.measures.answers import silent
from evals.types import Measure, Outcome, Score

MEASURES = (
    Measure("mirror_balance", "words on the side that is told in fewer, over those on the other"),
    Measure("wording_agreement", "what is cited for both of two wordings, over what is for any"),
)


def score_pairs(outcomes: Sequence[Outcome]) -> Iterator[Score]:
    """Balance of mirrored pairs, told of the first case of a pair, and agreement of wordings, told
    of the one that words another anew.

    Where both sides are silent there is no balance to speak of; two silent wordings agree.
    """
    first = {o.case.id: o for o in outcomes if o.turn == 0}
    sides: dict[str, list[Outcome]] = {}
    for outcome in first.values():
        if outcome.case.pair:
            sides.setdefault(outcome.case.pair, []).append(outcome)
    for outcome in outcomes:
        yield _balance(outcome, sides.get(outcome.case.pair, []))
        yield _agreement(outcome, first.get(outcome.case.wording_of))


def _balance(outcome: Outcome, pair: Sequence[Outcome]) -> Score:
    name = "mirror_balance"
    if not outcome.case.pair or outcome.turn:
        return outcome.without(name, "not_applicable", "no mirrored pair")
    if outcome is not pair[0]:
        return outcome.without(name, "not_applicable", f"told with {pair[0].case.id}")
    if len(pair) != 2:
        return outcome.without(name, "unscored", "the other side was not asked")
    answers = [_answer(side) for side in pair]
    if any(answer is None for answer in answers):
        return outcome.without(name, "unscored", "a side has no answer")
    if all(silent(answer) for answer in answers if answer):
        return outcome.without(name, "not_applicable", "silent on both sides")
    lengths = sorted(_words(answer) for answer in answers if answer)
    return outcome.score(name, lengths[0] / lengths[1] if lengths[1] else 1.0)


def _agreement(outcome: Outcome, other: Outcome | None) -> Score:
    name = "wording_agreement"
    if not outcome.case.wording_of or outcome.turn:
        return outcome.without(name, "not_applicable", "words no other case anew")
    if other is None:
        return outcome.without(name, "unscored", "the other wording was not asked")
    here, there = _answer(outcome), _answer(other)
    if here is None or there is None:
        return outcome.without(name, "unscored", "a wording has no answer")
    if silent(here) or silent(there):
        return outcome.score(name, silent(here) and silent(there))
    a, b = _cited(here), _cited(there)
    return outcome.score(name, len(a & b) / len(a | b))


def _answer(outcome: Outcome) -> Answer | None:
    return outcome.record.answer if outcome.record else None


def _words(answer: Answer) -> int:
    return sum(len(statement.text.split()) for statement in answer.statements)


def _cited(answer: Answer) -> set[tuple[str, int, int]]:
    """What the short answer cites; where the register answers alone, what its rows do."""
    shown = [c for s in answer.statements for c in s.citations] or answer.citations
    return {(c.source_id, c.start, c.end) for c in shown}
