"""What an answer is worth: hand-made answers, values worked out by hand."""

from __future__ import annotations

import pytest
from made import (
    FACT,
    HALF,
    LIMIT,
    LORRIES,
    OPENED,
    a_case,
    a_record,
    an_answer,
    an_outcome,
    cites,
    says,
    value_of,
)

from assistant.types import Answer
from evals.measures.answers import MEASURES, score_answers
from evals.types import Case, Score


def scored(case: Case, answer: Answer, premise: bool = False) -> list[Score]:
    return list(score_answers([an_outcome(case, a_record(answer, premise=premise))]))


def test_an_error_is_unscored_by_every_measure_and_never_counted_as_wrong() -> None:
    case = a_case(sources=["bridge"], facts=[FACT], caveats=[])
    for record in (None, a_record(failure="The model cannot be reached.")):
        scores = list(score_answers([an_outcome(case, record, problem="no model")]))
        assert {score.measure for score in scores} == {measure.name for measure in MEASURES}
        assert {score.state for score in scores} == {"unscored"}
        assert {score.reason for score in scores} == {"no model"}


def test_an_answer_from_a_right_source_is_right_and_no_serious_error() -> None:
    scores = scored(a_case(sources=["bridge"], facts=[FACT], caveats=[]), an_answer(says(OPENED)))
    assert value_of(scores, "answered") == 1
    assert value_of(scores, "answered_rightly") == 1
    assert value_of(scores, "false_abstention") == 0
    assert value_of(scores, "serious_error") == 0
    assert value_of(scores, "abstained_rightly") == "not_applicable"


def test_an_answer_from_another_source_alone_is_a_serious_error() -> None:
    scores = scored(a_case(sources=["ferry"]), an_answer(says(OPENED)))
    assert value_of(scores, "answered_rightly") == 0
    assert value_of(scores, "serious_error") == 1
    assert value_of(scores, "citation_precision") == 0
    assert value_of(scores, "citation_recall") == 0


def test_silence_on_what_can_be_answered_is_a_false_abstention_and_no_serious_error() -> None:
    scores = scored(a_case(sources=["bridge"], facts=[FACT], caveats=["opinion"]), an_answer())
    assert value_of(scores, "answered") == 0
    assert value_of(scores, "false_abstention") == 1
    assert value_of(scores, "answered_rightly") == 0
    assert value_of(scores, "serious_error") == 0
    assert value_of(scores, "fact_recall") == 0
    assert value_of(scores, "fact_precision") == "not_applicable"
    assert value_of(scores, "citation_precision") == "not_applicable"
    assert value_of(scores, "caveats_found") == "not_applicable"
    assert value_of(scores, "length") == "not_applicable"


@pytest.mark.parametrize(("answer", "right"), [(an_answer(), 1), (an_answer(says(OPENED)), 0)])
def test_what_cannot_be_answered_is_rightly_met_with_silence(answer: Answer, right: int) -> None:
    scores = scored(a_case(type="NA", nearest=["ferry"]), answer)
    assert value_of(scores, "abstained_rightly") == right
    assert value_of(scores, "serious_error") == 1 - right
    for name in ("answered", "answered_rightly", "false_abstention", "fact_recall"):
        assert value_of(scores, name) == "not_applicable"


def test_what_was_not_labelled_is_unscored() -> None:
    for answer in (an_answer(says(OPENED)), an_answer()):
        scores = scored(a_case(answerable=True), answer)
        assert value_of(scores, "answered") == float(answer.status == "answered")
        for name in ("answered_rightly", "serious_error", "citation_recall", "fact_recall"):
            assert value_of(scores, name) == "unscored", name
        scores = scored(a_case(), answer)
        for name in (
            "answered", "false_abstention", "abstained_rightly", "answered_rightly",
            "serious_error", "fact_recall", "fact_precision", "evidence_recall", "omitted_limits",
            "citation_precision", "citation_recall", "caveats_found", "caveats_false",
        ):  # fmt: skip
            assert value_of(scores, name) == "unscored", name


def test_evidence_is_the_words_that_state_a_fact_and_are_cited() -> None:
    case = a_case(sources=["bridge"], facts=[FACT, FACT | {"words": HALF, "fact": "Half paid"}])
    scores = scored(case, an_answer(says(OPENED), more=[says(LORRIES)]))
    # Of the characters that state the facts, and of those that are cited, one sentence's are both.
    opened, half, lorries = map(len, (OPENED, HALF, LORRIES))
    assert value_of(scores, "evidence_recall") == pytest.approx(opened / (opened + half))
    assert value_of(scores, "evidence_precision") == pytest.approx(opened / (opened + lorries))
    silent = scored(case, an_answer())
    assert value_of(silent, "evidence_recall") == 0
    assert value_of(silent, "evidence_precision") == "not_applicable"


