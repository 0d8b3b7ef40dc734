"""What an answer costs: time, by stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.types import Measure, Outcome, Score

STAGES = ("understand", "retrieve", "compose", "ground", "caveat")
TIME = "time"

MEASURES = (
    Measure("time_p50", "milliseconds for an answer, median", "lower", False, "median", TIME),
    Measure("time_p95", "milliseconds for an answer, 95th percentile", "lower", False, "p95", TIME),
    *(
        Measure(f"time_{stage}", f"milliseconds to {stage}, median", "lower", False, "median")
        for stage in STAGES
    ),
)


def score_cost(outcomes: Sequence[Outcome]) -> Iterator[Score]:
    """Milliseconds of each stage and of all together; a stage that was not reached took none."""
    names = [TIME, *(f"time_{stage}" for stage in STAGES)]
    for outcome in outcomes:
        if outcome.record is None or outcome.record.failure:
            reason = outcome.problem or "no record"
            yield from (outcome.without(name, "unscored", reason) for name in names)
            continue
        timings = outcome.record.timings
        yield outcome.score(TIME, sum(timings.values()))
        for stage in STAGES:
            if stage in timings:
                yield outcome.score(f"time_{stage}", timings[stage])
            else:
                yield outcome.without(f"time_{stage}", "not_applicable", "stage not reached")
