"""How far measures go with people, in figures and in words."""

from __future__ import annotations

import json

import pytest
from made import a_score

from evals.agreeing import Comparison, Line, Meta, agreement, belief, published
from evals.types import Figure, Score


def told(value: float | None, low: float | None = None, high: float | None = None) -> Figure:
    return Figure(value, low, high, 10, 0, 0)


def pairs(*values: tuple[float, float]) -> list[Score]:
    return [a_score(f"c{i}", value, truth=truth) for i, (value, truth) in enumerate(values)]


def test_a_measure_in_the_order_of_peoples_judgement_correlates_fully() -> None:
    found = agreement(pairs((1, 1), (2, 2), (4, 3)), {"spearman": "m", "pearson": "m"})
    assert found["spearman"].value == pytest.approx(1.0)
    # Deviations (-4/3, -1/3, 5/3) and (-1, 0, 1): 3 / sqrt(42/9 * 2).
    assert found["pearson"].value == pytest.approx(3 / (42 / 9 * 2) ** 0.5)


def test_ties_share_their_rank() -> None:
    # Ranks 1, 2.5, 2.5 and 1, 2, 3: 1.5 / sqrt(1.5 * 2).
    found = agreement(pairs((1, 1), (2, 2), (2, 3)), {"spearman": "m"})
    assert found["spearman"].value == pytest.approx(1.5 / 3**0.5)


def test_what_was_not_scored_is_counted_apart() -> None:
    scores = [*pairs((1, 1), (2, 2), (3, 3)), a_score("x", None)]
    found = agreement(scores, {"spearman": "m"})["spearman"]
    assert (found.value, found.scored, found.unscored) == (pytest.approx(1.0), 3, 1)


@pytest.mark.parametrize("scores", [[], pairs((1, 1)), pairs((1, 1), (1, 2), (1, 3))])
def test_nothing_is_told_of_none_of_one_or_of_a_measure_that_is_always_the_same(
    scores: list[Score],
) -> None:
    found = agreement(scores, {"spearman": "m"})
    assert found["spearman"].value is None
    assert belief(found, {}, "faithfulness") == "cannot be told from so few"


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (told(0.4, -0.1, 0.8), "not for x"),
        (told(0.4, 0.1, 0.6), "for x, a little"),
        (told(0.5, 0.3, 0.6), "for x, as one sign among others"),
        (told(0.6, 0.5, 0.7), "for x"),
        (told(0.8, 0.1, 0.9), "for x, as much as one person"),
    ],
)
def test_belief_goes_by_the_lower_end_of_the_interval(figure: Figure, words: str) -> None:
    assert belief({"spearman": figure}, {"spearman": told(0.7, 0.6, 0.8)}, "x") == words


def test_half_right_is_chance_where_yes_and_no_are_told() -> None:
    assert belief({"macro_f1": told(0.6, 0.5, 0.7)}, {}, "x") == "not for x"
    assert belief({"macro_f1": told(0.7, 0.66, 0.8)}, {}, "x") == "for x, as one sign among others"


def test_the_table_shows_intervals_and_where_published_figures_are_from() -> None:
    comparison = Comparison(
        "Preference",
        "3 answers",
        (
            Line(
                "ours", "ours", {"pearson": told(None), "spearman": told(0.5, 0.25, 0.75)}, "for x"
            ),
            published("Somebody (2024)", "theirs", {"spearman": 0.4}),
        ),
    )
    assert comparison.as_text().splitlines() == [
        "**Preference** (3 answers)",
        "",
        "| measure | Pearson | Spearman | believe it |",
        "| --- | --- | --- | --- |",
        "| ours | - | 0.500 [0.250, 0.750] | for x |",
        "| theirs (published) | - | 0.400 |  |",
        "",
        "Published: Somebody (2024).",
    ]
    value = json.loads(json.dumps(Meta((comparison,)).as_json()))
    assert value["comparisons"][0]["lines"][0]["figures"]["spearman"]["low"] == 0.25
