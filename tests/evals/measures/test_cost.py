"""What answers cost in time."""

from __future__ import annotations

from made import a_case, a_record, an_answer, an_outcome, value_of

from evals.measures.cost import MEASURES, score_cost
from evals.scoring import figures


def test_time_is_that_of_all_stages_and_of_each_that_was_reached() -> None:
    record = a_record(an_answer(), timings={"understand": 1.0, "retrieve": 9.0})
    scores = list(score_cost([an_outcome(a_case(), record)]))
    assert value_of(scores, "time") == 10
    assert value_of(scores, "time_retrieve") == 9
    assert value_of(scores, "time_compose") == "not_applicable"


def test_a_question_that_failed_has_no_time() -> None:
    failed = an_outcome(a_case(), a_record(failure="no model", timings={"understand": 1.0}))
    assert {score.state for score in score_cost([failed])} == {"unscored"}


def test_the_middle_and_the_slow_end_are_told() -> None:
    outcomes = [
        an_outcome(a_case(f"c{n}"), a_record(an_answer(), timings={"retrieve": float(n)}))
        for n in range(1, 102)
    ]
    told = figures(list(score_cost(outcomes)), MEASURES, 0)
    assert told["time_p50"].value == 51
    assert told["time_p95"].value == 96
