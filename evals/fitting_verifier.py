"""Fits what the learned verifier weighs: whether texts bear a sentence, or a whole claim.

`attache eval fit-verifier --data DIR` reads AttributionBench and the answers of MTRAG that people
judged from DIR, describes each claim, and each sentence of an answer, beside its texts by
`assistant.bearing`, fits boosted trees, and writes `assistant/verifier.json` with the figures
reached. A feature that can only speak for a claim, or only against it, may not do otherwise in the
trees (monotonic constraints), so that little data teaches nothing absurd.

Two models: that of whole claims also reads how long the texts are, which tells much in
AttributionBench, whose annotators cut out what bears a claim, and misleads elsewhere; that of
sentences does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.bearing import FALLS, FEATURES, OTHERS, PLAIN, RISES, features, read
from assistant.learned import Fold, Learned, Trees, group_keys
from assistant.verifiers import LIKELY, WEIGHTS
from corpus.errors import CorpusError
from evals.measures.texts import sentences
from evals.statistics import STATISTICS, Floats
from evals.suites.attribution import NAME, read_claims
from evals.suites.faithfulness import NAME as MTRAG
from evals.suites.faithfulness import Rated, read_rated
from evals.suites.supporting import Judged
from index.embedders import Embedder, make_embedder
from index.model_folders import PACKAGED

FOLDS = 10
FAITHFUL = 3.5
"""What people give an answer on average, of 1..4, from which on its sentences count as borne."""

SHARE = 1.25
"""What an answer weighs beside a claim."""
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
            lines.append(f"{told.held_out:70} {told.claims:5}: {shown}")
        return "\n".join(lines)


def fit_verifier(
    data: Path, out: Path | None = None, progress: Callable[[str], None] = lambda _: None
) -> VerifierReport:
    """Fits the models and writes them to `out` (by default the file the assistant reads).

    Raises:
        CorpusError: AttributionBench or MTRAG is not below `data`, or `out` is no place for a file.
        ModelError: the packaged model cannot be used.
    """
    target = out or WEIGHTS
    if target.is_dir() or not target.parent.is_dir():
        raise CorpusError(
            f"{target} cannot be written.", "Name a file in a folder that is there with --out."
        )
    items, answers = read_claims(data / NAME), read_rated(data / MTRAG)
    embedder = make_embedder(f"sentence-transformers:{PACKAGED}")
    progress("Reading claims and references")
    claims = _claims(items, embedder)
    progress("Reading answers and passages")
    said = _sentences(answers, embedder)
    progress("Fitting")
    by_claim, likely = fit_folds(claims, FEATURES)
    by_sentence, both = fit_folds(claims.plain().beside(said), PLAIN)
    y, alone, told = claims.y, both[: len(claims.y)], both[len(claims.y) :]
    floor = _floor(y, alone)
    progress("Leaving out one source after another")
    figures = (
        *_figures("claims, folds by question", claims, likely),
        *_figures("claims, leaving a source out", claims, _left_out(claims)),
        *_figures("claims by the model of sentences, folds by question", claims, alone),
        _faithfulness(answers, said, told),
    )
    report = VerifierReport(floor, float((alone[y] >= floor).mean()), figures)
    kept = {
        "made_by": "attache eval fit-verifier",
        "data": "AttributionBench, dev; MTRAG, answers that people judged",
        "embedder": embedder.fingerprint.rsplit(":", 2)[0],
        "out_of_fold": report.as_json(),
        "floor": floor,
        "sentences": by_sentence.as_json(),
        "claims": by_claim.as_json(),
    }
    target.write_text(_written(kept), encoding="utf-8")
    return report


@dataclass(frozen=True, slots=True)
class Rows:
    """What is learned from: features (n, k), answers and weights (n,), group and part of each."""

    x: Floats
    y: NDArray[np.bool_]
    groups: tuple[str, ...]
    parts: tuple[str, ...]
    weights: Floats

    def plain(self) -> Rows:
        """With the features alone that mean the same everywhere."""
        return replace(self, x=self.x[:, : len(PLAIN)])

    def beside(self, other: Rows) -> Rows:
        return Rows(
            np.concatenate([self.x, other.x]), np.concatenate([self.y, other.y]),
            self.groups + other.groups, self.parts + other.parts,
            np.concatenate([self.weights, other.weights]),
        )  # fmt: skip

    def only(self, chosen: NDArray[np.bool_]) -> Rows:
        at = np.flatnonzero(chosen)
        return Rows(
            self.x[at], self.y[at], tuple(self.groups[i] for i in at),
            tuple(self.parts[i] for i in at), self.weights[at],
        )  # fmt: skip


def _claims(items: Sequence[Judged], embedder: Embedder) -> Rows:
    rows = []
    for item in items:
        claim, *texts = read([item.text, *item.texts], embedder)
        rows.append(features(claim, texts) if claim and any(texts) else np.zeros(len(FEATURES)))
    return Rows(
        np.stack(rows), np.asarray([item.borne for item in items]),
        tuple(item.group for item in items), tuple(item.type for item in items),
        np.ones(len(items)),
    )  # fmt: skip


def _sentences(answers: Sequence[Rated], embedder: Embedder) -> Rows:
    """Of every answer's sentences the plain features; each counts as borne where people found the
    answer faithful. Answers weigh alike, and so do yes and no, and all of them `SHARE` a claim.
    """
    rows, owner = [], []
    texts = list(dict.fromkeys(text for answer in answers for text in answer.contexts))
    known = dict(zip(texts, read(texts, embedder), strict=True))
    for at, answer in enumerate(answers):
        there = [known[text] for text in answer.contexts if known[text]]
        for said in read(sentences(answer.answer), embedder) if there else ():
            if said:
                rows.append(features(said, there)[: len(PLAIN)])
                owner.append(at)
    x = np.asarray(rows, dtype=np.float64).reshape(-1, len(PLAIN))
    own = np.asarray(owner, dtype=np.intp)
    faithful = np.asarray([np.mean(answer.people) >= FAITHFUL for answer in answers], dtype=bool)
    y, weights = faithful[own], 1.0 / np.bincount(own, minlength=len(answers))[own]
    for side in (True, False):
        weights[y == side] *= 0.5 * SHARE / max(float(weights[y == side].sum()), 1e-9)
    return Rows(
        x, y, tuple(answers[at].conversation for at in owner),
        tuple(str(at) for at in owner), weights * len(answers),
    )  # fmt: skip


def fit_folds(rows: Rows, names: Sequence[str]) -> tuple[Learned, Floats]:
    """The models of all and of each fold, and likelihoods (n,) of the folds that hold nothing of a
    row's group.
    """
    from sklearn.model_selection import GroupKFold

    likely, folds = np.zeros(len(rows.y)), []
    split = GroupKFold(min(FOLDS, len(set(rows.groups))))
    for _, held in split.split(rows.x, rows.y, rows.groups):
        out = np.isin(np.arange(len(rows.y)), held)
        model = fit_trees(rows.only(~out))
        likely[out] = model(rows.x[out])
        folds.append(Fold(group_keys(rows.groups[at] for at in held), model))
    return Learned(tuple(names), fit_trees(rows), tuple(folds)), likely


def fit_trees(rows: Rows) -> Trees:
    """Gradient boosting (Friedman, 2001) as scikit-learn fits it, written down as plain nodes."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    signs = np.asarray([1] * len(RISES) + [-1] * len(FALLS) + [0] * len(OTHERS))
    fitted = HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=15,
        l2_regularization=5.0, max_features=0.3,
        monotonic_cst=signs[: rows.x.shape[1]], early_stopping=False, random_state=0,
    ).fit(rows.x, rows.y, sample_weight=rows.weights)  # fmt: skip
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


