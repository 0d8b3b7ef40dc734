"""Fits what the assistant weighs: which passages and sentences answer, and when to stay silent.

`attache eval fit --data DIR` reads the public suites below DIR that are learned from, the labelled
questions that ship with the project, and with `--questions FILE` further ones; builds each
collection with the same code as any other; fits the order of passages (`evals/ranking.py`) and two
logistic regressions; and writes `assistant/fitted.json` with the figures reached. All figures are
out of fold; folds are grouped by passage title, document, conversation or source. Of the project's
own cases only those of the `tune` half are learned from.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.evidence import (
    ANSWER_FEATURES,
    SENTENCE_FEATURES,
    Candidate,
    answer_features,
    sentence_features,
)
from assistant.learned import Fold, Learned, Logistic, Model, group_keys
from assistant.retrieving import retrieve
from assistant.settings import load_settings
from assistant.weights import FITTED
from corpus.errors import CorpusError
from evals.labelled import HELD_OUT, Asked, ask, collection, public
from evals.ranking import OrderFigures, fit_ranking
from evals.reading import own_cases, read_cases
from evals.statistics import Floats
from evals.suites.suite import Suite
from index.retriever import Retriever
from index.types import Found

FOLDS = 10
# A suite with fewer answerable or unanswerable questions than this is measured, not learned from.
FEWEST_LEARNED = 20
# A wrong answer in front of a mayor does more harm than a silence.
WRONG_COST, SILENT_COST = 1.75, 1.0
# The cost is flat around its minimum: floors that cost up to so many times the least are as good.
ABOUT_AS_CHEAP = 1.1
STRENGTH = 0.03
"""The inverse of the ridge penalty of the two logistic regressions."""


@dataclass(frozen=True, slots=True)
class SuiteFigures:
    """How one suite fares at the floor, out of fold; shares are 0..1."""

    suite: str
    answerable: int
    unanswerable: int
    auroc: float
    answered_rightly: float
    abstained_rightly: float


@dataclass(frozen=True, slots=True)
class OpeningFigures:
    """How often the most relevant sentence is one that answers, in questions that have one."""

    suite: str
    questions: int
    first: float


@dataclass(frozen=True, slots=True)
class FitReport:
    """What was fitted, and the figures it reached out of fold."""

    floor: float
    openings: tuple[OpeningFigures, ...]
    suites: tuple[SuiteFigures, ...]
    orders: tuple[OrderFigures, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "floor": self.floor,
            "openings": [asdict(opening) for opening in self.openings],
            "suites": [asdict(suite) for suite in self.suites],
            "orders": [asdict(order) for order in self.orders],
        }

    def as_text(self) -> str:
        lines = [f"floor {self.floor:.3f}"]
        lines += [
            f"{o.suite:20} {o.questions:4} questions, {o.first:.3f} opened by what answers them"
            for o in self.openings
        ]
        lines += [
            f"{s.suite:20} {s.answerable:4} answerable, {s.answered_rightly:.3f} answered; "
            f"{s.unanswerable:4} not, {s.abstained_rightly:.3f} withheld; AUROC {s.auroc:.3f}"
            for s in self.suites
        ]
        lines += [
            f"{o.suite:20} {o.questions:4} questions, first {o.first:.3f} (fused "
            f"{o.fused_first:.3f}), sources among five {o.recall_at_5:.3f} (fused "
            f"{o.fused_recall_at_5:.3f})"
            for o in self.orders
        ]
        return "\n".join(lines)


def fit(
    data: Path,
    questions: Path | None = None,
    out: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> FitReport:
    """Fits the three models and writes them to `out` (by default the file the assistant reads).

    Raises:
        CorpusError: a public suite is not below `data`, a case file is wrong, or `out` is no place
            for a file.
    """
    target = out or FITTED
    if target.is_dir() or not target.parent.is_dir():
        raise CorpusError(
            f"{target} cannot be written.", "Name a file in a folder that is there with --out."
        )
    suites = [*public(data), *_own(questions)]
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        opened: dict[str, Retriever] = {}
        asked: list[Asked] = []
        retrievers: list[Retriever] = []
        for suite in suites:
            progress(f"Searching {suite.name}")
            place = "starter" if suite.documents == "starter" else suite.name
            if place not in opened:
                opened[place] = stack.enter_context(
                    collection(suite.documents or "settings", load_settings(), scratch / place)
                )
            here = list(ask(suite, opened[place]))
            asked += here
            retrievers += [opened[place]] * len(here)
        folds = _folds(asked)
        progress("Fitting the order of passages")
        ranking, orders = fit_ranking(asked, folds)
        progress("Searching in that order")
        finds = [
            retrieve(item.question, retriever, ranking.for_group(item.group))
            for item, retriever in zip(asked, retrievers, strict=True)
        ]
    progress("Fitting what answers")
    sentence, openings = _fit_sentences(asked, finds, folds)
    answer, scores = _fit_answers(asked, finds, sentence, folds)
    floor = _floor(asked, scores)
    figures = tuple(
        _figures(name, asked, scores, floor) for name in dict.fromkeys(a.suite for a in asked)
    )
    report = FitReport(floor, openings, figures, orders)
    fitted = {
        "made_by": "attache eval fit",
        "floor": floor,
        "out_of_fold": report.as_json(),
        "ranking": ranking.as_json(),
        "sentence": sentence.as_json(),
        "answer": answer.as_json(),
    }
    target.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    return report


def _own(questions: Path | None) -> list[Suite]:
    """The project's own questions, and those of a file, over the starter collection."""
    own = [Suite("starter", "", own_cases(), "starter")]
    return own + ([Suite("questions", "", read_cases(questions), "starter")] if questions else [])


