"""Fits the order of passages, and tells how well that and plain fusion find what answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.learned import Fold, Learned, Logistic, Model, group_keys
from assistant.ranking import RANK_FEATURES, rank_features, rank_scores
from evals.labelled import HELD_OUT, Asked
from evals.reading import matches
from evals.statistics import Floats
from index.types import Hit

PENALTY = 0.3
"""Weight of the squared slopes, against a loss of 200 for each suite."""
AMONG = 5


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """How often what answers is first, and the share of right sources among the first five, by the
    fitted order (out of fold) and by plain fusion.
    """

    suite: str
    questions: int
    first: float
    recall_at_5: float
    fused_first: float
    fused_recall_at_5: float


@dataclass(frozen=True, slots=True)
class Lists:
    """Candidates of many questions: features (n, k), whether each bears the answer (n,), which
    question it is of (n,), ascending, and what the question weighs (n,).
    """

    features: Floats
    bears: NDArray[np.bool_]
    question: NDArray[np.intp]
    weight: Floats


def fit_ranking(
    asked: Sequence[Asked], folds: Sequence[Sequence[str]]
) -> tuple[Learned, tuple[OrderFigures, ...]]:
    """The order fitted on all that may be learned from, with a model for each fold of groups."""
    learned = [a for a in asked if a.answerable and a.suite not in HELD_OUT]
    lists, groups = _lists(learned)
    model = listwise(lists)
    kept = []
    for fold in folds:
        seen = ~np.isin(groups, list(fold))
        rest = Lists(
            lists.features[seen], lists.bears[seen], lists.question[seen], lists.weight[seen]
        )
        kept.append(Fold(group_keys(fold), listwise(rest)))
    ranking = Learned(RANK_FEATURES, model, tuple(kept))
    return ranking, _figures(asked, ranking)


def _lists(asked: Sequence[Asked]) -> tuple[Lists, NDArray[np.str_]]:
    """The lists of the questions of which a candidate bears the answer, with each one's group;
    suites weigh alike.
    """
    rows, bears, numbers, suites, groups = [], [], [], [], []
    for number, item in enumerate(asked):
        right = [item.bears(hit) for hit in item.candidates.hits]
        if any(right):
            rows.append(rank_features(item.question, item.candidates))
            bears += right
            numbers += [number] * len(right)
            suites.append(item.suite)
            groups += [item.group] * len(right)
    weight = {suite: 200 / suites.count(suite) for suite in suites}
    per_row = [weight[asked[number].suite] for number in numbers]
    lists = Lists(np.concatenate(rows), np.asarray(bears), np.asarray(numbers), np.asarray(per_row))
    return lists, np.asarray(groups)


def listwise(lists: Lists, penalty: float = PENALTY) -> Logistic:
    """Slopes under which what bears the answer holds the most of the softmax over the candidates of
    its question (conditional logit: McFadden, 1974; ListNet's top-one likelihood: Cao et al.,
    2007), ridge-penalised on standardised features. The intercept, which no order depends on,
    brings the mean of the best scores to 0.
    """
    from scipy.optimize import minimize

    spread = lists.features.std(axis=0)
    spread[spread == 0] = 1.0
    z = (lists.features - lists.features.mean(axis=0)) / spread
    starts = np.flatnonzero(np.diff(lists.question, prepend=-1))
    of = np.cumsum(np.isin(np.arange(len(z)), starts)) - 1
    bears, weight = lists.bears.astype(np.float64), lists.weight[starts]

    def loss(slopes: Floats) -> tuple[float, Floats]:
        scores = z @ slopes
        mass = np.exp(scores - np.maximum.reduceat(scores, starts)[of])
        whole = np.add.reduceat(mass, starts)
        right = np.add.reduceat(mass * bears, starts) + 1e-300
        pull = weight[of] * (mass / whole[of] - mass * bears / right[of])
        value = float(np.sum(weight * np.log(whole / right)) + penalty * slopes @ slopes)
        return value, z.T @ pull + 2 * penalty * slopes

    found = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B").x
    slopes = found / spread
    best = np.maximum.reduceat(lists.features @ slopes, starts)
    return Logistic(round(-float(best.mean()), 6), tuple(round(float(s), 6) for s in slopes))


def _figures(asked: Sequence[Asked], ranking: Learned) -> tuple[OrderFigures, ...]:
    told = []
    for suite in dict.fromkeys(a.suite for a in asked):
        items = [a for a in asked if a.suite == suite and a.answerable and a.sources]
        ours = _reached(items, lambda a: _ranked(a, ranking.for_group(a.group)))
        fused = _reached(items, lambda a: a.candidates.hits)
        told.append(OrderFigures(suite, len(items), *ours, *fused))
    return tuple(told)


def _ranked(item: Asked, model: Model) -> Sequence[Hit]:
    scores = rank_scores(item.question, item.candidates, model)
    return [item.candidates.hits[i] for i in np.argsort(-scores, kind="stable")]


def _reached(
    items: Sequence[Asked], order: Callable[[Asked], Sequence[Hit]]
) -> tuple[float, float]:
    """How often the first passage bears the answer, and the recall of sources among five."""
    first, recall = [], []
    for item in items:
        hits = order(item)
        sources = tuple(dict.fromkeys(hit.source.id for hit in hits))[:AMONG]
        first.append(bool(hits) and item.bears(hits[0]))
        met = [any(matches(id_, (wanted,)) for id_ in sources) for wanted in item.sources]
        recall.append(sum(met) / len(met))
    return round(float(np.mean(first)), 4), round(float(np.mean(recall)), 4)
