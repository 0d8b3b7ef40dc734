"""What was found: sources in order, words within a budget of tokens."""

from __future__ import annotations

from math import log2

import pytest
from made import (
    FACT,
    HALF,
    LORRIES,
    OPENED,
    TEXTS,
    a_case,
    a_hit,
    a_record,
    an_answer,
    an_outcome,
    value_of,
)

from assistant.types import RecordedHit
from evals.measures.retrieval import (
    MEASURES,
    Stretch,
    _read,
    overlap,
    score_retrieval,
    within,
)
from evals.types import Case, Score

AT = ("bridge", "v")


def scored(case: Case, *hits: RecordedHit, tokens: dict[str, int] | None = None) -> list[Score]:
    outcome = an_outcome(case, a_record(an_answer(), *hits), tokens=tokens)
    return list(score_retrieval([outcome]))


def test_the_rank_of_a_right_source_is_told_in_every_usual_way() -> None:
    case = a_case(sources=["bridge", "ferry"])
    scores = scored(case, a_hit("tunnel--north"), a_hit("bridge"), a_hit("tunnel--south"))
    assert value_of(scores, "source_recall") == 0.5
    assert value_of(scores, "source_first") == 0
    assert value_of(scores, "recall_at_5") == 0.5
    assert value_of(scores, "precision_at_5") == pytest.approx(1 / 5)
    assert value_of(scores, "mrr") == 0.5
    best = 1 + 1 / log2(3)
    assert value_of(scores, "ndcg_at_10") == pytest.approx((1 / log2(3)) / best)


def test_several_hits_of_one_source_count_once_and_parts_stand_for_their_whole() -> None:
    case = a_case(sources=["tunnel", "bridge"])
    hits = [
        a_hit("tunnel--north"),
        a_hit("tunnel--south"),
        a_hit("tunnel--north", 5),
        a_hit("bridge"),
    ]
    scores = scored(case, *hits)
    assert value_of(scores, "source_first") == 1
    assert value_of(scores, "recall_at_5") == 1
    assert value_of(scores, "precision_at_5") == pytest.approx(2 / 5)


def test_finding_nothing_is_scored_as_missed() -> None:
    scores = scored(a_case(sources=["bridge"], facts=[FACT]))
    for name in ("source_recall", "source_first", "mrr", "span_recall_at_1000"):
        assert value_of(scores, name) == 0, name
    assert value_of(scores, "tokens_retrieved") == 0


def test_what_cannot_be_answered_has_nothing_to_be_found() -> None:
    scores = scored(a_case(type="NA"), a_hit("bridge"))
    assert {s.state for s in scores if s.measure != "tokens_retrieved"} == {"not_applicable"}


def test_missing_labels_and_errors_are_unscored() -> None:
    unlabelled = scored(a_case(), a_hit("bridge"))
    assert {s.state for s in unlabelled if s.measure != "tokens_retrieved"} == {"unscored"}
    case = a_case(sources=["bridge"], facts=[FACT])
    failed = list(score_retrieval([an_outcome(case, a_record(failure="no index"))]))
    assert {s.state for s in failed} == {"unscored"}
    assert {s.measure for s in failed} == {measure.scores for measure in MEASURES}


def test_spans_are_counted_by_character_whatever_overlaps() -> None:
    case = a_case(sources=["bridge"], facts=[FACT])
    twice = [a_hit("bridge", 0, 20, "x"), a_hit("bridge", 10, 40, "y")]
    scores = scored(case, *twice, tokens={"x": 5, "y": 7})
    assert value_of(scores, "span_recall_at_1000") == 1
    assert value_of(scores, "span_precision_at_1000") == len(OPENED) / 40
    assert value_of(scores, "span_iou_at_1000") == len(OPENED) / 40
    (recall,) = [s for s in scores if s.measure == "span_recall_at_1000"]
    assert recall.tokens == 12


def test_words_that_span_two_passages_are_found_in_both() -> None:
    fact = {"fact": "Opened, no lorries", "source": "bridge", "words": f"{OPENED} {LORRIES}"}
    case = a_case(sources=["bridge"], facts=[fact])
    middle = len(OPENED)
    both = scored(case, a_hit("bridge", 0, middle), a_hit("bridge", middle, len(TEXTS["bridge"])))
    assert value_of(both, "span_recall_at_1000") == 1
    one = scored(case, a_hit("bridge", 0, middle))
    assert value_of(one, "span_recall_at_1000") == middle / len(f"{OPENED} {LORRIES}")


def test_a_passage_is_cut_where_the_budget_of_tokens_ends() -> None:
    case = a_case(sources=["bridge"], facts=[FACT | {"words": HALF}])
    text = TEXTS["bridge"]
    scores = scored(case, a_hit("bridge", name="long"), tokens={"long": 2000})
    shown = round(len(text) / 2)
    start = text.index(HALF)
    assert value_of(scores, "span_recall_at_1000") == max(0, shown - start) / len(HALF)
    assert value_of(scores, "span_recall_at_2000") == 1


def test_within_a_budget_the_first_stretches_are_kept_and_the_last_is_cut() -> None:
    stretches = [Stretch(AT, 0, 100, 10), Stretch(AT, 100, 200, 10), Stretch(AT, 200, 300, 10)]
    kept = within(stretches, 15)
    assert [(s.start, s.end, s.tokens) for s in kept] == [(0, 100, 10), (100, 150, 5)]
    assert within([], 15) == []
    assert within(stretches, 0) == []


def test_overlap_of_nothing_is_nothing_and_other_versions_are_other_texts() -> None:
    assert overlap([], []) == (0, 0, 0)
    mine, theirs = Stretch(AT, 0, 10), Stretch(("bridge", "w"), 0, 10)
    assert overlap([mine], [theirs]) == (0, 10, 10)
    assert overlap([mine, mine], [mine]) == (10, 10, 10)


def test_each_score_of_an_order_tells_the_text_that_it_takes_to_read_so_many_sources() -> None:
    case = a_case(sources=["bridge"])
    order = ["ferry", "ferry", "bridge", "tunnel--north", "tunnel--south"]
    hits = [a_hit(id, name=f"h{n}") for n, id in enumerate(order)]
    scores = scored(case, *hits, tokens={f"h{n}": 10**n for n in range(len(order))})
    tokens = {score.measure: score.tokens for score in scores if score.tokens is not None}
    assert tokens["source_first"] == 11
    assert tokens["recall_at_5"] == tokens["ndcg_at_10"] == tokens["mrr"] == 11111


def test_five_sources_end_before_a_sixth_begins() -> None:
    names = ["a", "b", "b", "c", "d", "e", "e", "f", "a"]
    assert _read(names, [1.0] * len(names), 5) == 7
    assert _read(names, [1.0] * len(names), 1) == 1
    assert _read([], [], 5) == 0
