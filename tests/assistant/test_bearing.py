"""What is said of a claim beside texts, worked out by hand where it can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.bearing import FALLS, FEATURES, OTHERS, PLAIN, RISES, features, read
from index.embedders import HashingEmbedder

EMBEDDER = HashingEmbedder(64)
TEXT = "The bridge was opened in 1979. It may not carry lorries."


def told(claim: str, *texts: str) -> dict[str, float]:
    said, *there = read([claim, *texts], EMBEDDER)
    return dict(zip(FEATURES, features(said, there), strict=True))


def test_every_feature_is_named_once_and_the_plain_ones_come_first() -> None:
    assert len(set(FEATURES)) == len(FEATURES)
    assert (*RISES, *FALLS, *OTHERS) == FEATURES
    assert FEATURES[: len(PLAIN)] == PLAIN


def test_what_stands_there_is_found_whole() -> None:
    found = told("The bridge was opened in 1979.", TEXT)
    for name in ("words", "words_in_one", "pairs", "triples", "in_order", "run", "figures"):
        assert found[name] == 1.0, name
    assert found["soft_least"] == pytest.approx(1.0, abs=1e-5)
    assert (found["missing"], found["figures_missing"], found["negation_differs_in_one"]) == (
        0,
        0,
        0,
    )


def test_features_worked_out_by_hand() -> None:
    found = told("The bridge was opened in 1980.", TEXT)
    # "bridg", "open" and "1980": two of three words, in one sentence, in order; of five pairs of
    # words one is missing, and five of six words stand in a row.
    assert found["words"] == pytest.approx(2 / 3)
    assert found["in_order"] == pytest.approx(2 / 3)
    assert found["pairs"] == pytest.approx(4 / 5)
    assert found["run"] == pytest.approx(5 / 6)
    assert (found["figures"], found["has_figures"]) == (0.0, 1.0)
    assert found["missing"] == pytest.approx(np.log1p(1))


def test_words_of_two_sentences_are_found_together_only_in_a_stretch_of_both() -> None:
    found = told("Lorries opened the bridge.", TEXT)
    assert found["words_in_one"] == pytest.approx(2 / 3)
    assert found["words_in_two"] == 1.0


def test_a_turned_pair_is_told_from_one_in_order() -> None:
    assert told("Wuhan invited Arnhem.", "Arnhem invited Wuhan.")["turned_pairs"] == 1.0
    assert told("Arnhem invited Wuhan.", "Arnhem invited Wuhan.")["turned_pairs"] == 0.0


def test_the_weakest_sentence_of_a_claim_is_told() -> None:
    assert told("The bridge was opened. Zebras graze.", TEXT)["words_of_weakest"] == 0.0


def test_a_negation_and_a_hedge_on_one_side_only_are_told() -> None:
    found = told("The bridge carries lorries.", "The bridge may not carry lorries.")
    assert (found["negation_differs"], found["hedge_dropped"]) == (1.0, 1.0)


def test_a_text_without_words_has_no_sentences() -> None:
    assert read(["", " * ", "A word."], EMBEDDER)[:2] == [(), ()]


@settings(max_examples=50)
@given(st.text(min_size=1), st.text(min_size=1))
def test_every_feature_of_any_two_texts_is_a_number(claim: str, text: str) -> None:
    said, there = read([claim, text], EMBEDDER)
    if said and there:
        assert np.isfinite(features(said, [there])).all()
