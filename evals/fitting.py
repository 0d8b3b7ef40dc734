"""Fits what the assistant weighs: which sentences answer, and when to stay silent.

`attache eval fit --data DIR` reads CLAP NQ from DIR, the labelled questions that ship with the
project, and with `--questions FILE` further ones; builds each collection with the same code as any
other; fits two logistic regressions; and writes `assistant/fitted.json` with the figures reached.
All figures are out of fold; folds are grouped by passage title (CLAP NQ) or by source. Of the
project's own cases only those of the `tune` half are learned from.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.evidence import (
    ANSWER_FEATURES,
    SENTENCE_FEATURES,
    Candidate,
    Logistic,
    answer_features,
    sentence_features,
)
from assistant.wording import content_stems
from corpus.errors import CorpusError
from evals.fusion import FusionFigures, fusion
from evals.labelled import HELD_OUT, Asked, clapnq, starter
from evals.reading import matches
from index.types import Hit

FOLDS = 10
# A suite with fewer answerable or unanswerable questions than this is measured, not learned from.
FEWEST_LEARNED = 20
# A wrong answer in front of a mayor does more harm than a silence.
WRONG_COST, SILENT_COST = 1.75, 1.0
# The cost is flat around its minimum: floors that cost up to so many times the least are as good.
ABOUT_AS_CHEAP = 1.1
Floats = NDArray[np.float64]


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

    fitted: dict[str, Any]
    openings: tuple[OpeningFigures, ...]
    suites: tuple[SuiteFigures, ...]
    fusion: tuple[FusionFigures, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "floor": self.fitted["floor"],
            "openings": [asdict(opening) for opening in self.openings],
            "suites": [asdict(suite) for suite in self.suites],
            "fusion": [asdict(figures) for figures in self.fusion],
        }

    def as_text(self) -> str:
        lines = [f"floor {self.fitted['floor']:.3f}"]
        lines += [
            f"{o.suite:12} {o.questions:4} questions, {o.first:.3f} opened by what answers them"
            for o in self.openings
        ]
        lines += [
            f"{s.suite:12} {s.answerable:4} answerable, {s.answered_rightly:.3f} answered; "
            f"{s.unanswerable:4} not, {s.abstained_rightly:.3f} withheld; AUROC {s.auroc:.3f}"
            for s in self.suites
        ]
        lines += [
            f"fusion {f.suite:12} dense weight {f.dense_weight:.1f}: first {f.first:.3f}, "
            f"among five {f.recall_at_5:.3f}"
            for f in self.fusion
        ]
        return "\n".join(lines)


def fit(
    data: Path,
    questions: Path | None = None,
    out: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> FitReport:
    """Fits both models and writes them to `out` (by default the file the assistant reads).

    Raises:
        CorpusError: CLAP NQ is not below `data`, a case file is wrong, or `out` is no place for a
            file.
    """
    target = out or Path(str(files("assistant").joinpath("fitted.json")))
    if target.is_dir() or not target.parent.is_dir():
        raise CorpusError(
            f"{target} cannot be written.", "Name a file in a folder that is there with --out."
        )
    with tempfile.TemporaryDirectory() as scratch:
        progress("Searching CLAP NQ")
        asked = list(clapnq(data / "clapnq", Path(scratch)))
        progress("Searching the starter collection")
        asked += starter(questions, Path(scratch))
        progress("Measuring the fusion of dense and keyword scores")
        weighed = tuple(fusion(asked, Path(scratch)))
    progress("Fitting")
    sentence, openings = _fit_sentences(asked)
    answer, scores = _fit_answers(asked, sentence)
    floor = _floor(asked, scores)
    suites = tuple(
        _figures(name, asked, scores, floor) for name in dict.fromkeys(a.suite for a in asked)
    )
    weights = _as_fitted(sentence, answer, floor, openings, suites)
    report = FitReport(weights, openings, suites, weighed)
    target.write_text(json.dumps(report.fitted, indent=2) + "\n", encoding="utf-8")
    return report


def _fit_sentences(asked: Sequence[Asked]) -> tuple[Logistic, tuple[OpeningFigures, ...]]:
    """Which sentences answer, learned from the starter collection alone.

    CLAP NQ stays out, and tells how well it carries over: there the weights of the whole starter
    collection are tried, in the other suites those of other folds.
    """
    rows, labels, groups, cases = [], [], [], []
    for number, item in enumerate(asked):
        features, places = sentence_features(item.question, item.found)
        answers = _answers(item, places)
        if any(answers):
            rows += list(features)
            labels += answers
            groups += [item.group] * len(places)
            cases += [number] * len(places)
    x, y, case = np.asarray(rows), np.asarray(labels), np.asarray(cases)
    own = np.asarray([asked[number].suite != "clapnq" for number in cases])
    learned = own & np.asarray([asked[number].suite not in HELD_OUT for number in cases])
    model = _logistic(x[learned], y[learned])
    scores = np.where(own, _out_of_fold(x, y, groups, learned), model(x))
    by_suite: dict[str, list[bool]] = {}
    for number in sorted(set(cases)):
        here = np.flatnonzero(case == number)
        best = here[int(np.argmax(scores[here]))]
        by_suite.setdefault(asked[number].suite, []).append(bool(y[best]))
    return model, tuple(
        OpeningFigures(suite, len(right), round(float(np.mean(right)), 4))
        for suite, right in by_suite.items()
    )


def _answers(item: Asked, places: Sequence[tuple[Hit, int]]) -> list[bool]:
    """For each sentence found, whether it answers.

    In CLAP NQ those that annotators selected do; in the starter collection the one sentence of a
    right source that is closest in words to the expected answer.
    """
    own = [content_stems(hit.passage.sentence(i)) for hit, i in places]
    if item.selected:
        chosen = [content_stems(s) for s in item.selected]
        return [any(_likeness(o, c) > 0.7 for c in chosen) for o in own]
    wanted = content_stems(item.expected)
    likeness = [
        _likeness(o, wanted) if matches(hit.source.id, item.sources) else 0.0
        for o, (hit, _) in zip(own, places, strict=True)
    ]
    best = max(likeness, default=0.0)
    return [best > 0.1 and value == best for value in likeness]


def _likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard likeness (0..1) of two sets of stems."""
    return len(a & b) / len(a | b) if a and b else 0.0