def test_a_limit_is_left_out_only_where_what_its_own_source_says_is_shown() -> None:
    ferry = {"fact": "Every hour", "source": "ferry", "words": "The ferry runs every hour"}
    case = a_case(sources=["bridge", "ferry"], facts=[FACT, LIMIT, ferry])
    assert value_of(scored(case, an_answer(says(OPENED))), "omitted_limits") == 1
    of_ferry = an_answer(says("The ferry runs every hour", "ferry"))
    assert value_of(scored(case, of_ferry), "omitted_limits") == "not_applicable"
    # Where its source says nothing else, it limits whatever is said.
    alone = a_case(sources=["bridge", "ferry"], facts=[LIMIT, ferry])
    assert value_of(scored(alone, of_ferry), "omitted_limits") == 1


def test_a_kind_of_caveat_is_not_found_in_the_words_of_another() -> None:
    case = a_case(sources=["bridge"], caveats=["date"])
    answer = an_answer(says(OPENED), caveats={"opinion": "The update is opinion."})
    assert value_of(scored(case, answer), "caveats_found") == 0
    named = a_case(sources=["bridge"], caveats=["the update"])
    assert value_of(scored(named, answer), "caveats_found") == 1


def test_a_fact_is_found_by_its_words_wherever_they_are_cited_and_shortly_only_in_short() -> None:
    case = a_case(sources=["bridge"], facts=[FACT, FACT | {"words": HALF, "fact": "Half paid"}])
    scores = scored(case, an_answer(says(OPENED), more=[says(HALF)]))
    assert value_of(scores, "fact_recall") == 1
    assert value_of(scores, "fact_recall_short") == 0.5
    assert value_of(scores, "fact_precision") == 1


def test_a_fact_is_found_by_its_own_words_with_every_figure_in_one_statement() -> None:
    fact = {"fact": "The ferry has run since 1979", "source": "ferry", "words": "The ferry runs"}
    case = a_case(sources=["ferry"], facts=[fact])

    def recall(text: str) -> float | str | None:
        return value_of(scored(case, an_answer(says(OPENED, text=text))), "fact_recall")

    assert recall("Since 1979 the ferry has run.") == 1
    assert recall("Since 1978 the ferry has run.") == 0


