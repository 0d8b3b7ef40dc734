"""Fits what the learned verifier weighs: whether texts bear a claim.

`attache eval fit-verifier --data DIR` reads AttributionBench from DIR, describes each claim beside
its references by `assistant.bearing`, fits boosted trees, and writes `assistant/verifier.json` with
the figures reached. A feature that can only speak for a claim, or only against it, may not do
otherwise in the trees (monotonic constraints), so that little data teaches nothing absurd.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.bearing import FALLS, FEATURES, OTHERS, RISES, features, read
from assistant.learned import Fold, Learned, Trees, group_keys
from assistant.verifiers import WEIGHTS
from corpus.errors import CorpusError
from evals.statistics import STATISTICS, Floats
from evals.suites.attribution import NAME, read_claims
from evals.suites.supporting import Judged
from index.embedders import Embedder, make_embedder
from index.model_folders import PACKAGED

FOLDS = 10
RIGHT = 0.85
"""Share of the claims at or above the floor that people call attributable, out of fold."""

SHOWN = ("macro_f1", "balanced_accuracy", "auroc")
_DIGITS = 5


@dataclass(frozen=True, slots=True)
class VerifierFigures:
    """How the model fares on claims that it did not learn from, by a statistic's name."""

    held_out: str
    claims: int
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class VerifierReport:
    """What was fitted, and the figures it reached."""

    floor: float
    above: float
    figures: tuple[VerifierFigures, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        lines = [f"floor {self.floor:.3f}, reached by {self.above:.3f} of the attributable"]
        for told in self.figures:
            shown = ", ".join(f"{name} {value:.3f}" for name, value in told.values.items())
            lines.append(f"{told.held_out:32} {told.claims:5} claims: {shown}")
        return "\n".join(lines)


def fit_verifier(
    data: Path, out: Path | None = None, progress: Callable[[str], None] = lambda _: None
) -> VerifierReport:
    """Fits the models and writes them to `out` (by default the file the assistant reads).

    Raises:
        CorpusError: AttributionBench is not below `data`, or `out` is no place for a file.
        ModelError: the packaged model cannot be used.
    """
    target = out or WEIGHTS
    if target.is_dir() or not target.parent.is_dir():
        raise CorpusError(
            f"{target} cannot be written.", "Name a file in a folder that is there with --out."
        )
    items = read_claims(data / NAME)
    embedder = make_embedder(f"sentence-transformers:{PACKAGED}")
    progress("Reading claims and references")
    x = np.stack([row(item, embedder) for item in items])
    y = np.asarray([item.borne for item in items])
    progress("Fitting")
    learned, likely = fit_folds(x, y, [item.group for item in items])
    floor = _floor(y, likely)
    progress("Leaving out one source after another")
    figures = (
        _figures(f"folds by question ({FOLDS})", y, likely),
        *(_figures(f"  of these {part}", y[own], likely[own]) for part, own in _parts(items)),
        *_left_out(x, y, items),
    )
    report = VerifierReport(floor, float((likely[y] >= floor).mean()), figures)
    kept = {
        "made_by": "attache eval fit-verifier",
        "data": "AttributionBench, dev",
        "embedder": embedder.fingerprint.rsplit(":", 2)[0],
        "out_of_fold": report.as_json(),
        "floor": floor,
    }
    target.write_text(_written(kept | learned.as_json()), encoding="utf-8")
    return report


def row(item: Judged, embedder: Embedder) -> Floats:
    """The features (k,) of a claim beside its references."""
    claim, *texts = read([item.text, *item.texts], embedder)
    return features(claim, texts) if claim and any(texts) else np.zeros(len(FEATURES))


def fit_folds(x: Floats, y: NDArray[np.bool_], groups: Sequence[str]) -> tuple[Learned, Floats]:
    """The models of all and of each fold, and likelihoods (n,) of the folds that hold nothing of a
    row's group.
    """
    from sklearn.model_selection import GroupKFold

    likely, folds = np.zeros(len(y)), []
    for seen, held in GroupKFold(min(FOLDS, len(set(groups)))).split(x, y, groups):
        model = fit_trees(x[seen], y[seen])
        likely[held] = model(x[held])
        folds.append(Fold(group_keys(groups[at] for at in held), model))
    return Learned(FEATURES, fit_trees(x, y), tuple(folds)), likely


def fit_trees(x: Floats, y: NDArray[np.bool_]) -> Trees:
    """Gradient boosting (Friedman, 2001) as scikit-learn fits it, written down as plain nodes."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    signs = [1] * len(RISES) + [-1] * len(FALLS) + [0] * len(OTHERS)
    fitted = HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=15,
        l2_regularization=5.0, max_features=0.3, monotonic_cst=signs, early_stopping=False,
        random_state=0,
    ).fit(x, y)  # fmt: skip
    return trees_of(fitted)


def trees_of(fitted: Any) -> Trees:
    """A fitted `HistGradientBoostingClassifier` of yes and no as plain nodes."""
    # There is no public way to a fitted tree's nodes; a test holds the two against each other.
    trees = tuple(tuple(_nodes(tree.nodes)) for (tree,) in fitted._predictors)
    return Trees(round(float(fitted._baseline_prediction[0, 0]), _DIGITS), trees)


def _nodes(nodes: Any) -> Iterator[tuple[int, float, int, int, float]]:
    for at, node in enumerate(nodes):
        if node["is_leaf"]:
            yield 0, 0.0, at, at, round(float(node["value"]), _DIGITS)
        else:
            threshold = round(float(node["num_threshold"]), _DIGITS)
            yield int(node["feature_idx"]), threshold, int(node["left"]), int(node["right"]), 0.0


def _floor(y: NDArray[np.bool_], likely: Floats) -> float:
    """The lowest likelihood from which on so many are right, with all that lie above it."""
    order = np.argsort(-likely)
    right = np.cumsum(y[order]) / np.arange(1, len(y) + 1)
    enough = np.flatnonzero(right >= RIGHT)
    return round(float(likely[order][enough[-1]]), 4) if len(enough) else 1.0


def _left_out(
    x: Floats, y: NDArray[np.bool_], items: Sequence[Judged]
) -> Iterator[VerifierFigures]:
    """Each source judged by what was learned from the others, and all of them together."""
    likely, parts = np.zeros(len(y)), list(_parts(items))
    if len(parts) < 2:
        return
    for _, own in parts:
        likely[own] = fit_trees(x[~own], y[~own])(x[own])
    yield _figures("leave one source out", y, likely)
    for part, own in parts:
        yield _figures(f"  of these {part}", y[own], likely[own])


def _parts(items: Sequence[Judged]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for part in sorted({item.type for item in items}):
        yield part, np.asarray([item.type == part for item in items])


def _figures(held_out: str, y: NDArray[np.bool_], likely: Floats) -> VerifierFigures:
    values = {name: round(STATISTICS[name](likely, y.astype(np.float64)), 4) for name in SHOWN}
    return VerifierFigures(held_out, len(y), values)


def _written(kept: dict[str, Any]) -> str:
    """JSON with a line for each of the first keys, and no more."""
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in kept.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
