"""A gate holds today's scores against a baseline, with the interval and the allowance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import a_score

from corpus.errors import CorpusError
from evals.gating import Baseline, Gate, Turns, gate, read_baseline, write_baseline
from evals.types import Score


def right(n: int, wrong: int = 0, measure: str = "answered_rightly") -> list[Score]:
    return [a_score(f"c{k}", float(k >= wrong), measure) for k in range(n)]


def turns_of(scores: list[Score], asked: str = "x") -> Turns:
    return {f"{s.case}:{s.turn}": (s.type, s.group, asked) for s in scores}


def held(then: list[Score], now: list[Score], asked: str = "x", **allowed: float) -> Gate:
    scores: dict[str, dict[str, tuple[float, float | None]]] = {}
    for s in then:
        if s.value is not None:
            scores.setdefault(s.measure, {})[f"{s.case}:{s.turn}"] = (s.value, s.truth)
    baseline = Baseline("s", "", "d", 0, turns_of(then), scores)
    return gate(baseline, turns_of(now, asked), now, {k.strip("_"): v for k, v in allowed.items()})


def test_the_same_scores_pass() -> None:
    told = held(right(50, 5), right(50, 5))
    assert told.passed
    assert told.as_text().endswith("Passed.")


def test_a_measure_that_fell_for_sure_fails_the_gate() -> None:
    told = held(right(50), right(50, 25))
    assert not told.passed
    assert "FELL" in told.as_text()
    assert told.as_json()["measures"]["answered_rightly"]["fell"]


def test_a_fall_within_its_interval_passes() -> None:
    assert held(right(50), right(50, 1)).passed


def test_more_of_what_is_bad_is_a_fall() -> None:
    clean = right(50, 50, "serious_error")
    assert not held(clean, right(50, 20, "serious_error")).passed
    assert held(right(50, 20, "serious_error"), clean).passed


def test_an_allowance_lets_a_measure_fall_so_far_by_name_or_all() -> None:
    assert held(right(50), right(50, 10), answered_rightly=0.2).passed
    assert held(right(50), right(50, 10), _=0.2).passed
    assert not held(right(50), right(50, 10), fact_recall=0.2).passed
    assert not held(right(50), right(50, 10), _=0.2, answered_rightly=0.0).passed


def test_new_questions_and_a_few_that_are_gone_are_counted_and_not_compared() -> None:
    now = [*right(50)[2:], a_score("new", 0.0, "answered_rightly")]
    told = held(right(50), now)
    assert told.passed
    assert (told.new, told.gone, told.asked) == (1, 2, 50)
    assert "1 questions are new or asked otherwise, and 2 of 50 gone" in told.as_text()


def test_nothing_has_held_where_too_few_of_the_questions_were_asked() -> None:
    for now in ([], right(50)[3:], [a_score("new", 1.0, "answered_rightly")]):
        told = held(right(50), now)
        assert not told.passed
        assert "too few of the baseline's questions" in told.as_text()
    assert not held([], right(3)).passed


def test_a_question_in_other_words_is_another_one() -> None:
    told = held(right(50), right(50), asked="y")
    assert (told.new, told.gone) == (50, 50)
    assert not told.passed


def test_what_was_scored_and_cannot_be_scored_now_has_not_held() -> None:
    def failing(n: int) -> list[Score]:
        return [replace(s, value=None, state="unscored") for s in right(n)]

    told = held(right(50), [*failing(3), *right(50)[3:]])
    assert not told.passed
    assert "LOST" in told.as_text()
    assert "cannot be scored now" in told.as_text()
    assert held(right(50), [*failing(2), *right(50)[2:]]).passed
    absent = [a_score(f"c{k}", 1.0, "fact_recall") for k in range(50)]
    assert not held(right(50), absent).passed


def test_what_does_not_apply_any_more_is_not_lost() -> None:
    then = right(50, 0, "citation_precision")
    now = [replace(s, value=None, state="not_applicable") for s in then]
    assert held(then, now).passed


rows = st.dictionaries(
    st.from_regex(r"\A[a-z0-9:]{1,5}:[0-9]\Z"),
    st.tuples(st.floats(0, 1), st.sampled_from([None, 0.0, 1.0])),
    max_size=5,
)


@given(st.dictionaries(st.sampled_from(["auroc", "fact_recall"]), rows))
def test_a_baseline_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    scores: dict[str, dict[str, tuple[float, float | None]]],
) -> None:
    turns = {key: ("SF", "a–b", "0") for row in scores.values() for key in row}
    baseline = Baseline("starter-test", "abc", "2026-11-23", 0, turns, scores)
    path = tmp_path_factory.mktemp("b") / "baseline.json"
    write_baseline(baseline, path)
    assert read_baseline(path) == baseline
    assert len(baseline.rows()) == sum(map(len, scores.values()))


def test_a_score_of_a_baseline_knows_its_case_and_turn_whatever_the_id() -> None:
    baseline = Baseline(
        "s", "", "d", 0, {"a:b:1": ("FU", "g", "0")}, {"mrr": {"a:b:1": (0.5, None)}}
    )
    (score,) = baseline.rows()
    assert (score.case, score.turn, score.type, score.group) == ("a:b", 1, "FU", "g")


def test_what_is_no_baseline_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="There is no baseline"):
        read_baseline(tmp_path / "none.json")
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(CorpusError, match="is no baseline"):
        read_baseline(tmp_path / "other.json")
    with pytest.raises(CorpusError, match="is not a run folder"):
        read_baseline(tmp_path)
