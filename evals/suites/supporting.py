"""Texts that people judged beside what they should rest on: what the verifier and a plain learned
classifier say of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from assistant.wording import NEGATIONS, content_stems, figures, names, stem, stems, words
from evals.measures.texts import CLOSEST, borne, closest, sentences, stem_f1, vectors, words_found
from evals.statistics import Floats
from evals.suites.suite import Room
from evals.types import Measure, Score
from index.embedders import Embedder
from index.terms import STOP_WORDS

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """A text, what it should rest on, and whether people say that it does.

    `type` is the part of the data that it is from; those of one `group` share their question or
    document.
    """

    id: str
    type: str
    group: str
    text: str
    texts: tuple[str, ...]
    borne: bool

    def scores(self, measure: str, says_so: bool, how_surely: float) -> Iterator[Score]:
        """The decision, and how surely it is so (0..1), as `measure` and `measure_score`."""
        truth = float(self.borne)
        for name, value in ((measure, float(says_so)), (f"{measure}_score", how_surely)):
            yield Score(
                self.id, 0, self.type, self.group, name, value, "scored", truth=truth
            )  # fmt: skip

    def unscored(self, measure: str, reason: str) -> Iterator[Score]:
        for name in (measure, f"{measure}_score"):
            yield Score(self.id, 0, self.type, self.group, name, None, "unscored", reason)


def measures(name: str, what: str) -> tuple[Measure, ...]:
    """The measures of the decisions `name` and of how sure they are."""
    return (
        Measure(f"{name}_macro_f1", f"{what}: mean F1 of yes and no",
                statistic="macro_f1", reads=name),
        Measure(f"{name}_balanced_accuracy", f"{what}: mean share of yes and of no told rightly",
                statistic="balanced_accuracy", reads=name),
        Measure(f"{name}_auroc", f"{what}: chance that one that is ranks above one that is not",
                statistic="auroc", reads=f"{name}_score"),
    )  # fmt: skip


def verifier_scores(items: Sequence[Judged], measure: str, room: Room) -> list[Score]:
    """What the verifier of the settings says: whether the texts bear it, and how surely. One that
    learned from an item's group judges it by a model that did not.
    """
    verifier = room.verifier()
    scores: list[Score] = []
    for item in items:
        verdict = borne(item.text, item.texts, verifier, item.group)
        if verdict is None:
            scores += item.unscored(measure, "it has no sentence")
        else:
            scores += item.scores(measure, verdict.supported, verdict.score)
    return scores


def learned_scores(
    items: Sequence[Judged], measure: str, features: Floats, parts: Sequence[str], folds: int
) -> list[Score]:
    """What logistic regression over `features` (n, m) says of each item, learned from the folds
    that hold nothing of its part; yes from 0.5 on.
    """
    likely = _out_of_fold(features, np.asarray([item.borne for item in items]), parts, folds)
    scores: list[Score] = []
    for item, value in zip(items, likely, strict=True):
        if math.isnan(value):
            scores += item.unscored(measure, "the rest has nothing to learn from")
        else:
            scores += item.scores(measure, bool(value >= 0.5), float(value))
    return scores


def _out_of_fold(features: Floats, borne: Floats, parts: Sequence[str], folds: int) -> Floats:
    """Likelihoods (n,); NaN where the other folds hold only one of yes and no."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    likely = np.full(len(borne), math.nan)
    folds = min(folds, len(set(parts)))
    if folds < 2:
        return likely
    for learned, held in GroupKFold(folds).split(features, borne, parts):
        if len(np.unique(borne[learned])) == 2:
            model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
            model.fit(features[learned], borne[learned])
            likely[held] = model.predict_proba(features[held])[:, 1]
    return likely


def lexical_features(items: Sequence[Judged]) -> Floats:
    """Seven features (n, 7): shares of content words, pairs of words, figures and names that are
    there, likeness to the closest words, whether a negation is on one side only, length.
    """
    return np.asarray([_lexical(item) for item in items], dtype=np.float64).reshape(-1, 7)


def _lexical(item: Judged) -> tuple[float, ...]:
    near = " ".join(_near(item))
    there = frozenset[str]().union(*map(stems, item.texts))
    numbers = frozenset[str]().union(*map(figures, item.texts))
    pairs = frozenset[tuple[str, str]]().union(*map(_pairs, item.texts))
    said = set(words(item.text))
    named = [
        all(stem(w) in there for w in words(name) if w not in STOP_WORDS)
        for name in names(item.text)
    ]
    return (
        words_found(item.text, item.texts),
        _share(len(_pairs(item.text) & pairs), len(_pairs(item.text))),
        _share(len(figures(item.text) & numbers), len(figures(item.text))),
        _share(sum(named), len(named)),
        stem_f1(item.text, near),
        float(bool(said & NEGATIONS) != bool(set(words(near)) & NEGATIONS)),
        math.log1p(len(content_stems(item.text))),
    )


def embedding_features(items: Sequence[Judged], embedder: Embedder) -> Floats:
    """Two features (n, 2): cosines of the text with the words closest to each of its sentences,
    and with the closest of as many passages as the verifier is given.
    """
    own = vectors([item.text for item in items], embedder)
    near = vectors([" ".join(_near(item)) for item in items], embedder)
    wide = vectors([" ".join(_near(item, CLOSEST)) for item in items], embedder)
    return np.stack([(own * near).sum(axis=1), (own * wide).sum(axis=1)], axis=1)


def _near(item: Judged, most: int = 1) -> list[str]:
    """For each sentence the words closest to it, of so many passages at most, each once."""
    found = [near for s in sentences(item.text) for near in closest(s, item.texts)[:most]]
    return list(dict.fromkeys(found))


@lru_cache(maxsize=4096)
def _pairs(text: str) -> frozenset[tuple[str, str]]:
    found = [stem(word) for word in words(text)]
    return frozenset(pairwise(found))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