def _fit_answers(asked: Sequence[Asked], sentence: Logistic) -> tuple[Logistic, Floats]:
    """Whether anything answers. Suites, and in each the two answers, weigh alike, so that one with
    many answerable questions does not shift the scale; one with few of either is only measured.
    """
    x = np.asarray([_answer_row(item, sentence) for item in asked])
    y = np.asarray([item.answerable for item in asked])
    weights = _weights(asked)
    learned = weights > 0
    model = _logistic(x[learned], y[learned], weights[learned])
    return model, _out_of_fold(x, y, [item.group for item in asked], learned, weights)


def _weights(asked: Sequence[Asked]) -> Floats:
    """Weights (n,) by which every suite that is learned from counts alike, and so do yes and no."""
    counts = Counter((item.suite, item.answerable) for item in asked)
    learned = {
        suite
        for suite, _ in counts
        if suite not in HELD_OUT
        and min(counts[suite, True], counts[suite, False]) >= FEWEST_LEARNED
    }
    weights = np.asarray(
        [
            1.0 / counts[item.suite, item.answerable] if item.suite in learned else 0.0
            for item in asked
        ]
    )
    return np.asarray(weights * (weights > 0).sum() / weights.sum(), dtype=np.float64)


def _answer_row(item: Asked, sentence: Logistic) -> list[float]:
    features, places = sentence_features(item.question, item.found)
    if not places:
        return [0.0] * len(ANSWER_FEATURES)
    scored = zip(places, sentence(features), strict=True)
    best = sorted((Candidate(h, i, float(p)) for (h, i), p in scored), key=lambda c: -c.relevance)
    return answer_features(item.question, item.found, tuple(best))


def _logistic(x: Floats, y: NDArray[np.bool_], weights: Floats | None = None) -> Logistic:
    """Logistic regression on standardised features, written back to the features' own scales.

    Without `weights` (n,) yes and no count alike.
    """
    from sklearn.linear_model import LogisticRegression

    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale[scale == 0] = 1.0
    balance = "balanced" if weights is None else None
    model = LogisticRegression(C=1.0, class_weight=balance, max_iter=2000)
    model.fit((x - mean) / scale, y, sample_weight=weights)
    slopes = model.coef_[0] / scale
    bias = float(model.intercept_[0] - slopes @ mean)
    return Logistic(round(bias, 6), tuple(round(float(slope), 6) for slope in slopes))


def _out_of_fold(
    x: Floats,
    y: NDArray[np.bool_],
    groups: Sequence[str],
    learned: NDArray[np.bool_],
    weights: Floats | None = None,
) -> Floats:
    """Probabilities (n,), each from a model that saw nothing of its group, only of `learned`."""
    from sklearn.model_selection import GroupKFold

    scores = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS).split(x, y, groups):
        seen = train[learned[train]]
        some = None if weights is None else weights[seen]
        scores[test] = _logistic(x[seen], y[seen], some)(x[test])
    return scores


def _auroc(y: NDArray[np.bool_], scores: Floats) -> float:
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score(y, scores)), 4)


def _floor(asked: Sequence[Asked], scores: Floats) -> float:
    """The floor of least cost out of fold, every suite that is learned from weighing alike.

    A question answered that should not be costs 1.75 times as much as one that is not answered
    and could be. Where several floors cost about the same, the middle one is
    taken, so that a few questions more or less do not move it far.
    """
    y = np.asarray([item.answerable for item in asked])
    weights = _weights(asked) * np.where(y, SILENT_COST, WRONG_COST)

    def cost(floor: float) -> float:
        return float(weights[(scores >= floor) != y].sum())

    floors = np.linspace(0.05, 0.95, 181)
    costs = np.asarray([cost(floor) for floor in floors])
    return round(float(np.median(floors[costs <= ABOUT_AS_CHEAP * costs.min()])), 4)


def _figures(suite: str, asked: Sequence[Asked], scores: Floats, floor: float) -> SuiteFigures:
    here = np.asarray([item.suite == suite for item in asked])
    y = np.asarray([item.answerable for item in asked])[here]
    answered = scores[here] >= floor
    return SuiteFigures(
        suite,
        int(y.sum()),
        int((~y).sum()),
        _auroc(y, scores[here]) if y.any() and (~y).any() else float("nan"),
        round(float(answered[y].mean()), 4),
        round(float((~answered[~y]).mean()), 4),
    )


def _as_fitted(
    sentence: Logistic,
    answer: Logistic,
    floor: float,
    openings: Sequence[OpeningFigures],
    suites: Sequence[SuiteFigures],
) -> dict[str, Any]:
    return {
        "made_by": "attache eval fit",
        "sentence": {
            "bias": sentence.bias,
            "weights": dict(zip(SENTENCE_FEATURES, sentence.weights, strict=True)),
        },
        "answer": {
            "bias": answer.bias,
            "weights": dict(zip(ANSWER_FEATURES, answer.weights, strict=True)),
        },
        "floor": floor,
        "out_of_fold": {
            "openings": [asdict(opening) for opening in openings],
            "suites": [asdict(suite) for suite in suites],
        },
    }
