"""How well the assistant tells what its sources answer from what they don't."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.types import Measure, Outcome, Score

ANSWERABILITY = "answerability"

MEASURES = (
    Measure(
        "auroc", "chance that an answerable question seems likelier answerable than one that "
        "is not", statistic="auroc", reads=ANSWERABILITY,
    ),
    Measure(
        "brier", "mean squared error of the likelihood", "lower", statistic="brier",
        reads=ANSWERABILITY,
    ),
    Measure(
        "calibration_error", "mean gap between likelihood and share answerable, in ten bins",
        "lower", statistic="calibration_error", reads=ANSWERABILITY,
    ),
    Measure(
        "coverage_at_5", "share of the answerable that are answered where at most 5 % of what is "
        "answered is not answerable, at the best floor in hindsight", statistic="coverage_at_5",
        reads=ANSWERABILITY,
    ),
    Measure(
        "risk_coverage_area", "area under the curve of risk over coverage", "lower",
        statistic="aurc", reads=ANSWERABILITY,
    ),
)  # fmt: skip


def score_abstention(outcomes: Sequence[Outcome]) -> Iterator[Score]:
    """The likelihood (0..1) with which each question was held to be answerable, and the truth."""
    for outcome in outcomes:
        if outcome.record is None or outcome.record.failure:
            yield outcome.without(ANSWERABILITY, "unscored", outcome.problem or "no record")
        elif outcome.expected.answerable is None:
            yield outcome.without(ANSWERABILITY, "unscored", "answerable not labelled")
        else:
            truth = float(outcome.expected.answerable)
            yield outcome.score(ANSWERABILITY, outcome.record.likelihood, truth=truth)
