"""SummEdits: summaries beside their documents, labelled by people as consistent or not; most of
the others differ from a consistent one by one small edit.

Laban et al., "SummEdits: Measuring LLM Ability at Factual Reasoning Through the Lens of
Summarization" (2023).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from corpus.errors import CorpusError
from evals.suites.files import read_file
from evals.suites.suite import Room, Suite
from evals.suites.supporting import (
    Judged,
    learned_scores,
    lexical_features,
    measures,
    verifier_scores,
)
from evals.types import Score

NAME = "summedits"
MEASURE = "consistency"
MEASURES = measures(MEASURE, "a summary is consistent with its document")
BASELINE = "seven features, learned"


class _Row(BaseModel):
    id: str
    doc: str
    summary: str
    label: bool


_ROWS = TypeAdapter(list[_Row])


def summedits(folder: Path) -> Suite:
    """The pairs of every `DOMAIN.json` in a folder, judged by the verifier of the settings.

    Raises:
        CorpusError: there is no such file, or one is not as published.
    """
    items = read_pairs(folder)
    return Suite(
        NAME,
        "the makers of SummEdits; labelled by people",
        documents=None,
        scores=partial(verifier_scores, items, MEASURE),
        baselines=partial(baselines, items),
    )


def read_pairs(folder: Path) -> tuple[Judged, ...]:
    """The pairs of document and summary, of which those of one document are a group; the type is
    the domain.
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        raise CorpusError(
            f"There is no DOMAIN.json in {folder}.", "Give the folder of SummEdits with --data."
        )
    return tuple(
        Judged(
            f"{file.stem}/{row.id}", file.stem, hashlib.sha256(row.doc.encode()).hexdigest()[:16],
            row.summary, (row.doc,), row.label,
        )
        for file in files
        for row in read_file(file, _ROWS)
    )  # fmt: skip


def baselines(items: Sequence[Judged], room: Room) -> Mapping[str, Sequence[Score]]:
    """Logistic regression over lexical features, learned from all other domains."""
    room.progress("Learning from words")
    domains = [item.type for item in items]
    features = lexical_features(items)
    return {BASELINE: learned_scores(items, MEASURE, features, domains, len(set(domains)))}
