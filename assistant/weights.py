"""What `attache eval fit` learned, and for whom."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from assistant.learned import Learned, Model

FITTED = Path(str(files("assistant").joinpath("fitted.json")))


@dataclass(frozen=True, slots=True)
class Fitted:
    """The three models, and the floor of the likelihood below which Attaché abstains (0..1).

    `ranking` orders passages, `sentence` tells which sentences answer, `answer` whether any does.
    """

    ranking: Model
    sentence: Model
    answer: Model
    floor: float


@dataclass(frozen=True, slots=True)
class Weights:
    """All that was learned, with the models of each fold."""

    ranking: Learned
    sentence: Learned
    answer: Learned
    floor: float

    @property
    def fitted(self) -> Fitted:
        """What the assistant uses."""
        return Fitted(self.ranking.model, self.sentence.model, self.answer.model, self.floor)

    def without(self, group: str) -> Fitted:
        """What may be asked of a group of labelled questions: nothing that learned from it."""
        return Fitted(
            self.ranking.for_group(group),
            self.sentence.for_group(group),
            self.answer.for_group(group),
            self.floor,
        )


@cache
def weights() -> Weights:
    """The committed weights."""
    raw = json.loads(FITTED.read_text("utf-8"))
    ranking, sentence, answer = (
        Learned.from_json(raw[name]) for name in ("ranking", "sentence", "answer")
    )
    return Weights(ranking, sentence, answer, raw["floor"])
