"""What went wrong in a turn, and which of it is worse."""

from __future__ import annotations

import pytest
from made import a_case, a_record, a_score, an_answer, an_outcome, says

from assistant.types import Record
from evals.report.flaws import ALL, ERROR, flaws_of, severity

OPENED = "The bridge was opened in 1979."


@pytest.mark.parametrize(
    ("measure", "value", "flaws"),
    [
        ("serious_error", 1.0, ["serious error"]),
        ("serious_error", 0.0, []),
        ("abstained_rightly", 0.0, ["answered what cannot be"]),
        ("omitted_limits", 1.0, ["exception left out"]),
        ("fact_recall", 0.99, ["fact missing"]),
        ("fact_recall", 1.0, []),
        ("fact_recall", None, []),
        ("source_recall", 0.5, ["right source not retrieved"]),
        ("caveats_false", 0.1, ["caveat not expected"]),
        ("citation_precision", 0.5, ["citation of another source"]),
        ("repetition", 0.0, []),
        ("length", 120.0, []),
    ],
)
def test_a_flaw_is_what_was_scored_and_is_not_at_its_best(
    measure: str, value: float | None, flaws: list[str]
) -> None:
    outcome = an_outcome(a_case(), a_record(an_answer(says(OPENED))))
    assert list(flaws_of(outcome, [a_score("c1", value, measure)])) == flaws


@pytest.mark.parametrize(
    ("record", "problem"),
    [(None, "not asked"), (None, ""), (a_record(failure="The disk broke."), "The disk broke.")],
)
def test_what_met_an_error_is_told_as_that_and_as_nothing_else(
    record: Record | None, problem: str
) -> None:
    unscored = [a_score("c1", None, measure) for measure in ("serious_error", "fact_recall")]
    assert flaws_of(an_outcome(a_case(), record, problem=problem), unscored) == (ERROR,)


def test_an_answer_that_was_broken_off_is_no_answer_without_flaws() -> None:
    assert flaws_of(an_outcome(a_case(), a_record(None)), ()) == (ERROR,)


def test_silence_is_not_held_against_the_sources_that_it_does_not_cite() -> None:
    outcome = an_outcome(a_case(), a_record(an_answer()))
    scores = [a_score("c1", 1.0, "false_abstention"), a_score("c1", 0.0, "answered_rightly")]
    assert flaws_of(outcome, scores) == ("not answered",)


def test_flaws_stand_in_one_order_whatever_the_order_of_scores() -> None:
    outcome = an_outcome(a_case(), a_record(an_answer(says(OPENED))), problem="late")
    scores = [a_score("c1", 0.5, m) for m in ("repetition", "fact_recall", "serious_error")]
    told = (ERROR, "serious error", "fact missing", "repeats itself")
    assert flaws_of(outcome, scores) == flaws_of(outcome, reversed(scores)) == told


def test_a_worse_flaw_outweighs_all_lesser_ones_together() -> None:
    assert len(set(ALL)) == len(ALL)
    for place, flaw in enumerate(ALL):
        assert severity([flaw]) < severity(ALL[place + 1 :])
