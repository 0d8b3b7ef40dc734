"""What weight dense and keyword scores should have when they are fused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.settings import load_settings
from evals.labelled import Asked
from evals.reading import matches
from index.embedders import make_embedder
from index.retriever import Retriever
from index.types import Query

FUSION_WEIGHTS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class FusionFigures:
    """How often a right source is first, and among five, at one weight of the dense score."""

    suite: str
    dense_weight: float
    first: float
    recall_at_5: float


def fusion(asked: Sequence[Asked], scratch: Path) -> Iterator[FusionFigures]:
    """Figures at each weight, over the indexes that `labelled` left in `scratch`."""
    settings = load_settings()
    embedder = make_embedder(settings.embedder, settings.number_type)
    for suite in ("clapnq", "starter"):
        cases = [a for a in asked if a.suite == suite and a.answerable and a.sources]
        for weight in FUSION_WEIGHTS:
            retriever = Retriever(scratch / f"{suite}-home", embedder, dense_weight=weight)
            ranks = []
            for case in cases:
                hits = retriever.search(Query(case.question.standalone, limit=5)).hits
                ranks.append([matches(hit.source.id, case.sources) for hit in hits])
            retriever.close()
            yield FusionFigures(
                suite,
                weight,
                round(float(np.mean([rank[:1] == [True] for rank in ranks])), 4),
                round(float(np.mean([any(rank) for rank in ranks])), 4),
            )
