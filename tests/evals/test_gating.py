"""A gate holds today's scores against a baseline, with the interval and the allowance."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import a_score

from corpus.errors import CorpusError
from evals.gating import Baseline, gate, read_baseline, write_baseline
from evals.types import Score


def right(n: int, wrong: int = 0, measure: str = "answered_rightly") -> list[Score]:
    return [a_score(f"c{k}", float(k >= wrong), measure) for k in range(n)]


def test_the_same_scores_pass() -> None:
    held = gate(right(50, 5), right(50, 5), {})
    assert held.passed
    assert held.as_text().endswith("Passed.")


def test_a_measure_that_fell_for_sure_fails_the_gate() -> None:
    held = gate(right(50), right(50, 25), {})
    assert not held.passed
    assert "FELL" in held.as_text()
    assert held.as_json()["measures"]["answered_rightly"]["fell"]


def test_a_fall_within_its_interval_passes() -> None:
    assert gate(right(50), right(50, 1), {}).passed


def test_more_of_what_is_bad_is_a_fall() -> None:
    clean = right(50, 50, "serious_error")
    assert not gate(clean, right(50, 20, "serious_error"), {}).passed
    assert gate(right(50, 20, "serious_error"), clean, {}).passed


def test_an_allowance_lets_a_measure_fall_so_far_by_name_or_all() -> None:
    assert gate(right(50), right(50, 10), {"answered_rightly": 0.2}).passed
    assert gate(right(50), right(50, 10), {"": 0.2}).passed
    assert not gate(right(50), right(50, 10), {"fact_recall": 0.2}).passed
    assert not gate(right(50), right(50, 10), {"": 0.2, "answered_rightly": 0.0}).passed


def test_questions_that_only_one_has_are_counted_and_not_compared() -> None:
    held = gate(right(50), [a_score("new", 0.0, "answered_rightly")], {})
    assert held.passed
    assert (held.new, held.gone) == (1, 50)
    assert "1 questions are new and 50 gone" in held.as_text()


rows = st.dictionaries(
    st.from_regex(r"\A[a-z0-9:]{1,5}:[0-9]\Z"),
    st.tuples(st.floats(0, 1).map(lambda v: round(v, 4)), st.sampled_from([None, 0.0, 1.0])),
    max_size=5,
)


@given(st.dictionaries(st.sampled_from(["auroc", "fact_recall"]), rows))
def test_a_baseline_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    scores: dict[str, dict[str, tuple[float, float | None]]],
) -> None:
    turns = {key: ("SF", "a–b") for row in scores.values() for key in row}
    baseline = Baseline("starter-test", "abc", "2026-11-23", 0, turns, scores)
    path = tmp_path_factory.mktemp("b") / "baseline.json"
    write_baseline(baseline, path)
    assert read_baseline(path) == baseline
    assert len(baseline.rows()) == sum(map(len, scores.values()))


def test_a_score_of_a_baseline_knows_its_case_and_turn_whatever_the_id() -> None:
    baseline = Baseline("s", "", "d", 0, {"a:b:1": ("FU", "g")}, {"mrr": {"a:b:1": (0.5, None)}})
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