def _folds(asked: Sequence[Asked]) -> list[list[str]]:
    """The groups of each fold; as the largest are dealt out first, no two documents of a suite with
    few of them are in one.
    """
    sizes = Counter(item.group for item in asked)
    folds: list[list[str]] = [[] for _ in range(FOLDS)]
    held = [0] * FOLDS
    for group, size in sorted(sizes.items(), key=lambda g: (-g[1], g[0])):
        smallest = held.index(min(held))
        folds[smallest].append(group)
        held[smallest] += size
    return folds


def _fit_sentences(
    asked: Sequence[Asked], finds: Sequence[Found], folds: Sequence[Sequence[str]]
) -> tuple[Learned, tuple[OpeningFigures, ...]]:
    """Which sentences answer. Suites weigh alike, and so do yes and no."""
    rows, labels, groups, cases = [], [], [], []
    for number, (item, found) in enumerate(zip(asked, finds, strict=True)):
        features, places = sentence_features(item.question, found)
        answers = [item.answers(hit, i) for hit, i in places]
        if any(answers):
            rows += list(features)
            labels += answers
            groups += [item.group] * len(places)
            cases += [number] * len(places)
    x, y, case = np.asarray(rows), np.asarray(labels), np.asarray(cases)
    suites = [asked[number].suite for number in cases]
    weights = _alike(suites, y)
    learned, scores = _learn(SENTENCE_FEATURES, x, y, groups, folds, weights)
    by_suite: dict[str, list[bool]] = {}
    for number in sorted(set(cases)):
        here = np.flatnonzero(case == number)
        best = here[int(np.argmax(scores[here]))]
        by_suite.setdefault(asked[number].suite, []).append(bool(y[best]))
    return learned, tuple(
        OpeningFigures(suite, len(right), round(float(np.mean(right)), 4))
        for suite, right in by_suite.items()
    )


def _fit_answers(
    asked: Sequence[Asked],
    finds: Sequence[Found],
    sentence: Learned,
    folds: Sequence[Sequence[str]],
) -> tuple[Learned, Floats]:
    """Whether anything answers. Suites weigh alike, and so do yes and no; a suite with few of
    either is only measured.
    """
    x = np.asarray(
        [
            _answer_row(item, found, sentence.for_group(item.group))
            for item, found in zip(asked, finds, strict=True)
        ]
    )
    y = np.asarray([item.answerable for item in asked])
    groups = [item.group for item in asked]
    return _learn(ANSWER_FEATURES, x, y, groups, folds, _weights(asked))


