"""Figures with intervals, bounds, agreement: by hand, or against their definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import a_score

from evals.statistics import (
    STATISTICS,
    Floats,
    Rows,
    effective,
    figure,
    kappa,
    lower_mean,
    rate_bounds,
    risk_coverage,
)
from evals.types import Measure, Score

SHARE = Measure("m", "a share")
AUROC = Measure("m", "told apart", statistic="auroc")


def floats(*values: float) -> Floats:
    return np.asarray(values, dtype=np.float64)


def told(name: str, values: list[float], truths: list[float]) -> float:
    return STATISTICS[name](floats(*values), floats(*truths))


def test_every_statistic_of_nothing_is_not_a_number() -> None:
    for name in STATISTICS:
        assert math.isnan(told(name, [], [])), name


def test_statistics_worked_out_by_hand() -> None:
    values, truths = [0.9, 0.6, 0.4, 0.2], [1.0, 0.0, 1.0, 0.0]
    assert told("mean", values, truths) == pytest.approx(0.525)
    assert told("median", values, truths) == pytest.approx(0.5)
    assert told("auroc", values, truths) == 0.75
    assert told("brier", values, truths) == pytest.approx(0.1925)
    # At 0.5: one right and one wrong of each kind.
    assert told("macro_f1", values, truths) == 0.5
    assert told("balanced_accuracy", values, truths) == 0.5
    assert told("spearman", values, truths) == pytest.approx(2 / math.sqrt(5) / 2, abs=0.01)
    assert told("coverage_at_5", values, truths) == 0.5
    assert told("aurc", values, truths) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_ties_count_half_and_are_answered_together() -> None:
    assert told("auroc", [0.5, 0.5], [1.0, 0.0]) == 0.5
    coverage, risk = risk_coverage(floats(0.5, 0.5, 0.1), floats(1, 0, 0))
    assert list(coverage) == pytest.approx([2 / 3, 1])
    assert list(risk) == pytest.approx([1 / 2, 2 / 3])
    assert told("coverage_at_5", [0.5, 0.5], [1.0, 0.0]) == 0


@pytest.mark.parametrize("name", ["auroc", "macro_f1", "balanced_accuracy"])
def test_nothing_is_told_apart_where_there_is_one_kind_only(name: str) -> None:
    assert math.isnan(told(name, [0.9, 0.1], [1.0, 1.0]))


@pytest.mark.parametrize("name", ["spearman", "pearson"])
def test_what_never_varies_correlates_with_nothing(name: str) -> None:
    assert math.isnan(told(name, [1.0, 1.0, 1.0], [0.0, 1.0, 0.5]))
    assert told(name, [1.0, 2.0, 3.0], [0.1, 0.2, 0.3]) == pytest.approx(1)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_statistics_of_predictions_are_shares(rows: list[tuple[float, bool]]) -> None:
    values, truths = [v for v, _ in rows], [float(t) for _, t in rows]
    for name in ("auroc", "brier", "calibration_error", "aurc", "coverage_at_5", "macro_f1"):
        value = told(name, values, truths)
        assert math.isnan(value) or -1e-9 <= value <= 1 + 1e-9, name


def test_a_figure_counts_apart_what_was_not_scored() -> None:
    scores = [a_score("a", 1.0), a_score("b", 0.0), a_score("c", None)]
    scores.append(Score("d", 0, "NA", "d", "m", None, "not_applicable"))
    told = figure(SHARE, scores)
    assert (told.value, told.scored, told.unscored, told.not_applicable) == (0.5, 2, 1, 1)
    assert told.types["SF"].scored == 2
    assert told.types["NA"].value is None


@pytest.mark.parametrize("scores", [[], [a_score("a", None)], [a_score("a", 1.0, "other")]])
def test_without_a_score_there_is_no_figure_and_no_interval(scores: list[Score]) -> None:
    told = figure(SHARE, scores)
    assert (told.value, told.low, told.high, told.scored) == (None, None, None, 0)


def test_a_share_that_is_always_right_still_has_the_exact_interval_of_its_number() -> None:
    all_right = figure(SHARE, [a_score(str(n), 1.0) for n in range(20)])
    assert all_right.high == 1
    # The lower bound p of 20 of 20 solves p ** 20 = 0.025.
    assert all_right.low == pytest.approx(0.025 ** (1 / 20))
    never = figure(SHARE, [a_score("a", 0.0)])
    assert (never.low, never.high) == (0, pytest.approx(0.975))


def test_one_score_that_is_no_share_has_no_interval() -> None:
    told = figure(Measure("m", "words", share=False), [a_score("a", 12.0)])
    assert (told.value, told.low, told.high) == (12, None, None)


def test_turns_of_one_group_are_not_taken_for_independent() -> None:
    apart = [a_score(str(n), float(n % 2)) for n in range(40)]
    together = [a_score(str(n), float(n % 2), group=str(n % 4)) for n in range(40)]
    narrow, wide = figure(SHARE, apart), figure(SHARE, together)
    assert narrow.value == wide.value == 0.5
    assert narrow.low is not None
    assert wide.low is not None
    assert wide.low < narrow.low


def test_the_interval_of_a_mean_is_about_the_one_of_the_textbook() -> None:
    rng = np.random.default_rng(0)
    scores = [a_score(str(n), float(v)) for n, v in enumerate(rng.random(400) < 0.3)]
    told = figure(SHARE, scores)
    assert told.value is not None
    assert told.low is not None
    assert told.high is not None
    error = 1.96 * math.sqrt(told.value * (1 - told.value) / 400)
    assert told.low == pytest.approx(told.value - error, abs=0.01)
    assert told.high == pytest.approx(told.value + error, abs=0.01)


def test_the_same_seed_gives_the_same_figure_and_order_does_not_matter() -> None:
    scores = [a_score(str(n), n / 10, truth=float(n % 2)) for n in range(11)]
    for measure in (SHARE, AUROC):
        assert figure(measure, scores, 7) == figure(measure, scores[::-1], 7)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.one_of(st.none(), st.floats(0, 1))), min_size=1, max_size=40
    )
)
def test_a_figure_lies_in_its_interval_and_a_share_between_0_and_1(
    rows: list[tuple[int, float | None]],
) -> None:
    told = figure(SHARE, [a_score(str(n), v, group=str(g)) for n, (g, v) in enumerate(rows)])
    assert told.scored + told.unscored + told.not_applicable == len(rows)
    if told.low is not None and told.high is not None and told.value is not None:
        assert -1e-9 <= told.low <= told.value <= told.high <= 1 + 1e-9


def test_questions_of_one_group_are_worth_as_many_as_they_are_unlike_each_other() -> None:
    alone = [a_score(str(n), float(n % 4 == 0)) for n in range(40)]
    assert effective(Rows.of(alone)) == pytest.approx(40)
    # Ten groups of four that are right or wrong as a whole are ten cases; that ten groups tell it
    # badly takes (t of 39 degrees of freedom over t of 9) squared: (2.0227 / 2.2622) ** 2.
    few = (2.0227 / 2.2622) ** 2
    alike = [a_score(str(n), float(n // 4 < 3), group=str(n // 4)) for n in range(40)]
    assert effective(Rows.of(alike)) == pytest.approx(10 * few, rel=1e-4)
    # Where each group has as many wrong as any other, only that takes anything away.
    mixed = [a_score(str(n), float(n % 4 == 0), group=str(n // 4)) for n in range(40)]
    assert effective(Rows.of(mixed)) == pytest.approx(40 * few, rel=1e-4)
    never = [a_score(str(n), 0.0, group=str(n // 4)) for n in range(40)]
    assert effective(Rows.of(never)) == 10
    assert effective(Rows.of([])) == 0


@given(st.integers(2, 30), st.integers(1, 6), st.integers(0, 20))
def test_one_more_error_never_brings_the_bound_closer(groups: int, size: int, errors: int) -> None:
    def bound(wrong: int) -> float:
        scores = [
            a_score(str(n), float(n < wrong), group=str(n % groups)) for n in range(groups * size)
        ]
        return rate_bounds(Rows.of(scores), 0.95)[1]

    wrong = min(errors, groups * size - 1)
    assert bound(wrong) <= bound(wrong + 1) + 1e-9


def test_the_interval_of_a_rate_is_exact_from_the_first_error_on() -> None:
    none = figure(SHARE, [a_score(str(n), 0.0) for n in range(100)])
    one = figure(SHARE, [a_score(str(n), float(n == 0)) for n in range(100)])
    # Clopper and Pearson's interval for 1 of 100 as their tables give it.
    assert (one.low, one.high) == (pytest.approx(0.0003, abs=5e-5), pytest.approx(0.0545, abs=5e-5))
    assert none.high is not None
    assert none.high < 0.0545


def test_the_lower_bound_of_a_mean_lies_below_it_even_where_all_are_alike() -> None:
    alike = [a_score(str(n), 0.8) for n in range(20)]
    assert lower_mean(Rows.of(alike)) == pytest.approx(0.8 * 0.05 ** (1 / 20))
    nearly = [*alike[:19], a_score("19", 0.7)]
    assert lower_mean(Rows.of(nearly)) < lower_mean(Rows.of(alike))
    spread = [a_score(str(n), float(n % 2)) for n in range(100)]
    assert 0.35 < lower_mean(Rows.of(spread)) < 0.5


def test_kappa_is_the_agreement_beyond_chance() -> None:
    # Cohen's own kind of table: 20 and 15 agreed of 50, with 25 and 30 said yes.
    one = ["yes"] * 25 + ["no"] * 25
    other = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert kappa(one, other) == pytest.approx(0.4)
    assert kappa([], []) is None
