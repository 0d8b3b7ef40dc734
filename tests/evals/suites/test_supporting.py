"""What the verifier and a learned classifier say of texts that people judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made import value_of
from made_labelled import POOR, REFERENCE, a_room

from evals.scoring import figures
from evals.suites.supporting import (
    Judged,
    embedding_features,
    learned_scores,
    lexical_features,
    measures,
    verifier_scores,
)
from index.embedders import HashingEmbedder


def judged(id: str, text: str, borne: bool, group: str = "") -> Judged:
    return Judged(id, "T", group or id, text, (REFERENCE,), borne)


@pytest.mark.parametrize("verifier", ["learned", "lexical"])
def test_the_verifier_says_yes_only_where_it_bears_every_sentence(
    verifier: str, tmp_path: Path
) -> None:
    half = f"The bridge was opened in 1979. {POOR}"
    scores = verifier_scores([judged("a", half, True)], "m", a_room(tmp_path, verifier=verifier))
    assert value_of(scores, "m") == 0.0
    assert value_of(scores, "m_score") <= 0.5
    assert {score.truth for score in scores} == {1.0}


def test_a_text_without_a_sentence_is_unscored_and_never_counted_as_wrong(tmp_path: Path) -> None:
    scores = verifier_scores([judged("a", "", True)], "m", a_room(tmp_path))
    assert [score.state for score in scores] == ["unscored", "unscored"]


def test_the_figures_of_a_verifier_that_is_right_throughout(tmp_path: Path) -> None:
    items = [judged("a", REFERENCE, True), judged("b", POOR, False)]
    found = figures(verifier_scores(items, "m", a_room(tmp_path)), measures("m", "it is borne"), 0)
    values = {name: figure.value for name, figure in found.items()}
    assert values == {"m_macro_f1": 1.0, "m_balanced_accuracy": 1.0, "m_auroc": 1.0}


def test_lexical_features_worked_out_by_hand() -> None:
    # "bridg", "open" and "1980": two of three words; the pairs "the bridge", "bridge was",
    # "was opened", "opened in" of five; the year is another; no name; one negation missing.
    (row,) = lexical_features([judged("a", "The bridge was opened in 1980.", True)])
    # The closest words are "The bridge was opened in 1979.": F1 of two of three words each.
    expected = [2 / 3, 4 / 5, 0.0, 1.0, 2 / 3, 0.0, np.log1p(3)]
    assert row == pytest.approx(expected)


def test_a_negation_on_one_side_only_is_a_feature() -> None:
    (row,) = lexical_features([judged("a", "The bridge was not opened in 1979.", True)])
    assert row[5] == 1.0


def test_without_items_there_are_no_rows() -> None:
    assert lexical_features([]).shape == (0, 7)


def test_a_text_that_stands_there_has_the_direction_of_the_closest_words() -> None:
    items = [judged("a", REFERENCE, True), judged("b", POOR, False)]
    same, other = embedding_features(items, HashingEmbedder(64))
    assert same == pytest.approx([1.0, 1.0], abs=1e-5)
    assert other[0] < 0.5


def test_a_classifier_never_learns_from_the_part_that_it_judges() -> None:
    # In part "p" the feature speaks the other way: who learned from it would be right there.
    items = [judged(f"{part}{n}", POOR, bool(n % 2)) for part in "pqr" for n in range(4)]
    features = np.asarray(
        [[n % 2 if part != "p" else 1 - n % 2] for part in "pqr" for n in range(4)]
    )
    scores = learned_scores(items, "m", features.astype(float), [i.id[0] for i in items], 3)
    wrong = {s.case[0] for s in scores if s.measure == "m" and s.value != s.truth}
    assert "p" in wrong


def test_what_has_nothing_to_learn_from_is_unscored() -> None:
    alone = [judged("a", POOR, True), judged("b", POOR, False)]
    scores = learned_scores(alone, "m", np.zeros((2, 1)), ["p", "p"], 5)
    assert {score.state for score in scores} == {"unscored"}
    # Each of two parts would learn from the one example of the other.
    scores = learned_scores(alone, "m", np.zeros((2, 1)), ["p", "q"], 5)
    assert {score.state for score in scores} == {"unscored"}
