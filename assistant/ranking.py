"""Which passages answer best: a model over what dense search, keywords and the question's parts say
of each candidate. Its weights are fitted by `attache eval fit` (see `evals/ranking.py`).
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assistant.evidence import (
    context_stems,
    covered,
    meets_aim,
    names_met,
    numbers_met,
    term_weights,
)
from assistant.learned import Model
from assistant.types import Question
from assistant.wording import figures, stem, words
from index.retriever import standard
from index.terms import STOP_WORDS
from index.types import Found, Hit

RANK_FEATURES = (
    "dense", "dense_standard", "keyword_standard", "best_sentence", "three_sentences", "coverage",
    "coverage_in_context", "sentence_coverage", "pair_coverage", "names_met", "numbers_met",
    "length", "nearness", "aim_met", "rarest_met", "terms_met", "word_pairs",
)  # fmt: skip
NEAR = 15
"""Within so many words, terms of a question stand near each other."""

Floats = NDArray[np.float64]


def rank_scores(question: Question, found: Found, model: Model) -> Floats:
    """How well each hit answers (n,), as log odds: only their order and their gaps tell."""
    if not found.hits:
        return np.zeros(0)
    likely = np.clip(model(rank_features(question, found)), 1e-15, 1 - 1e-15)
    return np.asarray(np.log(likely / (1 - likely)), dtype=np.float64)


def rank_features(question: Question, found: Found) -> Floats:
    """Features (n, 17) of the n hits, in the order of RANK_FEATURES; `found` holds all candidates,
    as scores are standardised over them.
    """
    weights = term_weights(question, found)
    pairs = _pairs(tuple(stem(w) for w in words(question.standalone) if w not in STOP_WORDS))
    dense = np.asarray([hit.dense for hit in found.hits])
    keyword = np.asarray([hit.keyword for hit in found.hits])
    rows = [
        [d, zd, zk, *_of_passage(question, hit, weights, pairs)]
        for hit, d, zd, zk in zip(
            found.hits, dense, standard(dense), standard(keyword), strict=True
        )
    ]
    return np.asarray(rows, dtype=np.float64).reshape(len(rows), len(RANK_FEATURES))


def _of_passage(
    question: Question, hit: Hit, weights: dict[str, float], pairs: frozenset[tuple[str, str]]
) -> list[float]:
    passage = hit.passage
    sentences = [_stems(passage.sentence(i)) for i in range(len(passage.sentences))]
    sets = [frozenset(stems) for stems in sentences]
    inside = frozenset[str]().union(*sets)
    around = inside | context_stems(hit)
    running = tuple(stem for stems in sentences for stem in stems)
    best = sorted(hit.sentences, reverse=True)
    alone = max(covered(weights, one) for one in sets)
    met = [weight for term, weight in weights.items() if term in inside]
    return [
        best[0],
        sum(best[:3]) / len(best[:3]),
        covered(weights, inside),
        covered(weights, around),
        alone,
        max((covered(weights, a | b) for a, b in pairwise(sets)), default=alone),
        names_met(question, weights, around),
        numbers_met(question, figures(passage.text) | figures(hit.source.published or "")),
        math.log(len(passage.text)),
        nearness(weights, running),
        float(meets_aim(question, passage.text)),
        max(met, default=0.0) / max(weights.values(), default=1.0),
        len(met) / max(1, len(weights)),
        len(pairs & (_pairs(running) | _pairs(running, 2))) / max(1, len(pairs)),
    ]


def nearness(weights: dict[str, float], running: tuple[str, ...]) -> float:
    """Largest share (0..1) of the question's term weight that stands within 15 words."""
    places = [(at, stem) for at, stem in enumerate(running) if stem in weights]
    best = 0.0
    for first, (start, _) in enumerate(places):
        window = {stem for at, stem in places[first:] if at - start <= NEAR}
        best = max(best, sum(weights[stem] for stem in window))
    total = sum(weights.values())
    return best / total if total else 0.0


@lru_cache(maxsize=65536)
def _stems(sentence: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in words(sentence))


def _pairs(stems: tuple[str, ...], apart: int = 1) -> frozenset[tuple[str, str]]:
    return frozenset(zip(stems, stems[apart:], strict=False))
