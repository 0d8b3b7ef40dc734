"""AttributionBench: claims with references, labelled by people as attributable to them or not.

Li, Yue, Liao and Sun, "AttributionBench: How Hard is Automatic Attribution Evaluation?" (2024).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, TypeAdapter

from evals.suites.files import read_file
from evals.suites.suite import Room, Suite
from evals.suites.supporting import (
    FOLDS,
    Judged,
    embedding_features,
    learned_scores,
    lexical_features,
    measures,
    verifier_scores,
)
from evals.types import Score
from index.embedders import make_embedder

NAME = "attribution-bench"
FILE = "dev.jsonl"
MEASURE = "attribution"
_MACRO_F1, *_OTHERS = measures(MEASURE, "a claim follows from its references")
MEASURES = (replace(_MACRO_F1, name="macro_f1"), *_OTHERS)
BASELINE = "nine features, learned"


class _Row(BaseModel):
    id: str
    question: str
    claim: str
    references: tuple[str, ...]
    attribution_label: Literal["attributable", "not attributable"]
    src_dataset: str


_ROWS = TypeAdapter(list[_Row])


def attribution(folder: Path) -> Suite:
    """The claims of `dev.jsonl`, judged by the verifier of the settings.

    Raises:
        CorpusError: the file is absent or not as published.
    """
    items = read_claims(folder)
    return Suite(
        NAME,
        "the makers of AttributionBench; labelled by people",
        documents=None,
        scores=partial(verifier_scores, items, MEASURE),
        baselines=partial(baselines, items),
    )


def read_claims(folder: Path) -> tuple[Judged, ...]:
    """The claims, of which those of one question are a group."""
    return tuple(
        Judged(
            row.id, row.src_dataset, row.question, row.claim, row.references,
            row.attribution_label == "attributable",
        )
        for row in read_file(folder / FILE, _ROWS)
    )  # fmt: skip


def baselines(items: Sequence[Judged], room: Room) -> Mapping[str, Sequence[Score]]:
    """Logistic regression over lexical and embedding features, folds apart by question."""
    embedder = make_embedder(room.settings.embedder, room.settings.number_type)
    room.progress("Learning from words and vectors")
    features = np.hstack([lexical_features(items), embedding_features(items, embedder)])
    questions = [item.group for item in items]
    return {BASELINE: learned_scores(items, MEASURE, features, questions, FOLDS)}
