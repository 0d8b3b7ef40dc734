"""How precise the sentences are that a reader is shown, at the share of the labelled words that
they hold: points of one curve over all questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evals.measures.retrieval import Stretch, overlap
from evals.statistics import Floats
from evals.types import Measure, Outcome, Score

RECALLS = (50, 65, 75, 85, 90)
"""Where the curve is read, in percent of the labelled characters."""

MEASURES = tuple(
    Measure(
        f"span_precision_at_{recall}",
        f"share of the shown sentences' characters that is labelled, where as many are shown as "
        f"hold {recall} % of what is labelled",
    )
    for recall in RECALLS
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a question shows at each of m settings that all questions share, from the most sparing
    on: the precision (m,), the recall (m,), and the characters shown (m,).
    """

    outcome: Outcome
    precision: Floats
    recall: Floats
    characters: Floats


def shown(
    outcome: Outcome,
    wanted: Sequence[Stretch],
    sentences: Sequence[Stretch],
    counts: Sequence[int],
) -> Shown:
    """The first `counts` sentences (m,) of those given, best first, at each setting."""
    parts = [overlap(wanted, [sentence]) for sentence in sentences]
    both, labelled, length = (
        np.asarray(column, dtype=np.float64) for column in zip(*parts, strict=True)
    )
    ends = np.minimum(np.asarray(counts), len(sentences)) - 1
    found, said = np.cumsum(both)[ends], np.cumsum(length)[ends]
    return Shown(outcome, found / said, found / labelled[0], said)


def precision_scores(questions: Sequence[Shown]) -> Iterator[Score]:
    """Each question's precision at the most sparing setting at which the mean recall of all reaches
    a point; unscored where none does.
    """
    if not questions:
        return
    recall = np.mean([question.recall for question in questions], axis=0)
    for measure, at in zip(MEASURES, RECALLS, strict=True):
        reached = np.flatnonzero(recall * 100 >= at)
        for question in questions:
            if len(reached):
                yield question.outcome.score(measure.name, question.precision[reached[0]])
            else:
                yield question.outcome.without(
                    measure.name, "unscored", f"no setting holds {at} % of what is labelled"
                )
