"""What a suite is, wherever its cases come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from assistant.assembly import Bench
from assistant.settings import Settings
from assistant.verifiers import Verifier, make_verifier
from evals.types import Case, Score
from index.embedders import make_embedder

Documents = Literal["settings", "starter"] | Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to run a suite: on which day it is asked, and the seed of all that is drawn by chance."""

    today: date
    seed: int = 0
    baselines: bool = True


@dataclass(frozen=True, slots=True)
class Room:
    """What a suite may use to score itself and its baselines: the settings, the chain over its
    documents where it has some, a folder to write in, and something that tells progress.
    """

    settings: Settings
    bench: Bench | None
    scratch: Path
    plan: Plan
    progress: Callable[[str], None]

    def verifier(self) -> Verifier:
        """The verifier of the settings.

        Raises:
            SettingsError, ModelError: it cannot be used.
        """
        embedder = make_embedder(self.settings.embedder, self.settings.number_type)
        return make_verifier(self.settings.verifier, embedder)


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases, and what they are asked of.

    `documents`: "settings" asks the collection that the settings name, "starter" the one that
    ships with the project, and a function writes source files of the suite's own into a folder;
    a suite without documents asks nothing.
    `scores` gives scores beyond those of the records (or, of a suite without cases, all), and
    `baselines` those of plain pipelines by their name.
    """

    name: str
    made_by: str
    cases: tuple[Case, ...] = ()
    documents: Documents | None = "settings"
    scores: Callable[[Room], Sequence[Score]] | None = None
    baselines: Callable[[Room], Mapping[str, Sequence[Score]]] | None = None


def learned_group(suite: str, case: Case) -> str:
    """What a case of a suite shares with those that no model which judges it may have learned
    from; the halves of the project's own suite are parts of one.
    """
    return f"{suite.removesuffix('-tune').removesuffix('-test')}/{case.group}"
