"""What was held to be answerable, and what was: predictions beside the truth."""

from __future__ import annotations

import pytest
from made import a_case, a_record, an_answer, an_outcome

from evals.measures.abstention import ANSWERABILITY, MEASURES, score_abstention
from evals.scoring import figures


def test_each_question_has_its_likelihood_beside_the_truth() -> None:
    yes = an_outcome(a_case("a", sources=["bridge"]), a_record(an_answer(), likelihood=0.9))
    no = an_outcome(a_case("b", "NA"), a_record(an_answer(), likelihood=0.2))
    lost = an_outcome(a_case("c"), None, problem="not asked")
    open_ = an_outcome(a_case("d"), a_record(an_answer(), likelihood=0.5))
    scores = list(score_abstention([yes, no, lost, open_]))
    assert [(s.measure, s.value, s.truth, s.state) for s in scores] == [
        (ANSWERABILITY, 0.9, 1.0, "scored"),
        (ANSWERABILITY, 0.2, 0.0, "scored"),
        (ANSWERABILITY, None, None, "unscored"),
        (ANSWERABILITY, None, None, "unscored"),
    ]


def test_its_measures_are_those_of_the_predictions_by_hand() -> None:
    likelihoods = {"a": (0.9, True), "b": (0.6, False), "c": (0.4, True), "d": (0.2, False)}
    outcomes = [
        an_outcome(a_case(id, answerable=answerable), a_record(an_answer(), likelihood=likelihood))
        for id, (likelihood, answerable) in likelihoods.items()
    ]
    told = figures(list(score_abstention(outcomes)), MEASURES, 0)
    assert told["auroc"].value == 0.75
    assert told["brier"].value == pytest.approx((0.01 + 0.36 + 0.36 + 0.04) / 4)
    # Each falls into a bin of its own, so the gap is the mean distance from the truth.
    assert told["calibration_error"].value == pytest.approx((0.1 + 0.6 + 0.6 + 0.2) / 4)
    assert told["coverage_at_5"].value == 0.5
    # Risks 0, 1/2, 1/3, 1/2 over a quarter of the questions each.
    assert told["risk_coverage_area"].value == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_without_a_question_of_each_kind_nothing_can_be_told_apart() -> None:
    only = an_outcome(a_case("a", answerable=True), a_record(an_answer(), likelihood=0.9))
    told = figures(list(score_abstention([only])), MEASURES, 0)
    assert told["auroc"].value is None
    assert told["auroc"].scored == 1
