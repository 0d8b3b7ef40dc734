"""Fits what the assistant weighs: which sentences answer, and when to stay silent.

`attache eval fit --data DIR` reads CLAP NQ from DIR, the labelled questions that ship with the
project, and with `--questions FILE` further ones; builds each collection with the same code as any
other; fits two logistic regressions; and writes `assistant/fitted.json` with the figures reached.
All figures are out of fold; folds are grouped by passage title (CLAP NQ) or by source.
"""

from __future__ import annotations

import json
import tempfile
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
from evals.fusion import FusionFigures, fusion
from evals.labelled import Asked, clapnq, starter

FOLDS = 10
# A wrong answer in front of a mayor does more harm than a silence.
WRONG_COST, SILENT_COST = 1.5, 1.0
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
class FitReport:
    """What was fitted, and the figures it reached out of fold."""

    fitted: dict[str, Any]
    sentence_auroc: float
    suites: tuple[SuiteFigures, ...]
    fusion: tuple[FusionFigures, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "floor": self.fitted["floor"],
            "sentence_auroc": self.sentence_auroc,
            "suites": [asdict(suite) for suite in self.suites],
            "fusion": [asdict(figures) for figures in self.fusion],
        }

    def as_text(self) -> str:
        lines = [f"floor {self.fitted['floor']:.3f}; sentences AUROC {self.sentence_auroc:.3f}"]
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
        CorpusError: CLAP NQ is not below `data`, or a case file is wrong.
    """
    with tempfile.TemporaryDirectory() as scratch:
        progress("Searching CLAP NQ")
        asked = list(clapnq(data / "clapnq", Path(scratch)))
        progress("Searching the starter collection")
        asked += starter(questions, Path(scratch))
        progress("Measuring the fusion of dense and keyword scores")
        weighed = tuple(fusion(asked, Path(scratch)))
    progress("Fitting")
    sentence, sentence_auroc = _fit_sentences(asked)
    answer, scores = _fit_answers(asked, sentence)
    floor = _floor(asked, scores)
    suites = tuple(
        _figures(name, asked, scores, floor) for name in dict.fromkeys(a.suite for a in asked)
    )
    weights = _as_fitted(sentence, answer, floor, sentence_auroc, suites)
    report = FitReport(weights, sentence_auroc, suites, weighed)
    target = out or Path(str(files("assistant").joinpath("fitted.json")))
    target.write_text(json.dumps(report.fitted, indent=2) + "\n", encoding="utf-8")
    return report


def _fit_sentences(asked: Sequence[Asked]) -> tuple[Logistic, float]:
    """Which sentences answer: the selected ones of CLAP NQ against all others that were found."""
    rows, labels, groups = [], [], []
    for item in asked:
        if not item.selected:
            continue
        features, places = sentence_features(item.question, item.found)
        chosen = [content_stems(s) for s in item.selected]
        for row, (hit, i) in zip(features, places, strict=True):
            own = content_stems(hit.passage.sentence(i))
            rows.append(row)
            labels.append(any(_same(own, other) for other in chosen))
            groups.append(item.group)
    x, y = np.asarray(rows), np.asarray(labels)
    scores = _out_of_fold(x, y, groups)
    return _logistic(x, y), _auroc(y, scores)


def _same(a: frozenset[str], b: frozenset[str]) -> bool:
    return bool(a) and len(a & b) / len(a | b) > 0.7


def _fit_answers(asked: Sequence[Asked], sentence: Logistic) -> tuple[Logistic, Floats]:
    x = np.asarray([_answer_row(item, sentence) for item in asked])
    y = np.asarray([item.answerable for item in asked])
    groups = [item.suite + item.group for item in asked]
    return _logistic(x, y), _out_of_fold(x, y, groups)


def _answer_row(item: Asked, sentence: Logistic) -> list[float]:
    features, places = sentence_features(item.question, item.found)
    if not places:
        return [0.0] * len(ANSWER_FEATURES)
    scored = zip(places, sentence(features), strict=True)
    best = sorted((Candidate(h, i, float(p)) for (h, i), p in scored), key=lambda c: -c.relevance)
    return answer_features(item.question, item.found, tuple(best))


def _logistic(x: Floats, y: NDArray[np.bool_]) -> Logistic:
    """Logistic regression on standardised features, written back to the features' own scales."""
    from sklearn.linear_model import LogisticRegression

    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale[scale == 0] = 1.0
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=2000)
    model.fit((x - mean) / scale, y)
    weights = model.coef_[0] / scale
    bias = float(model.intercept_[0] - weights @ mean)
    return Logistic(round(bias, 6), tuple(round(float(w), 6) for w in weights))


def _out_of_fold(x: Floats, y: NDArray[np.bool_], groups: Sequence[str]) -> Floats:
    """Probabilities (n,), each from a model that saw nothing of its group."""
    from sklearn.model_selection import GroupKFold

    scores = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS).split(x, y, groups):
        scores[test] = _logistic(x[train], y[train])(x[test])
    return scores


def _auroc(y: NDArray[np.bool_], scores: Floats) -> float:
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score(y, scores)), 4)


def _floor(asked: Sequence[Asked], scores: Floats) -> float:
    """The floor of least cost out of fold, every suite weighing alike.

    Only its own collection's labels and public ones are used; a question answered that should
    not be costs half as much again as one that is not answered and could be.
    """
    y = np.asarray([item.answerable for item in asked])
    suites = np.asarray([item.suite for item in asked])

    def cost(floor: float) -> float:
        total = 0.0
        for suite in set(suites):
            here = suites == suite
            answered = scores[here] >= floor
            total += WRONG_COST * float(np.mean(answered[~y[here]])) if (~y[here]).any() else 0.0
            total += SILENT_COST * float(np.mean(~answered[y[here]]))
        return total

    return round(float(min(np.linspace(0.05, 0.95, 181), key=lambda f: (cost(f), f))), 4)


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
    sentence_auroc: float,
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
            "sentence_auroc": sentence_auroc,
            "suites": [asdict(suite) for suite in suites],
        },
    }
