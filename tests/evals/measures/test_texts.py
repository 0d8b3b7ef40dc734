"""Measures of plain texts, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.verifiers import LexicalVerifier
from evals.measures import texts
from index.embedders import HashingEmbedder

OPENED = "The bridge was opened in 1979."
LORRIES = "Lorries may not cross it."
SOURCE = f"{OPENED} {LORRIES}"
VERIFIER = LexicalVerifier()
some_texts = st.lists(st.sampled_from("bridge river lorry 1979 Oslo no may.".split())).map(" ".join)


def test_citation_numbers_and_marks_of_markdown_belong_to_no_sentence() -> None:
    assert texts.sentences("# Bridge\n\n**It** was opened [1]. It is long [12].") == (
        "Bridge", "It was opened.", "It is long.",
    )  # fmt: skip


def test_lines_of_a_list_are_sentences_of_their_own() -> None:
    assert texts.sentences("It has:\n- a lane\n- a rail") == ("It has:", "a lane", "a rail")


def test_an_empty_text_has_no_sentence() -> None:
    assert texts.sentences(" \n") == ()


def test_the_words_closest_to_a_sentence_come_from_the_text_that_shares_most() -> None:
    near = texts.closest("The bridge was opened.", ["Zebras graze.", SOURCE])
    assert near == (OPENED, "Zebras graze.")


def test_a_sentence_is_judged_beside_three_passages_at_most() -> None:
    assert len(texts.closest("The bridge.", [f"The bridge {n}." for n in range(5)])) == 3


def test_a_sentence_that_one_of_the_texts_bears_is_supported() -> None:
    assert texts.judge(OPENED, ["Zebras graze.", SOURCE], VERIFIER).supported


def test_a_sentence_is_not_supported_where_there_is_no_text() -> None:
    verdict = texts.judge(OPENED, [], VERIFIER)
    assert (verdict.supported, verdict.score) == (False, 0.0)


def test_support_is_the_share_and_the_mean_over_the_answers_sentences() -> None:
    # The first sentence stands there; the year of the second does not, which scores 0.
    answer = f"{OPENED} The bridge was opened in 1980."
    assert texts.supported(answer, [SOURCE], VERIFIER) == (0.5, 0.5)


def test_an_answer_without_a_sentence_has_no_support_to_speak_of() -> None:
    assert texts.supported("", [SOURCE], VERIFIER) is None


def test_details_are_the_figures_and_names_of_each_sentence() -> None:
    # 1979 and Oslo are there, 1980 is not.
    answer = "It was opened in Oslo in 1979. It was closed in 1980."
    assert texts.details_found(answer, ["Oslo opened it in 1979."]) == pytest.approx(2 / 3)


def test_an_answer_without_details_invents_none() -> None:
    assert texts.details_found("it is long", [SOURCE]) == 1.0


def test_words_found_counts_each_content_word_once() -> None:
    # "bridg" is there, "zebra" is not.
    assert texts.words_found("The bridge, the bridge, a zebra", [SOURCE]) == 0.5
    assert texts.words_found("", [SOURCE]) == 1.0
    assert texts.words_found("bridge", []) == 0.0


def test_fact_recall_is_the_share_of_the_references_sentences_that_are_said() -> None:
    assert texts.fact_recall(f"Zebras graze. {OPENED}", SOURCE) == 0.5
    assert texts.fact_recall("", SOURCE) == 0.0
    assert texts.fact_recall(OPENED, "") == 0.0


def test_a_figure_that_differs_is_another_fact() -> None:
    assert texts.fact_recall("The bridge was opened in 1980.", OPENED) == 0.0


def test_word_recall_asks_nothing_of_further_words() -> None:
    # "bridg" and "long" of the reference; the answer has the first.
    assert texts.word_recall("A bridge with zebras", "The bridge is long") == 0.5
    assert texts.word_recall("A bridge", "") == 0.0


def test_word_f1_counts_a_word_as_often_as_it_occurs() -> None:
    # Two of two words against one: one in common, 2 * 1 / (2 + 1).
    assert texts.word_f1("bridge bridge", "bridge") == pytest.approx(2 / 3)
    assert texts.stem_f1("bridge bridge", "bridge") == 1.0
    assert texts.word_f1("", "bridge") == 0.0


def test_rouge_l_goes_by_the_longest_words_in_one_order() -> None:
    # "a c" in common of three words and of two: 2 * 2 / 5.
    assert texts.rouge_l("a b c", "a c") == pytest.approx(0.8)
    assert texts.rouge_l("c a", "a c") == pytest.approx(0.5)
    assert texts.rouge_l("", "a") == 0.0


def test_length_is_counted_in_words() -> None:
    assert texts.length(OPENED) == 6.0


def test_vectors_have_length_one_however_long_the_text_and_none_of_an_empty_one() -> None:
    rows = texts.vectors([OPENED, " ".join([SOURCE] * 200), ""], HashingEmbedder(32))
    assert rows.shape == (3, 32)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1.0, 1.0, 0.0])


@given(some_texts, some_texts)
def test_shares_lie_between_nothing_and_all_and_a_text_is_like_itself(one: str, two: str) -> None:
    for measure in (texts.word_f1, texts.stem_f1, texts.rouge_l, texts.word_recall):
        assert 0.0 <= measure(one, two) <= 1.0
        assert math.isclose(measure(one, one), 1.0) or not measure(one, one)
    assert texts.words_found(one, [one]) == 1.0
    assert texts.details_found(one, [one]) == 1.0
