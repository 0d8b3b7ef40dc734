"""The curve of evidence spans: precision where all questions together reach a recall."""

from __future__ import annotations

import pytest

from evals.measures.retrieval import Stretch
from evals.measures.spans import MEASURES, precision_scores, shown
from evals.types import Case, Expected, Outcome

OF = ("source", "version")


def _outcome(id_: str) -> Outcome:
    return Outcome(Case(id_, "SF", (Expected(question="Why?"),), id_, "tune"), 0, None, ())


def _at(start: int, end: int) -> Stretch:
    return Stretch(OF, start, end)


def test_precision_is_read_where_the_mean_recall_of_all_questions_reaches_the_point() -> None:
    quick = shown(_outcome("a"), [_at(0, 10)], [_at(0, 10), _at(20, 40)], [1, 2])
    slow = shown(_outcome("b"), [_at(0, 10)], [_at(20, 40), _at(0, 10)], [1, 2])
    scores = list(precision_scores([quick, slow]))
    at_50 = {s.case: s.value for s in scores if s.measure == "span_precision_at_50"}
    at_65 = {s.case: s.value for s in scores if s.measure == "span_precision_at_65"}
    assert at_50 == {"a": 1.0, "b": 0.0}
    assert at_65 == {"a": pytest.approx(1 / 3), "b": pytest.approx(1 / 3)}


def test_a_recall_that_no_setting_reaches_is_unscored_not_wrong() -> None:
    half = shown(_outcome("a"), [_at(0, 10)], [_at(0, 6)], [1, 5])
    states = {s.measure: s.state for s in precision_scores([half])}
    assert states["span_precision_at_50"] == "scored"
    assert states["span_precision_at_65"] == "unscored"
    assert set(states) == {measure.name for measure in MEASURES}


def test_more_sentences_than_there_are_change_nothing() -> None:
    one = shown(_outcome("a"), [_at(0, 10)], [_at(0, 20)], [1, 7])
    assert one.precision.tolist() == [0.5, 0.5]
    assert one.recall.tolist() == [1.0, 1.0]