def _left_out(rows: Rows) -> Floats:
    """Likelihoods (n,), each source judged by what was learned from the others."""
    likely, parts = np.zeros(len(rows.y)), np.asarray(rows.parts)
    for part in sorted(set(rows.parts)):
        likely[parts == part] = fit_trees(rows.only(parts != part))(rows.x[parts == part])
    return likely


def _figures(held_out: str, rows: Rows, likely: Floats) -> Iterator[VerifierFigures]:
    """Of all rows, and of each part of them."""
    parts, y = np.asarray(rows.parts), rows.y.astype(np.float64)
    for part in ("", *sorted(set(rows.parts))):
        own = parts == part if part else np.ones(len(y), dtype=bool)
        values = {name: round(STATISTICS[name](likely[own], y[own]), 4) for name in SHOWN}
        yield VerifierFigures(f"{held_out}: {part}" if part else held_out, int(own.sum()), values)


def _faithfulness(answers: Sequence[Rated], said: Rows, likely: Floats) -> VerifierFigures:
    """Share of an answer's sentences that are borne, with how faithful people found it."""
    own = np.asarray(said.parts, dtype=np.intp)
    judged = np.unique(own)
    shares = np.asarray([(likely[own == at] >= LIKELY).mean() for at in judged])
    people = np.asarray([np.mean(answers[at].people) for at in judged])
    told = {"spearman": round(STATISTICS["spearman"](shares, people), 4)}
    return VerifierFigures("answers, folds by conversation", len(judged), told)


def _written(kept: dict[str, Any]) -> str:
    """JSON with a line for each of the first keys, and no more."""
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in kept.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
