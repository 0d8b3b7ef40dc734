"""What was learned from labelled data, so kept that nothing is judged by what learned from it.

A file of weights holds a model of all the data, which the assistant uses, and one model for each
fold that never saw the fold's groups (questions, documents). An evaluation asks for the model of an
item's group, so that figures on the data that were learned from are out of fold, and on any other
data are those of the model that is in use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_DIGITS = 10


class Model(Protocol):
    """Tells how likely each row of features is a yes."""

    def __call__(self, features: Floats) -> Floats:
        """Probabilities (n,) in 0..1 for features (n, k)."""
        ...


@dataclass(frozen=True, slots=True)
class Logistic:
    """p = 1 / (1 + exp(-(bias + weights . features)))."""

    bias: float
    weights: tuple[float, ...]

    def __call__(self, features: Floats) -> Floats:
        """Probabilities (n,) for features (n, k)."""
        z = features @ np.asarray(self.weights) + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(z, -40, 40))), dtype=np.float64)


@dataclass(frozen=True)
class Trees:
    """p = 1 / (1 + exp(-(bias + the sum of the leaves that are reached))) (Friedman, 2001).

    Each tree is a list of nodes from the root on: (feature, threshold, left, right, value). A row
    goes left where its feature is at most the threshold; a leaf has itself for both children.
    """

    bias: float
    trees: tuple[tuple[tuple[int, float, int, int, float], ...], ...]

    def __call__(self, features: Floats) -> Floats:
        """Probabilities (n,) in 0..1 for features (n, k)."""
        feature, threshold, left, right, value = self._columns
        tree = np.arange(len(self.trees))
        at = np.zeros((len(features), len(self.trees)), dtype=np.intp)
        rows = np.arange(len(features))[:, None]
        while True:
            low = features[rows, feature[tree, at]] <= threshold[tree, at]
            after = np.where(low, left[tree, at], right[tree, at])
            if (after == at).all():
                break
            at = after
        z = value[tree, at].sum(axis=1) + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(z, -40, 40))), dtype=np.float64)

    @cached_property
    def _columns(self) -> tuple[Whole, Floats, Whole, Whole, Floats]:
        """The nodes' columns, each (trees, most nodes)."""
        most = max((len(tree) for tree in self.trees), default=1)
        columns = np.zeros((5, len(self.trees), most))
        for number, tree in enumerate(self.trees):
            columns[:, number, : len(tree)] = np.asarray(tree, dtype=np.float64).T
        feature, left, right = (columns[i].astype(np.intp) for i in (0, 2, 3))
        return feature, columns[1], left, right, columns[4]


@dataclass(frozen=True, slots=True)
class Fold:
    """A model, and the keys of the groups that it never saw."""

    groups: frozenset[str]
    model: Model


@dataclass(frozen=True, slots=True)
class Learned:
    """The features' names in their order, the model of all data, and the folds' models."""

    features: tuple[str, ...]
    model: Model
    folds: tuple[Fold, ...]

    def for_group(self, group: str) -> Model:
        """The model that may judge what is of a group: one that did not learn from it."""
        key = group_key(group)
        return next((fold.model for fold in self.folds if key in fold.groups), self.model)

    def as_json(self) -> dict[str, Any]:
        return {
            "features": list(self.features),
            "model": _as_json(self.model),
            "folds": [
                {"groups": sorted(fold.groups), "model": _as_json(fold.model)}
                for fold in self.folds
            ],
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Learned:
        return cls(
            tuple(raw["features"]),
            _from_json(raw["model"]),
            tuple(
                Fold(frozenset(fold["groups"]), _from_json(fold["model"])) for fold in raw["folds"]
            ),
        )


def group_key(group: str) -> str:
    """What stands for a group in a file of weights: the data itself is not committed."""
    return hashlib.sha256(group.encode()).hexdigest()[:_DIGITS]


def group_keys(groups: Iterable[str]) -> frozenset[str]:
    return frozenset(map(group_key, groups))


def _as_json(model: Model) -> dict[str, Any]:
    if isinstance(model, Logistic):
        return {"kind": "logistic", "bias": model.bias, "weights": list(model.weights)}
    assert isinstance(model, Trees)
    return {"kind": "trees", "bias": model.bias, "trees": [_flat(tree) for tree in model.trees]}


def _flat(tree: Sequence[Sequence[float]]) -> list[list[float]]:
    return [list(node) for node in tree]


def _from_json(raw: Mapping[str, Any]) -> Model:
    if raw["kind"] == "logistic":
        return Logistic(raw["bias"], tuple(raw["weights"]))
    trees = tuple(
        tuple((int(f), float(t), int(le), int(r), float(v)) for f, t, le, r, v in tree)
        for tree in raw["trees"]
    )
    return Trees(raw["bias"], trees)