def test_half_of_the_words_of_a_fact_are_enough_and_less_are_not() -> None:
    case = a_case(sources=["bridge"], facts=[FACT | {"fact": "Xylophone"}])
    half = OPENED[: len(OPENED) // 2]
    assert value_of(scored(case, an_answer(says(half))), "fact_recall") == 1
    assert value_of(scored(case, an_answer(says(half[:-1]))), "fact_recall") == 0


def test_statements_that_say_no_expected_fact_lower_the_precision_of_facts() -> None:
    case = a_case(sources=["bridge"], facts=[FACT])
    answer = an_answer(says(OPENED), says("The ferry runs every hour", "ferry"))
    assert value_of(scored(case, answer), "fact_precision") == 0.5
    assert value_of(scored(case, answer), "citation_precision") == 0.5


def test_words_that_are_not_in_their_source_leave_the_facts_unscored() -> None:
    case = a_case(sources=["bridge"], facts=[FACT, FACT | {"words": "painted red"}])
    assert value_of(scored(case, an_answer(says(OPENED))), "fact_recall") == "unscored"


def test_no_expected_fact_is_nothing_to_be_found() -> None:
    case = a_case(sources=["bridge"], facts=[])
    assert value_of(scored(case, an_answer(says(OPENED))), "fact_recall") == "not_applicable"


def test_a_fact_without_its_exception_is_an_omission_and_a_serious_error() -> None:
    case = a_case(sources=["bridge"], facts=[FACT, LIMIT])
    without = scored(case, an_answer(says(OPENED)))
    assert value_of(without, "omitted_limits") == 1
    assert value_of(without, "serious_error") == 1
    behind = scored(case, an_answer(says(OPENED), more=[says(LORRIES)]))
    assert value_of(behind, "omitted_limits") == 1
    beside = scored(case, an_answer(says(OPENED), says(LORRIES)))
    assert value_of(beside, "omitted_limits") == 0
    assert value_of(beside, "serious_error") == 0


def test_where_nothing_limited_is_shown_no_exception_is_omitted() -> None:
    case = a_case(sources=["bridge"], facts=[FACT, LIMIT])
    assert value_of(scored(case, an_answer(says(HALF))), "omitted_limits") == "not_applicable"
    assert value_of(scored(case, an_answer()), "omitted_limits") == "not_applicable"


def test_an_id_stands_for_its_parts_when_citations_are_counted() -> None:
    case = a_case(sources=["tunnel", "bridge"])
    answer = an_answer(
        says("The tunnel has two lanes.", "tunnel--north"),
        says("The southern end is steep.", "tunnel--south"),
    )
    assert value_of(scored(case, answer), "citation_precision") == 1
    assert value_of(scored(case, answer), "citation_recall") == 0.5


def test_rows_of_the_register_alone_count_as_the_answer_that_they_are() -> None:
    case = a_case(sources=["bridge"], facts=[FACT])
    scores = scored(case, an_answer(rows=[cites(OPENED)]))
    assert value_of(scores, "answered_rightly") == 1
    assert value_of(scores, "fact_recall") == 1
    assert value_of(scores, "fact_recall_short") == 1
    assert value_of(scores, "fact_precision") == "not_applicable"
    assert value_of(scores, "citation_precision") == 1


def test_caveats_are_found_by_kind_or_by_words() -> None:
    case = a_case(sources=["bridge"], caveats=["opinion", "the Harbour Office", "date"])
    shown = an_answer(says(OPENED), caveats={"opinion": "This is argued by the harbour office."})
    assert value_of(scored(case, shown), "caveats_found") == pytest.approx(2 / 3)
    assert value_of(scored(case, shown), "caveats_false") == 0


def test_a_caveat_that_nobody_expects_is_a_false_one() -> None:
    case = a_case(sources=["bridge"], caveats=["opinion"])
    shown = an_answer(says(OPENED), caveats={"opinion": "Argued.", "date": "This is old."})
    assert value_of(scored(case, shown), "caveats_found") == 1
    assert value_of(scored(case, shown), "caveats_false") == 0.5
    none = an_answer(says(OPENED))
    assert value_of(scored(case, none), "caveats_found") == 0
    assert value_of(scored(case, none), "caveats_false") == "not_applicable"
    unexpected = a_case(sources=["bridge"], caveats=[])
    assert value_of(scored(unexpected, none), "caveats_found") == "not_applicable"


def test_each_kind_of_caveat_has_its_own_recall_and_precision() -> None:
    case = a_case(sources=["bridge"], caveats=["opinion", "date"])
    shown = an_answer(
        says(OPENED), caveats={"opinion": "Argued.", "disagreement": "Others differ."}
    )
    scores = scored(case, shown)
    assert value_of(scores, "opinion_recall") == 1
    assert value_of(scores, "opinion_precision") == 1
    assert value_of(scores, "date_recall") == 0
    assert value_of(scores, "date_precision") == "not_applicable"
    assert value_of(scores, "disagreement_recall") == "not_applicable"
    assert value_of(scores, "disagreement_precision") == 0
    assert value_of(scored(case, an_answer()), "date_recall") == "not_applicable"


def test_a_premise_that_is_corrected_is_a_caveat_of_its_kind() -> None:
    case = a_case(type="FP", sources=["bridge"], caveats=["false_premise"])
    assert value_of(scored(case, an_answer(says(OPENED)), premise=True), "caveats_found") == 1
    assert value_of(scored(case, an_answer(says(OPENED)), premise=False), "caveats_found") == 0


def test_support_is_the_mean_of_what_is_not_verbatim_and_else_does_not_apply() -> None:
    case = a_case(sources=["bridge"])
    assert value_of(scored(case, an_answer(says(OPENED))), "support") == "not_applicable"
    mixed = an_answer(says(OPENED), says(HALF, score=0.9), more=[says(LORRIES, score=0.6)])
    assert value_of(scored(case, mixed), "support") == pytest.approx(0.75)


def test_a_sentence_that_says_the_same_again_is_a_repetition() -> None:
    again = says(OPENED, text="In 1979 the bridge was opened.")
    answer = an_answer(says(OPENED), says(HALF), again, more=[says(LORRIES)])
    scores = scored(a_case(sources=["bridge"]), answer)
    assert value_of(scores, "repetition") == 0.25
    assert value_of(scores, "length") == 6 + 7 + 6
