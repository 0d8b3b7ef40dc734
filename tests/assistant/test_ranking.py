"""The order of passages: what is weighed, and that nothing is lost on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from finds import found, hit, question, source
from hypothesis import given
from hypothesis import strategies as st

from assistant.learned import Logistic
from assistant.ranking import RANK_FEATURES, nearness, rank_features, rank_scores
from index.types import Found

ASKED = question("When did Prague end its agreement with Beijing?")
NEAR = hit("Prague ended its agreement with Beijing in October 2019.", of=source("near"))
FAR = hit("Zebras graze on the plain.", of=source("far"))


def _alone(name: str) -> Logistic:
    """A model that reads one feature and nothing else."""
    return Logistic(0.0, tuple(float(feature == name) for feature in RANK_FEATURES))


@pytest.mark.parametrize(
    "feature",
    ["coverage", "coverage_in_context", "sentence_coverage", "pair_coverage", "names_met",
     "nearness", "aim_met", "rarest_met", "terms_met", "word_pairs"],
)  # fmt: skip
def test_a_passage_that_speaks_of_what_is_asked_is_ahead_in_each_feature_of_words(
    feature: str,
) -> None:
    far, near = rank_scores(ASKED, found(FAR, NEAR), _alone(feature))
    assert near > far


def test_scores_of_both_searches_are_standardised_over_the_candidates() -> None:
    hits = [replace(FAR, dense=d, keyword=k) for d, k in ((0.1, 0.0), (0.5, 3.0), (0.9, 9.0))]
    columns = rank_features(ASKED, found(*hits)).T
    for name in ("dense_standard", "keyword_standard"):
        column = columns[RANK_FEATURES.index(name)]
        assert column.mean() == pytest.approx(0, abs=1e-9)
        assert column.std() == pytest.approx(1)


def test_candidates_that_are_all_alike_are_not_told_apart_by_a_spread_of_nothing() -> None:
    assert np.isfinite(rank_features(ASKED, found(FAR, FAR))).all()


def test_no_candidate_has_no_score() -> None:
    nothing = Found((), 0, 0, 0, ())
    assert rank_scores(ASKED, nothing, _alone("dense")).shape == (0,)


def test_words_of_a_question_that_stand_apart_are_not_near_each_other() -> None:
    weights = {"prague": 1.0, "beij": 1.0}
    assert nearness(weights, ("prague", "and", "beij")) == 1.0
    assert nearness(weights, ("prague", *["word"] * 30, "beij")) == 0.5
    assert nearness(weights, ("zebra",)) == 0.0
    assert nearness({}, ("zebra",)) == 0.0


@given(st.text(min_size=1, max_size=200).filter(str.strip))
def test_any_question_gives_every_candidate_a_finite_score(text: str) -> None:
    asked = replace(ASKED, standalone=text)
    scores = rank_scores(asked, found(NEAR, FAR), Logistic(0.0, (1.0,) * len(RANK_FEATURES)))
    assert scores.shape == (2,)
    assert np.isfinite(scores).all()