def _weights(asked: Sequence[Asked]) -> Floats:
    """Weights (n,) by which every suite that is learned from counts alike, and so do yes and no."""
    return _alike([item.suite for item in asked], np.asarray([a.answerable for a in asked]))


def _alike(suites: Sequence[str], y: NDArray[np.bool_]) -> Floats:
    """Weights (n,) of yes and no in each suite: alike where there are enough, else 0."""
    counts = Counter(zip(suites, y.tolist(), strict=True))
    learned = {
        suite
        for suite in set(suites) - HELD_OUT
        if min(counts[suite, True], counts[suite, False]) >= FEWEST_LEARNED
    }
    weights = np.asarray(
        [
            1.0 / counts[suite, bool(yes)] if suite in learned else 0.0
            for suite, yes in zip(suites, y, strict=True)
        ]
    )
    return np.asarray(weights * (weights > 0).sum() / weights.sum(), dtype=np.float64)


def _answer_row(item: Asked, found: Found, sentence: Model) -> list[float]:
    features, places = sentence_features(item.question, found)
    if not places:
        return [0.0] * len(ANSWER_FEATURES)
    scored = zip(places, sentence(features), strict=True)
    best = sorted((Candidate(h, i, float(p)) for (h, i), p in scored), key=lambda c: -c.relevance)
    return answer_features(item.question, found, tuple(best))


def _learn(
    names: tuple[str, ...],
    x: Floats,
    y: NDArray[np.bool_],
    groups: Sequence[str],
    folds: Sequence[Sequence[str]],
    weights: Floats,
) -> tuple[Learned, Floats]:
    """A model of all that has a weight, one for each fold that saw nothing of its groups, and the
    probabilities (n,) that those give their own.
    """
    scores = np.zeros(len(y))
    kept = []
    for fold in folds:
        held = np.isin(groups, list(fold))
        seen = ~held & (weights > 0)
        model = _logistic(x[seen], y[seen], weights[seen])
        kept.append(Fold(group_keys(fold), model))
        if held.any():
            scores[held] = model(x[held])
    used = weights > 0
    return Learned(names, _logistic(x[used], y[used], weights[used]), tuple(kept)), scores


def _logistic(x: Floats, y: NDArray[np.bool_], weights: Floats | None = None) -> Logistic:
    """Logistic regression on standardised features, written back to the features' own scales."""
    from sklearn.linear_model import LogisticRegression

    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale[scale == 0] = 1.0
    model = LogisticRegression(C=STRENGTH, max_iter=2000)
    model.fit((x - mean) / scale, y, sample_weight=weights)
    slopes = model.coef_[0] / scale
    bias = float(model.intercept_[0] - slopes @ mean)
    return Logistic(round(bias, 6), tuple(round(float(slope), 6) for slope in slopes))


def _auroc(y: NDArray[np.bool_], scores: Floats) -> float:
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score(y, scores)), 4)


def _floor(asked: Sequence[Asked], scores: Floats) -> float:
    """The floor of least cost out of fold, every suite that is learned from weighing alike.

    A question answered that should not be costs 1.75 times as much as one that is not answered
    and could be. Of floors that cost about the same, the lowest is taken, which answers most.
    """
    y = np.asarray([item.answerable for item in asked])
    weights = _weights(asked) * np.where(y, SILENT_COST, WRONG_COST)

    def cost(floor: float) -> float:
        return float(weights[(scores >= floor) != y].sum())

    floors = np.linspace(0.05, 0.95, 181)
    costs = np.asarray([cost(floor) for floor in floors])
    return round(float(floors[costs <= ABOUT_AS_CHEAP * costs.min()].min()), 4)


def _figures(suite: str, asked: Sequence[Asked], scores: Floats, floor: float) -> SuiteFigures:
    here = np.asarray([item.suite == suite for item in asked])
    y = np.asarray([item.answerable for item in asked])[here]
    answered = scores[here] >= floor
    return SuiteFigures(
        suite,
        int(y.sum()),
        int((~y).sum()),
        _auroc(y, scores[here]) if y.any() and (~y).any() else float("nan"),
        round(float(answered[y].mean()), 4) if y.any() else float("nan"),
        round(float((~answered[~y]).mean()), 4) if (~y).any() else float("nan"),
    )
