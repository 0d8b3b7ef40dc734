"""A run folder's trials -> scores, figures and a summary, again at will."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evals.locating import evidence
from evals.measures import abstention, answers, cost, pairs, retrieval
from evals.runs import Run, Summary
from evals.statistics import figure
from evals.suites import attribution, chunking, clapnq, faithfulness, ragchecker, summedits
from evals.types import Figure, Measure, Outcome, Score

MEASURES = (
    *answers.MEASURES, *retrieval.MEASURES, *abstention.MEASURES, *pairs.MEASURES, *cost.MEASURES,
)  # fmt: skip
"""Every measure of answers to questions."""

TESTED = (
    "answered_rightly", "false_abstention", "abstained_rightly", "serious_error", "fact_recall",
    "fact_recall_short",
    "fact_precision", "citation_precision", "citation_recall", "source_recall", "first",
    "omitted_limits", "caveats_found", "auroc", "mirror_balance", "wording_agreement",
)  # fmt: skip
"""The measures that a comparison tests and a gate holds: each says something of its own. Time is
not among them, as it is the machine's as much as ours."""

OWN_MEASURES: tuple[Measure, ...] = (
    *chunking.MEASURES, *clapnq.MEASURES, *faithfulness.MEASURES, *attribution.MEASURES,
    *ragchecker.MEASURES, *summedits.MEASURES,
)  # fmt: skip
"""Measures that only one suite has."""

EVERY_MEASURE = (*MEASURES, *OWN_MEASURES)
TESTED_MEASURES = (*(measure for measure in MEASURES if measure.name in TESTED), *OWN_MEASURES)

SCORERS = (
    answers.score_answers, retrieval.score_retrieval, abstention.score_abstention,
    pairs.score_pairs, cost.score_cost,
)  # fmt: skip


def score_run(run: Run) -> Summary:
    """Scores every trial, writes scores and summary into the run folder.

    Raises:
        CorpusError: the run folder cannot be read.
    """
    asked = outcomes(run)
    scores = [score for scorer in SCORERS for score in scorer(asked)]
    scores += run.own_scores()
    run.write_scores(scores)
    own = _told(run.own_scores(), OWN_MEASURES)
    measures = (*(MEASURES if asked else ()), *own)
    summary = Summary(
        suite=run.info.suite,
        made_by=run.info.made_by,
        cases=len({outcome.case.id for outcome in asked} | {s.case for s in scores}),
        turns=len({(o.case.id, o.turn) for o in asked} | {score.key for score in scores}),
        errors=sum(bool(outcome.problem) for outcome in asked),
        measures=figures(scores, measures, run.info.seed),
        baseline={
            name: figures(theirs, _told(theirs, EVERY_MEASURE), run.info.seed)
            for name, theirs in run.baselines().items()
        },
    )
    run.write_summary(summary)
    return summary


def figures(
    scores: Sequence[Score], measures: Iterable[Measure], seed: int
) -> Mapping[str, Figure]:
    """The figure of each measure, by its name."""
    return {measure.name: figure(measure, scores, seed) for measure in measures}


def outcomes(run: Run, only: str | None = None) -> list[Outcome]:
    """Every turn of the run's cases, or of `only` the one of that id, with what came of it; what
    was not asked is a problem.
    """
    trials, texts = run.trials(None if only is None else {only}), run.texts().values()
    lengths = {passage.id: passage.tokens for passage in run.passages().values()}
    asked = []
    for case in run.cases():
        if only not in (None, case.id):
            continue
        for number, turn in enumerate(case.turns):
            trial = trials.get((case.id, number))
            located = evidence(turn, texts)
            asked.append(
                Outcome(
                    case,
                    number,
                    trial.record if trial else None,
                    located[0] if located else None,
                    lengths,
                    trial.problem if trial else "not asked",
                )
            )
    return asked


def _told(scores: Sequence[Score], measures: Iterable[Measure]) -> list[Measure]:
    names = {score.measure for score in scores}
    return [measure for measure in measures if measure.scores in names]
