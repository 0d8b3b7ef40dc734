"""Both sides of a matter, and one question in other words."""

from __future__ import annotations

from made import HALF, LORRIES, OPENED, a_case, a_record, an_answer, an_outcome, cites, says

from assistant.types import Answer
from evals.measures.pairs import score_pairs
from evals.types import Outcome, Score


def sides(risks: Answer | None, benefits: Answer | None) -> list[Outcome]:
    cases = [a_case(f"p-{side}", pair="p", side=side) for side in ("risks", "benefits")]
    answers = [risks, benefits]
    return [
        an_outcome(case, a_record(answer) if answer else None)
        for case, answer in zip(cases, answers, strict=True)
    ]


def told(outcomes: list[Outcome], measure: str) -> list[Score]:
    return [s for s in score_pairs(outcomes) if s.measure == measure and s.case != "other"]


def test_balance_is_the_shorter_side_over_the_longer_and_told_once() -> None:
    first, second = told(sides(an_answer(says(OPENED)), an_answer(says(LORRIES))), "mirror_balance")
    assert first.value == 5 / 6
    assert (second.state, second.reason) == ("not_applicable", "told with p-risks")


def test_a_side_that_is_silent_where_the_other_is_told_is_out_of_balance() -> None:
    assert told(sides(an_answer(says(OPENED)), an_answer()), "mirror_balance")[0].value == 0


def test_two_silent_sides_have_no_balance_and_two_tables_are_in_balance() -> None:
    silent = told(sides(an_answer(), an_answer()), "mirror_balance")[0]
    assert silent.state == "not_applicable"
    table = an_answer(rows=[cites(OPENED)])
    assert told(sides(table, table), "mirror_balance")[0].value == 1


def test_a_pair_without_its_other_side_is_unscored() -> None:
    alone = sides(an_answer(says(OPENED)), an_answer())[:1]
    assert told(alone, "mirror_balance")[0].reason == "the other side was not asked"
    lost = told(sides(an_answer(says(OPENED)), None), "mirror_balance")[0]
    assert (lost.state, lost.reason) == ("unscored", "a side has no answer")


def wordings(first: Answer, other: Answer) -> Score:
    outcomes = [
        an_outcome(a_case("other"), a_record(first)),
        an_outcome(a_case("again", "OW", wording_of="other"), a_record(other)),
    ]
    return told(outcomes, "wording_agreement")[0]


def test_wordings_agree_by_what_both_cite_over_what_either_does() -> None:
    one = an_answer(says(OPENED), says(HALF))
    assert wordings(one, one).value == 1
    assert wordings(one, an_answer(says(OPENED))).value == 0.5
    assert wordings(one, an_answer(says(LORRIES))).value == 0


def test_silence_agrees_with_silence_and_with_nothing_else() -> None:
    assert wordings(an_answer(), an_answer()).value == 1
    assert wordings(an_answer(says(OPENED)), an_answer()).value == 0


def test_a_wording_of_what_was_not_asked_is_unscored() -> None:
    alone = an_outcome(a_case("again", "OW", wording_of="other"), a_record(an_answer()))
    assert told([alone], "wording_agreement")[0].state == "unscored"
