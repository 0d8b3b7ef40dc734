"""Two runs compared: what is claimed, how surely, and how seldom wrongly."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import OPENED, a_case, a_record, a_score, an_answer, says
from made_report import a_run as a_run_of

from corpus.errors import CorpusError
from evals.comparing import compare, compare_runs, false_alarms, holm, told_verdict
from evals.types import Measure, Score

GOOD = Measure("good", "higher is better")
BAD = Measure("bad", "lower is better", "lower")
LENGTH = Measure("length", "neither", "neither", share=False)
MEASURES = (GOOD, BAD, LENGTH)
TESTED = ("good", "bad")


def a_run(right: float, n: int = 60, seed: int = 0, measure: str = "good") -> list[Score]:
    chance = random.Random(seed)
    return [a_score(f"c{k}", float(chance.random() < right), measure) for k in range(n)]


def test_a_real_difference_is_found_and_said_in_words() -> None:
    comparison = compare(a_run(0.95), a_run(0.4, seed=1), MEASURES, TESTED)
    (good,) = comparison.measures
    assert good.verdict == "better"
    assert good.p is not None
    assert good.p < 0.01
    assert "A is better than B in good" in comparison.verdict
    assert comparison.as_json()["measures"]["good"]["verdict"] == "better"


def test_less_of_what_is_bad_is_better() -> None:
    comparison = compare(
        a_run(0.05, measure="bad"), a_run(0.6, seed=1, measure="bad"), MEASURES, TESTED
    )
    assert comparison.measures[0].verdict == "better"
    assert comparison.changes[0].better
    assert not comparison.changes[0].worse


def test_no_difference_shown_is_not_called_sameness_and_says_how_many_cases_would_tell() -> None:
    comparison = compare(a_run(0.7), a_run(0.62, seed=3), MEASURES, TESTED)
    (good,) = comparison.measures
    assert good.verdict == "not shown"
    assert good.needed is not None
    assert good.needed > 60
    assert "does not mean that there is none" in comparison.verdict
    would = f"about {good.needed} independent cases would tell, here are {good.difference.groups}"
    assert would in comparison.as_text()


def test_a_difference_within_its_standard_error_names_no_number_of_cases() -> None:
    ours = [a_score(f"c{k}", float(k % 2), "good") for k in range(60)]
    theirs = [a_score(f"c{k}", float((k % 2) ^ (k < 31)), "good") for k in range(60)]
    (good,) = compare(ours, theirs, MEASURES[:1], TESTED).measures
    assert good.difference.value
    assert (good.verdict, good.needed) == ("not shown", None)
    assert told_verdict(good) == "not shown"


def test_on_few_independent_cases_nothing_is_claimed_however_large_the_difference() -> None:
    comparison = compare(
        [a_score(f"c{k}", 1.0, "good") for k in range(19)],
        [a_score(f"c{k}", 0.0, "good") for k in range(19)],
        MEASURES, TESTED,
    )  # fmt: skip
    assert comparison.measures[0].verdict == "too few"
    assert "Too few cases" in comparison.verdict


def test_many_turns_of_few_groups_are_few_cases() -> None:
    ours = [a_score(f"c{k}", 1.0, "good", group=str(k % 5)) for k in range(200)]
    theirs = [a_score(f"c{k}", 0.0, "good", group=str(k % 5)) for k in range(200)]
    assert compare(ours, theirs, MEASURES, TESTED).measures[0].verdict == "too few"


def test_runs_that_share_no_case_cannot_be_compared() -> None:
    comparison = compare([a_score("a", 1.0, "good")], [a_score("b", 1.0, "good")], MEASURES, TESTED)
    assert comparison.measures == ()
    assert comparison.verdict.startswith("Nothing can be compared")


def test_what_is_unscored_in_one_run_is_neither_won_nor_lost() -> None:
    comparison = compare(
        [a_score("a", None, "good"), a_score("b", 1.0, "good")],
        [a_score("a", 1.0, "good"), a_score("b", 1.0, "good")],
        MEASURES, TESTED,
    )  # fmt: skip
    assert comparison.changes == ()
    assert comparison.measures[0].difference.apart == 1


def test_losses_and_wins_are_listed_question_by_question_with_what_moved() -> None:
    ours = [a_score("a", 1.0, "good"), a_score("a", 1.0, "bad"), a_score("b", 0.5, "good")]
    theirs = [a_score("a", 0.0, "good"), a_score("a", 0.0, "bad"), a_score("b", 0.5, "good")]
    (change,) = compare(ours, theirs, MEASURES, TESTED).changes
    assert (change.case, change.turn, change.type) == ("a", 0, "SF")
    assert change.better == {"good": (1.0, 0.0)}
    assert change.worse == {"bad": (1.0, 0.0)}


def test_a_measure_that_is_neither_good_nor_bad_is_shown_and_not_judged() -> None:
    ours = [a_score(f"c{k}", 100.0, "length") for k in range(30)]
    theirs = [a_score(f"c{k}", 10.0, "length") for k in range(30)]
    comparison = compare(ours, theirs, MEASURES, (*TESTED, "length"))
    assert comparison.measures[0].verdict == "not tested"
    assert comparison.changes == ()


def test_each_type_has_its_own_difference() -> None:
    ours = [a_score(f"c{k}", 1.0, "good", type="SF" if k % 2 else "NA") for k in range(40)]
    theirs = [
        a_score(f"c{k}", float(k % 2), "good", type="SF" if k % 2 else "NA") for k in range(40)
    ]
    types = compare(ours, theirs, MEASURES, TESTED).measures[0].types
    assert types["SF"].value == 0
    assert types["NA"].value == 1


def test_holm_adjusts_by_rank_and_never_lets_a_larger_p_pass_a_smaller_one() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx(
        {"a": 0.03, "c": 0.06, "b": 0.06}
    )
    assert holm({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8))
def test_adjusted_p_are_no_smaller_and_stay_in_order(p: dict[str, float]) -> None:
    adjusted = holm(p)
    assert all(p[name] <= adjusted[name] <= 1 for name in p)
    ranked = [adjusted[name] for name in sorted(p, key=lambda name: p[name])]
    assert ranked == sorted(ranked)


def test_exchanged_labels_seldom_give_a_false_alarm_where_runs_really_differ() -> None:
    ours = a_run(0.9) + a_run(0.1, measure="bad")
    theirs = a_run(0.3, seed=1) + a_run(0.7, seed=1, measure="bad")
    assert compare(ours, theirs, MEASURES, TESTED).measures[0].verdict == "better"
    assert false_alarms(ours, theirs, (GOOD, BAD), 300) <= 0.065


def test_the_same_id_with_another_question_is_not_compared(tmp_path: Path) -> None:
    asked = [a_case(f"c{k}", sources=["bridge"]) for k in range(3)]
    other = [*asked[:1], *(a_case(f"c{k}", question=f"Is it {k}?") for k in (1, 2))]
    answer = a_record(an_answer(says(OPENED)))
    ours = a_run_of(tmp_path / "ours", *((case, answer) for case in asked))
    theirs = a_run_of(tmp_path / "theirs", *((case, answer) for case in other))
    (answered,) = [c for c in compare_runs(ours, theirs).measures if c.measure.name == "answered"]
    assert answered.difference.turns == 1
    unlike = a_run_of(tmp_path / "unlike", *((case, answer) for case in other[1:]))
    with pytest.raises(CorpusError, match="have no question in common"):
        compare_runs(ours, unlike)
